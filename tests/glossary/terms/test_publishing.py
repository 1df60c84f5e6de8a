"""Drafts become pages when an editor says so, or when their time has come."""

from datetime import UTC, datetime

import pytest

from glossary.mentions.relinking import relink_changed
from glossary.models import Term
from glossary.terms import publishing
from tests.builders import make_term

pytestmark = pytest.mark.django_db


def test_a_scheduled_draft_is_published_when_its_time_has_come():
    # By the database's clock: yesterday has come on any day this runs, the year 2999 has not.
    make_term("Due", status="draft", publish_at=datetime(2020, 1, 1, tzinfo=UTC))
    make_term("Later", status="draft", publish_at=datetime(2999, 1, 1, tzinfo=UTC))
    make_term("Unscheduled", status="draft")
    assert publishing.publish_due() == "1 scheduled term published"
    assert [term.headword for term in Term.objects.published()] == ["Due"]
    assert publishing.publish_due() == ""


def test_publishing_leaves_the_text_alone_and_writes_history():
    term = make_term("Token", status="draft")
    stale = Term.objects.get(pk=term.pk)
    Term.objects.filter(pk=term.pk).update(explanation="Saved by somebody else meanwhile.")
    assert publishing.publish([stale]) == 1
    term.refresh_from_db()
    assert term.is_published
    assert term.explanation == "Saved by somebody else meanwhile."
    assert term.history.count() == 2
    assert term.history.latest().explanation == "Saved by somebody else meanwhile."


def test_publishing_links_the_text_that_is_there_now():
    make_term("Compute")
    relink_changed()
    term = make_term("Token", status="draft", explanation="Nothing.")
    stale = Term.objects.get(pk=term.pk)
    Term.objects.filter(pk=term.pk).update(explanation="Much compute.")
    publishing.publish([stale])
    assert [each.shown for each in term.mentions.all()] == ["compute"]


def test_publishing_twice_changes_nothing_the_second_time():
    term = make_term("Token")
    assert publishing.publish([term]) == 0
    assert publishing.withdraw([term]) == 1
    assert not Term.objects.published().exists()
