"""Nothing of a reader reaches a log, on all the ways a reader goes and when things fail."""

import logging

import pytest
from django.core import mail
from django.test import Client

from config.logs import Formatter
from newsletter.mailing import arming, outbox
from newsletter.mailing.signed_links import leave_link
from newsletter.models import Issue, Subscription
from newsletter.sending import launch
from newsletter.subscribers import signups, subscriptions
from tests.builders import make_newsletter, make_request, make_suppression
from tests.newsletter.conftest import OWN, last_link, run_worker
from tests.newsletter.sending.conftest import make_due_issue, work_off
from tests.smtp_sink import Sink, running

pytestmark = pytest.mark.django_db(transaction=True)

READER, MOVED = "journey.reader@mailbox.example", "moved.reader@elsewhere.example"
PARTS = ("journey.reader", "moved.reader", "mailbox.example", "elsewhere.example")


@pytest.fixture
def log(caplog):
    caplog.set_level(logging.DEBUG)
    return caplog


@pytest.fixture
def relay(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    arming.arm()
    with running(Sink()) as sink:
        settings.MAILERS = {**settings.MAILERS, "bulk": sink.mailer}
        yield sink


def written(log):
    """Return all that the log's records hold, and what our formatter makes of them."""
    formatter = Formatter("{message}", style="{")
    raw = repr([{**vars(record), "exc_info": None} for record in log.records])
    return raw, "\n".join(map(formatter.format, log.records))


def send_to_readers(relay, *rules):
    relay.obey(*rules)
    number = Issue.objects.count() + 1
    issue = make_due_issue(number, subject=f"Week {number}")
    assert launch.start_issue(issue)
    return work_off(issue)


def post(path, **fields):
    answer = Client().post(path, fields, headers=OWN)
    run_worker()
    return answer


def test_the_whole_journey_of_a_reader(log, sign_up, relay):
    make_newsletter()
    make_newsletter("Data Letter")
    both = {"newsletter": ["ai-economy-pulse", "data-letter"], "can_choose": "1"}
    links = []
    for address in ("journey.reader@mailbox", READER, READER):  # mistyped, new, again
        sign_up(address, **both)
    sign_up(READER, website="x")
    links.append(last_link("/confirm/"))
    Client().get(links[-1])
    post(links[-1])
    own = Subscription.objects.get(newsletter__is_default=True)
    at = f"/u/{leave_link(own.pk)}"
    links.append(at)

    assert send_to_readers(relay).status == "sent"
    refused = f"to *: 550 5.1.1 <{READER}>: no such user"
    deferred = f"to *: 452 4.2.2 <{READER}> is full"
    for rule in (refused, deferred, "message: cut"):
        send_to_readers(relay, rule)

    Client().get(at)
    for step, fields in [
        ("/pause", {"weeks": "4"}), ("/pause", {"weeks": "0"}), ("", {}),
        ("/reason", {"reason": "else", "words": f"Write to {READER}."}), ("/undo", {}),
        ("/preferences", {"action": "leave", "newsletter": "data-letter"}),
        ("/preferences", {"action": "change"}),
    ]:  # fmt: skip
        post(f"{at}{step}", **fields)
    links.append(last_link("/mailed/"))
    post(links[-1], email="moved.reader@elsewhere")
    post(links[-1], email=MOVED)
    links.append(next(each for each in map(links_of, mail.outbox[::-1]) if each))
    post(links[-1])
    for action in ("export", "erase"):
        post(f"{at}/preferences", action=action)
        links.append(last_link("/mailed/"))
        post(links[-1])
    for path in [*links, f"{at}x", f"{at}/nothing/", "/newsletter/confirm/unknown/"]:
        Client().get(path)
        Client().post(path)
    make_suppression(READER)
    sign_up(READER)

    raw, text = written(log)
    assert len(log.records) > 20
    assert [part for part in PARTS if part in raw + text] == []
    secrets = [link.strip("/").rpartition("/")[2] for link in links]
    assert [secret for secret in secrets if secret in text] == []
    assert not Subscription.objects.exists()


def links_of(message):
    """Return the path of the mailed link in a message to the new address."""
    if message.to != [MOVED]:
        return ""
    return message.body.partition("http://127.0.0.1:8000")[2].partition("\n")[0]


def test_faults_whose_message_holds_an_address(log, monkeypatch, sign_up):
    def broken(*args, **kwargs):
        raise ValueError(f"Key (address_key)=({READER}) already exists, like %40 in {READER}.")

    monkeypatch.setitem(outbox.WRITERS, outbox.Kind.CONFIRMATION, broken)
    arming.arm()
    make_newsletter()
    sign_up(READER)
    monkeypatch.setattr(subscriptions, "record_consent", broken)
    signups.decide_request(make_request(MOVED).pk)
    strict = Client(raise_request_exception=False)
    own = make_newsletter().subscriptions.get(subscriber__address=READER)
    assert strict.post(f"/u/{leave_link(own.pk)}").status_code == 500
    _, text = written(log)
    assert text.count("Traceback") == 3
    assert [part for part in PARTS if part in text] == []
