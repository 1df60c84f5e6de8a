"""From 500 terms on: the index leads to lists by field and letter, which come in pages."""

import gzip
import re

import pytest

from glossary.models import Term
from glossary.terms.contents import MOST_LISTED
from glossary.values.names import name_key
from tests.builders import make_category

pytestmark = pytest.mark.django_db


def make_terms(count):
    fields = [make_category(f"Field {number}", position=number) for number in range(4)]
    Term.objects.bulk_create(
        Term(
            headword=f"{'ABC'[number % 3]} term {number:05}",
            headword_key=name_key(f"{'ABC'[number % 3]} term {number:05}"),
            slug=f"term-{number}",
            category=fields[number % 4],
            definition=f"What number {number} is.",
            status="published",
        )
        for number in range(count)
    )


def test_the_index_lists_all_terms_below_500_and_none_from_then_on(client):
    make_terms(MOST_LISTED - 1)
    page = client.get("/glossary/").text
    assert page.count("What number") == 499
    assert "js/filter.js" in page
    Term.objects.create(
        headword="Last", slug="last", category=make_category("Field 0"), definition="One.",
        status="published",
    )  # fmt: skip
    page = client.get("/glossary/").text
    assert "What number" not in page
    assert "500 terms of the AI economy." in page
    assert "js/filter.js" not in page
    assert '<form class="search" role="search" action="/search/"' in page
    assert re.search(r'href="/glossary/field/field-1/">Field 1 <span>125<', page)
    assert re.search(r'href="/glossary/letter/b/">B <span>166<', page)
    assert "/glossary/letter/d/" not in page


def test_index_and_lists_stay_small_whatever_the_number_of_terms(client):
    make_terms(3000)
    assert "3,000 terms of the AI economy." in client.get("/glossary/").text
    for path in (
        "/glossary/",
        "/glossary/letter/a/",
        "/glossary/field/field-1/?page=8",
        "/llms.txt",
    ):
        assert len(gzip.compress(client.get(path).content)) < 60_000, path
        assert len(client.get(path).content) < 120_000, path


@pytest.mark.parametrize("path", ["/glossary/letter/a/", "/glossary/field/field-0/"])
def test_a_list_of_more_than_100_terms_comes_in_pages(client, path):
    make_terms(840)
    first, last = client.get(path), client.get(f"{path}?page=3")
    assert [term.pk for term in first.context["terms"]] != [
        term.pk for term in last.context["terms"]
    ]
    assert len(first.context["terms"]) == 100
    number = first.context["terms"].paginator.num_pages
    assert f"page 1 of {number}" in first.text
    canonical = re.search('<link rel="canonical" href="(.+)">', last.text)[1]
    assert canonical.endswith(f"{path}?page=3")
    assert re.search(f'<link rel="prev" href=".+{path}\\?page=2">', last.text)
    assert f'<a class="after" href="{path}?page=2" rel="next">' in first.text
    assert ", page 3 · AI Economy Pulse</title>" in last.text


@pytest.mark.parametrize(
    ("asked", "shown"),
    [("0", 1), ("-1", 1), ("99", 3), ("x", 1), ("", 1), ("9" * 50, 3), ("2", 2), ("²", 1)],
)
def test_a_page_that_is_not_there_is_the_nearest_one(client, asked, shown):
    make_terms(840)
    answer = client.get("/glossary/letter/a/", {"page": asked})
    assert answer.status_code == 200
    assert answer.context["terms"].number == shown
    canonical = re.search('<link rel="canonical" href="(.+)">', answer.text)[1]
    assert canonical.endswith("/letter/a/" if shown == 1 else f"/letter/a/?page={shown}")


def test_every_term_is_on_one_page_of_its_letter(client):
    make_terms(840)
    seen = [
        term.headword
        for number in (1, 2, 3)
        for term in client.get(f"/glossary/letter/a/?page={number}").context["terms"]
    ]
    assert len(seen) == 280
    assert seen == sorted(set(seen))


def test_the_guide_for_language_models_names_fields_and_ways_instead_of_terms(client):
    make_terms(MOST_LISTED)
    text = client.get("/llms.txt").text
    assert "What number" not in text
    assert "## The 500 terms" in text
    assert re.search(r"- \[Field 1\]\(\S+/glossary/field/field-1/\): 125 terms", text)
    assert "/glossary/SLUG.md" in text
    assert "/search.json?q=" in text
