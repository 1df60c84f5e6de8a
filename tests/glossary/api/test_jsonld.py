"""JSON-LD in the pages: the type of each, and no text can break out of it."""

import json
import re

import pytest

from glossary.templatetags.machines import jsonld
from tests.builders import (
    make_alias,
    make_category,
    make_data_point,
    make_issue,
    make_person,
    make_series,
    make_term,
    release,
)

pytestmark = pytest.mark.django_db

BLOCK = re.compile(r'<script type="application/ld\+json">(.*?)</script>', re.DOTALL)


@pytest.fixture(autouse=True)
def site_url(settings, clock):
    settings.SITE_URL = "https://pulse.example.org"


def said_by(client, path):
    blocks = BLOCK.findall(client.get(path).text)
    assert len(blocks) <= 1
    return json.loads(blocks[0]) if blocks else None


def test_a_term_page_is_about_a_defined_term_of_our_set(client):
    term = make_term("Token", category=make_category("Models"), reviewed_on="2026-11-02")
    term.responsible = make_person("Ada", role="Editor", url="https://ada.example/")
    term.save()
    make_alias(term, "lexeme")
    page = said_by(client, "/glossary/token/")
    assert (page["@context"], page["@type"]) == ("https://schema.org", "WebPage")
    assert page["dateModified"] == "2026-11-23T09:00:00+00:00"
    assert page["lastReviewed"] == "2026-11-02"
    assert page["reviewedBy"] == {
        "@type": "Organization",
        "name": "AI Economy Pulse editorial office",
        "parentOrganization": {"@id": "https://pulse.example.org/#publisher"},
    }
    assert page["author"] == {
        "@type": "Person",
        "name": "Ada",
        "jobTitle": "Editor",
        "url": "https://ada.example/",
    }
    assert page["mainEntity"] == {
        "@type": "DefinedTerm",
        "@id": "https://pulse.example.org/glossary/token/#term",
        "name": "Token",
        "alternateName": ["lexeme"],
        "description": "What Token means, in one sentence.",
        "url": "https://pulse.example.org/glossary/token/",
        "inDefinedTermSet": {
            "@type": "DefinedTermSet",
            "@id": "https://pulse.example.org/glossary/#terms",
            "name": "Glossary of AI Economy Pulse",
            "url": "https://pulse.example.org/glossary/",
        },
    }


def test_the_breadcrumb_is_the_one_that_is_seen(client):
    make_term("Token", category=make_category("Models"))
    steps = said_by(client, "/glossary/token/")["breadcrumb"]["itemListElement"]
    assert [(step["position"], step["name"], step.get("item")) for step in steps] == [
        (1, "Glossary", "https://pulse.example.org/glossary/"),
        (2, "Models", "https://pulse.example.org/glossary/field/models/"),
        (3, "Token", None),
    ]


def test_a_data_page_says_what_dataset_search_asks_for(client):
    series = make_series("compute", title="Compute in use")
    series.source.licence, series.source.licence_url = "CC-BY-4.0", "https://example.org/by/"
    series.source.save()
    release(series, "2023,8 2024,11 2025,12", "2026-01-15")
    found = said_by(client, "/data/compute/")
    assert (found["@type"], found["name"]) == ("Dataset", "Compute in use")
    assert 50 <= len(found["description"]) <= 5000
    assert found["creator"] == {"@type": "Organization", "name": "Epoch AI"}
    assert found["license"] == "https://example.org/by/"
    assert found["temporalCoverage"] == "2023-01-01/2025-01-01"
    assert found["dateModified"] == "2026-01-15"
    assert [(each["encodingFormat"], each["contentUrl"]) for each in found["distribution"]] == [
        ("text/csv", "https://pulse.example.org/data/compute.csv"),
        ("application/json", "https://pulse.example.org/data/compute.json"),
        ("application/csvm+json", "https://pulse.example.org/data/compute.metadata.json"),
    ]


def test_values_that_may_not_be_passed_on_are_no_distribution(client):
    series = make_series("compute")
    series.source.may_redistribute = False
    series.source.licence = "All rights reserved"
    series.source.save()
    release(series, "2024,1")
    found = said_by(client, "/data/compute/")
    assert [each["contentUrl"][-14:] for each in found["distribution"]] == [".metadata.json"]
    assert found["license"] == {"@type": "CreativeWork", "name": "All rights reserved"}


def test_a_sent_issue_is_a_news_article_with_its_card(client):
    issue = make_issue(3, "Chips for rent", preheader="Three numbers")
    make_data_point(issue)
    found = said_by(client, issue.get_absolute_url())
    assert (found["@type"], found["headline"]) == ("NewsArticle", "Chips for rent")
    assert found["datePublished"] == "2026-11-23T09:00:00+00:00"
    assert found["image"][0].startswith(
        "https://pulse.example.org/newsletter/3-chips-for-rent/card.png?v="
    )
    assert found["publisher"]["name"] == "AI Economy Pulse"
    assert found["author"]["name"] == "AI Economy Pulse"


def test_who_answers_for_an_issue_is_its_author(client):
    issue = make_issue(3, "Chips for rent", responsible=make_person("Ada"))
    author = said_by(client, issue.get_absolute_url())["author"]
    assert author == {"@type": "Person", "name": "Ada"}


def test_home_is_a_site_that_can_be_searched_and_the_index_a_set_of_terms(client):
    home, index = said_by(client, "/"), said_by(client, "/glossary/")
    assert (home["@type"], home["publisher"]["@type"]) == ("WebSite", "Organization")
    search = home["potentialAction"]["target"]["urlTemplate"]
    assert search == "https://pulse.example.org/search/?q={search_term_string}"
    assert (index["@type"], len(index["encoding"])) == ("DefinedTermSet", 2)


def test_a_draft_is_described_to_nobody(admin_client):
    make_term("Secret", status="draft")
    assert said_by(admin_client, "/glossary/secret/") is None


def test_no_text_breaks_out_of_the_block(client):
    evil = "</script><script>alert(1)</script><!-- & \u2028"
    make_term("Token", definition=evil)
    page = client.get("/glossary/token/").text
    assert "<script>alert" not in page
    assert said_by(client, "/glossary/token/")["mainEntity"]["description"] == evil
    assert jsonld({"a": "<&>"}) == (
        '<script type="application/ld+json">{"a":"\\u003C\\u0026\\u003E"}</script>'
    )


def test_letters_are_themselves_and_not_six_characters_each():
    assert '"name":"Überkapazität, 人工"' in jsonld({"name": "Überkapazität, 人工"})
