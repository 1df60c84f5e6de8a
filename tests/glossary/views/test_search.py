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
    assert "<b>Term </b> · Techniques &amp; Methods" in text
    assert "first &amp; longest <mark>stage</mark>." in text
    assert "1 result for “stages”." in text
    text = client.get("/search/?q=compute").text
    assert "<b>Data </b> · Epoch AI" in " ".join(text.split())


def test_nothing_typed_or_stored_becomes_markup(client, glossary):
    text = client.get("/search/", {"q": "<b>false</b> <script>"}).text
    assert "A &lt;b&gt;<mark>false</mark>&lt;/b&gt;" in text or "&lt;script&gt;" in text
    assert "<b>false" not in text
    text = client.get("/search/", {"q": 'false" onfocus="x'}).text
    assert 'onfocus="x' not in text


@pytest.fixture
def chips():
    """53 terms and a series of one name, of which a search finds 50."""
    for number in range(53):
        make_term(f"Chip {number}")
    release(make_series("chip", title="Chip"), "2024,10 2025,12")
    search.refresh_all()


def shown(answer):
    return [hit.entry.title for hit in answer.context["hits"]]


def test_results_come_in_pages_of_twenty(client, chips):
    pages = [client.get(f"/search/?q=chip&page={number}") for number in (1, 2, 3)]
    assert [len(shown(page)) for page in pages] == [20, 20, 10]
    assert len({title for page in pages for title in shown(page)}) == 50
    first, second, last = (page.text for page in pages)
    assert "The best 50 results for “chip”. Another word narrows them down." in first
    assert '<a class="after" href="/search/?q=chip&amp;page=2" rel="next">' in first
    assert 'rel="prev"' not in first
    assert '<a href="/search/?q=chip&amp;page=1" rel="prev">' in second
    assert '<ol class="rows results" start="41">' in last
    assert 'rel="next"' not in last
    assert "<title>“chip” in search, page 3 ·" in last


def test_results_are_counted_by_kind_and_each_kind_is_a_list(client, chips):
    text = " ".join(client.get("/search/?q=chip&page=2&kind=no-such").text.split())
    assert 'href="/search/?q=chip&amp;kind=series">Data <span>1</span>' in text
    assert 'href="/search/?q=chip&amp;kind=term">Terms <span>49</span>' in text
    assert '<a href="/search/?q=chip" aria-current="page">All <span>50</span>' in text
    data = client.get("/search/?q=chip&kind=series")
    assert shown(data) == ["Chip"]
    assert 'kind=series" aria-current="page"' in data.text
    assert "page=2" not in data.text
    terms = client.get("/search/?q=chip&kind=term&page=2")
    assert 'href="/search/?q=chip&amp;kind=term&amp;page=3"' in terms.text


def test_a_series_found_shows_its_newest_value(client, chips):
    text = " ".join(client.get("/search/?q=chip&kind=series").text.split())
    assert '<data class="figure" value="12">12</data> <span class="unit">units</span>' in text
    assert "· 2025 ·" in text


def test_results_of_one_kind_are_not_divided(client, glossary):
    assert 'class="kinds"' not in client.get("/search/?q=compute").text


@pytest.mark.parametrize("page", ["0", "-1", "9", "x", "²"])
def test_a_page_of_results_that_is_not_there_is_the_nearest_one(client, chips, page):
    assert client.get("/search/", {"q": "chip", "page": page}).context["hits"].number in (1, 3)


def test_a_long_question_is_cut_and_the_page_says_so(client, glossary):
    said = "Only its first words were searched for."
    text = client.get("/search/", {"q": "compute " * 100}).text
    assert said in text
    assert "compute " * 12 not in text.partition("<main")[2].partition("<p>")[2]
    assert said in client.get("/search/", {"q": " ".join("abcdefghijklm")}).text
    assert said not in client.get("/search/", {"q": "compute " * 12}).text


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


def test_an_address_that_names_nothing_here_offers_nothing(client, glossary):
    make_term("Memory Wall", definition="Nothing at all is here.")
    search.refresh_all()
    assert "Did you mean" not in client.get("/nothing-here-at-all/").text
    near = client.get("/glossary/memory-walls/").text
    assert "Memory Wall" in near
    assert "This page comes close to it." in near


def test_the_search_page_costs_at_most_eight_queries(
    client, glossary, django_assert_max_num_queries
):
    search.find("xyzzy")  # reads the names, once for all that follow
    for query in ("training", "hallucinaton", "xyzzy"):
        with django_assert_max_num_queries(8):
            client.get("/search/", {"q": query})
    with django_assert_max_num_queries(4):
        client.get("/search/suggest/?q=hallucinaton")


def test_each_page_has_the_field_of_the_header_but_the_one_to_search_on(client, glossary):
    fields = {
        path: client.get(path).text.count('type="search"') for path in ("/search/", "/about/")
    }
    assert fields == {"/search/": 1, "/about/": 1}


def test_the_header_marks_the_section_of_a_page_and_none_where_there_is_no_page(client, glossary):
    mark = 'href="/glossary/" aria-current'
    assert mark in client.get("/glossary/hallucination/").text
    missing = client.get("/glossary/halucination/")
    assert (missing.status_code, mark in missing.text) == (404, False)
