"""What programs may read of issues, for the description of the whole interface."""

from glossary.api.openapi import (
    ADDRESS,
    ATOM,
    DAY,
    GONE,
    JSON,
    MOMENT,
    MOVED,
    TEXT,
    Schema,
    get,
    list_of,
    named,
    one_of,
    record,
    slug_of,
)
from glossary.values.points import Status

TEXT_OR_NONE: Schema = {"type": ["string", "null"]}
NUMBER_OF = {"name": "number", "in": "path", "required": True, "schema": {"type": "integer"}}
TEXTS = record(text=TEXT, html=TEXT)
READING = record(
    token=TEXT,
    shown=TEXT,
    value={**TEXT_OR_NONE, "description": "All its digits."},
    unit=TEXT,
    period=DAY,
    period_label=TEXT,
    slug=TEXT,
    released_on=DAY,
    status=one_of([each.value for each in Status]),
    since={**TEXT_OR_NONE, "format": "date"},
    since_label=TEXT,
    machine=TEXT,
)
SERIES = record(slug=TEXT, url=ADDRESS)


def or_none(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}


SCHEMAS = {
    "Reading": READING,
    "Issue": record(
        issue=record(
            number={"type": "integer"}, newsletter=TEXT, title=TEXT, summary=TEXT,
            sent_at=or_none(MOMENT), url=ADDRESS,
        ),
        intro=TEXTS,
        data_points=list_of(
            record(
                position={"type": "integer"}, headline=TEXT, figure=TEXT, change=TEXT,
                period=TEXT, why=TEXTS, source=record(publisher=TEXT, title=TEXT, url=TEXT),
                series=or_none(SERIES), as_sent=or_none(named("Reading")),
                now=or_none(named("Reading")), changed=TEXT,
            )
        ),
        figures=list_of(
            record(
                series=SERIES, as_sent=named("Reading"), now=or_none(named("Reading")),
                changed=TEXT,
            )
        ),
        terms=list_of(record(headword=TEXT, definition=TEXT, url=ADDRESS)),
        license=named("License"),
    ),
}  # fmt: skip
PATHS = {
    "/newsletter/{number}-{slug}.json": get(
        "issue", "One issue, with its numbers as sent and now.", JSON, named("Issue"),
        parameters=[NUMBER_OF, slug_of("issue")], responses=GONE | MOVED,
    ),
    "/feeds/issues.atom": get("newIssues", "Every issue, whole.", ATOM),
}  # fmt: skip


def described() -> tuple[dict[str, Schema], dict[str, Schema]]:
    """Return paths and schemas."""
    return PATHS, SCHEMAS
