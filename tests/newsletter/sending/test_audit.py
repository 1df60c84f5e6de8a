"""`manage.py auditissue`: what we promise about a sent issue, checked in the database."""

from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from newsletter.models import Delivery, MailEvent, Snapshot, Subscription
from newsletter.sending.audit import audit_issue
from tests.builders import make_issue, make_newsletter, make_suppression
from tests.newsletter.sending.conftest import start
from tests.newsletter.sending.killing import address, make_readers

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("armed")]


@pytest.fixture
def issue():
    make_readers(make_newsletter(), 4)
    issue = start()
    Delivery.objects.update(state="accepted", attempts=1, begun_at=F("next_at"))
    return issue


def broken(issue):
    return [f"{each.broken}: {each.promise}" for each in audit_issue(issue) if each.broken]


def lose_a_row():
    Delivery.objects.first().delete()


def forget_a_reason():
    Snapshot.objects.update(candidates=9)


def write_after_suppression():
    made = make_suppression(address(2))
    made.created_at -= timedelta(minutes=1)
    made.save()


def write_after_leaving():
    subscription = Subscription.objects.first()
    subscription.status = "unsubscribed"
    subscription.unsubscribed_at = timezone.now() - timedelta(minutes=1)
    subscription.save()


def decide_without_a_record():
    Delivery.objects.filter(pk=Delivery.objects.first().pk).update(attempts=2, resends=1)


def finish_with_one_open():
    Delivery.objects.filter(pk=Delivery.objects.first().pk).update(state="queued")
    issue = Snapshot.objects.get().issue
    issue.status = "sent"
    issue.save()


def lose_consent():
    Subscription.objects.first().consent_events.all().delete()


def lose_an_event():
    Delivery.objects.filter(pk=Delivery.objects.first().pk).update(state="bounced")


def forget_an_event():
    hours_ago = timezone.now() - timedelta(hours=2)
    MailEvent.objects.create(source="mail", key="1", received_at=hours_ago)
    MailEvent.objects.create(source="mail", key="2")  # the clock still has time for this one


FAULTS = [
    (lose_a_row, "1: Every recipient has a delivery"),
    (forget_a_reason, "5: Candidates are recipients and those excluded"),
    (write_after_suppression, "1: No message was begun after its reader was suppressed"),
    (write_after_leaving, "1: No message was begun after its reader left"),
    (decide_without_a_record, "1: A second attempt follows"),
    (finish_with_one_open, "1: A finished issue has no open deliveries"),
    (lose_an_event, "1: Every event belongs to a row"),
    (forget_an_event, "1: Every event belongs to a row"),
    (lose_consent, "1: Every active subscription has a record of consent"),
]


def test_a_good_issue_breaks_no_promise(issue, capsys):
    assert broken(issue) == []
    make_issue(8, status="draft", newsletter=issue.newsletter)
    call_command("auditissue")
    said = capsys.readouterr().out
    assert said.startswith("Issue 7: Rents fell again\n")
    assert said.count("  ok ") == len(audit_issue(issue))
    assert "Issue 8" not in said


@pytest.mark.parametrize(("do", "promise"), FAULTS)
def test_each_broken_promise_is_found(issue, do, promise):
    do()
    found = broken(issue)
    assert len(found) == 1
    assert found[0].startswith(promise)
    with pytest.raises(CommandError, match="Broken promises: 1"):
        call_command("auditissue", "7")


def test_an_issue_that_was_never_sent_is_named(issue):
    make_issue(8, status="draft", newsletter=issue.newsletter)
    with pytest.raises(CommandError, match="Issue 8 was never sent from here"):
        call_command("auditissue", "8")


IMPOSSIBLE = [
    ({"state": "accepted", "attempts": 0}, "delivery_accepted_was_tried"),
    ({"state": "accepted", "attempts": 2}, "delivery_attempts_have_reasons"),
    ({"state": "claimed", "lease": ""}, "delivery_in_hand_has_lease"),
    ({"state": "posted"}, "delivery_state_known"),
]


@pytest.mark.parametrize(("fields", "constraint"), IMPOSSIBLE)
def test_the_database_refuses_impossible_rows(issue, fields, constraint):
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        Delivery.objects.update(**fields)


def test_the_database_refuses_a_reader_twice(issue):
    row = Delivery.objects.first()
    row.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        row.save()
