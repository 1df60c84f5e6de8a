"""What the mail server itself refuses, once the issue is sent."""

from datetime import timedelta

import pytest
from django.utils import timezone

from newsletter.models import Delivery, MailEvent, Snapshot, Subscriber, Suppression
from newsletter.returns import intake
from newsletter.sending import launch
from tests.builders import make_subscription
from tests.bystanders import unchanged
from tests.newsletter.sending.conftest import start, states, tick, work_off

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def sent(armed, relay):
    """An issue to three readers, of whom one is dead and one full."""
    for name in ("alive", "dead", "full"):
        make_subscription(f"{name}@example.net")
    relay.obey(
        "to dead@*: 550 5.1.1 dead@example.net: User unknown",
        "to full@*: 552 5.2.2 full@example.net is over quota",
    )
    issue = work_off(start())
    assert (issue.status, states(issue)) == ("sent", {"accepted": 1, "failed": 2})
    return issue


def statuses():
    return dict(Subscriber.objects.values_list("address", "status"))


def test_a_dead_mailbox_is_suppressed_once_the_issue_is_sent(sent):
    alive = Subscriber.objects.get(address="alive@example.net")
    with unchanged(alive, *Delivery.objects.all()):
        assert intake.take_refusals() == "2 refusals judged"
    assert statuses() == {
        "alive@example.net": "ok", "dead@example.net": "bounced", "full@example.net": "ok",
    }  # fmt: skip
    assert [each.reason for each in Suppression.objects.all()] == ["bounced"]
    kinds = MailEvent.objects.filter(source="smtp", is_proven=True, state="matched")
    assert set(kinds.values_list("kind", flat=True)) == {"hard", "soft"}
    assert not MailEvent.objects.filter(note__contains="@").exists()


def test_each_refusal_is_taken_once_also_when_it_is_refused_again(sent, relay, admin_user):
    assert intake.take_refusals() == "2 refusals judged"
    assert intake.take_refusals() == ""
    launch.queue_failed(sent, admin_user)
    assert states(tick(sent)) == {"accepted": 1, "failed": 1, "skipped": 1}
    assert intake.take_refusals() == "1 refusal judged"
    assert intake.take_refusals() == ""
    full = Delivery.objects.get(subscriber__address="full@example.net")
    assert full.events.count() == 2
    assert statuses()["full@example.net"] == "ok"  # one issue, so one point


def test_an_issue_that_is_still_sent_or_long_over_holds_nobody_back(sent):
    Snapshot.objects.update(finished_at=timezone.now() - intake.RECENT - timedelta(hours=1))
    assert intake.take_refusals() == ""
    Snapshot.objects.update(finished_at=timezone.now())
    sent.status = "paused"
    sent.save()
    assert intake.take_refusals() == ""


def test_a_message_that_was_never_refused_by_a_server_says_nothing(sent):
    Delivery.objects.filter(state="failed").update(code=None, note="cannot be built: ValueError")
    assert intake.take_refusals() == ""
