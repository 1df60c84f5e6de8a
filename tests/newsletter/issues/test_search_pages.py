"""Search finds sent issues by subject, number and text, and no drafts."""

from datetime import UTC, datetime

import pytest

from glossary import search
from tests.builders import make_data_point, make_issue

pytestmark = pytest.mark.django_db


def found(text):
    return [(hit.entry.kind, hit.entry.title) for hit in search.find(text).hits]


def test_a_sent_issue_is_found_by_its_texts_and_number():
    issue = make_issue(
        12, "Chips for rent", intro="On *wafers*.", sent_at=datetime(2026, 11, 20, 14, tzinfo=UTC)
    )
    make_data_point(issue, headline="Power got dearer", comment="Because of **turbines**.")
    search.refresh_all()
    for text in ("chips for rent", "issue 12", "wafers", "dearer", "turbines"):
        assert found(text) == [("issue", "Chips for rent")], text
    entry = search.find("issue 12").hits[0].entry
    assert entry.path == "/newsletter/12-chips-for-rent/"
    assert (entry.note, entry.definition) == ("November 20, 2026", "Power got dearer")


def test_a_draft_is_not_found():
    make_issue(1, "Secret plans", status="draft", sent_at=None)
    search.refresh_all()
    assert found("secret plans") == []


def test_the_preheader_is_shown_under_the_title():
    make_issue(1, "Chips", preheader="What they cost.")
    search.refresh_all()
    assert search.find("chips").hits[0].entry.definition == "What they cost."


def test_indexing_needs_the_same_queries_for_any_number_of_issues(django_assert_num_queries):
    from newsletter.issues.listings import issue_pages

    for number in range(1, 6):
        make_data_point(make_issue(number, f"Issue of chips {number}"))
    with django_assert_num_queries(2):
        assert len(list(issue_pages())) == 5
