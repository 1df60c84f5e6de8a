"""The read-only interface, described in OpenAPI 3.1 (JSON Schema 2020-12) from plain dicts."""

from collections.abc import Callable
from functools import reduce
from operator import or_
from typing import Any

from django.conf import settings

from config.registry import Registry
from glossary.models import Alias, Relation, Release, Series
from glossary.series.downloads import CHART_LICENSE, MEDIA_TYPES
from glossary.values.expectations import State
from glossary.values.points import Status

Schema = dict[str, Any]
# Functions that return the paths and the schemas of another app.
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
CSVM = MEDIA_TYPES["metadata.json"]
ICALENDAR = "text/calendar"
MARKDOWN, SVG, PNG = "text/markdown", "image/svg+xml", "image/png"


def one_of(values: list[str]) -> Schema:
    return {"type": "string", "enum": values}


def object_of(optional: tuple[str, ...] = (), **properties: Schema) -> Schema:
    """Return the schema of an object with only these members; all but `optional` are required."""
    return {
        "type": "object",
        "properties": properties,
        "required": [name for name in properties if name not in optional],
        "additionalProperties": False,
    }


def texts(names: str) -> Any:
    return dict.fromkeys(names.split(), TEXT)


def list_of(items: Schema) -> Schema:
    return {"type": "array", "items": items}


def ref(schema: str) -> Schema:
    return {"$ref": f"#/components/schemas/{schema}"}


# --- answers ---

LATEST = object_of(
    text=TEXT, value=TEXT, period=TEXT, status=one_of([each.value for each in Status])
)
PERSON_OR_NONE: Schema = {"anyOf": [{"$ref": "#/components/schemas/Person"}, {"type": "null"}]}
# Who reviewed a text and who answers for it, of a term and of an issue.
SIGNED: Any = {
    "reviewed_on": DAY_OR_NONE,
    "reviewed_by": PERSON_OR_NONE,
    "responsible": {**PERSON_OR_NONE, "description": "Who answers for the text."},
    "drafting": {**TEXT, "description": "How it was drafted, if the editors say so."},
}
TERM = object_of(
    slug=TEXT,
    address=ADDRESS,
    headword=TEXT,
    category=TEXT,
    definition={**TEXT, "description": "One sentence that can be read alone."},
    explanation_text={**TEXT, "description": "Markdown; figures and links as readers get them."},
    aliases=list_of(object_of(name=TEXT, kind=one_of(Alias.Kind.values))),
    related=list_of(
        object_of(
            term=TEXT, headword=TEXT, kind=one_of(Relation.Kind.values), reason=TEXT,
            address=ADDRESS,
        )
    ),
    citations=list_of(object_of(publisher=TEXT, title=TEXT, url=TEXT, read_on=DAY_OR_NONE)),
    series=list_of(
        object_of(
            ("latest", "finding"), slug=TEXT, title=TEXT, address=ADDRESS,
            finding={**TEXT, "description": "What the values show: the title of the chart."},
            latest={"anyOf": [ref("Latest"), {"type": "null"}]},
        )
    ),
    **SIGNED,
    updated_at=MOMENT,
    explanation_html=TEXT,
    license=ref("License"),
)  # fmt: skip
# A single term also has HTML and the license; a list names the license once.
TERM["required"] = [key for key in TERM["required"] if key not in ("explanation_html", "license")]
SOURCE = object_of(
    **texts("publisher title url license license_url"),
    may_redistribute={"type": "boolean"},
    **texts("citation attribution"),
)
SERIES = object_of(
    **texts("slug title description notes topic unit short_unit"),
    scale={"type": "integer", "description": "Values times ten to this power are in the unit."},
    **texts("frequency period_denotes"),
    kind=one_of(Series.Kind.values),
    **texts("price_basis interval"),
    chart_notes=list_of(object_of(day=DAY, text=TEXT)),
    state=one_of([each.value for each in State]),
    expected_on={**DAY_OR_NONE, "description": "The next release; null if the series has ended."},
    source=ref("Source"),
)
RELEASE = object_of(
    released_on=DAY, imported_at=MOMENT, kind=one_of(Release.Kind.values), summary=TEXT,
    note=TEXT, checksum_sha256=TEXT,
)  # fmt: skip
OBSERVATION = object_of(
    period=DAY, value=NUMBER, low=NUMBER, high=NUMBER,
    status=one_of([each.value for each in Status]),
)  # fmt: skip
SCHEMAS = {
    "Glossary": object_of(
        title=TEXT, address=ADDRESS, license=ref("License"),
        updated_at={"type": ["string", "null"], "format": "date-time"},
        count={"type": "integer"}, terms=list_of(ref("Term")),
    ),
    "Term": TERM,
    "Person": object_of(
        kind=one_of(["person", "office"]), name=TEXT, role=TEXT,
        url={**TEXT, "description": "A page about the person, or empty."},
    ),
    "Latest": LATEST,
    "License": object_of(id=TEXT, url=ADDRESS),
    "Values": object_of(
        series=ref("Series"), release=ref("Release"),
        finding={**TEXT, "description": "What the values show: the title of the chart."},
        usual_revision={**TEXT, "description": "How much first values were revised, in words."},
        observations=list_of(ref("Observation")),
    ),
    "Metadata": {
        "type": "object",
        "description": "CSV on the Web (https://www.w3.org/TR/csvw/): what the CSV's columns mean.",
        "properties": {"url": ADDRESS, "tableSchema": {"type": "object"}},
        "required": ["@context", "url", "tableSchema"],
    },
    "Found": object_of(
        query=TEXT,
        is_cut={"type": "boolean", "description": "More was found than is listed."},
        hits={**list_of(ref("Page")), "description": "Best first."},
        near={**list_of(ref("Page")), "description": "Of similar names, when no name fits."},
    ),
    "Page": object_of(kind=TEXT, title=TEXT, address=ADDRESS, text=TEXT),
    "Series": SERIES,
    "Source": SOURCE,
    "Release": RELEASE,
    "Observation": OBSERVATION,
}  # fmt: skip


# --- addresses ---


def slug_parameter(what: str) -> Schema:
    return {
        "name": "slug",
        "in": "path",
        "required": True,
        "description": f"The slug in the address of the {what}'s page.",
        "schema": {**TEXT, "pattern": SLUG_PATTERN},
    }


ASOF = {
    "name": "asof",
    "in": "query",
    "description": "A day: the data as of that day. Without it, the newest release.",
    "schema": DAY,
}
QUERY = {
    "name": "q",
    "in": "query",
    "description": "Any text: names, abbreviations, words, also with typing errors.",
    "schema": TEXT,
}
NOT_FOUND = {"404": {"description": "Nothing has that name.", "content": {"text/plain": {}}}}
MOVED = {"301": {"description": "The term has a new address, given in Location."}}
BAD_DAY = {"400": {"description": "The day cannot be read.", "content": {"text/plain": {}}}}
NOT_REDISTRIBUTABLE = {
    "403": {
        "description": "The publisher does not allow its values to be redistributed.",
        "content": {"text/plain": {}},
    }
}


def get(
    operation: str, summary: str, kind: str, schema: Schema | None = None, **more: Any
) -> Schema:
    """Return the description of a GET; `more` are `parameters` and `responses` other than 200."""
    content = {kind: {"schema": schema} if schema else {}}
    responses = {"200": {"description": summary, "content": content}, **more.get("responses", {})}
    described = {"operationId": operation, "summary": summary, "responses": responses}
    if "parameters" in more:
        described["parameters"] = more["parameters"]
    return {"get": described}


OF_TERM: Any = {"parameters": [slug_parameter("term")], "responses": NOT_FOUND | MOVED}
OF_SERIES: Any = {"parameters": [slug_parameter("series"), ASOF], "responses": NOT_FOUND | BAD_DAY}
OF_VALUES: Any = OF_SERIES | {"responses": NOT_FOUND | BAD_DAY | NOT_REDISTRIBUTABLE}
PATHS = {
    "/glossary.json": get("glossary", "Every term.", JSON, ref("Glossary")),
    "/glossary.csv": get("glossaryTable", "Every term, one a row.", CSV),
    "/search.json": get(
        "search", "Terms, series and issues.", JSON, ref("Found"), parameters=[QUERY]
    ),
    "/glossary/{slug}.json": get("term", "One term.", JSON, ref("Term"), **OF_TERM),
    "/glossary/{slug}.md": get("termText", "One term as a text.", MARKDOWN, **OF_TERM),
    "/glossary/{slug}.atom": get("termChanges", "The timeline of one term.", ATOM, **OF_TERM),
    "/glossary/{slug}/card.png": get("termCard", "A term's card for shared links.", PNG, **OF_TERM),
    "/data/{slug}.json": get("values", "A series' values.", JSON, ref("Values"), **OF_VALUES),
    "/data/{slug}.csv": get("valueTable", "A series' values, one a row.", CSV, **OF_VALUES),
    "/data/{slug}.metadata.json": get(
        "metadata", "All but a series' values.", CSVM, ref("Metadata"), **OF_SERIES
    ),
    "/data/{slug}.svg": get("chart", "A series' chart.", SVG, **OF_SERIES),
    "/data/{slug}.png": get("chartPicture", "A series' chart as pixels.", PNG, **OF_SERIES),
    "/data/{slug}/card.png": get(
        "seriesCard", "A series' card for shared links.", PNG, **OF_SERIES
    ),
    "/data/{slug}.atom": get("releases", "The releases of one series.", ATOM, **OF_SERIES),
    "/data/calendar.ics": get("calendar", "When new numbers are expected.", ICALENDAR),
    "/data/calendar.atom": get("calendarFeed", "When new numbers are expected.", ATOM),
    "/feeds/terms.atom": get("newTerms", "New terms and changed definitions.", ATOM),
    "/feeds/data.atom": get("newData", "Every release of every series, and withdrawals.", ATOM),
}


def description() -> Schema:
    """Return the whole description, with the parts of OPENAPI_SOURCES."""
    others = [source() for source in OPENAPI_SOURCES]
    return {
        "openapi": "3.1.0",
        "info": {
            "title": settings.SITE_NAME,
            "version": VERSION,
            "summary": "Terms of the AI economy and the numbers behind them, read only.",
            "description": (
                "Everything is open to GET requests without a key, from any site. Use "
                "If-None-Match to ask again. Texts and charts are CC BY 4.0; each series names "
                "the license of its source."
            ),
            "license": {"name": CHART_LICENSE["id"], "url": CHART_LICENSE["url"]},
        },
        "servers": [{"url": settings.SITE_URL}],
        "paths": reduce(or_, (paths for paths, _ in others), PATHS),
        "components": {"schemas": reduce(or_, (schemas for _, schemas in others), SCHEMAS)},
    }
