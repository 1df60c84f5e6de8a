"""Concurrent requests, on real connections and threads."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from threading import Barrier, Event

import pytest
from django.core import mail
from django.db import connection, connections, transaction
from django.test import Client
from django_tasks_db.management.commands.db_worker import Worker
from django_tasks_db.models import DBTaskResult

from config.ratelimit import Limit
from newsletter.mailing import outbox
from newsletter.models import (
    ConsentEvent,
    HeldSignup,
    OutboxMail,
    SignupRequest,
    Subscriber,
    Subscription,
)
from newsletter.subscribers import address_change, personal_data, signups, subscriptions
from newsletter.subscribers.forms import new_form_stamp
from newsletter.subscribers.subscriptions import refuse_mail
from newsletter.views.signup import SIGNUPS_PER_NETWORK
from tests.builders import make_mail, make_newsletter, make_request, make_subscription, make_token
from tests.bystanders import unchanged
from tests.newsletter.conftest import OWN
from tests.newsletter.subscribers.test_subscribe import as_bytes

pytestmark = pytest.mark.django_db(transaction=True)

# SQLite lets one writer in at a time: a fifth of the crowd says all that it can say there.
CROWD = 1000 if connection.vendor == "postgresql" else 200


def at_once(number, act):
    """Run `act(n)` in as many threads, all starting together, and return what they return."""
    together = Barrier(number)

    def run(n):
        try:
            together.wait(timeout=30)
            return act(n)
        finally:
            connection.close()

    with ThreadPoolExecutor(number) as pool:
        return list(pool.map(run, range(number)))


def run_worker_process(number):
    """Do what `manage.py db_worker --batch` does, less its signal handlers."""
    Worker(
        queue_names=["default"],
        excluded_queue_names=[],
        interval=0,
        batch=True,
        backend_name="default",
        startup_delay=False,
        max_tasks=None,
        worker_id=f"worker-{number}",
    ).run()


def test_fifty_concurrent_signups_of_one_address_make_one_reader_and_one_mail():
    make_newsletter()
    data = {"email": "reader@example.org", "website": "", "stamp": new_form_stamp(), "page": "/"}

    def press(n):
        # Fifty networks, so that all fifty are recorded.
        client = Client(REMOTE_ADDR=f"10.0.{n}.1")
        answer = client.post("/newsletter/subscribe/", data, headers=OWN)
        return as_bytes(answer)

    answers = at_once(50, press)
    assert answers[0][0] == 303
    assert all(answer == answers[0] for answer in answers)
    assert SignupRequest.objects.count() == 50
    assert DBTaskResult.objects.count() == 50

    at_once(2, run_worker_process)
    assert set(DBTaskResult.objects.values_list("status", flat=True)) == {"SUCCESSFUL"}
    assert Subscriber.objects.count() == Subscription.objects.count() == 1
    assert len(mail.outbox) == 1
    assert not SignupRequest.objects.exists()


def test_of_fifty_signups_from_one_network_ten_are_recorded():
    make_newsletter()
    data = {"email": "reader@example.org", "website": "", "stamp": new_form_stamp(), "page": "/"}

    def press(n):
        answer = Client().post("/newsletter/subscribe/", data, headers=OWN)
        return as_bytes(answer)

    answers = at_once(50, press)
    assert all(answer == answers[0] for answer in answers)
    assert SignupRequest.objects.count() == 10


def press_from(stamp, number, address):
    """Send the form from a network of its own, and return all that the visitor sees."""
    data = {"email": address, "website": "", "stamp": stamp, "page": "/"}
    client = Client(REMOTE_ADDR=f"10.{number // 250}.{number % 250}.1")
    return as_bytes(client.post("/newsletter/subscribe/", data, headers=OWN))


def test_a_thousand_signups_for_one_address_bring_no_more_mails_than_its_limit(clock):
    next_mail, in_a_day, _ = signups.PER_ADDRESS
    make_newsletter()
    stamp, seen = new_form_stamp(), set()
    threads = 50 if CROWD == 1000 else 10
    for round_ in range(4):

        def press(n, round_=round_):
            first = round_ * CROWD // 4 + n * 5
            numbers = range(first, first + 5)
            return {repr(press_from(stamp, each, "reader@example.org")) for each in numbers}

        seen.update(*at_once(threads, press))
        ids = list(SignupRequest.objects.values_list("pk", flat=True))
        assert len(ids) == CROWD // 4
        at_once(2, lambda n, ids=ids: [signups.decide_request(each) for each in ids])
        assert not SignupRequest.objects.exists()
        clock.shift(next_mail.window + timedelta(minutes=1))
    assert len(seen) == 1
    assert OutboxMail.objects.filter(kind="confirmation").count() == in_a_day.count
    assert sum(HeldSignup.objects.values_list("count", flat=True)) == CROWD - in_a_day.count


def test_of_two_thousand_addresses_from_one_network_only_its_limit_is_taken(clock):
    most = SIGNUPS_PER_NETWORK[64][0].count
    make_newsletter()
    data = {"website": "", "stamp": new_form_stamp(), "page": "/"}

    def press(n):
        client = Client()
        answers = (
            client.post(
                "/newsletter/subscribe/", data | {"email": f"r{n}-{m}@example.org"}, headers=OWN
            )
            for m in range(CROWD // 25)
        )
        return {repr(as_bytes(answer)) for answer in answers}

    seen = set().union(*at_once(50, press))
    assert len(seen) == 1
    assert SignupRequest.objects.count() == most
    assert HeldSignup.objects.get().count == 2 * CROWD - most


def test_one_mail_with_many_workers_is_sent_once():
    row = make_mail(make_subscription("r@example.org"))
    other = make_mail(make_subscription("other@example.org"))
    with unchanged(other, other.token):
        at_once(8, lambda n: outbox.send(row.pk))
    assert [message.to[0] for message in mail.outbox] == ["r@example.org"]
    assert list(OutboxMail.objects.all()) == [other]


def test_one_request_with_many_workers_is_one_mail(monkeypatch):
    many = [Limit(100, timedelta(hours=1))]  # the real limits would hide a second mail
    monkeypatch.setattr(signups, "PER_ADDRESS", many)
    row = make_request()
    at_once(8, lambda n: signups.decide_request(row.pk))
    assert OutboxMail.objects.count() == 1
    assert ConsentEvent.objects.count() == 1


def test_no_signup_of_many_concurrent_ones_is_lost():
    ids = [make_request(f"r{number}@example.org").pk for number in range(12)]
    at_once(12, lambda n: signups.decide_request(ids[n]))
    mails = list(OutboxMail.objects.values_list("pk", flat=True))
    at_once(12, lambda n: outbox.send(mails[n]))
    assert sorted(message.to[0] for message in mail.outbox) == sorted(
        f"r{number}@example.org" for number in range(12)
    )


def test_concurrent_presses_confirm_once():
    token = make_token(make_subscription(status="pending"))
    states = at_once(8, lambda n: subscriptions.confirm_subscription(token))
    assert set(states) == {subscriptions.LinkState.DONE}
    assert ConsentEvent.objects.filter(kind="confirmed").count() == 1


def test_concurrent_requests_unsubscribe_once():
    subscription = make_subscription()
    at_once(8, lambda n: subscriptions.unsubscribe(subscription.pk))
    assert ConsentEvent.objects.filter(kind="unsubscribed").count() == 1


def test_confirming_while_refusing_never_leaves_a_refused_reader_active():
    for round_ in range(4):
        subscription = make_subscription(f"r{round_}@example.org", status="pending")
        token = make_token(subscription)
        acts = [
            lambda token=token: subscriptions.confirm_subscription(token),
            lambda pk=subscription.pk: subscriptions.refuse_mail(pk),
        ]
        at_once(2, lambda n, acts=acts: acts[n]())
    assert not Subscription.objects.filter(status="active").exists()


def in_background(act):
    """Start `act` on a thread and a connection of its own."""
    pool = ThreadPoolExecutor(1)

    def run():
        try:
            return act()
        finally:
            connection.close()

    future = pool.submit(run)
    pool.shutdown(wait=False)
    return future


def holding(act, held, release):
    """Do `act` in a transaction, and commit only on request."""
    with transaction.atomic():
        act()
        held.set()
        assert release.wait(timeout=20)


@pytest.mark.parametrize("step", ["decided", "written"])
def test_no_mail_is_sent_after_a_refusal(step):
    subscription = make_subscription("r@example.org", status="pending")
    request, queued = make_request("r@example.org"), make_mail(subscription, "confirm")
    held, release = Event(), Event()
    refusing = in_background(lambda: holding(partial(refuse_mail, subscription.pk), held, release))
    assert held.wait(timeout=20)
    act = (
        partial(signups.decide_request, request.pk)
        if step == "decided"
        else partial(outbox.send, queued.pk)
    )
    handling = in_background(act)
    with pytest.raises(TimeoutError):
        handling.result(timeout=0.5)  # it waits for the refusal to be decided
    release.set()
    refusing.result(timeout=20)
    handling.result(timeout=20)
    assert not mail.outbox
    assert not OutboxMail.objects.exists()
    assert not Subscriber.objects.exists()


def test_erasing_waits_for_unsubscribing_and_succeeds():
    subscription = make_subscription()
    text = make_token(subscription, "erase")
    held, release = Event(), Event()
    leaving = partial(subscriptions.unsubscribe, subscription.pk)
    first = in_background(lambda: holding(leaving, held, release))
    assert held.wait(timeout=20)
    second = in_background(lambda: personal_data.erase_by_link(text))
    with pytest.raises(TimeoutError):
        second.result(timeout=0.5)
    release.set()
    first.result(timeout=20)
    assert second.result(timeout=20) == subscription.pk
    assert not Subscriber.objects.exists()


def test_unsubscribing_at_the_new_address_during_a_merge_is_kept():
    old = make_subscription("a@example.org")
    twin = make_subscription("b@example.org", status="pending")
    text = make_token(old, "change", new_address="b@example.org")
    held, release = Event(), Event()
    leaving = partial(subscriptions.unsubscribe, twin.pk)
    first = in_background(lambda: holding(leaving, held, release))
    assert held.wait(timeout=20)
    second = in_background(lambda: address_change.change_address(text))
    with pytest.raises(TimeoutError):
        second.result(timeout=0.5)
    release.set()
    first.result(timeout=20)
    second.result(timeout=20)
    assert Subscription.objects.get().status == "unsubscribed"


def test_unsubscribing_with_the_old_link_during_a_merge_is_kept():
    old, twin = make_subscription("a@example.org"), make_subscription("b@example.org")
    text = make_token(old, "change", new_address="b@example.org")
    held, release = Event(), Event()
    first = in_background(
        lambda: holding(partial(address_change.change_address, text), held, release)
    )
    assert held.wait(timeout=20)
    second = in_background(lambda: subscriptions.unsubscribe(old.pk))
    with pytest.raises(TimeoutError):
        second.result(timeout=0.5)
    release.set()
    first.result(timeout=20)
    second.result(timeout=20)
    twin.refresh_from_db()
    assert twin.status == "unsubscribed"


def test_two_readers_who_swap_addresses_do_not_deadlock():
    for round_ in range(4):
        pair = [make_subscription(f"{name}{round_}@example.org") for name in "ab"]
        links = [
            make_token(pair[0], "change", new_address=f"b{round_}@example.org"),
            make_token(pair[1], "change", new_address=f"a{round_}@example.org"),
        ]
        at_once(2, lambda n, links=links: address_change.change_address(links[n]))
        assert Subscriber.objects.count() == round_ + 1


@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite lets one writer in at a time")
def test_one_readers_refusal_delays_no_other_reader():
    first, second = make_subscription("a@example.org"), make_subscription("b@example.org")
    held, release = Event(), Event()
    refusing = in_background(lambda: holding(partial(refuse_mail, first.pk), held, release))
    assert held.wait(timeout=20)
    in_background(lambda: subscriptions.unsubscribe(second.pk)).result(timeout=10)
    release.set()
    refusing.result(timeout=20)
    second.refresh_from_db()
    assert second.status == "unsubscribed"


def teardown_module():
    connections.close_all()
