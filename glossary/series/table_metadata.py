"""What the CSV of a series means, for programs: CSV on the Web (https://www.w3.org/TR/csvw/).

The standard allows its own words, Dublin Core (`dc:`) and schema.org (`schema:`), and no others.
What those have no word for is a `schema:additionalProperty`.
"""

import json
from collections.abc import Iterable
from datetime import date
from typing import Any

from django.conf import settings

from config.site import absolute
from glossary.models import Release, Series
from glossary.series import downloads
from glossary.values.points import Status

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


def metadata(
    series: Series, release: Release, releases: Iterable[Release], asof: date | None
) -> str:
    """Describe the table of a release, as its address names it. `releases` come newest first."""
    address = downloads.series_address(series, "csv", asof)
    described = {
        "@context": ["http://www.w3.org/ns/csvw", {"@language": "en"}],
        "@type": "Table",
        "url": address,
        **_origin(series, release),
        **_release(release),
        "dc:hasVersion": [_version(series, each) for each in releases],
        "dc:hasFormat": _formats(series, asof),
        "schema:additionalProperty": _properties(series),
        "tableSchema": {"columns": _columns(series), "primaryKey": "period"},
    }
    return json.dumps(described, ensure_ascii=False, indent=2) + "\n"


def _origin(series: Series, release: Release) -> Described:
    """Say what is counted, by whom, and what may be done with it."""
    source = series.source
    license = {"@id": source.licence_url} if source.licence_url else source.licence
    of_chart = source.licence if source.is_share_alike else downloads.CHART_LICENSE["id"]
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
        "schema:mainEntityOfPage": {"@id": downloads.series_address(series)},
        "schema:text": series.notes,
    })  # fmt: skip


def _release(release: Release) -> Described:
    return _filled({
        "dc:modified": _day(release.released_on),
        "schema:version": release.released_on.isoformat(),
        "dc:provenance": release.note,
    })  # fmt: skip


def _version(series: Series, release: Release) -> Described:
    return _filled({
        "@id": downloads.series_address(series, "csv", release.released_on),
        "dc:issued": _day(release.released_on),
        "dc:type": release.kind,
        "dc:description": release.summary,
        "dc:provenance": release.note,
    })  # fmt: skip


def _formats(series: Series, asof: date | None) -> list[Described]:
    return [
        {"@id": address, "dc:format": downloads.MEDIA_TYPES[ending]}
        for ending, address in downloads.twins(series, asof).items()
    ]


def _properties(series: Series) -> list[Described]:
    facts = {
        "scale": series.scale,  # values times ten to this power are in the unit
        "kind": series.kind,
        "period_denotes": series.denotes,
        "short_unit": series.short_unit,
        "price_basis": series.price_basis,
        "interval": series.interval,
        **downloads.about_freshness(series),
    }
    return [
        {"schema:name": name, "schema:value": fact}
        for name, fact in facts.items()
        if fact not in ("", None)
    ]


def _columns(series: Series) -> list[Described]:
    columns = [
        {
            "name": name,
            "titles": name,
            "datatype": DATATYPES.get(name, "number"),
            "propertyUrl": MEANINGS[name],
        }
        for name in downloads.COLUMNS
    ]
    for column in columns[1:4]:
        column["schema:unitText"] = series.unit
    for column in (columns[0], columns[4]):
        column["required"] = True
    return columns


def _day(day: date) -> Described:
    return {"@value": day.isoformat(), "@type": "xsd:date"}


def _filled(facts: Described) -> Described:
    return {name: fact for name, fact in facts.items() if fact}
