"""`/glossary/<slug>/changes/` and `/glossary/<slug>.atom`: what happened to a term."""

from xml.etree import ElementTree

import pytest

from glossary.mentions.relinking import relink_changed
from glossary.models import FigureUse, Term
from glossary.terms import publishing, timeline
from newsletter.issues import mentions
from tests.builders import (
    make_data_point,
    make_issue,
    make_office,
    make_series,
    make_term,
    release,
)

pytestmark = pytest.mark.django_db

ATOM = "{http://www.w3.org/2005/Atom}"
A_DAY = 86_400


@pytest.fixture(autouse=True)
def still(clock, settings):
    settings.SITE_URL = "https://pulse.example.org"


def told(term):
    return [(event.title, event.before, event.after) for event in timeline.term_events(term)]


def rewrite(term, **fields):
    for name, value in fields.items():
        setattr(term, name, value)
    term.save()


def test_words_are_told_from_what_readers_saw_before(clock):
    term = make_term("Token", definition="A piece of text.", explanation="One.")
    for change in (
        {"definition": "A piece of text or image."},
        {"headword": "Tokens"},
        {"explanation": "Two."},
        {"reviewed_on": "2026-11-23", "reviewed_by": make_office()},
    ):
        clock.shift(A_DAY)
        rewrite(term, **change)
    assert told(term) == [
        ("Explanation revised", "", ""),
        ("Renamed", "Token", "Tokens"),
        ("Definition changed", "A piece of text.", "A piece of text or image."),
        ("First published", "", "A piece of text."),
    ]


def test_a_text_revised_often_on_a_day_was_revised_once(clock):
    term = make_term("Token")
    for number in range(3):
        clock.shift(60)
        rewrite(term, explanation=f"Text {number}.")
    clock.shift(A_DAY)
    rewrite(term, explanation="Another day.")
    assert [title for title, *_ in told(term)] == ["Explanation revised"] * 2 + ["First published"]


def test_what_was_written_while_it_was_a_draft_shows_nowhere(client, clock):
    term = make_term("Token", definition="First idea.", status=Term.Status.DRAFT)
    rewrite(term, definition="Ready.")
    publishing.publish([term])
    clock.shift(A_DAY)
    publishing.withdraw([term])
    rewrite(term, definition="Half a thought.")
    rewrite(term, definition="Better.")
    publishing.publish([term])
    assert told(term) == [
        ("Definition changed", "Ready.", "Better."),
        ("First published", "", "Ready."),
    ]
    for path in ("/glossary/token/changes/", "/glossary/token.atom"):
        text = client.get(path).text
        assert "Better" in text
        assert "First idea" not in text
        assert "Half a thought" not in text


def test_a_term_that_was_taken_offline_and_came_back_the_same_did_not_change():
    term = make_term("Token")
    publishing.withdraw([term])
    publishing.publish([term])
    assert [title for title, *_ in told(term)] == ["First published"]


def test_releases_of_its_series_are_told_from_the_day_it_was_published(clock):
    shown, read, claimed, other = (make_series(name) for name in ("shown", "read", "claimed", "x"))
    release(shown, "2023,1", "2025-01-15")
    clock.shift(A_DAY)
    term = make_term("Token")
    term.shown_series.create(series=shown)
    FigureUse.objects.create(term=term, series=read, token="read")
    FigureUse.objects.create(term=term, series=read, token="read | change")
    FigureUse.objects.create(term=term, series=claimed, token="claimed > 1", is_claim=True)
    for number, series in enumerate((shown, read, claimed, other)):
        clock.shift(60)
        release(series, "2023,1 2024,2", f"2026-0{number + 1}-15")
    events = timeline.term_events(term)
    assert [(event.title, event.path) for event in events[:-1]] == [
        ("Data, first release: Read", "/data/read/?asof=2026-02-15"),
        ("Data, new values: Shown", "/data/shown/?asof=2026-01-15"),
    ]
    assert events[0].note == "First release: 2 periods, 2023 to 2024."


def test_of_several_releases_brought_on_one_day_the_newest_is_told():
    series, term = make_series("compute"), make_term("Token")
    term.shown_series.create(series=series)
    release(series, "2023,1", "2025-01-15")
    release(series, "2023,1 2024,2", "2026-01-15")
    paths = [event.path for event in timeline.term_events(term) if event.path]
    assert paths == ["/data/compute/?asof=2026-01-15"]


def test_sent_issues_that_name_it_or_link_to_it_are_told(clock):
    term = make_term("Token")
    make_data_point(make_issue(1, "Names it"), term=term)
    make_issue(2, "Says nothing")
    linking = make_issue(3, "Links it", intro="Every token counts.", status="draft", sent_at=None)
    relink_changed()
    mentions.record_mentions(linking)
    draft = make_issue(4, "Not yet", status="draft", sent_at=None)
    make_data_point(draft, term=term)
    clock.shift(A_DAY)
    rewrite(linking, status="sent", sent_at="2026-11-24T09:00Z")
    assert [event.path for event in timeline.term_events(term) if event.path] == [
        "/newsletter/3-links-it/",
        "/newsletter/1-names-it/",
    ]


def test_the_page_marks_the_words_that_changed(client):
    term = make_term("Token", definition="A piece of <text>.")
    rewrite(term, definition="A piece of sound.")
    text = client.get("/glossary/token/changes/").text
    assert "A piece of <del>&lt;text&gt;</del>." in text
    assert "A piece of <ins>sound</ins>." in text
    assert "<title>What changed: Token · AI Economy Pulse</title>" in text


def test_the_feed_has_an_entry_an_event_under_a_name_that_stays(client, clock):
    term = make_term("Token", definition="A <b>.")
    clock.shift(60)
    rewrite(term, definition="A & b.", slug="tokens")
    feed = ElementTree.fromstring(client.get("/glossary/tokens.atom").content)
    first, second = feed.findall(f"{ATOM}entry")
    assert feed.findtext(f"{ATOM}title") == "AI Economy Pulse: Token"
    assert first.findtext(f"{ATOM}title") == "Definition changed"
    assert first.findtext(f"{ATOM}summary") == "Before: “A &lt;b&gt;.” Now: “A &amp; b.”"
    assert first.findtext(f"{ATOM}updated") == "2026-11-23T09:01:00+00:00"
    version = term.history.latest().pk
    assert first.findtext(f"{ATOM}id") == (
        f"tag:pulse.example.org,2026-11-23:term/{term.pk}/definition/{version}"
    )
    assert first.find(f"{ATOM}link").get("href") == (
        f"https://pulse.example.org/glossary/tokens/changes/#definition-{version}"
    )
    assert second.findtext(f"{ATOM}title") == "First published"
    assert client.get("/glossary/token.atom")["Location"] == "/glossary/tokens.atom"
    assert client.get("/glossary/token/changes/")["Location"] == "/glossary/tokens/changes/"


@pytest.mark.parametrize("path", ["/glossary/secret/changes/", "/glossary/secret.atom"])
def test_a_draft_has_neither(client, admin_client, path):
    make_term("Secret", status="draft")
    assert client.get(path).status_code == admin_client.get(path).status_code == 404


def test_a_page_costs_at_most_eight_queries(client, django_assert_max_num_queries):
    term = make_term("Token")
    for number in range(10):
        rewrite(term, definition=f"Definition {number}.")
        series = make_series(f"series-{number}")
        release(series, "2024,1")
        term.shown_series.create(series=series)
        make_data_point(make_issue(number + 1, f"Issue {number}"), term=term)
    with django_assert_max_num_queries(8):
        text = client.get("/glossary/token/changes/").text
    assert text.count("<li id=") == 31
