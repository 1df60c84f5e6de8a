"""Many at once, on real connections and threads."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.core import mail
from django.db import connection, connections
from django.test import Client
from django_tasks_db.management.commands.db_worker import Worker
from django_tasks_db.models import DBTaskResult

from newsletter import signups, subscriptions
from newsletter.forms import new_stamp
from newsletter.models import ConsentEvent, SignupRequest, Subscriber, Subscription
from tests.builders import make_newsletter, make_request, make_subscription, make_token
from tests.newsletter.conftest import OWN

pytestmark = pytest.mark.django_db(transaction=True)


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


def test_fifty_signups_of_one_address_at_once_are_one_reader_one_mail_and_fifty_equal_answers():
    make_newsletter()
    data = {"email": "reader@example.org", "website": "", "stamp": new_stamp(), "page": "/"}

    def press(n):
        # Fifty networks, so that all fifty are recorded.
        client = Client(REMOTE_ADDR=f"10.0.{n}.1")
        answer = client.post("/newsletter/subscribe/", data, headers=OWN)
        return answer.status_code, sorted(answer.items()), answer.content

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


def test_from_one_network_fifty_answers_are_equal_too_and_ten_are_recorded():
    make_newsletter()
    data = {"email": "reader@example.org", "website": "", "stamp": new_stamp(), "page": "/"}

    def press(n):
        answer = Client().post("/newsletter/subscribe/", data, headers=OWN)
        return answer.status_code, sorted(answer.items()), answer.content

    answers = at_once(50, press)
    assert all(answer == answers[0] for answer in answers)
    assert SignupRequest.objects.count() == 10


def test_one_request_in_many_hands_is_one_mail():
    row = make_request()
    at_once(8, lambda n: signups.handle_request(row.pk))
    assert len(mail.outbox) == 1
    assert ConsentEvent.objects.count() == 1


def test_many_addresses_at_once_lose_nothing():
    ids = [make_request(f"r{number}@example.org").pk for number in range(12)]
    at_once(12, lambda n: signups.handle_request(ids[n]))
    assert sorted(message.to[0] for message in mail.outbox) == sorted(
        f"r{number}@example.org" for number in range(12)
    )


def test_a_button_pressed_by_many_hands_confirms_once():
    token = make_token(make_subscription(status="pending"))
    states = at_once(8, lambda n: subscriptions.confirm(token))
    assert set(states) == {subscriptions.Confirmation.DONE}
    assert ConsentEvent.objects.filter(kind="confirmed").count() == 1


def test_leaving_by_many_hands_is_one_leaving():
    subscription = make_subscription()
    at_once(8, lambda n: subscriptions.leave(subscription.pk))
    assert ConsentEvent.objects.filter(kind="unsubscribed").count() == 1


def test_confirming_and_refusing_at_once_never_leaves_a_refused_reader_active():
    for round_ in range(4):
        subscription = make_subscription(f"r{round_}@example.org", status="pending")
        token = make_token(subscription)
        acts = [
            lambda token=token: subscriptions.confirm(token),
            lambda pk=subscription.pk: subscriptions.refuse(pk),
        ]
        at_once(2, lambda n, acts=acts: acts[n]())
    assert not Subscription.objects.filter(status="active").exists()


def teardown_module():
    connections.close_all()
