"""The read-only interface, described in OpenAPI 3.1 (JSON Schema 2020-12) from plain dicts."""

from collections.abc import Callable
from functools import reduce
from operator import or_
from typing import Any

from django.conf import settings

from config.registry import Registry
from glossary.models import Alias, Relation, Release, Series
from glossary.series.citation import SITE_NAME
from glossary.series.downloads import CHART_LICENSE
from glossary.values.points import Status

Schema = dict[str, Any]
# Functions that give the paths and the schemas of another app.
OPENAPI_SOURCES = Registry[Callable[[], tuple[dict[str, Schema], dict[str, Schema]]]]()
VERSION = "1.0.0"
TEXT: Schema = {"type": "string"}
ADDRESS: Schema = {"type": "string", "format": "uri"}
DAY: Schema = {"type": "string", "format": "date"}
DAY_OR_NONE: Schema = {"type": ["string", "null"], "format": "date"}
MOMENT: Schema = {"type": "string", "format": "date-time"}
NUMBER: Schema = {"type": ["number", "null"]}
SLUG_PATTERN = "^[-a-zA-Z0-9_]+$"

JSON, CSV, ATOM = "application/json", "text/csv", "application/atom+xml"
MARKDOWN, SVG, PNG = "text/markdown", "image/svg+xml", "image/png"


def one_of(values: list[str]) -> Schema:
    return {"type": "string", "enum": values}


def record(optional: tuple[str, ...] = (), **properties: Schema) -> Schema:
    """Describe an object with these members and no others; all but the optional are there."""
    return {
        "type": "object",
        "properties": properties,
        "required": [name for name in properties if name not in optional],
        "additionalProperties": False,
    }


def list_of(items: Schema) -> Schema:
    return {"type": "array", "items": items}


def named(schema: str) -> Schema:
    return {"$ref": f"#/components/schemas/{schema}"}


# --- what is answered ---

LATEST = record(text=TEXT, value=TEXT, period=TEXT, status=one_of([each.value for each in Status]))
TERM = record(
    slug=TEXT,
    address=ADDRESS,
    headword=TEXT,
    category=TEXT,
    definition={**TEXT, "description": "One sentence that stands alone."},
    explanation={**TEXT, "description": "Markdown as written; {{ … }} are figures."},
    explanation_text={**TEXT, "description": "Markdown with what the figures say now."},
    aliases=list_of(record(name=TEXT, kind=one_of(Alias.Kind.values))),
    related=list_of(
        record(
            term=TEXT, headword=TEXT, kind=one_of(Relation.Kind.values), reason=TEXT,
            address=ADDRESS,
        )
    ),
    citations=list_of(record(publisher=TEXT, title=TEXT, url=TEXT, read_on=DAY_OR_NONE)),
    series=list_of(
        record(
            ("latest",), slug=TEXT, title=TEXT, address=ADDRESS,
            latest={"anyOf": [named("Latest"), {"type": "null"}]},
        )
    ),
    reviewed_on=DAY_OR_NONE,
    updated_at=MOMENT,
    explanation_html=TEXT,
    license=named("License"),
)  # fmt: skip
# Alone a term also comes as HTML and with its license; in the list the license stands once.
TERM["required"] = [key for key in TERM["required"] if key not in ("explanation_html", "license")]
SOURCE = record(
    publisher=TEXT, title=TEXT, url=TEXT, license=TEXT, license_url=TEXT,
    may_redistribute={"type": "boolean"}, citation=TEXT, attribution=TEXT,
)  # fmt: skip
SERIES = record(
    slug=TEXT,
    title=TEXT,
    description=TEXT,
    notes=TEXT,
    topic=TEXT,
    unit=TEXT,
    short_unit=TEXT,
    scale={"type": "integer", "description": "Values times ten to this power are in the unit."},
    frequency=TEXT,
    period_denotes=TEXT,
    kind=one_of(Series.Kind.values),
    price_basis=TEXT,
    interval=TEXT,
    source=named("Source"),
)
RELEASE = record(
    released_on=DAY, imported_at=MOMENT, kind=one_of(Release.Kind.values), summary=TEXT,
    note=TEXT, checksum_sha256=TEXT,
)  # fmt: skip
OBSERVATION = record(
    ("low", "high", "status"), period=DAY, value=NUMBER, low=NUMBER, high=NUMBER,
    status=one_of([each.value for each in Status]),
)  # fmt: skip
SCHEMAS = {
    "Glossary": record(
        title=TEXT, address=ADDRESS, license=named("License"),
        updated_at={"type": ["string", "null"], "format": "date-time"},
        count={"type": "integer"}, terms=list_of(named("Term")),
    ),
    "Term": TERM,
    "Latest": LATEST,
    "License": record(id=TEXT, url=ADDRESS),
    "Values": record(
        series=named("Series"), release=named("Release"),
        observations=list_of(named("Observation")),
    ),
    "Metadata": record(
        series=named("Series"), release=named("Release"), releases=list_of(named("Release")),
        chart_license=named("License"),
        addresses={"type": "object", "additionalProperties": ADDRESS},
    ),
    "Found": record(
        query=TEXT,
        is_cut={"type": "boolean", "description": "More was found than is listed."},
        hits={**list_of(named("Page")), "description": "Best first."},
        near={**list_of(named("Page")), "description": "Of similar names, when no name fits."},
    ),
    "Page": record(kind=TEXT, title=TEXT, address=ADDRESS, text=TEXT),
    "Series": SERIES,
    "Source": SOURCE,
    "Release": RELEASE,
    "Observation": OBSERVATION,
}  # fmt: skip


# --- where it is asked for ---


def slug_of(what: str) -> Schema:
    return {
        "name": "slug",
        "in": "path",
        "required": True,
        "description": f"The {what}'s own part of its page's address.",
        "schema": {**TEXT, "pattern": SLUG_PATTERN},
    }


ASOF = {
    "name": "asof",
    "in": "query",
    "description": "A day: the answer as it stood then. Without it, the newest release.",
    "schema": DAY,
}
ASKED = {
    "name": "q",
    "in": "query",
    "description": "Any text: a name, an abbreviation, some words, also with typing errors.",
    "schema": TEXT,
}
GONE = {"404": {"description": "There is nothing of that name.", "content": {"text/plain": {}}}}
MOVED = {"301": {"description": "The term has another address now; it stands in Location."}}
WRONG_DAY = {"400": {"description": "The day cannot be read.", "content": {"text/plain": {}}}}
NOT_OURS = {
    "403": {
        "description": "The publisher does not let its values be passed on.",
        "content": {"text/plain": {}},
    }
}


def get(
    operation: str, summary: str, kind: str, schema: Schema | None = None, **more: Any
) -> Schema:
    """Describe one address. `more`: `parameters`, and further `responses` beside 200."""
    content = {kind: {"schema": schema} if schema else {}}
    responses = {"200": {"description": summary, "content": content}, **more.get("responses", {})}
    described = {"operationId": operation, "summary": summary, "responses": responses}
    if "parameters" in more:
        described["parameters"] = more["parameters"]
    return {"get": described}


def of_term(operation: str, summary: str, kind: str, schema: Schema | None = None) -> Schema:
    return get(
        operation, summary, kind, schema, parameters=[slug_of("term")], responses=GONE | MOVED
    )


def of_series(
    operation: str, summary: str, kind: str, schema: Schema | None = None, has_values: bool = False
) -> Schema:
    responses = GONE | WRONG_DAY | (NOT_OURS if has_values else {})
    parameters = [slug_of("series"), ASOF]
    return get(operation, summary, kind, schema, parameters=parameters, responses=responses)


PATHS = {
    "/glossary.json": get("glossary", "Every term.", JSON, named("Glossary")),
    "/glossary.csv": get("glossaryTable", "Every term, one a row.", CSV),
    "/search.json": get(
        "search", "Terms, series and issues.", JSON, named("Found"), parameters=[ASKED]
    ),
    "/glossary/{slug}.json": of_term("term", "One term.", JSON, named("Term")),
    "/glossary/{slug}.md": of_term("termText", "One term as a text.", MARKDOWN),
    "/glossary/{slug}.atom": of_term("termChanges", "What happened to one term.", ATOM),
    "/glossary/{slug}/card.png": of_term("termCard", "A term's card for shared links.", PNG),
    "/data/{slug}.json": of_series("values", "A series' values.", JSON, named("Values"), True),
    "/data/{slug}.csv": of_series("valueTable", "A series' values, one a row.", CSV, None, True),
    "/data/{slug}.metadata.json": of_series(
        "metadata", "All but a series' values.", JSON, named("Metadata")
    ),
    "/data/{slug}.svg": of_series("chart", "A series' chart.", SVG),
    "/data/{slug}.png": of_series("chartPicture", "A series' chart as pixels.", PNG),
    "/data/{slug}/card.png": of_series("seriesCard", "A series' card for shared links.", PNG),
    "/feeds/terms.atom": get("newTerms", "New terms and changed definitions.", ATOM),
    "/feeds/data.atom": get("newData", "Every release of every series.", ATOM),
}


def described() -> Schema:
    """Describe what we answer, and what the apps beside us do (OPENAPI_SOURCES)."""
    others = [described() for described in OPENAPI_SOURCES]
    return {
        "openapi": "3.1.0",
        "info": {
            "title": SITE_NAME,
            "version": VERSION,
            "summary": "Terms of the AI economy and the numbers behind them, to read.",
            "description": (
                "Everything is read by GET, by anybody, without a key, also by scripts of other "
                "sites. Ask again with If-None-Match. Texts and charts are CC BY 4.0; each "
                "series names the license of its source."
            ),
            "license": {"name": CHART_LICENSE["id"], "url": CHART_LICENSE["url"]},
        },
        "servers": [{"url": settings.SITE_URL}],
        "paths": reduce(or_, (paths for paths, _ in others), PATHS),
        "components": {"schemas": reduce(or_, (schemas for _, schemas in others), SCHEMAS)},
    }
