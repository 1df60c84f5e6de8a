"""What the tests of sending share: an armed database, a mail server, an issue that is due."""

from collections import Counter

import pytest
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from newsletter import sending
from newsletter.models import Delivery, Issue, Pump
from newsletter.sending import arming
from tests.builders import make_data_point, make_issue
from tests.newsletter.conftest import run_worker
from tests.smtp_sink import Sink, running


@pytest.fixture
def armed(db, settings, tmp_path):
    """Let this test's database send from a machine of its own."""
    settings.DATA_DIR = tmp_path
    arming.arm()


@pytest.fixture
def relay(settings):
    """A mail server that takes everything, until it is told otherwise."""
    with running(Sink()) as sink:
        settings.MAILERS = {**settings.MAILERS, "bulk": sink.mailer}
        yield sink


def make_due_issue(number=7, **fields) -> Issue:
    """Make an issue that is approved for this moment."""
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
    """Make an issue and begin to send it: frozen, its ledger filled, nothing sent yet."""
    issue = make_due_issue(**fields)
    assert sending.start_now(issue)
    issue.refresh_from_db()
    return issue


def work_off(issue: Issue, rounds=10) -> Issue:
    """Let workers run until nothing waits for them."""
    for _ in range(rounds):
        if not DBTaskResult.objects.ready().exists():
            break
        run_worker()
    issue.refresh_from_db()
    return issue


def tick(issue: Issue) -> Issue:
    """Let a day go by in which all pumps are lost; then the clock comes by, and workers run."""
    Delivery.objects.open().update(next_at=issue.sent_at)
    Pump.objects.update(due_at=timezone.now())
    sending.keep_going()
    return work_off(issue)


def states(issue: Issue) -> dict[str, int]:
    return dict(Counter(Delivery.objects.filter(issue=issue).values_list("state", flat=True)))
