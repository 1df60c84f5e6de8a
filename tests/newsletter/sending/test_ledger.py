"""Each transition of the ledger changes only the rows it is about, in this issue and in others."""

from datetime import timedelta
from functools import partial

import pytest
from django.utils import timezone

from newsletter.models import Delivery, Issue, Pump, Subscriber
from newsletter.models.ledger import OPEN
from newsletter.sending import ledger
from newsletter.sending.ledger import AttemptResult, ClaimedDelivery, State
from tests.builders import (
    make_issue,
    make_newsletter,
    make_subscriber,
    make_subscription,
    make_suppression,
)
from tests.bystanders import unchanged
from tests.newsletter.sending.conftest import begin_row

pytestmark = pytest.mark.django_db

SOON, AGO = timedelta(minutes=10), timedelta(minutes=-10)
# State, next_at, lease, lease_until: one row of each kind in both of two issues.
KINDS = {
    "due": ("queued", AGO, "", None),
    "not due": ("queued", SOON, "", None),
    "claimed": ("claimed", AGO, "lane", SOON),
    "claimed by another": ("claimed", AGO, "other", SOON),
    "claim ran out": ("claimed", AGO, "gone", AGO),
    "begun": ("handing_over", AGO, "lane", SOON),
    "begun by another": ("handing_over", AGO, "other", SOON),
    "hand-over ran out": ("handing_over", AGO, "gone", AGO),
    "its pump is lost": ("handing_over", AGO, "silent-1", SOON),
    "its place is another task's": ("handing_over", AGO, "older-1", SOON),
    "its pump is of another issue": ("handing_over", AGO, "elsewhere-1", SOON),
    "its pump reports": ("handing_over", AGO, "reporting-1", SOON),
    "deferred": ("deferred", AGO, "", None),
    "deferred for later": ("deferred", SOON, "", None),
    "given up": ("unknown", AGO, "lane", AGO),
    "given up by another": ("unknown", AGO, "other", AGO),
    "accepted": ("accepted", AGO, "", None),
    "failed": ("failed", AGO, "", None),
}
LOST = ("its pump is lost", "its place is another task's", "its pump is of another issue")
SKIPPED = AttemptResult(State.SKIPPED, note="left")
DEFERRED = AttemptResult(
    State.DEFERRED, timedelta(minutes=5), 451, "4.7.1", "later", is_deferral=True
)


@pytest.fixture
def rows():
    """Return the rows of issue 7 by their kind."""
    now = timezone.now()
    for issue in (make_issue(7, status="sending"), make_issue(8, status="sending")):
        Delivery.objects.bulk_create(
            Delivery(
                issue=issue, subscription_id=number, domain=kind, state=state, next_at=now + next_at,
                lease=lease, lease_until=until and now + until, attempts=1,
                begun_at=now + (AGO if kind.startswith("its") else timedelta(0)),
            )
            for number, (kind, (state, next_at, lease, until)) in enumerate(KINDS.items())
        )  # fmt: skip
        pumps = {"silent": AGO, "reporting": SOON} if issue.number == 7 else {"elsewhere": SOON}
        for place, (ticket, due_at) in enumerate(pumps.items()):
            Pump.objects.create(issue=issue, place=place, ticket=ticket, due_at=now + due_at)
    return {row.domain: row for row in Delivery.objects.filter(issue__number=7)}


def all_rows():
    kept = Delivery.objects.order_by("pk").values()
    numbers = dict(Delivery.objects.values_list("pk", "issue__number"))
    return {(numbers[row["id"]], row["domain"]): row for row in kept}


def changed(act):
    """Return the new states of the rows that an action changed."""
    before = all_rows()
    act()
    return {key: row["state"] for key, row in all_rows().items() if row != before[key]}


def of_7(state, *kinds):
    return {(7, kind): state for kind in kinds}


def claimed(row, **fields):
    defaults = {"deferrals": 0, "has_place": False}
    return ClaimedDelivery(row.pk, row.subscription_id, row.domain, **(defaults | fields))


TRANSITIONS = [
    (lambda rows, issue: ledger.requeue_deferred(issue), of_7("queued", "deferred")),
    (
        lambda rows, issue: ledger.expire_leases(issue),
        of_7("queued", "claim ran out") | of_7("unknown", "hand-over ran out", *LOST),
    ),
    (lambda rows, issue: ledger.claim_due(issue, "new", 50), of_7("claimed", "due")),
    (lambda rows, issue: ledger.release_claims(issue, "lane"), of_7("queued", "claimed")),
    (
        lambda rows, issue: ledger.skip_canceled(issue),
        of_7("skipped", *(kind for kind in KINDS if KINDS[kind][0] in ("queued", "claimed", "deferred"))),
    ),
    (
        lambda rows, issue: ledger.mark_open_unknown(issue),
        of_7("unknown", *(kind for kind in KINDS if KINDS[kind][0] in OPEN)),
    ),
    (
        lambda rows, issue: ledger.requeue("lane", [claimed(row) for row in rows.values()]),
        of_7("queued", "claimed"),
    ),
]  # fmt: skip


@pytest.mark.parametrize(("transition", "expected"), TRANSITIONS)
def test_a_transition_changes_only_its_rows(rows, transition, expected):
    assert changed(lambda: transition(rows, rows["due"].issue_id)) == expected


@pytest.mark.parametrize("kind", KINDS)
def test_only_a_row_that_the_lane_has_claimed_is_settled(rows, kind):
    new = changed(lambda: ledger.settle_claimed("lane", claimed(rows[kind]), SKIPPED))
    assert new == (of_7("skipped", kind) if kind == "claimed" else {})


@pytest.mark.parametrize("kind", KINDS)
def test_only_a_row_that_the_lane_has_begun_is_recorded_even_if_unknown(rows, kind):
    new = changed(lambda: ledger.record_result("lane", claimed(rows[kind]), DEFERRED))
    assert new == (of_7("deferred", kind) if kind in ("begun", "given up") else {})


@pytest.mark.parametrize("kind", KINDS)
def test_only_a_row_that_the_lane_has_begun_is_taken_back(rows, kind):
    new = changed(lambda: ledger.take_back("lane", claimed(rows[kind])))
    assert new == (of_7("claimed", kind) if kind == "begun" else {})


def test_of_unknown_messages_only_one_that_was_tried_here_comes_back(rows):
    # A restored database has others: those that were open when it was copied.
    change(rows["given up"], attempts=0)
    tried, untried = rows["given up by another"].pk, rows["given up"].pk
    bounce = partial(ledger.settle_returned, state="bounced", enhanced="5.1.1", note="")
    assert changed(lambda: bounce(untried)) == {}
    assert changed(lambda: bounce(tried)) == of_7("bounced", "given up by another")


def test_a_complaint_counts_among_the_messages_that_were_sent_with_it(rows):
    sent_at, seen, other = timezone.now() + AGO, rows["accepted"], rows["failed"]
    change(seen, settled_at=sent_at)
    with unchanged(other):
        ledger.settle_returned(seen.pk, "complained", "", "")
    seen.refresh_from_db()
    assert (seen.state, seen.settled_at) == ("complained", sent_at)


def test_a_message_that_is_taken_back_was_no_attempt(begun):
    assert begun()
    row = Delivery.objects.get(state="handing_over")
    assert ledger.take_back("lane", claimed(row))
    row.refresh_from_db()
    assert (row.state, row.attempts) == ("claimed", 0)
    assert seconds(row.lease_until - timezone.now()) == pytest.approx(120, abs=9)


def test_expiring_leases_counts_the_rows_that_became_unknown(rows):
    issue = rows["due"].issue_id
    assert ledger.expire_leases(issue) == 1 + len(LOST)


def test_a_message_is_unknown_a_minute_after_its_worker_was_lost(rows):
    lost = rows["its pump is lost"]
    change(lost, begun_at=timezone.now() - timedelta(seconds=50))
    ledger.expire_leases(lost.issue_id)
    lost.refresh_from_db()
    assert lost.state == "handing_over"
    change(lost, begun_at=timezone.now() - timedelta(seconds=61))
    ledger.expire_leases(lost.issue_id)
    lost.refresh_from_db()
    assert (lost.state, lost.lease) == ("unknown", "silent-1")  # for a late result


def test_the_fields_of_a_deferral_are_recorded(rows):
    began = timezone.now()
    ledger.record_result("lane", claimed(rows["begun"]), DEFERRED)
    row = Delivery.objects.get(pk=rows["begun"].pk)
    assert (row.code, row.enhanced, row.note, row.deferrals) == (451, "4.7.1", "later", 1)
    assert row.lease == ""
    assert seconds(row.next_at - began) == pytest.approx(300, abs=9)
    assert seconds(row.settled_at - began) == pytest.approx(0, abs=9)


def test_an_unknown_attempt_keeps_its_lease_for_a_late_result(rows):
    ledger.record_result("lane", claimed(rows["begun"]), AttemptResult(State.UNKNOWN))
    assert Delivery.objects.get(pk=rows["begun"].pk).lease == "lane"


def test_a_mail_server_has_half_an_hour_for_a_message(begun):
    assert begun()
    row = Delivery.objects.get(state="handing_over")
    assert row.lease_until - row.begun_at == timedelta(minutes=30)


def test_rows_are_requeued_for_later_with_their_place(rows):
    began = timezone.now()
    ledger.requeue("lane", [claimed(rows["claimed"])], 45, has_place=True)
    row = Delivery.objects.get(pk=rows["claimed"].pk)
    assert (row.has_place, row.lease, row.lease_until) == (True, "", None)
    assert seconds(row.next_at - began) == pytest.approx(45, abs=9)


def test_rows_are_requeued_for_now(rows):
    ledger.requeue("lane", [claimed(rows["claimed"])])
    row = Delivery.objects.get(pk=rows["claimed"].pk)
    assert row.has_place is False
    assert seconds(row.next_at - timezone.now()) <= 0


def test_a_place_is_kept_for_a_minute(rows):
    places = {"due": (True, -50), "deferred": (True, -70), "not due": (False, -1)}
    for kind, (has_place, late) in places.items():
        at = timezone.now() + timedelta(seconds=late)
        change(rows[kind], state="queued", next_at=at, has_place=has_place)
    found = {
        row.domain: bool(row.has_place) for row in ledger.claim_due(rows["due"].issue_id, "new", 9)
    }
    assert found == {"due": True, "deferred": False, "not due": False}


def test_the_oldest_due_rows_are_claimed_first_up_to_a_number(rows):
    Delivery.objects.filter(state="queued").update(next_at=timezone.now() + AGO)
    first = rows["not due"]
    Delivery.objects.filter(pk=first.pk).update(next_at=timezone.now() + 2 * AGO)
    assert [row.pk for row in ledger.claim_due(first.issue_id, "new", 1)] == [first.pk]


def test_the_next_due_time_is_that_of_this_issue(rows):
    issue = rows["due"].issue_id
    assert ledger.seconds_until_due(issue) == 0
    Delivery.objects.filter(issue=issue, next_at__lt=timezone.now()).update(state="accepted")
    assert ledger.seconds_until_due(issue) == pytest.approx(600, abs=9)
    Delivery.objects.filter(issue=issue).update(state="accepted")
    assert ledger.seconds_until_due(issue) is None


# --- Beginning a message --------------------------------------------------------------------------


def queue(issue, subscription):
    return Delivery.objects.create(
        issue=issue,
        subscriber=subscription.subscriber,
        subscription_id=subscription.pk,
        domain="example.org",
    )


@pytest.fixture
def begun():
    """Claim one of two rows, call a function, and return whether the message was begun."""
    one, other = make_subscription("one@example.org"), make_subscription("other@example.org")
    issue, earlier = make_issue(7, status="sending"), make_issue(6, status="sending")
    mine, others = queue(issue, one), [queue(issue, other), queue(earlier, one)]

    def begin(act=lambda one: None):
        row = next(row for row in ledger.claim_due(issue.pk, "lane", 2) if row.pk == mine.pk)
        act(one)
        answer = begin_row(issue.pk, "lane", row)
        states = Delivery.objects.in_bulk([each.pk for each in others]).values()
        assert {each.state for each in states} <= {"queued", "claimed"}
        assert answer == (Delivery.objects.get(pk=mine.pk).state == "handing_over")
        return answer

    return begin


def change(row, **fields):
    type(row).objects.filter(pk=row.pk).update(**fields)


def suppress_elsewhere(one):
    suppression = make_suppression(one.subscriber.address, reason="by hand")
    change(suppression, newsletter=make_newsletter("Another letter"))


def suppress_here(one):
    suppression = make_suppression(one.subscriber.address, reason="by hand")
    change(suppression, newsletter=one.newsletter)


BEGINNINGS = {
    "nothing happened": (lambda one: None, True),
    "suppressed for another newsletter": (suppress_elsewhere, True),
    "suppressed for this newsletter": (suppress_here, False),
    "suppressed": (lambda one: make_suppression(one.subscriber.address), False),
    "another reader suppressed": (lambda one: make_suppression("other@example.org"), True),
    "left": (lambda one: change(one, status="unsubscribed", unsubscribed_at=timezone.now()), False),
    "bounced": (lambda one: change(one.subscriber, status="bounced"), False),
    "moved": (lambda one: change(one.subscriber, address_key="new@example.org"), False),
    "merged into another reader": (
        lambda one: change(one, subscriber=make_subscriber("new@example.org")),
        False,
    ),
    "lease ran out": (lambda one: change_claim(lease_until=timezone.now() + AGO), False),
    "another lane's": (lambda one: change_claim(lease="other"), False),
    "queued again": (lambda one: change_claim(state="queued"), False),
    "paused": (lambda one: pause(7), False),
    "another issue paused": (lambda one: pause(6), True),
}


def change_claim(**fields):
    Delivery.objects.filter(lease="lane").update(**fields)


def pause(number):
    Issue.objects.filter(number=number).update(status="paused")


@pytest.mark.parametrize(("act", "is_begun"), BEGINNINGS.values(), ids=BEGINNINGS)
def test_a_message_begins_only_if_every_condition_still_holds(begun, act, is_begun):
    assert begun(act) == is_begun


def test_one_commit_records_and_begins_for_several_lanes():
    readers = [make_subscription(f"r{n}@example.org") for n in range(6)]
    issue = make_issue(7, status="sending")
    for each in readers:
        queue(issue, each)
    a, b = (ledger.claim_due(issue.pk, lease, 3) for lease in "ab")
    assert begin_row(issue.pk, "a", a[0])
    assert begin_row(issue.pk, "b", b[0])
    change(readers[4], status="unsubscribed", unsubscribed_at=timezone.now())
    accepted = AttemptResult(State.ACCEPTED, code=250)
    steps = [
        ledger.Step("a", a[1], (a[0], accepted)),
        ledger.Step("b", b[1], (b[0], DEFERRED)),
        ledger.Step("b", a[2]),
    ]
    assert ledger.record_and_begin(issue.pk, steps) == {a[1].pk}
    states = dict(Delivery.objects.values_list("pk", "state"))
    assert [states[row.pk] for row in a] == ["accepted", "handing_over", "claimed"]
    assert [states[row.pk] for row in b] == ["deferred", "claimed", "claimed"]


REASONS_TO_SKIP = {
    "suppressed for another newsletter": "",
    "suppressed for this newsletter": "suppressed",
    "suppressed": "suppressed",
    "another reader suppressed": "",
    "left": "unsubscribed",
    "bounced": "bounced",
    "merged into another reader": "gone",
    "another lane's": "",
}


@pytest.mark.parametrize("name", REASONS_TO_SKIP)
def test_the_reason_to_skip_is_about_this_reader(name):
    one, other = make_subscription("one@example.org"), make_subscription("other@example.org")
    issue = make_issue(7, status="sending")
    mine = queue(issue, one)
    queue(issue, other)
    BEGINNINGS[name][0](one)
    assert ledger.reason_to_skip(claimed(mine)) == REASONS_TO_SKIP[name]


@pytest.mark.parametrize("erase", [Delivery, Subscriber])
def test_a_delivery_whose_row_or_reader_is_gone_is_skipped(erase, django_assert_num_queries):
    one, other = make_subscription("one@example.org"), make_subscription("other@example.org")
    issue = make_issue(7, status="sending")
    mine, others = claimed(queue(issue, one)), claimed(queue(issue, other))
    {Delivery: Delivery.objects.filter(pk=mine.pk), Subscriber: one.subscriber}[erase].delete()
    with django_assert_num_queries(1):
        assert ledger.reason_to_skip(mine) == "gone"
    assert ledger.reason_to_skip(others) == ""


def seconds(span):
    return span.total_seconds()
