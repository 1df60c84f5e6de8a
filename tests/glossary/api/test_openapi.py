"""`/openapi.json`: responses match what it promises."""

import json

import pytest
from jsonschema import Draft202012Validator

from glossary import search
from glossary.api import openapi
from tests.builders import (
    make_alias,
    make_citation,
    make_person,
    make_series,
    make_term,
    relate,
    release,
)
from tests.config.site import all_routes, make_site

pytestmark = pytest.mark.django_db

# Below addresses for programs but meant for people, or the description itself.
ISSUES = ("/newsletter/", "/newsletter/<slug:newsletter>/")
PICTURES = ("/card.png", "/<slug:name>.png")
UNDESCRIBED = {"/card.png", "/openapi.json"} | {
    f"{at}<issue:number>-<slug:slug>{picture}" for at in ISSUES for picture in PICTURES
}
ENDINGS = (".json", ".csv", ".md", ".svg", ".png", ".atom", ".ics")


@pytest.fixture
def site(clock):
    """Rows with everything that a schema names, also what is rare."""
    term = make_term(
        "Token", explanation="{{ rich }}", reviewed_on="2026-11-02", responsible=make_person()
    )
    make_alias(term, "lexeme")
    make_citation(term)
    relate(term, make_term("Bare", explanation=""))
    series = make_series("rich")
    release(series, "2024,10 2025,", "2026-01-15")
    release(series, "2024,11 2025,12.5 2026,5E+26", "2026-02-15", note="Counted again.")
    term.shown_series.create(series=series)


def validator(schema):
    """Return a validator for one schema, with the named schemas at hand."""
    resolvable = {**schema, "components": {"schemas": openapi.SCHEMAS}}
    return Draft202012Validator(resolvable)


@pytest.mark.parametrize("path", openapi.PATHS)
def test_every_address_answers_with_what_is_described(client, site, path):
    described = openapi.PATHS[path]["get"]["responses"]["200"]["content"]
    path = path.replace("{slug}", "token" if "glossary" in path else "rich")
    answer = client.get(path, {"q": "tokn"} if "search" in path else {})
    kind = answer["Content-Type"].partition(";")[0]
    assert (answer.status_code, [kind]) == (200, list(described))
    assert answer["Access-Control-Allow-Origin"] == "*"  # "from any site"
    if kind.endswith("json"):
        validator(described[kind]["schema"]).validate(answer.json())


@pytest.mark.parametrize("path", [path for path in openapi.PATHS if "{slug}" in path])
def test_what_is_not_there_is_answered_404_as_described(client, path):
    answer = client.get(path.replace("{slug}", "nothing"))
    assert "404" in openapi.PATHS[path]["get"]["responses"]
    assert (answer.status_code, answer["Content-Type"][:10]) == (404, "text/plain")


def test_a_schema_that_lacks_a_member_is_noticed(client, site):
    """The walk above would be worth nothing if schemas let everything through."""
    schema = openapi.ref("Term")
    found = client.get("/glossary/token.json").json()
    assert not validator(schema).is_valid(found | {"more": 1})
    del found["definition"]
    assert not validator(schema).is_valid(found)


def test_every_file_for_programs_is_described():
    shapes = {route.shape for route in all_routes(make_site())}
    files = {shape for shape in shapes if shape.endswith(ENDINGS)} - UNDESCRIBED
    described = "\n".join(openapi.description()["paths"])
    for name, kind in {"number": "issue", "slug": "slug", "newsletter": "slug"}.items():
        described = described.replace(f"{{{name}}}", f"<{kind}:{name}>")
    assert set(described.splitlines()) == files


@pytest.mark.parametrize("path", openapi.PATHS)
def test_what_an_address_takes_is_described(path):
    taken = {"q": "/search" in path, "asof": path.startswith("/data/{slug}")}
    expected = ["slug"] if "{slug}" in path else []
    expected += [name for name, is_taken in taken.items() if is_taken]
    described = openapi.PATHS[path]["get"].get("parameters", [])
    assert [each["name"] for each in described] == expected


def test_it_is_openapi_with_our_address_and_license(client, settings):
    settings.SITE_URL = "https://pulse.example.org"
    found = json.loads(client.get("/openapi.json").content)
    assert found["openapi"] == "3.1.0"
    assert found["servers"] == [{"url": "https://pulse.example.org"}]
    assert found["info"]["license"]["name"] == "CC-BY-4.0"
    operations = [each["get"]["operationId"] for each in found["paths"].values()]
    assert len(set(operations)) == len(operations)


def test_search_finds_pages_by_name_and_offers_similar_ones(client, settings):
    settings.SITE_URL = "https://pulse.example.org"
    make_term("Inference")
    search.refresh_all()
    assert client.get("/search.json?q=inference").json() == {
        "query": "inference",
        "is_cut": False,
        "hits": [
            {
                "kind": "term",
                "title": "Inference",
                "address": "https://pulse.example.org/glossary/inference/",
                "text": "What Inference means, in one sentence.",
            }
        ],
        "near": [],
    }
    assert client.get("/search.json?q=infernce").json()["near"][0]["title"] == "Inference"
    assert client.get("/search.json").json()["hits"] == []
