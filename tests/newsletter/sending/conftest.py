"""Shared by the tests of sending: an armed database, a mail server, an issue that is due."""

from collections import Counter

import pytest
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from newsletter.mailing import arming
from newsletter.models import Delivery, Issue, Pump
from newsletter.sending import launch, ledger
from newsletter.sending.ledger import Step
from tests.builders import make_data_point, make_issue
from tests.newsletter.conftest import run_worker
from tests.smtp_sink import Sink, running


@pytest.fixture
def armed(db, settings, tmp_path):
    """Arm this test's database on a machine of its own."""
    settings.DATA_DIR = tmp_path
    arming.arm()


@pytest.fixture
def relay(settings):
    """A mail server that takes every message until a test gives it rules."""
    with running(Sink()) as sink:
        settings.MAILERS = {**settings.MAILERS, "bulk": sink.mailer}
        yield sink


def make_due_issue(number=7, **fields) -> Issue:
    """Make an issue that is approved and due now."""
    now = timezone.now()
    defaults = {
        "subject": "Rents fell again",
        "status": "approved",
        "approved_at": now,
        "send_at": now,
        "intro": "Good morning.",
    }
    issue = make_issue(number, **(defaults | fields))
    make_data_point(issue)
    return issue


def start(**fields) -> Issue:
    """Make an issue and start sending it: frozen, ledger filled, no message sent yet."""
    issue = make_due_issue(**fields)
    assert launch.start_issue(issue)
    issue.refresh_from_db()
    return issue


def work_off(issue: Issue, rounds=10) -> Issue:
    """Run workers until no task is waiting."""
    for _ in range(rounds):
        if not DBTaskResult.objects.ready().exists():
            break
        run_worker()
    issue.refresh_from_db()
    return issue


def tick(issue: Issue) -> Issue:
    """Lose all pumps, make every delivery due, then run the clock and workers."""
    Delivery.objects.open().update(next_at=issue.sent_at)
    Pump.objects.update(due_at=timezone.now())
    launch.keep_going()
    return work_off(issue)


def begin_row(issue_id, lease, row, done=None) -> bool:
    """Begin one claimed row in a commit of its own; return whether it may be handed over."""
    return ledger.record_and_begin(issue_id, [Step(lease, row, done)]) == {row.pk}


def states(issue: Issue) -> dict[str, int]:
    return dict(Counter(Delivery.objects.filter(issue=issue).values_list("state", flat=True)))
