"""`/glossary/field/<slug>/`: the terms of one field."""

import pytest

from tests.builders import make_category, make_series, make_term, release

pytestmark = pytest.mark.django_db


def test_it_lists_the_published_terms_of_the_field_from_a_to_z(client):
    chips, money = make_category("Chips", position=1), make_category("Money", position=2)
    for name in ("Zeta", "alpha", "Émile"):
        make_term(name, category=chips)
    make_term("Draft", category=chips, status="draft")
    make_term("Cost", category=money)
    answer = client.get("/glossary/field/chips/")
    assert [term.headword for term in answer.context["terms"]] == ["alpha", "Émile", "Zeta"]
    assert "<h1>Chips</h1>" in answer.text
    assert "3 terms, from A to Z" in answer.text
    assert "<title>Chips: terms of the AI economy · AI Economy Pulse</title>" in answer.text
    assert '<link rel="canonical" href="http://' in answer.text
    assert 'content="3 terms of the AI economy on Chips, each' in answer.text


def test_fields_lead_to_their_neighbors_in_the_editors_order(client):
    for position, name in enumerate(("Chips", "Money", "Work")):
        make_term(f"Of {name}", category=make_category(name, position=position))
    make_category("Empty", position=1)
    text = client.get("/glossary/field/money/").text
    assert '<a href="/glossary/field/chips/" rel="prev">' in text
    assert '<a class="after" href="/glossary/field/work/" rel="next">' in text
    assert 'href="/glossary/field/money/" aria-current="page"' in text
    assert "/glossary/field/empty/" not in text
    assert 'rel="prev"' not in client.get("/glossary/field/chips/").text


def test_its_data_are_a_link_where_there_are_any(client):
    make_term("Term")
    assert "Data of this field" not in client.get("/glossary/field/techniques-methods/").text
    release(make_series("compute"), "2024,1")
    text = client.get("/glossary/field/techniques-methods/").text
    assert '<a href="/data/#topic-techniques-methods">Data of this field</a>' in text


@pytest.mark.parametrize("path", ["/glossary/field/empty/", "/glossary/field/nowhere/"])
def test_a_field_without_published_terms_looks_like_nothing(client, path):
    make_term("Draft", category=make_category("Empty"), status="draft")
    assert client.get(path).status_code == 404


def test_it_is_reached_from_front_page_index_and_term(client):
    make_term("Token", category=make_category("Models"))
    for path in ("/", "/glossary/", "/glossary/token/", "/search/"):
        assert 'href="/glossary/field/models/"' in client.get(path).text, path


def test_a_term_may_be_called_field_or_letter(client):
    make_term("Field")
    make_term("Letter")
    for path in ("field", "field/card", "field/changes", "letter", "letter/card", "letter/changes"):
        answer = client.get(f"/glossary/{path}/")
        assert answer.context["term"].headword == path.partition("/")[0].capitalize()


@pytest.mark.parametrize("count", [3, 30])
def test_it_costs_at_most_six_queries(client, django_assert_max_num_queries, count):
    for number in range(count):
        make_term(f"Term {number}", category=make_category(f"Field {number % 3}"))
    with django_assert_max_num_queries(6):
        client.get("/glossary/field/field-1/")
