"""`/glossary/<slug>/card/`: the fragment that a preview shows."""

import pytest

from tests.builders import make_alias, make_series, make_term, release

pytestmark = pytest.mark.django_db


def test_it_says_what_a_term_is_and_its_newest_number(client, django_assert_max_num_queries):
    term = make_term("Compute", definition="What <machines> do.")
    series = make_series("flops", title="Work done")
    release(series, "2024,10 2025,12")
    term.shown_series.create(series=series)
    with django_assert_max_num_queries(3):
        answer = client.get("/glossary/compute/card/")
    assert "<b>Compute</b> <span>Techniques &amp; Methods</span>" in answer.text
    assert "What &lt;machines&gt; do." in answer.text
    assert "Work done: <b>12 units</b>, 2025" in answer.text
    assert "<html" not in answer.text


def test_it_is_public_and_no_page_to_be_found(client):
    make_term("Compute")
    answer = client.get("/glossary/compute/card/")
    assert answer["Cache-Control"].startswith("public")
    assert answer["X-Robots-Tag"] == "noindex"
    assert "number" not in answer.text


def test_of_a_series_that_is_not_published_it_says_nothing(client):
    term = make_term("Compute")
    term.shown_series.create(series=make_series("empty", title="Empty series"))
    assert "Empty series" not in client.get("/glossary/compute/card/").text


def test_earlier_addresses_and_other_names_lead_to_it(client):
    term = make_term("Compute")
    make_alias(term, "Computing power")
    term.slug = "ai-compute"
    term.save()
    for slug in ("compute", "computing-power", "AI-Compute"):
        answer = client.get(f"/glossary/{slug}/card/")
        assert (answer.status_code, answer["Location"]) == (301, "/glossary/ai-compute/card/")


@pytest.mark.parametrize("who", ["client", "admin_client"])
def test_a_draft_has_none_and_looks_like_nothing(who, request):
    make_term("Secret", status="draft", definition="Not to be known.")
    client = request.getfixturevalue(who)
    answer = client.get("/glossary/secret/card/")
    assert answer.status_code == client.get("/glossary/nowhere/card/").status_code == 404
    assert "Not to be known" not in answer.text
