"""What follows from mail that comes back: for the delivery, for the reader, and for the issue."""

import logging
from datetime import timedelta

import pytest
from django.utils import timezone

from newsletter.mailing import signed_links
from newsletter.models import (
    ConsentEvent,
    Delivery,
    MailEvent,
    MergedSubscription,
    Snapshot,
    Subscriber,
    Subscription,
    Suppression,
)
from newsletter.returns import consequences, intake, matching
from newsletter.sending import breaker, decisions, launch, ledger
from newsletter.subscribers import personal_data, subscriptions
from newsletter.subscribers.address_change import change_address
from tests.builders import make_issue, make_subscription, make_token
from tests.bystanders import unchanged
from tests.newsletter.returns.conftest import BLOCKED, FULL, bounce_of, own_id, send_issue
from tests.newsletter.returns.corpus import forms

pytestmark = pytest.mark.django_db

State = MailEvent.State


@pytest.fixture
def others(delivery):
    """Every row of the reader beside, who must not notice."""
    subscription = Subscription.objects.get(subscriber__address="other@example.com")
    rows = [subscription, subscription.subscriber]
    with unchanged(*rows, Delivery.objects.get(subscription_id=subscription.pk)):
        yield
    assert not subscription.is_suppressed()


def outcome(delivery):
    """Return the states of delivery and reader, and the reason of their suppression."""
    delivery.refresh_from_db()
    reason = Suppression.objects.values_list("reason", flat=True).first()
    return delivery.state, delivery.subscriber and delivery.subscriber.status, reason


def test_a_proven_hard_bounce_ends_writing_at_once(delivery, others):
    event = intake.take_mail(bounce_of(delivery))
    assert (event.kind, event.state, event.is_proven) == ("hard", State.MATCHED, True)
    assert (event.delivery, event.subscription_id) == (delivery, delivery.subscription_id)
    assert outcome(delivery) == ("bounced", "bounced", "bounced")
    assert (delivery.enhanced, "…" in delivery.note) == ("5.1.1", True)
    assert "reader@" not in delivery.note + event.note


def test_the_same_mail_again_changes_nothing(delivery, others):
    raw = bounce_of(delivery)
    event = intake.take_mail(raw)
    Suppression.objects.all().delete()
    Subscriber.objects.filter(pk=delivery.subscriber_id).update(status="ok")
    with unchanged(event, delivery.subscriber):
        assert intake.take_mail(raw) == event
    assert MailEvent.objects.count() == 1


def test_an_unproven_bounce_is_kept_and_changes_nothing(delivery, others):
    with unchanged(delivery, delivery.subscriber):
        raw = forms.report(
            "5.1.1", "550 5.1.1 user unknown", original=f"Message-ID: {own_id(delivery)}\n"
        )
        event = intake.take_mail(raw)
        assert (event.state, event.delivery, event.is_proven) == (State.MATCHED, delivery, False)
        forged = raw.replace(b"Message-ID: <%d." % delivery.pk, b"Message-ID: <%d.0" % delivery.pk)
        assert intake.take_mail(forged).state == State.UNMATCHED
        assert intake.take_mail(forms.postfix("5.1.1", "550 5.1.1 user unknown")).delivery is None
        assert bytes(intake.take_mail(forms.exim("", "550 user unknown")).raw).startswith(
            b"Return-path"
        )
    assert not Suppression.objects.exists()
    assert MailEvent.objects.unmatched().count() == 3


def test_a_bounce_after_ten_days_is_matched_and_not_proven(delivery, others, monkeypatch):
    raw = bounce_of(delivery, original=f"Message-ID: {own_id(delivery)}\n")
    from newsletter.sending import envelopes

    today = envelopes.today()
    monkeypatch.setattr(envelopes, "today", lambda: today + timedelta(days=11))
    event = intake.take_mail(raw)
    assert (event.delivery, event.is_proven) == (delivery, False)
    assert outcome(delivery) == ("accepted", "ok", None)


def test_of_soft_bounces_the_third_issue_in_a_row_counts(delivery, others):
    for number in (8, 9):
        intake.take_mail(bounce_of(delivery, FULL))
        intake.take_mail(bounce_of(delivery, FULL, forms.sendmail))  # again, in other words
        assert outcome(delivery) == ("bounced", "ok", None)
        send_issue(number)
        delivery = Delivery.objects.get(
            issue__number=number, subscription_id=delivery.subscription_id
        )
    # One that they did not get is none of them.
    unsent = {"issue": make_issue(10), "state": "skipped", "subscriber": delivery.subscriber}
    Delivery.objects.create(**unsent, subscription_id=delivery.subscription_id)
    intake.take_mail(bounce_of(delivery, FULL))
    assert outcome(delivery) == ("bounced", "bounced", None)


def test_an_unproven_soft_bounce_is_none_of_the_row(delivery, others):
    for number in (8, 9):
        intake.take_mail(forms.report("5.2.2", FULL, original=f"Message-ID: {own_id(delivery)}\n"))
        send_issue(number)
        delivery = Delivery.objects.get(
            issue__number=number, subscription_id=delivery.subscription_id
        )
    intake.take_mail(bounce_of(delivery, FULL))
    assert list(MailEvent.objects.values_list("kind", flat=True)) == ["soft"] * 3
    assert outcome(delivery) == ("bounced", "ok", None)


def test_an_issue_that_arrived_between_ends_the_row(delivery, others):
    for number in (8, 9, 10):
        if number != 9:
            intake.take_mail(bounce_of(delivery, FULL))
        send_issue(number)
        delivery = Delivery.objects.get(
            issue__number=number, subscription_id=delivery.subscription_id
        )
    intake.take_mail(bounce_of(delivery, FULL))
    assert outcome(delivery) == ("bounced", "ok", None)


def test_a_reader_whose_mailbox_was_full_comes_back_by_signing_up(delivery, sign_up, mailoutbox):
    Subscriber.objects.filter(pk=delivery.subscriber_id).update(status="bounced")
    other = Subscriber.objects.get(address="other@example.com")
    with unchanged(other):
        sign_up("reader@example.net")
        assert len(mailoutbox) == 1
        token = mailoutbox[0].body.split("/newsletter/confirm/")[1].split("/")[0]
        subscriptions.confirm_subscription(token)
    assert outcome(delivery) == ("accepted", "ok", None)


def test_a_policy_refusal_is_never_the_readers(delivery, others):
    for form in (forms.postfix, forms.exim, forms.qmail):
        event = intake.take_mail(bounce_of(delivery, BLOCKED, form))
        assert (event.kind, event.state) == ("policy", State.MATCHED)
    assert outcome(delivery) == ("bounced", "ok", None)


def counts(delivery):
    return breaker.count_failures(Snapshot.objects.get(issue=delivery.issue_id))


def test_policy_refusals_that_arrive_later_pause_the_issue(delivery):
    other = Delivery.objects.exclude(pk=delivery.pk).get()
    intake.take_mail(bounce_of(delivery, BLOCKED))
    assert breaker.pause_reason(counts(delivery)) == ""
    intake.take_mail(forms.report("5.7.1", BLOCKED, original=f"Message-ID: {own_id(other)}\n"))
    assert counts(delivery).policy_domains == ("example.net",)  # that one was not proven
    intake.take_mail(bounce_of(other, BLOCKED))
    assert breaker.pause_reason(counts(delivery)).startswith(
        "Refused by policy (5.7.x) at example.com, example.net."
    )


def test_a_refusal_that_comes_back_as_a_mail_too_counts_once(delivery):
    now = timezone.now()
    refused = {"state": "failed", "code": 554, "enhanced": "5.7.1", "settled_at": now}
    Delivery.objects.filter(pk=delivery.pk).update(**refused)
    intake.take_mail(bounce_of(delivery, BLOCKED))
    assert MailEvent.objects.get().kind == "policy"
    assert counts(delivery) == breaker.FailureCounts(1, 1, 0, ("example.net",))


@pytest.mark.django_db(transaction=True)
def test_a_person_who_resumes_has_seen_the_policy_refusals(delivery):
    intake.take_mail(bounce_of(delivery, BLOCKED))
    assert counts(delivery).failed == 1
    decisions.pause_issue(delivery.issue, "I look at it")
    launch.resume_issue(delivery.issue)
    assert counts(delivery) == breaker.FailureCounts(0, 0, 0)


def test_policy_refusals_at_one_domain_pause_as_failures_do(delivery):
    for number in range(9):
        make_subscription(f"r{number}@example.net")
    issue = send_issue(8)
    rows = list(Delivery.objects.filter(issue=issue, domain="example.net"))
    for row in rows:
        intake.take_mail(bounce_of(row, BLOCKED))
    assert breaker.pause_reason(counts(rows[0])) == "10 of 21 messages were refused for good."


def test_a_complaint_ends_writing_for_ever_also_with_addresses_redacted(
    delivery, others, mailoutbox
):
    original = f"Message-ID: {own_id(delivery)}\nTo: redacted@example.net\n"
    event = intake.take_mail(forms.feedback(original=original))
    assert (event.kind, event.state, event.delivery) == ("complaint", State.MATCHED, delivery)
    assert outcome(delivery) == ("complained", "complained", "complained")
    assert mailoutbox == []


def test_a_complaint_is_matched_by_link_and_issue(delivery, others):
    link = signed_links.leave_link(delivery.subscription_id)
    original = f"Feedback-ID: 7:ai-economy-pulse:issue:x\nList-Unsubscribe: <https://x/u/{link}>\n"
    assert intake.take_mail(forms.feedback(original=original)).delivery == delivery
    assert outcome(delivery) == ("complained", "complained", "complained")


def test_a_complaint_without_an_issue_still_ends_writing(delivery, others):
    link = signed_links.leave_link(delivery.subscription_id)
    event = intake.take_mail(forms.feedback(original=f"List-Unsubscribe: <https://x/u/{link}>\n"))
    assert (event.delivery, event.subscription_id) == (None, delivery.subscription_id)
    assert outcome(delivery) == ("accepted", "complained", "complained")


def test_a_complaint_with_an_address_alone_waits_for_a_person(delivery, others):
    raw = forms.feedback(fields="Original-Rcpt-To: reader@example.net\n")
    assert intake.take_mail(raw).state == State.UNMATCHED
    assert outcome(delivery) == ("accepted", "ok", None)


def test_a_complaint_follows_a_bounce_but_no_bounce_a_complaint(delivery, others):
    intake.take_mail(bounce_of(delivery))
    intake.take_mail(forms.feedback(original=f"Message-ID: {own_id(delivery)}\n"))
    assert outcome(delivery) == ("complained", "complained", "bounced")
    intake.take_mail(bounce_of(delivery, form=forms.sendmail))
    assert outcome(delivery) == ("complained", "complained", "bounced")


def test_complaints_pause_the_issue_at_three_in_a_thousand(delivery):
    for number in range(2):
        make_subscription(f"r{number}@example.net")
    issue = send_issue(8)
    for row in Delivery.objects.filter(issue=issue)[:3]:
        assert breaker.pause_reason(breaker.count_failures(issue.snapshot)) == ""
        intake.take_mail(forms.feedback(original=f"Message-ID: {own_id(row)}\n"))
    why = breaker.pause_reason(breaker.count_failures(issue.snapshot))
    assert why == "3 of 4 readers called it spam."


def leave_mail(link):
    headers = f"From: Reader <reader@example.net>\nTo: leave@news.example.org\nSubject: {link}"
    return forms.mail(headers, "")


def test_leaving_by_mail_is_leaving_by_one_click(delivery, others):
    event = intake.take_mail(leave_mail(signed_links.leave_link(delivery.subscription_id)))
    assert (event.kind, event.state) == ("leave", State.MATCHED)
    subscription = Subscription.objects.get(pk=delivery.subscription_id)
    assert subscription.status == "unsubscribed"
    assert subscriptions.can_undo(subscription)
    assert outcome(delivery) == ("accepted", "ok", None)


def test_without_a_valid_link_nobody_leaves(delivery, others):
    link = signed_links.leave_link(delivery.subscription_id)
    subscription = Subscription.objects.get(pk=delivery.subscription_id)
    with unchanged(subscription):
        for subject in ("stop", link[:-1] + "zz", link.replace("dev.", "key.")):
            assert intake.take_mail(leave_mail(subject)).state == State.UNMATCHED


def test_delays_receipts_and_replies_are_ignored_and_letters_are_for_a_person(delivery, others):
    to = f"References: {own_id(delivery)}\n"
    delayed = bounce_of(delivery, "450 4.2.2 mailbox full", action="delayed")
    reply = forms.mail(f"{to}From: reader@example.net\nSubject: Automatic reply: x", "User unknown")
    letter = forms.mail(f"{to}From: reader@example.net\nSubject: Re: x", "I liked it.")
    receipt = bounce_of(delivery, "250 2.0.0 ok", action="delivered")
    with unchanged(delivery, delivery.subscriber):
        kinds = [intake.take_mail(raw).kind for raw in (delayed, reply, receipt, letter)]
    assert kinds == ["delayed", "reply", "receipt", "unknown"]
    assert MailEvent.objects.filter(state=State.IGNORED, delivery=delivery).count() == 3
    assert MailEvent.objects.unmatched().get().kind == "unknown"


def test_a_bounce_speaks_of_the_address_that_the_reader_had(delivery, others):
    subscription = Subscription.objects.get(pk=delivery.subscription_id)
    for kind in (ConsentEvent.Kind.CHANGED, ConsentEvent.Kind.CONFIRMED):
        before = Delivery.objects.get(pk=delivery.pk).begun_at - timedelta(hours=1)
        subscriptions.record_consent(subscription, kind, at=before)
    later = subscription.consent_events.create(
        address_hash="x", newsletter=subscription.newsletter, kind="changed", at=timezone.now()
    )
    intake.take_mail(bounce_of(delivery))
    assert outcome(delivery) == ("bounced", "ok", None)
    later.delete()
    intake.take_mail(bounce_of(delivery, form=forms.sendmail))
    assert outcome(delivery) == ("bounced", "bounced", "bounced")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("handing_over", "bounced"),
        ("unknown", "bounced"),
        ("failed", "failed"),
        ("queued", "queued"),
    ],
)
def test_a_bounce_may_come_before_its_result(delivery, others, before, after):
    rows = Delivery.objects.filter(pk=delivery.pk)
    rows.update(state=before, lease="ticket-1", lease_until=timezone.now(), settled_at=None)
    intake.take_mail(bounce_of(delivery))
    assert outcome(delivery)[0] == after
    if before != "handing_over":
        return
    row = ledger.ClaimedDelivery(delivery.pk, delivery.subscription_id, "", 0, has_place=False)
    assert not ledger.record_result("ticket-1", row, ledger.AttemptResult(Delivery.State.ACCEPTED))
    assert outcome(delivery)[0] == "bounced"
    assert delivery.settled_at


def test_a_bounce_about_an_erased_reader_keeps_nothing_of_them(delivery, others):
    earlier = intake.take_mail(bounce_of(delivery, FULL))
    assert personal_data.collect_data(delivery.subscriber)["returned"][0]["kind"] == "soft"
    subscriptions.refuse_mail(delivery.subscription_id)
    earlier.refresh_from_db()
    assert (bytes(earlier.raw), earlier.note, earlier.kind) == (b"", "", "soft")
    event = intake.take_mail(bounce_of(delivery, form=forms.sendmail))
    assert (event.state, bytes(event.raw), event.note) == (State.MATCHED, b"", "")
    assert outcome(delivery)[1:] == (None, "refused")


def test_the_data_of_a_reader_have_the_mail_by_which_they_left_and_nobody_elses(delivery, others):
    intake.take_mail(leave_mail(signed_links.leave_link(delivery.subscription_id)))
    returned = personal_data.collect_data(delivery.subscriber)["returned"]
    assert [(each["kind"], each["delivery__issue__number"]) for each in returned] == [
        ("leave", None)
    ]
    other = make_subscription("somebody@example.org").subscriber
    assert not personal_data.collect_data(other)["returned"]


def test_what_came_back_moves_with_a_reader_to_another_address(delivery):
    """Except for that about an issue which was sent there as well, which has the old address."""
    source = Subscription.objects.get(pk=delivery.subscription_id)
    twin = Subscription.objects.get(subscriber__address="other@example.com")
    bounce = intake.take_mail(bounce_of(delivery, FULL))
    leave = intake.take_mail(leave_mail(signed_links.leave_link(source.pk)))
    of_twin = intake.take_mail(bounce_of(Delivery.objects.get(subscription_id=twin.pk), FULL))
    third = make_subscription("third@example.org")
    MergedSubscription.objects.create(former_id=10**6, into=third)
    elsewhere = MailEvent.objects.create(
        source="mail", key="e", raw=b"raw", kind="leave", state="matched", subscription_id=10**6
    )
    with unchanged(of_twin, elsewhere):
        change_address(make_token(source, "change", new_address="other@example.com"))
    bounce.refresh_from_db()
    delivery.refresh_from_db()
    assert (bytes(bounce.raw), bounce.note, delivery.domain) == (b"", "", "")
    assert leave in MailEvent.objects.about(twin.subscriber)
    assert elsewhere not in MailEvent.objects.about(twin.subscriber)
    subscriptions.refuse_mail(twin.pk)
    leave.refresh_from_db()
    assert (bytes(leave.raw), bytes(MailEvent.objects.get(key="e").raw)) == (b"", b"raw")


def test_what_a_crash_left_is_judged_by_the_clock(delivery, others, monkeypatch):
    monkeypatch.setattr(intake, "judge", lambda event: None)
    event = intake.take_mail(bounce_of(delivery))
    monkeypatch.undo()
    assert event.state == State.WAITING
    assert intake.judge_waiting() == ""  # its own process may be at it
    MailEvent.objects.update(received_at=timezone.now() - intake.WORKER_TIME)
    assert intake.judge_waiting() == "1 returned mail judged"
    assert intake.judge_waiting() == ""
    assert outcome(delivery) == ("bounced", "bounced", "bounced")


def test_what_our_code_cannot_judge_is_parked_and_logged_without_an_address(
    delivery, others, monkeypatch, caplog
):
    def fail(report):
        raise ZeroDivisionError

    monkeypatch.setattr(matching, "find", fail)
    event = intake.take_mail(bounce_of(delivery))
    assert (event.kind, event.state, event.note) == ("parked", State.UNMATCHED, "ZeroDivisionError")
    assert "reader@" not in caplog.text
    assert [record.levelno for record in caplog.records] == [logging.ERROR]


def test_half_of_what_follows_is_nothing_of_it(delivery, others, monkeypatch):
    monkeypatch.setattr(consequences, "suppress", lambda *_: 1 / 0)
    assert intake.take_mail(bounce_of(delivery)).state == State.UNMATCHED
    assert outcome(delivery) == ("accepted", "ok", None)


def test_old_content_goes_and_what_belongs_to_a_row_stays(delivery, others):
    matched = intake.take_mail(bounce_of(delivery))
    fresh = intake.take_mail(bounce_of(delivery, FULL))
    unmatched = intake.take_mail(forms.postfix("5.1.1", "550 5.1.1 user unknown"))
    MailEvent.objects.exclude(pk=fresh.pk).update(received_at=timezone.now() - timedelta(days=30))
    with unchanged(fresh, unmatched):
        assert intake.prune() == "1 old returned mail deleted"
        assert intake.prune() == ""
    MailEvent.objects.update(received_at=timezone.now() - timedelta(days=90))
    assert intake.prune() == "2 old returned mails deleted"
    assert list(MailEvent.objects.order_by("pk")) == [matched, fresh]
    assert set(map(bytes, MailEvent.objects.values_list("raw", flat=True))) == {b""}


def test_no_line_of_the_log_has_an_address(delivery, others, caplog):
    caplog.set_level(logging.DEBUG)
    for form in forms.FORMS:
        intake.take_mail(bounce_of(delivery, form=form))
    assert "example.net" not in caplog.text
