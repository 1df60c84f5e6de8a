"""`/` and `/glossary/`: everything by category, with ways to one letter, without script."""

import pytest

from tests.builders import make_category, make_term, relate
from tests.glossary.views.test_term_page import assert_in_order, visible_text

pytestmark = pytest.mark.django_db


def test_terms_stand_by_category_in_its_order_and_a_to_z_inside(client):
    second = make_category("Economics", position=2)
    first = make_category("Models", position=1)
    for name, category in (("Zeta", first), ("alpha", first), ("Beta", second)):
        make_term(name, category=category)
    make_term("Draft", category=first, status="draft")
    answer = client.get("/glossary/")
    groups = answer.context["groups"]()
    assert [term.headword for _, terms in groups for term in terms] == ["alpha", "Zeta", "Beta"]
    assert [category.name for category, _ in groups] == ["Models", "Economics"]
    assert_in_order(visible_text(answer.text), ["Models", "alpha", "Zeta", "Economics", "Beta"])


def test_letters_count_their_terms(client):
    for name in ("Alpha", "Beta", "Ärger", "3D chip"):
        make_term(name)
    letters = client.get("/glossary/").context["letters"]
    counts = {letter.sign: letter.count for letter in letters}
    assert (counts["A"], counts["B"], counts["Z"], counts["#"]) == (2, 1, 0, 1)


def test_the_index_of_an_empty_glossary_stands(client):
    assert client.get("/glossary/").status_code == 200
    assert client.get("/").status_code == 200


@pytest.mark.parametrize("count", [3, 40])
def test_the_index_costs_three_queries_whatever_the_number_of_terms(
    client, django_assert_num_queries, count
):
    for number in range(count):
        make_term(f"Term {number}", category=make_category(f"Category {number % 4}"))
    with django_assert_num_queries(3):
        client.get("/glossary/")


def test_the_front_page_tells_each_day_of_review_and_terms_in_the_order_of_use(client):
    terms = [make_term(f"Term {n:02}", reviewed_on="2026-11-02") for n in range(8)]
    for used, times in ((terms[7], 6), (terms[6], 5), (terms[5], 4), (terms[4], 3), (terms[3], 2)):
        for other in terms[:times]:
            if other != used:
                relate(other, used)
    relate(terms[0], terms[2])
    answer = client.get("/")
    assert [term.headword for term in answer.context["reviewed"]] == [
        "Term 02", "Term 00", "Term 01",
    ]  # fmt: skip
    text = visible_text(answer.text)
    assert text.count("Nov 2, 2026") == 3
    make_term("Later", reviewed_on="2026-11-03")
    assert_in_order(visible_text(client.get("/").text), ["Later", "Nov 3, 2026", "Nov 2, 2026"])


def test_the_front_page_costs_at_most_twelve_queries(client, django_assert_max_num_queries):
    for number in range(10):
        make_term(f"Term {number}")
    with django_assert_max_num_queries(12):
        client.get("/")
