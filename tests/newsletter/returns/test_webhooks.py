"""What mail providers report by webhook, through the real django-anymail."""

import base64
import hashlib
import hmac
import json

import pytest

from config.bodies import PUBLIC_BYTES
from newsletter.models import Delivery, MailEvent, Subscriber, Subscription, Suppression
from newsletter.returns import intake, provider_events
from tests.builders import make_subscription
from tests.bystanders import unchanged
from tests.newsletter.returns.conftest import own_id

pytestmark = pytest.mark.django_db

PASSWORD = "pulse:a-password-of-some-length"
BASIC = {"Authorization": f"Basic {base64.b64encode(PASSWORD.encode()).decode()}"}
URL = "/webhooks/postmark/"


@pytest.fixture(autouse=True)
def postmark(settings):
    settings.ESP = "postmark"
    settings.ANYMAIL = {"WEBHOOK_SECRET": PASSWORD}


@pytest.fixture
def others(delivery):
    subscription = Subscription.objects.get(subscriber__address="other@example.com")
    with unchanged(subscription, subscription.subscriber):
        yield


def event(delivery=None, kind="HardBounce", record="Bounce", **fields):
    """Make an event as Postmark posts it."""
    metadata = {"delivery": str(delivery.pk)} if delivery else {}
    return {
        "RecordType": record, "Type": kind, "ID": 4323372036854775807, "Email": "reader@example.net",
        "MessageID": "883953f4-6105-42a2-a16a-77a8eac79483", "Metadata": metadata,
        "BouncedAt": "2026-11-23T09:00:00Z",
    } | fields  # fmt: skip


@pytest.fixture
def post(client):
    def send(body, headers=BASIC, url=URL):
        return client.post(url, json.dumps(body), "application/json", headers=headers).status_code

    return send


def outcome(delivery):
    delivery.refresh_from_db()
    reason = Suppression.objects.values_list("reason", flat=True).first()
    return delivery.state, delivery.subscriber.status, reason


def test_a_hard_bounce_ends_writing_and_is_kept_raw(delivery, others, post):
    body = event(delivery, Details="smtp;550 5.1.1 The email account does not exist")
    assert post(body) == 200
    kept = MailEvent.objects.get()
    assert (kept.source, kept.kind, kept.state, kept.delivery) == (
        "postmark",
        "hard",
        "matched",
        delivery,
    )
    assert kept.is_proven
    assert json.loads(bytes(kept.raw))["event"] == body
    assert outcome(delivery) == ("bounced", "bounced", "bounced")
    assert "reader@" not in kept.note


def test_the_same_event_again_changes_nothing(delivery, others, post):
    assert post(event(delivery)) == 200
    Suppression.objects.all().delete()
    Subscriber.objects.update(status="ok")
    assert post(event(delivery, Description="sent once more")) == 200
    assert MailEvent.objects.count() == 1
    assert outcome(delivery) == ("bounced", "ok", None)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": f"Basic {base64.b64encode(b'pulse:wrong').decode()}"},
        {"Authorization": f"Bearer {PASSWORD}"},
    ],
)
def test_without_the_password_nothing_is_stored(delivery, post, headers):
    with unchanged(delivery):
        assert post(event(delivery), headers) == 400
    assert not MailEvent.objects.exists()


def test_only_the_provider_of_the_settings_has_an_address(delivery, post, settings):
    assert post(event(delivery), url="/webhooks/sendgrid/") == 404
    assert post(event(delivery), url="/webhooks/nobody/") == 404
    settings.ESP = "nobody"
    assert post(event(delivery), url="/webhooks/nobody/") == 404
    settings.ESP = ""
    assert post(event(delivery)) == 404
    assert not MailEvent.objects.exists()


def test_a_providers_own_signature_is_checked_too(delivery, client, settings):
    settings.ESP = "mailgun"
    settings.ANYMAIL["MAILGUN_WEBHOOK_SIGNING_KEY"] = "signing-key"
    data = {
        "event": "failed", "severity": "permanent", "reason": "bounce", "id": "an-event",
        "recipient": "reader@example.net", "timestamp": 1795424400,
        "message": {"headers": {"message-id": own_id(delivery).strip("<>")}},
        "delivery-status": {"code": 550, "message": "5.1.1 mailbox unavailable", "description": ""},
        "user-variables": {},
    }  # fmt: skip

    def send(key):
        stamp, token = "1795424400", "a" * 50
        signature = hmac.new(key, f"{stamp}{token}".encode(), hashlib.sha256).hexdigest()
        signed = {"timestamp": stamp, "token": token, "signature": signature}
        body = json.dumps({"signature": signed, "event-data": data})
        return client.post("/webhooks/mailgun/", body, "application/json", headers=BASIC)

    assert send(b"another-key").status_code == 400
    assert not MailEvent.objects.exists()
    assert send(b"signing-key").status_code == 200
    assert outcome(delivery) == ("bounced", "bounced", "bounced")  # found by its Message-ID


CASES = {
    "gone": (event(Details="550 5.1.1 user unknown"), "hard"),
    "hard in the provider's words alone": (event(), "hard"),
    "soft": (event(kind="SoftBounce", Details="552 5.2.2 mailbox full"), "soft"),
    "soft in the provider's words alone": (event(kind="SoftBounce"), "soft"),
    "hard, but ours": (event(Details="550 5.7.1 blocked using a list"), "policy"),
    "virus": (event(kind="VirusNotification", Details="virus found"), "policy"),
    "blocked before it was sent": (event(kind="Blocked"), "policy"),
    "invalid address": (event(kind="BadEmailAddress"), "hard"),
    "spam": (event(kind="SpamComplaint", record="SpamComplaint"), "complaint"),
    "template": (event(kind="TemplateRenderingFailed"), "policy"),
    "unheard of": (event(record="Something"), "unknown"),
}


@pytest.mark.parametrize("name", CASES)
def test_each_event_has_one_of_our_kinds(delivery, post, name):
    body, kind = CASES[name]
    assert post(body | {"Metadata": {"delivery": str(delivery.pk)}}) == 200
    found = MailEvent.objects.get()
    assert (found.kind, found.delivery) == (kind, delivery)
    if kind == "complaint":
        assert outcome(delivery) == ("complained", "complained", "complained")
    if kind == "policy":
        assert outcome(delivery) == ("bounced", "ok", None)


def test_who_unsubscribes_at_the_provider_leaves(delivery, others, post):
    body = event(delivery, kind="", record="SubscriptionChange", SuppressSending=True)
    assert post(body | {"SuppressionReason": "ManualSuppression"}) == 200
    assert MailEvent.objects.get().kind == "leave"
    assert Subscription.objects.get(pk=delivery.subscription_id).status == "unsubscribed"


def test_what_readers_do_is_not_stored(delivery, post):
    for record in ("Open", "Click", "Delivery"):
        assert post(event(delivery, record=record)) == 200
    for kind in ("Transient", "AutoResponder", "Subscribe"):
        assert post(event(delivery, kind=kind)) == 200
    assert not MailEvent.objects.exists()


def test_a_single_mail_is_matched_by_its_address(delivery, others, post):
    """Confirmations have no delivery; the provider's signature proves whom it is about."""
    assert post(event(Details="550 5.1.1 user unknown")) == 200
    assert MailEvent.objects.get().subscription_id == delivery.subscription_id
    assert outcome(delivery) == ("accepted", "bounced", "bounced")


def test_an_event_about_nobody_we_know_waits_for_a_person(delivery, others, post):
    for number, recipient in enumerate(("nobody@example.net", "not an address", None)):
        assert post(event(ID=number, Email=recipient, Metadata={"delivery": "x"})) == 200
    assert MailEvent.objects.unmatched().filter(kind="hard").count() == 3


def test_events_without_an_id_are_told_apart_by_their_content(delivery, post):
    for details in ("550 user unknown", "550 user unknown", "550 no such user"):
        body = event(delivery, Details=details)
        del body["ID"]
        assert post(body) == 200
    assert MailEvent.objects.count() == 2


def test_an_event_that_cannot_be_stored_is_a_500_so_that_it_is_sent_again(
    delivery, client, monkeypatch
):
    client.raise_request_exception = False
    monkeypatch.setattr(intake, "take", lambda *_: 1 / 0)
    answer = client.post(URL, json.dumps(event(delivery)), "application/json", headers=BASIC)
    assert answer.status_code == 500


def test_an_event_may_be_longer_than_a_form_but_not_than_what_django_reads(
    delivery, post, settings
):
    assert post(event(delivery, Content="x" * PUBLIC_BYTES * 4)) == 200
    assert outcome(delivery)[0] == "bounced"
    assert post(event(delivery, Content="x" * settings.DATA_UPLOAD_MAX_MEMORY_SIZE)) == 413


def test_providers_that_check_the_address_get_an_answer(client):
    assert client.head(URL).status_code == 200
    assert client.get(URL).status_code == 405


def test_no_line_of_the_log_has_an_address(delivery, post, caplog):
    caplog.set_level("DEBUG")
    post(event(delivery))
    post(event(delivery), {})
    assert "example.net" not in caplog.text


def test_every_reason_of_anymail_is_one_that_we_know():
    from anymail.signals import EventType, RejectReason

    reasons = {value for name, value in vars(RejectReason).items() if name.isupper()}
    assert reasons - set(provider_events.REASONS) == {"bounced", "other"}
    types = {value for name, value in vars(EventType).items() if name.isupper()}
    assert set(provider_events.KINDS) <= types


def test_other_readers_of_the_domain_stay(delivery, post):
    neighbour = make_subscription("neighbour@example.net")
    with unchanged(neighbour.subscriber, *Delivery.objects.exclude(pk=delivery.pk)):
        post(event(delivery, Details="550 5.1.1 user unknown"))
    delivery.refresh_from_db()
    assert delivery.state == "bounced"
