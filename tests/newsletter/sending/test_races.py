"""An editor saves an issue while something else changes it, on real connections and threads.

Both link texts: who locks the issue before the names deadlocks with who does it the other way.
"""

from functools import partial
from threading import Event

import pytest
from django.db import transaction

from glossary.mentions import linked_names
from newsletter.issues.composing import proposals
from newsletter.sending import launch
from tests.builders import make_issue, make_series, release
from tests.glossary.mentions.test_relinking_races import at_once, wait_until_somebody_waits
from tests.newsletter.sending.conftest import make_due_issue

pytestmark = pytest.mark.django_db(transaction=True)


def save_while(issue, act):
    """Save an issue as admin does, and let `act` come between its lock and its update."""
    is_held = Event()

    def save():
        with transaction.atomic():
            linked_names.hold()
            is_held.set()
            wait_until_somebody_waits()
            issue.save(update_fields=["preheader"])

    def wait_and_act():
        is_held.wait(timeout=30)
        return act()

    return at_once(save, wait_and_act)[1]


def test_sending_starts_while_an_editor_saves(armed):
    issue = make_due_issue()
    assert save_while(issue, partial(launch.start_issue, issue)) is True


def test_a_candidate_is_taken_while_an_editor_saves(clock):
    release(make_series(), "2024,10 2025,12", day="2026-11-20")
    draft = make_issue(status="draft", sent_at=None)
    point = save_while(draft, partial(proposals.use_candidate, draft, "compute", 1))
    assert point.series.slug == "compute"
