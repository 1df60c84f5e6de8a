"""Issues in the OpenAPI description: paths and schemas."""

from glossary.api import openapi as api
from glossary.api.openapi import MOMENT, TEXT, Schema, list_of, object_of, ref
from glossary.values.points import Status

TEXT_OR_NONE: Schema = {"type": ["string", "null"]}
FLAG = {"type": "boolean", "description": "Whether it is a sample, which was never sent."}
NUMBER_OF = {
    "name": "number", "in": "path", "required": True,
    "schema": {"anyOf": [{"type": "integer"}, {"const": "sample"}]},
}  # fmt: skip
NEWSLETTER = {"name": "newsletter", "in": "path", "required": True, "schema": TEXT}
TEXTS = object_of(text=TEXT, html=TEXT)
READING = object_of(
    token=TEXT,
    shown=TEXT,
    value={**TEXT_OR_NONE, "description": "All its digits."},
    unit=TEXT,
    period=api.DAY,
    period_label=TEXT,
    slug=TEXT,
    released_on=api.DAY,
    status=api.one_of([each.value for each in Status]),
    since={**TEXT_OR_NONE, "format": "date"},
    since_label=TEXT,
    machine=TEXT,
)
SERIES = object_of(slug=TEXT, url=api.ADDRESS)


def or_none(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}


SCHEMAS = {
    "Reading": READING,
    "Issue": object_of(
        issue=object_of(
            number={"type": ["integer", "null"]}, is_sample=FLAG, day=api.DAY, newsletter=TEXT,
            title=TEXT, summary=TEXT, sent_at=or_none(MOMENT), url=api.ADDRESS, **api.SIGNED,
        ),
        intro=TEXTS,
        data_points=list_of(
            object_of(
                position={"type": "integer"}, headline=TEXT, figure=TEXT, change=TEXT,
                period=TEXT, why=TEXTS, source=object_of(publisher=TEXT, title=TEXT, url=TEXT),
                series=or_none(SERIES), as_sent=or_none(ref("Reading")),
                now=or_none(ref("Reading")), changed=TEXT,
            )
        ),
        figures=list_of(
            object_of(
                series=SERIES, as_sent=ref("Reading"), now=or_none(ref("Reading")),
                changed=TEXT,
            )
        ),
        corrections=list_of(
            object_of(at=MOMENT, series=or_none(SERIES), text=TEXT, url=api.ADDRESS)
        ),
        terms=list_of(object_of(headword=TEXT, definition=TEXT, url=api.ADDRESS)),
        license=ref("License"),
    ),
}  # fmt: skip
PATHS = {
    "/newsletter/{number}-{slug}.json": api.get(
        "issue", "One issue, with its numbers as sent and now.", api.JSON, ref("Issue"),
        parameters=[NUMBER_OF, api.slug_parameter("issue")], responses=api.NOT_FOUND | api.MOVED,
    ),
    "/feeds/issues.atom": api.get("newIssues", "Every issue, whole.", api.ATOM),
    "/newsletter/{newsletter}/{number}-{slug}.json": api.get(
        "issueOfNewsletter", "The same, of a newsletter other than the default one.", api.JSON,
        ref("Issue"), parameters=[NEWSLETTER, NUMBER_OF, api.slug_parameter("issue")],
        responses=api.NOT_FOUND | api.MOVED,
    ),
    "/newsletter/{newsletter}.atom": api.get(
        "newIssuesOfNewsletter", "Every issue of one newsletter, whole.", api.ATOM,
        parameters=[NEWSLETTER], responses=api.NOT_FOUND,
    ),
}  # fmt: skip
