"""`/glossary/<slug>/`: what a visitor reads, where old addresses lead, who sees drafts."""

import re
from html import unescape

import pytest
from django.contrib.auth.models import User

from glossary import search
from glossary.models import Alias, FormerSlug, Relation
from glossary.models.relations import RECIPROCAL
from tests.builders import make_alias, make_citation, make_office, make_person, make_term, relate

pytestmark = pytest.mark.django_db


def visible_text(html):
    html = re.sub(r"(?s)<(script|style|head)\b.*?</\1>", " ", html)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


def assert_in_order(text, parts):
    at = 0
    for part in parts:
        found = text.find(part, at)
        assert found >= 0, f"{part!r} does not follow {parts[: parts.index(part)]}"
        at = found + len(part)


def test_the_parts_stand_in_the_owners_order(client):
    term = make_term("Pre-Training", explanation="Long text.")
    for name in ("AI Compute", "Data Center"):
        relate(term, make_term(name))
    text = visible_text(client.get("/glossary/pre-training/").text)
    assert_in_order(
        text,
        [
            "Pre-Training",
            "What Pre-Training means, in one sentence.",
            "Long text.",
            "Related Terms",
            "AI Compute",
            "What AI Compute means, in one sentence.",
            "Data Center",
            "What Data Center means, in one sentence.",
            "AI Economy Pulse",
            "Every Friday: the 3 AI data points that actually matter this week. Free, forever.",
            "No spam, ever. Unsubscribe anytime.",
        ],
    )


def test_there_is_no_heading_where_there_is_nothing_to_show(client):
    make_term("Lonely", explanation="")
    text = visible_text(client.get("/glossary/lonely/").text)
    for heading in ("Live Data", "Explore the Data", "Related Terms", "Sources"):
        assert heading not in text


def test_the_facts_say_who_reviewed_it_how_many_sources_and_where_its_history_is(client):
    ada = make_person("Ada <b>", role="Editor", url="https://ada.example/")
    term = make_term("Token", reviewed_on="2026-11-02", reviewed_by=ada)
    make_citation(term)
    make_citation(term, title="Another")
    text = client.get("/glossary/token/").text
    assert_in_order(
        visible_text(text), ["Reviewed November 2, 2026 by Ada <b>", "2 sources", "History"]
    )
    assert '<a href="https://ada.example/">Ada &lt;b&gt;</a>' in text
    assert '<a href="#sources">2 sources</a>' in text
    assert '<a href="/glossary/token/changes/">History</a>' in text


@pytest.mark.parametrize(
    ("fields", "said"),
    [({}, "Not reviewed yet"), ({"reopened_on": "2026-11-20"}, "Changed since its last review")],
)
def test_a_text_without_a_review_says_so(client, fields, said):
    make_term("Token", **fields)
    text = visible_text(client.get("/glossary/token/").text)
    assert said in text
    assert "Reviewed" not in text
    assert "By " not in text


def test_it_says_who_answers_for_it_and_how_it_was_drafted(client):
    ada = make_person("Ada", role="Editor")
    make_term("Token", responsible=ada, drafting="Drafted with a language model.")
    text = visible_text(client.get("/glossary/token/").text)
    assert "By Ada, Editor Drafted with a language model." in text


def test_a_person_who_reviewed_it_and_answers_for_it_is_named_once(client):
    office, ada = make_office(), make_person("Ada")
    make_term("Token", reviewed_on="2026-11-02", reviewed_by=office, responsible=office)
    make_term("Weight", reviewed_on="2026-11-02", reviewed_by=office, responsible=ada)
    once, both = (
        visible_text(client.get(f"/glossary/{each}/").text) for each in ("token", "weight")
    )
    assert "Reviewed November 2, 2026 by our editorial office" in once
    assert once.count("editorial office") == 1
    assert "By our" not in once
    assert "by our editorial office" in both
    assert "By Ada" in both


def test_a_card_shows_the_reason_and_then_the_whole_definition(client):
    token = make_term("Token", definition="A piece of text, " + "as long as a line or two, " * 6)
    relate(make_term("Weight"), token, kind="contrast")
    relate(make_term("Bias"), token, reason="what is counted when a model is billed.")
    plain, reasoned = (client.get(f"/glossary/{each}/").text for each in ("weight", "bias"))
    assert f"<p><b>Contrast:</b> {token.definition}</p>" in plain
    assert f"<b>What is counted when a model is billed.</b> {token.definition}</p>" in reasoned


def test_aliases_are_shown_but_not_the_hidden_ones(client):
    term = make_term("Large Language Model (LLM)", slug="llm-page")
    make_alias(term, "language model")
    make_alias(term, "lange language modle", Alias.Kind.HIDDEN)
    text = client.get("/glossary/llm-page/").text
    assert "Also: language model" in visible_text(text)
    assert "lange language modle" not in text


def test_citations_name_publisher_title_and_address(client):
    make_citation(make_term("Token"), publisher="NIST", title="On words", url="https://nist.gov/x")
    text = client.get("/glossary/token/").text
    assert 'href="https://nist.gov/x"' in text
    assert "NIST" in text
    assert "On words" in text


@pytest.mark.parametrize(
    ("kind", "here", "there"),
    [
        ("related", "", ""),
        ("broader", "Broader", "Narrower"),
        ("narrower", "Narrower", "Broader"),
        ("contrast", "Contrast", "Contrast"),
    ],
)
def test_a_relation_shows_on_both_pages_its_reason_on_one(client, kind, here, there):
    one, two = make_term("One"), make_term("Two")
    relate(make_term("Other"), make_term("Else"), kind=kind)
    relate(one, two, kind=kind, reason="a reason from here")
    cards = client.get("/glossary/one/").context["cards"]
    assert [(card.term.headword, card.label, card.reason) for card in cards] == [
        ("Two", here, "a reason from here")
    ]
    cards = client.get("/glossary/two/").context["cards"]
    assert [(card.term.headword, card.label, card.reason) for card in cards] == [("One", there, "")]


def test_a_pair_that_names_each_other_is_shown_once(client):
    one, two = make_term("One"), make_term("Two")
    relate(one, two)
    relate(two, one)
    assert client.get("/glossary/one/").text.count('href="/glossary/two/"') == 1


def test_each_kind_of_relation_has_its_name_on_the_other_page():
    assert set(RECIPROCAL) == set(Relation.Kind)


def test_relations_to_drafts_are_not_shown(client):
    one, draft = make_term("One"), make_term("Secret plan", status="draft")
    relate(one, draft)
    relate(draft, one)
    assert "Secret plan" not in client.get("/glossary/one/").text


def test_a_renamed_page_answers_at_its_old_addresses_for_ever(client):
    term = make_term("Capex")
    for slug in ("capital-expenditure", "capital-spending"):
        term.slug = slug
        term.save()
    for old in ("capex", "capital-expenditure"):
        answer = client.get(f"/glossary/{old}/")
        assert (answer.status_code, answer["Location"]) == (301, "/glossary/capital-spending/")


def test_renaming_back_leaves_no_loop(client):
    term = make_term("Capex")
    for slug in ("spending", "capex"):
        term.slug = slug
        term.save()
    assert client.get("/glossary/capex/").status_code == 200
    assert client.get("/glossary/spending/")["Location"] == "/glossary/capex/"
    assert FormerSlug.objects.get().slug == "spending"


def test_an_alias_address_leads_to_its_term(client):
    make_alias(make_term("Large Language Model", slug="large-language-model"), "LLM")
    answer = client.get("/glossary/llm/")
    assert (answer.status_code, answer["Location"]) == (301, "/glossary/large-language-model/")


def test_an_address_in_capitals_leads_to_its_term(client):
    make_alias(make_term("Data Center"), "DC site")
    for path in ("Data-Center", "DC-Site"):
        answer = client.get(f"/glossary/{path}/")
        assert (answer.status_code, answer["Location"]) == (301, "/glossary/data-center/")


def test_what_the_headword_says_itself_is_not_said_again(client):
    term = make_term("Large Language Model (LLM)", slug="llm-page")
    for name in ("LLM", "Large Language Model", "language model"):
        make_alias(term, name)
    text = visible_text(client.get("/glossary/llm-page/").text)
    assert "Also: language model" in text
    assert "Also: LLM" not in text


def test_an_alias_of_a_draft_leads_nowhere(client):
    make_alias(make_term("Secret", status="draft"), "hush")
    assert client.get("/glossary/hush/").status_code == 404


def test_an_unknown_address_offers_near_terms(client):
    make_term("Hallucination")
    make_alias(make_term("Capex"), "capital expenditure")
    make_term("Confidential", status="draft")
    search.refresh_all()
    answer = client.get("/glossary/halucinaton/")
    assert answer.status_code == 404
    assert "/glossary/hallucination/" in answer.text
    assert "/glossary/capex/" in client.get("/glossary/capital-expenditures/").text
    assert "Confidential" not in client.get("/glossary/confidentail/").text


def test_a_draft_cannot_be_told_from_an_address_that_never_was(client):
    make_term("Secret", status="draft")
    draft, nothing = client.get("/glossary/secret/"), client.get("/glossary/sevret/")
    assert draft.status_code == nothing.status_code == 404
    assert draft.text == nothing.text.replace("sevret", "secret")
    for answer in (draft, nothing):
        del answer["ETag"]  # a hash of the address shown in the form
    assert dict(draft.headers) == dict(nothing.headers)
    assert "Cookie" not in draft.get("Vary", "")


def test_a_made_up_session_cookie_tells_no_more(client):
    make_term("Secret", status="draft")
    client.cookies["sessionid"] = "made-up"
    draft, nothing = client.get("/glossary/secret/"), client.get("/glossary/sevret/")
    assert draft.status_code == nothing.status_code == 404
    assert draft.headers.get("Vary") == nothing.headers.get("Vary")
    assert draft.cookies.keys() == nothing.cookies.keys()


def test_an_editor_sees_a_draft_with_a_mark_and_nobody_keeps_it(client):
    make_term("Secret", status="draft")
    client.force_login(User.objects.create_superuser("editor"))
    answer = client.get("/glossary/secret/")
    assert answer.status_code == 200
    assert "Draft" in visible_text(answer.text)
    assert answer["Cache-Control"] == "private, no-store"


def test_a_log_in_without_permission_sees_no_draft(client):
    make_term("Secret", status="draft")
    client.force_login(User.objects.create_user("reader"))
    assert client.get("/glossary/secret/").status_code == 404


def test_a_page_costs_at_most_ten_queries_however_much_hangs_on_it(
    client, django_assert_max_num_queries
):
    term = make_term("Hub")
    for number in range(12):
        relate(term, make_term(f"Spoke {number}"))
        relate(make_term(f"Back {number}"), term)
        make_alias(term, f"hub {number}")
        make_citation(term, title=f"Report {number}")
    with django_assert_max_num_queries(10):
        client.get("/glossary/hub/")


def test_long_words_and_other_scripts_get_their_page(client):
    make_term("人工智能", slug="ai-zh", definition="一个句子。")
    make_term("W" * 120, slug="w")
    assert "人工智能" in client.get("/glossary/ai-zh/").text
    assert client.get("/glossary/w/").status_code == 200
