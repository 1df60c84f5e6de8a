"""A series for programs: its values as CSV and JSON, what the CSV means, and addresses of files.

Values keep the digits that were published. In JSON they are numbers, because RFC 8259 does not
limit digits: a program that needs all of them reads decimals (`parse_float=Decimal` in Python), and
the others need not convert texts.
"""

import csv
import json
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from io import StringIO
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape

from config.site import absolute
from glossary.models import Release, Series
from glossary.series.loading import Loaded
from glossary.values.points import Status

VALUES = ("csv", "json")
CHART_LICENSE = {"id": "CC-BY-4.0", "url": "https://creativecommons.org/licenses/by/4.0/"}
# Of every table and every observation, also where a series has no bounds and one status.
COLUMNS = ("period", "value", "low", "high", "status")
MEDIA_TYPES = {
    "csv": "text/csv",
    "json": "application/json",
    "svg": "image/svg+xml",
    "png": "image/png",
    "metadata.json": "application/csvm+json",
}
Described = dict[str, Any]
STATUS = {"base": "string", "format": "|".join(status.value for status in Status)}
# A number and no decimal: digits are as published, and a decimal may not be written 5E+26.
DATATYPES: dict[str, Any] = {"period": "date", "status": STATUS}
MEANINGS = {
    "period": "schema:observationDate",
    "value": "schema:value",
    "low": "schema:minValue",
    "high": "schema:maxValue",
    "status": "schema:creativeWorkStatus",
}


def series_address(series: Series, ending: str = "", asof: date | None = None) -> str:
    """Return the absolute address of a series' page or of a twin, as of a day."""
    path = reverse(f"glossary:series_{ending.replace('.', '_')}" if ending else "glossary:series",
                   args=[series.slug])  # fmt: skip
    return absolute(path) + (f"?asof={asof}" if asof else "")


def as_csv(loaded: Loaded) -> str:
    """Return the values so that our import reads them back. A missing value is an empty cell."""
    out = StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    # Days, numbers and our own words: no cell could be a formula.
    writer.writerows([getattr(point, name) for name in COLUMNS] for point in loaded.points)
    return out.getvalue()


def as_json(loaded: Loaded, usual_revision: str) -> str:
    """Return the series, the release and its observations, one per line."""
    head = {
        "series": about_series(loaded.series),
        "release": about_release(loaded.release),
        "finding": loaded.plot().title,
        "usual_revision": usual_revision,
    }
    members = (
        ", ".join(f'"{name}": {_json(getattr(point, name))}' for name in COLUMNS)
        for point in loaded.points
    )
    rows = ",\n".join(f"    {{{each}}}" for each in members)
    opening = json.dumps(head, ensure_ascii=False, indent=2).removesuffix("\n}")
    return f'{opening},\n  "observations": [\n{rows}\n  ]\n}}\n'


def _json(held: Any) -> str:
    """Return one value; the text of a finite Decimal (12.30, 5E+26) is a JSON number."""
    if held is None:
        return "null"
    return str(held) if isinstance(held, Decimal) else f'"{held}"'


def twins(series: Series, asof: date | None = None) -> dict[str, str]:
    """Return the addresses of the twins, by ending such as "csv".

    Those with values are there only if the source lets them be shared.
    """
    may = series.source.may_redistribute
    allowed = [ending for ending in MEDIA_TYPES if may or ending not in VALUES]
    return {ending: series_address(series, ending, asof) for ending in allowed}


def embed_code(series: Series, release: Release) -> str:
    """Return HTML that shows the chart on other sites, pinned to this release."""
    source = escape(series_address(series, "embed", release.released_on))
    return (
        f'<iframe src="{source}" title="{escape(series.title)}" width="100%" height="480" '
        f'loading="lazy" frameborder="0"></iframe>'
    )


def about_series(series: Series) -> dict[str, Any]:
    source = series.source
    return {
        "slug": series.slug,
        "title": series.title,
        "description": series.description,
        "notes": series.notes,
        "topic": series.category.name,
        "unit": series.unit,
        "short_unit": series.short_unit,
        # Values times ten to this power are in `unit`.
        "scale": series.scale,
        "frequency": series.frequency,
        "period_denotes": series.denotes,
        "kind": series.kind,
        "price_basis": series.price_basis,
        "interval": series.interval,
        "chart_notes": [
            {"day": note.day.isoformat(), "text": note.text} for note in series.chart_notes.all()
        ],
        **about_freshness(series),
        "source": {
            "publisher": source.publisher,
            "title": source.title,
            "url": source.url,
            "license": source.licence,
            "license_url": source.licence_url,
            "may_redistribute": source.may_redistribute,
            "citation": source.citation,
            "attribution": source.short,
        },
    }


def about_freshness(series: Series) -> dict[str, str | None]:
    """Return "state", that of the newest release today, and "expected_on", the next day or None."""
    expected = series.expected_on
    return {
        "state": series.state(timezone.localdate()).value,
        "expected_on": expected.isoformat() if expected else None,
    }


def about_release(release: Release) -> dict[str, Any]:
    return {
        "released_on": release.released_on.isoformat(),
        "imported_at": release.imported_at.isoformat(timespec="seconds"),
        "kind": release.kind,
        "summary": release.summary,
        "note": release.note,
        "checksum_sha256": release.checksum,
    }


# --- what the CSV means ---
# CSV on the Web (https://www.w3.org/TR/csvw/) allows its own words, Dublin Core (`dc:`) and
# schema.org (`schema:`). What those have no word for is a `schema:additionalProperty`.


def metadata(
    series: Series, release: Release, releases: Iterable[Release], asof: date | None
) -> str:
    """Return a JSON description of the table of a release (CSV on the Web).

    `releases` come newest first.
    """
    address = series_address(series, "csv", asof)
    described = {
        "@context": ["http://www.w3.org/ns/csvw", {"@language": "en"}],
        "@type": "Table",
        "url": address,
        **_origin(series, release),
        "dc:modified": _day(release.released_on),
        "schema:version": release.released_on.isoformat(),
        **_filled({"dc:provenance": release.note}),
        "dc:hasVersion": [_version(series, each) for each in releases],
        "dc:hasFormat": [
            {"@id": address, "dc:format": MEDIA_TYPES[ending]}
            for ending, address in twins(series, asof).items()
        ],
        "schema:additionalProperty": _properties(series),
        "tableSchema": {"columns": _columns(series), "primaryKey": "period"},
    }
    return json.dumps(described, ensure_ascii=False, indent=2) + "\n"


def _origin(series: Series, release: Release) -> Described:
    """Say what is counted, by whom, and what may be done with it."""
    source = series.source
    license = {"@id": source.licence_url} if source.licence_url else source.licence
    of_chart = source.licence if source.is_share_alike else CHART_LICENSE["id"]
    return _filled({
        "dc:identifier": series.slug,
        "dc:title": series.title,
        "dc:description": series.description,
        "dc:subject": series.category.name,
        "dc:creator": source.publisher,
        "dc:publisher": {"schema:name": settings.SITE_NAME, "schema:url": {"@id": absolute("/")}},
        "dc:source": _filled({
            "@id": source.url, "dc:title": source.title, "schema:sha256": release.checksum,
        }),
        "dc:license": license,
        "dc:rights": f"{source.short}. Chart: {settings.SITE_NAME}, {of_chart}",
        "dc:accessRights": "" if source.may_redistribute else
            "The publisher does not allow the values to be passed on; the table is not served.",
        "dc:bibliographicCitation": source.citation,
        "dc:accrualPeriodicity": series.frequency,
        "schema:mainEntityOfPage": {"@id": series_address(series)},
        "schema:text": series.notes,
    })  # fmt: skip


def _version(series: Series, release: Release) -> Described:
    return _filled({
        "@id": series_address(series, "csv", release.released_on),
        "dc:issued": _day(release.released_on),
        "dc:type": release.kind,
        "dc:description": release.summary,
        "dc:provenance": release.note,
    })  # fmt: skip


def _properties(series: Series) -> list[Described]:
    facts = {
        "scale": series.scale,  # values times ten to this power are in the unit
        "kind": series.kind,
        "period_denotes": series.denotes,
        "short_unit": series.short_unit,
        "price_basis": series.price_basis,
        "interval": series.interval,
        **about_freshness(series),
    }
    return [
        {"schema:name": name, "schema:value": fact}
        for name, fact in facts.items()
        if fact not in ("", None)
    ]


def _columns(series: Series) -> list[Described]:
    unit, required = {"schema:unitText": series.unit}, {"required": True}
    return [
        {
            "name": name,
            "titles": name,
            "datatype": DATATYPES.get(name, "number"),
            "propertyUrl": MEANINGS[name],
            **(required if name in DATATYPES else unit),
        }
        for name in COLUMNS
    ]


def _day(day: date) -> Described:
    return {"@value": day.isoformat(), "@type": "xsd:date"}


def _filled(facts: Described) -> Described:
    return {name: fact for name, fact in facts.items() if fact}
