"""`/search/` and `/search/suggest/`, and what else sends there."""

import pytest

from glossary import search
from tests.builders import make_alias, make_series, make_term, release

pytestmark = pytest.mark.django_db


@pytest.fixture
def glossary():
    make_alias(
        make_term("Pre-Training", definition="A model’s first & longest stage."), "pretraining"
    )
    make_term("Hallucination", definition="A <b>false</b> statement.")
    make_term("Confidential", status="draft")
    release(make_series("compute", title="Compute shipped"), "2024,10 2025,12")
    search.refresh_all()


def test_results_name_kind_title_and_definition_with_marks(client, glossary):
    text = " ".join(client.get("/search/", {"q": "stages"}).text.split())
    assert '<a href="/glossary/pre-training/">Pre-Training' in text
    assert "Term · Techniques &amp; Methods" in text
    assert "first &amp; longest <mark>stage</mark>." in text
    assert "1 result for “stages”." in text
    text = client.get("/search/?q=compute").text
    assert "Data · Epoch AI" in " ".join(text.split())


def test_nothing_typed_or_stored_becomes_markup(client, glossary):
    text = client.get("/search/", {"q": "<b>false</b> <script>"}).text
    assert "A &lt;b&gt;<mark>false</mark>&lt;/b&gt;" in text or "&lt;script&gt;" in text
    assert "<b>" not in text
    text = client.get("/search/", {"q": 'false" onfocus="x'}).text
    assert 'onfocus="x' not in text


def test_a_mistyped_name_is_offered_as_a_page(client, glossary):
    text = client.get("/search/?q=hallucinaton").text
    assert "Did you mean" in text
    assert 'href="/glossary/hallucination/"' in text
    assert 'value="hallucinaton"' in text


@pytest.mark.parametrize("query", ["", "?q=", "?q=xyzzyxyzzy", "?q=%F0%9F%99%82"])
def test_a_page_without_results_helps_on(client, glossary, query):
    text = client.get(f"/search/{query}").text
    assert "/glossary/field/techniques-methods/" in text
    assert "/glossary/letter/p/" in text
    assert "Confidential" not in text


def test_drafts_are_not_found(client, glossary):
    assert "/glossary/confidential/" not in client.get("/search/?q=confidential").text


def test_the_page_is_kept_out_of_other_search_engines(client, glossary):
    assert '<meta name="robots" content="noindex">' in client.get("/search/?q=training").text


@pytest.mark.parametrize("path", ["/search/", "/search/suggest/"])
def test_only_reading_is_allowed_and_bad_bytes_are_refused(client, path):
    assert client.post(path).status_code == 405
    assert client.head(path, {"q": "x"}).status_code == 200
    assert client.get(f"{path}?q=%00").status_code == 400
    assert client.get(path, {"q": "x" * 10_000}).status_code == 400
    assert client.get(path, {"q": "x" * 5_000}).status_code == 200


def test_suggestions_are_the_options_of_a_listbox(client, glossary):
    text = client.get("/search/suggest/?q=pret").text
    assert 'role="option"' in text
    assert 'id="suggestion-1"' in text
    assert 'href="/glossary/pre-training/"' in text
    assert "<html" not in text
    assert client.get("/search/suggest/?q=hallucinaton").text.count('role="option"') == 1
    assert client.get("/search/suggest/?q=").text.strip() == ""


def test_at_most_seven_are_suggested(client):
    for number in range(12):
        make_term(f"Chip {number}")
    search.refresh_all()
    assert client.get("/search/suggest/?q=chip").text.count('role="option"') == 7


def test_words_asked_of_the_index_are_searched_for(client):
    answer = client.get("/glossary/", {"q": "chips & fabs"})
    assert (answer.status_code, answer["Location"]) == (301, "/search/?q=chips+%26+fabs")
    assert client.get("/glossary/?q=").status_code == 200


@pytest.mark.parametrize(
    ("path", "offered"),
    [
        ("/glossary/halucinaton/", "/glossary/hallucination/"),
        ("/glossary/pretrainings-explained/", "/glossary/pre-training/"),
        ("/data/computed/", "/data/compute/"),
        ("/glossary/confidentail/", ""),
        ("/nothing/here/", ""),
    ],
)
def test_an_unknown_address_offers_what_comes_near(client, glossary, path, offered):
    answer = client.get(path)
    assert answer.status_code == 404
    assert ("Did you mean" in answer.text) is bool(offered)
    assert offered in answer.text


def test_the_search_page_costs_at_most_eight_queries(
    client, glossary, django_assert_max_num_queries
):
    search.find("xyzzy")  # reads the names, once for all that follow
    for query in ("training", "hallucinaton", "xyzzy"):
        with django_assert_max_num_queries(8):
            client.get("/search/", {"q": query})
    with django_assert_max_num_queries(4):
        client.get("/search/suggest/?q=hallucinaton")
