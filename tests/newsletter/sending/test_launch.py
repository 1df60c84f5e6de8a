"""How an issue starts: once, frozen, and with every recipient."""

import logging
from datetime import timedelta

import pytest
from django.db import OperationalError
from django.utils import timezone

from newsletter.issues.rendering import render_mail
from newsletter.models import Delivery, Issue, Snapshot
from newsletter.sending import audience, decisions, launch
from newsletter.sending.audit import audit_issue
from tests.builders import (
    make_data_point,
    make_issue,
    make_newsletter,
    make_subscription,
    make_suppression,
)
from tests.bystanders import unchanged
from tests.newsletter.sending.conftest import make_due_issue, start
from tests.newsletter.subscribers.test_races import at_once

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("armed")]


def make_readers_of_all_kinds():
    make_subscription("a@one.example")
    make_subscription("b@two.example")
    make_subscription("pending@x.example", status="pending")
    make_subscription("left@x.example", status="unsubscribed")
    make_subscription("paused@x.example", status="paused")
    for status in ("bounced", "complained"):
        subscriber = make_subscription(f"{status}@x.example").subscriber
        subscriber.status = status
        subscriber.save()
    make_subscription("refused@x.example")
    make_suppression("Refused@x.example")
    other = make_newsletter("Another letter")
    make_subscription("other@x.example", newsletter=other)


EXCLUDED = {"bounced": 1, "complained": 1, "paused": 1, "suppressed": 1}


def test_candidates_are_recipients_and_those_excluded_by_reason():
    make_readers_of_all_kinds()
    counted = audience.count_audience(make_newsletter())
    assert counted == audience.Audience(candidates=6, recipients=2, excluded=EXCLUDED)


def test_starting_fills_the_ledger_and_stores_the_numbers_of_the_audience():
    make_readers_of_all_kinds()
    issue = start()
    snapshot = issue.snapshot
    assert (snapshot.candidates, snapshot.recipients) == (6, 2)
    assert snapshot.excluded == EXCLUDED
    rows = Delivery.objects.order_by("domain").values_list("domain", "state", "attempts")
    assert list(rows) == [("one.example", "queued", 0), ("two.example", "queued", 0)]


def test_a_sent_issue_is_frozen_with_a_checksum():
    issue = start(subject="Rents fell again")
    snapshot = issue.snapshot
    assert issue.status == "sending"
    assert issue.sent_at is not None
    assert snapshot.subject == "Rents fell again"
    assert "Good morning." in snapshot.html
    Snapshot.objects.update(html=snapshot.html.replace("Good", "Bad"))
    broken = [each.promise for each in audit_issue(issue) if each.broken]
    assert broken == ["What was sent has not changed since."]


def test_an_issue_starts_only_once():
    issue = make_due_issue()
    assert launch.start_issue(issue)
    assert not launch.start_issue(issue)
    assert launch.start_due() == ""


def test_an_issue_rescheduled_at_the_last_moment_does_not_start():
    as_the_clock_read_it = make_due_issue()
    Issue.objects.update(send_at=as_the_clock_read_it.send_at + timedelta(days=1))
    assert not launch._start_or_expire(as_the_clock_read_it)
    assert Issue.objects.get().status == "approved"


def test_an_issue_does_not_start_early_or_unapproved():
    later = timezone.now() + timedelta(minutes=1)
    make_due_issue(send_at=later)
    make_issue(8, "A draft", status="draft", send_at=timezone.now())
    assert launch.start_due() == ""
    assert not Delivery.objects.exists()


def test_an_issue_that_is_over_six_hours_late_expires_with_an_error_in_the_log(clock, caplog):
    make_subscription()
    issue = make_due_issue()
    clock.shift(timedelta(hours=6, minutes=1))
    assert launch.start_due() == ""
    issue.refresh_from_db()
    assert issue.status == "expired"
    assert not Delivery.objects.exists()
    assert [record.levelno for record in caplog.records] == [logging.ERROR]
    assert "Issue 7 was due more than six hours ago" in caplog.text


def test_an_issue_expires_together_with_its_record_or_not_at_all(monkeypatch):
    issue, other = make_due_issue(7), make_due_issue(8)

    def fail(*args):
        raise OperationalError("the database went away")

    monkeypatch.setattr(decisions, "record_event", fail)
    with unchanged(other), pytest.raises(OperationalError):
        decisions.expire_issue(issue, "too late")
    issue.refresh_from_db()
    assert issue.status == "approved"


def test_an_issue_whose_figures_are_broken_stays_approved(caplog):
    issue = make_due_issue(intro="Prices: {{ nothing-here }}.")
    assert launch.start_due() == ""
    issue.refresh_from_db()
    assert (issue.status, issue.sent_at) == ("approved", None)
    assert "nothing-here" in caplog.text


@pytest.mark.django_db(transaction=True)
def test_an_issue_that_fails_to_start_delays_no_other(monkeypatch, caplog):
    first = make_due_issue(7)
    make_due_issue(8)

    def fail(issue):
        if issue.pk == first.pk:
            raise KeyError("a fault")
        return render_mail(issue)

    monkeypatch.setattr(launch, "render_mail", fail)
    assert launch.start_due() == "1 issue started"
    assert set(Issue.objects.values_list("number", "status")) == {(7, "approved"), (8, "sending")}
    assert "Issue 7 is approved and cannot start. KeyError." in caplog.text


@pytest.mark.django_db(transaction=True)
def test_two_clocks_start_a_due_issue_only_once():
    for n in range(30):
        make_subscription(f"r{n}@example.org")
    issue = make_due_issue()
    make_data_point(issue, 2)
    reports = at_once(2, lambda n: launch.start_due())
    assert sorted(reports) == ["", "1 issue started"]
    assert Delivery.objects.count() == 30
    assert Issue.objects.get().sending_events.count() == 1
