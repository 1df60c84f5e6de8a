"""Issues and their feed match `/openapi.json`."""

import pytest
from jsonschema import Draft202012Validator

from glossary.api import openapi
from newsletter.issues.freezing import freeze
from tests.builders import make_data_point, make_issue, make_series, make_term, release

pytestmark = pytest.mark.django_db


@pytest.fixture
def issue(clock):
    series = make_series("compute")
    release(series, "2024,10 2025,12", "2026-01-15")
    issue = make_issue(1, "First", intro="It is {{ compute }} of [[Tokens]].", status="draft")
    make_data_point(issue, 1, series=series, term=make_term("Token"))
    make_data_point(issue, 2)
    freeze(issue)
    issue.status, issue.sent_at = "sent", "2026-11-20T09:00Z"
    issue.save()
    release(series, "2024,10 2025,13", "2026-11-22")
    return issue


def test_an_issue_matches_its_schema(client, issue):
    found = openapi.description()
    whole = {"$ref": "#/components/schemas/Issue", "components": found["components"]}
    said = client.get("/newsletter/1-first.json").json()
    Draft202012Validator(whole).validate(said)
    assert said["data_points"][0]["changed"]
    assert said["figures"]


def test_the_feed_has_the_documented_media_type(client, issue):
    (kind,) = openapi.description()["paths"]["/feeds/issues.atom"]["get"]["responses"]["200"][
        "content"
    ]
    assert client.get("/feeds/issues.atom")["Content-Type"].startswith(kind)
