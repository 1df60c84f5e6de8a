"""A whole issue through a mail server that misbehaves.

No reader gets it twice, none is lost, and a fault of ours fails no reader.
"""

import re
from collections import Counter

import pytest

from newsletter.models import ConsentEvent, Delivery, Issue, Pump
from newsletter.sending import launch, progress, pump
from tests.builders import make_subscription
from tests.newsletter.sending.conftest import start, states

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("armed")]

DOMAINS = ("one.example", "two.example", "three.example")
READERS = 24
BOB = "reader1@two.example"

# The server's rule; the issue's status and the deliveries' states after a slice; the states once
# the server works again and a person has resumed.
RUNS = [
    (f"to {BOB}: 550 5.1.1 nobody", "sent", "23 accepted, 1 failed", "23 accepted, 1 failed"),
    (f"to {BOB}: 450 4.2.1 busy", "sending", "23 accepted, 1 deferred", "24 accepted"),
    (f"message {BOB}: 452 4.3.1 full", "sending", "23 accepted, 1 deferred", "24 accepted"),
    ("from /5: 421 4.7.0 enough for now", "sent", "24 accepted", "24 accepted"),
    ("from each #4+: 421 4.7.0 three are enough", "sent", "24 accepted", "24 accepted"),
    ("to each #2+: 421 4.7.0 one is enough", "sent", "24 accepted", "24 accepted"),
    ("from each #2+: cut", "sent", "24 accepted", "24 accepted"),
    ("after: cut", "sent", "24 accepted", "24 accepted"),
    ("after: 421 4.4.2 bye", "sent", "24 accepted", "24 accepted"),
    (f"to {BOB}: cut", "sending", "23 accepted, 1 deferred", "24 accepted"),
    (f"to {BOB}: 554 5.7.1 not from you", "sending", "23 accepted, 1 deferred", "24 accepted"),
    (f"message {BOB}: cut", "sent", "23 accepted, 1 unknown", "23 accepted, 1 unknown"),
    (f"kept {BOB}: cut", "sent", "23 accepted, 1 unknown", "23 accepted, 1 unknown"),
    ("login: 535 5.7.8 who are you", "paused", "24 queued", "24 accepted"),
    ("connect: 554 5.7.1 you again", "paused", "24 queued", "24 accepted"),
    ("connect: 421 4.3.2 busy", "sending", "24 queued", "24 accepted"),
    ("from *: 550 5.1.8 who are you", "paused", "20 deferred, 4 queued", "24 accepted"),
    ("data *: 421 4.3.2 closing", "paused", "20 deferred, 4 queued", "24 accepted"),
    ("to *: cut", "paused", "20 deferred, 4 queued", "24 accepted"),
    ("to *: 550 relay not permitted", "paused", "20 deferred, 4 queued", "24 accepted"),
    ("message *: 554 address not verified", "paused", "20 deferred, 4 queued", "24 accepted"),
    ("message *: 552 too large", "paused", "20 deferred, 4 queued", "24 accepted"),
    ("to *: 550 no", "paused", r"\d+ deferred, \d+ queued", "24 accepted"),
    # It pauses at the second domain or at the twentieth failure in a row, whichever comes first.
    ("message *: 554 5.7.1 looks like spam", "paused", r"\d+ deferred, \d+ queued", "24 accepted"),
]


@pytest.fixture
def issue(settings, relay):
    settings.SEND_CONNECTIONS = 1
    settings.MAILERS["bulk"]["OPTIONS"] |= {"username": "pulse", "password": "secret"}
    for number in range(READERS):
        subscription = make_subscription(f"reader{number}@{DOMAINS[number % 3]}")
        ConsentEvent.objects.create(subscription=subscription, kind=ConsentEvent.Kind.CONFIRMED)
    return start()


def run(issue):
    """Run the pumps for one slice, with all deferred deliveries due now."""
    Delivery.objects.filter(issue=issue, state="deferred").update(next_at=issue.sent_at)
    for each in Pump.objects.filter(issue=issue):
        pump.run_pump(each.pk, each.ticket)
    issue.refresh_from_db()


def standing(issue):
    return ", ".join(f"{count} {state}" for state, count in sorted(states(issue).items()))


@pytest.mark.parametrize(("rule", "status", "then", "in_the_end"), RUNS)
def test_an_issue_through_a_bad_server(issue, relay, rule, status, then, in_the_end):
    relay.obey(rule)
    run(issue)
    assert issue.status == status
    assert re.fullmatch(then, standing(issue))
    assert "@" not in "".join(Delivery.objects.values_list("note", flat=True))
    relay.obey()
    launch.resume_issue(issue)
    run(issue)
    assert (issue.status, standing(issue)) == (Issue.Status.SENT, in_the_end)
    assert max(Counter(taken.recipient for taken in relay.taken).values()) == 1
    assert not progress.broken_promises(issue)


# Connections for 24 readers, where each message is tried over at most two.
@pytest.mark.parametrize(
    ("rule", "connections", "streak"),
    [
        ("from each #4+: 421 4.7.0 three are enough", 8, 0),
        ("from: 421 4.7.0 not from you", 40, 20),
        ("to *: cut", 40, 20),
        (f"to {BOB}: cut", 3, 0),
    ],
)
def test_a_message_is_tried_over_one_more_connection_and_counts_once(
    issue, relay, rule, connections, streak
):
    relay.obey(rule)
    run(issue)
    assert relay.server.connections == connections
    assert Pump.objects.get().failures_in_row == streak
    assert set(Delivery.objects.exclude(attempts=0).values_list("attempts", flat=True)) == {1}


def test_a_message_waits_as_before_when_no_other_connection_opens(issue, relay):
    relay.obey("from each #3+: cut", "connect #2+: cut")
    run(issue)
    assert (issue.status, standing(issue)) == ("sending", "2 accepted, 22 queued")
    assert Pump.objects.get().failures_in_row == 1
