"""`/` and `/glossary/`: everything by category, narrowed by letter or by words, without script."""

import pytest

from glossary.near import near_terms
from tests.builders import make_alias, make_category, make_term

pytestmark = pytest.mark.django_db


def headwords(answer):
    return [term.headword for _, terms in answer.context["groups"] for term in terms]


def test_terms_stand_by_category_in_its_order_and_a_to_z_inside(client):
    second = make_category("Economics", position=2)
    first = make_category("Models", position=1)
    for name, category in (("Zeta", first), ("alpha", first), ("Beta", second)):
        make_term(name, category=category)
    make_term("Draft", category=first, status="draft")
    answer = client.get("/glossary/")
    assert headwords(answer) == ["alpha", "Zeta", "Beta"]
    assert [category.name for category, _ in answer.context["groups"]] == ["Models", "Economics"]


def test_a_letter_narrows_the_list(client):
    for name in ("Alpha", "Beta", "Ärger", "3D chip"):
        make_term(name)
    assert headwords(client.get("/glossary/?letter=a")) == ["Alpha", "Ärger"]
    assert headwords(client.get("/glossary/?letter=%23")) == ["3D chip"]
    letters = dict(client.get("/glossary/").context["letters"])
    assert letters["A"]
    assert letters["#"]
    assert not letters["Z"]


@pytest.mark.parametrize(
    "query", ["pre training", "PRE-TRAINING", "prétraining pre", "ptx", "stage"]
)
def test_words_find_headword_alias_and_definition(client, query):
    term = make_term("Pre-Training", definition="The first stage.")
    make_alias(term, "pretraining")
    make_alias(term, "PTX")
    make_term("Other")
    assert headwords(client.get("/glossary/", {"q": query})) == ["Pre-Training"]


def test_nothing_found_says_so_and_keeps_the_words(client):
    make_term("Token")
    answer = client.get("/glossary/", {"q": "xyzzy <b>"})
    assert headwords(answer) == []
    assert "xyzzy &lt;b&gt;" in answer.text
    assert "<b>" not in answer.text


def test_a_mistyped_word_offers_near_terms(client):
    make_term("Hallucination")
    answer = client.get("/glossary/", {"q": "hallucinaton"})
    assert "Did you mean" in answer.text
    assert 'href="/glossary/hallucination/"' in answer.text


def test_the_index_of_an_empty_glossary_stands(client):
    assert client.get("/glossary/").status_code == 200
    assert client.get("/").status_code == 200


@pytest.mark.parametrize("count", [3, 40])
def test_the_index_costs_at_most_five_queries_whatever_the_number_of_terms(
    client, django_assert_max_num_queries, count
):
    for number in range(count):
        make_term(f"Term {number}", category=make_category(f"Category {number % 4}"))
    with django_assert_max_num_queries(5):
        client.get("/glossary/")


def test_the_front_page_costs_at_most_eight_queries(client, django_assert_max_num_queries):
    for number in range(10):
        make_term(f"Term {number}")
    with django_assert_max_num_queries(8):
        client.get("/")


def test_near_terms_come_nearest_first_and_only_when_alike():
    for name in ("Inference", "Interference", "Tokenization", "Data Center"):
        make_term(name)
    assert [term.headword for term in near_terms("inferense")] == ["Inference", "Interference"]
    assert near_terms("zzz") == []
    assert near_terms("") == []


def test_a_term_found_by_two_of_its_names_is_offered_once():
    make_alias(make_term("Pre-Training"), "pretraining")
    assert len(near_terms("pretrainig")) == 1
