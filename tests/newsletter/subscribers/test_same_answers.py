"""No answer tells whether an address is known: bytes and queries are compared over eight states."""

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext

from config.ratelimit import hit
from newsletter.models import Subscriber
from newsletter.subscribers import signups
from newsletter.subscribers.forms import new_form_stamp
from newsletter.values.addresses import address_key, fold_for_limits
from tests.builders import make_newsletter, make_subscription, make_suppression, make_token
from tests.newsletter.conftest import OWN, run_worker

pytestmark = pytest.mark.django_db


def bounced(address):
    reader = make_subscription(address).subscriber
    Subscriber.objects.filter(pk=reader.pk).update(status="bounced")


def over_a_limit(address):
    assert hit("confirmation", fold_for_limits(address_key(address)), signups.PER_ADDRESS)


STATES = {
    "new": lambda address: None,
    "pending": lambda address: make_subscription(address, status="pending"),
    "active": make_subscription,
    "paused": lambda address: make_subscription(address, status="paused"),
    "unsubscribed": lambda address: make_subscription(address, status="unsubscribed"),
    "bounced": bounced,
    "suppressed": make_suppression,
    "over a limit": over_a_limit,
}
BOTH = ["ai-economy-pulse", "data-letter"]
SIGNUPS = {
    "the promo": {},
    "the page with a choice": {"newsletter": BOTH, "can_choose": "1"},
    "another newsletter's page": {"newsletter": "data-letter"},
    "nothing chosen": {"can_choose": "1"},
    "a trapped program": {"website": "https://spam.example"},
    "a form without a stamp": {"stamp": ""},
    "a form that was open too long": {"stamp": "2026-01-01:" + 43 * "a"},
}


def as_seen(answer, address):
    """Return all that a client sees of an answer, but for the address that it typed itself."""
    headers = {name: text for name, text in answer.items() if name not in ("Date", "ETag")}
    headers["Location"] = headers.get("Location", "").partition("?to=")[0]
    text = answer.content.decode().replace(address, "ADDRESS")
    return answer.status_code, headers, text, answer.cookies.output()


def over_all_states(ask):
    """Ask about an address in each state; return the different answers and numbers of queries."""
    ask("warm-up@example.org")
    seen = {}
    for number, (name, prepare) in enumerate(STATES.items()):
        address = f"reader{number}@example.org"
        prepare(address)
        with CaptureQueriesContext(connection) as queries:
            answers = [as_seen(each, address) for each in ask(address)]
        seen[name] = repr((answers, [each["sql"].split(" ")[0] for each in queries]))
    return seen


@pytest.fixture
def post(client, django_capture_on_commit_callbacks):
    def send(path, **fields):
        with django_capture_on_commit_callbacks(execute=True):
            return client.post(path, fields, headers=OWN)

    return send


@pytest.mark.parametrize("door", SIGNUPS)
def test_signing_up(clock, client, post, door):
    make_newsletter("Data Letter")

    def ask(address):
        fields = {"email": address, "stamp": new_form_stamp(), "page": "/"} | SIGNUPS[door]
        client.defaults["REMOTE_ADDR"] = f"192.0.{address[6]}.1"  # each within its limits
        answer = post("/newsletter/subscribe/", **fields)
        return [answer, client.get(answer["Location"])] if answer.status_code == 303 else [answer]

    seen = over_all_states(ask)
    assert len(set(seen.values())) == 1, seen


def test_asking_with_a_link_of_ones_own_to_write_to_another_address(clock, post):
    own = make_subscription("own@example.org")

    def ask(address):
        return [post(f"/newsletter/mailed/{make_token(own, 'change')}/", email=address)]

    seen = over_all_states(ask)
    assert len(set(seen.values())) == 1, seen


def test_in_these_states_different_mails_go_out(clock, post):
    """The comparison would be worth nothing if nothing depended on the state."""
    stamp = new_form_stamp()
    got = {}
    for number, (name, prepare) in enumerate(STATES.items()):
        address = f"reader{number}@example.org"
        prepare(address)
        clock.shift(1)
        post("/newsletter/subscribe/", email=address, stamp=stamp)
        run_worker()
        got[name] = [each.subject for each in mail.outbox if each.to == [address]]
    asked = {"new", "pending", "paused", "unsubscribed", "bounced"}
    assert {name for name, subjects in got.items() if subjects} == asked
