"""`/glossary/letter/<a to z, or other>/`: the terms under one letter."""

import pytest

from tests.builders import make_category, make_term

pytestmark = pytest.mark.django_db


@pytest.fixture
def terms():
    for name in ("Alpha", "Ärger", "beta", "3D chip", "Ωmega", "Token"):
        make_term(name, category=make_category("Models" if name == "Alpha" else "Methods"))
    make_term("Draft", status="draft")


@pytest.mark.parametrize(
    ("letter", "headwords", "title"),
    [
        ("a", ["Alpha", "Ärger"], "Terms with A"),
        ("b", ["beta"], "Terms with B"),
        ("other", ["3D chip", "Ωmega"], "Terms with a digit or another sign"),
    ],
)
def test_it_lists_the_terms_of_all_fields(client, terms, letter, headwords, title):
    answer = client.get(f"/glossary/letter/{letter}/")
    assert [term.headword for term in answer.context["terms"]] == headwords
    assert f"<title>{title} · AI Economy Pulse</title>" in answer.text


def test_each_term_says_its_field(client, terms):
    text = client.get("/glossary/letter/a/").text
    assert '<span class="quiet">Models</span>' in text
    assert '<span class="quiet">Methods</span>' in text


def test_letters_lead_to_the_next_that_has_terms(client, terms):
    text = client.get("/glossary/letter/b/").text
    assert '<a href="/glossary/letter/a/" rel="prev">' in text
    assert '<a class="after" href="/glossary/letter/t/" rel="next">' in text
    assert 'href="/glossary/letter/b/" aria-current="page"' in text
    assert 'rel="next"' not in client.get("/glossary/letter/other/").text


@pytest.mark.parametrize("letter", ["d", "x", "z"])
def test_a_letter_without_terms_is_no_page_and_offers_those_that_have(client, terms, letter):
    answer = client.get(f"/glossary/letter/{letter}/")
    assert answer.status_code == 404
    assert f"No term begins with {letter.upper()}" in answer.text
    assert 'href="/glossary/letter/a/"' in answer.text
    assert f'href="/glossary/letter/{letter}/"' not in answer.text


@pytest.mark.parametrize("letter", ["aa", "1", "_"])
def test_what_is_no_letter_is_no_page(client, terms, letter):
    assert client.get(f"/glossary/letter/{letter}/").status_code == 404


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("/glossary/?letter=A", "/glossary/letter/a/"),
        ("/glossary/?letter=a", "/glossary/letter/a/"),
        ("/glossary/?letter=%C3%84", "/glossary/letter/a/"),
        ("/glossary/?letter=%23", "/glossary/letter/other/"),
        ("/glossary/?letter=%EF%B7%BA", "/glossary/letter/other/"),
        ("/glossary/letter/A/", "/glossary/letter/a/"),
    ],
)
def test_other_spellings_of_the_address_lead_to_it(client, terms, old, new):
    answer = client.get(old)
    assert (answer.status_code, answer["Location"]) == (301, new)


@pytest.mark.parametrize("count", [3, 30])
def test_it_costs_at_most_four_queries(client, django_assert_max_num_queries, count):
    for number in range(count):
        make_term(f"Term {number}", category=make_category(f"Field {number % 3}"))
    with django_assert_max_num_queries(4):
        client.get("/glossary/letter/t/")
