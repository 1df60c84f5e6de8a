"""Sending by any other mail backend, a provider's API among them."""

from types import SimpleNamespace

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend

from newsletter.mailing import signed_links
from newsletter.mailing.backends import answer_from, answer_to
from newsletter.mailing.signed_links import READER_LINK
from tests.builders import make_subscription
from tests.newsletter.sending.conftest import start, states, work_off


class ProviderError(Exception):
    """An error of Anymail, with the attributes we read."""

    def __init__(self, status_code=None, text="a text with reader@example.org in it"):
        super().__init__(text)
        self.status_code = status_code


class AnymailRecipientsRefused(ProviderError):
    """Anymail's error for a refused recipient, with its name."""


ERRORS = [
    (ProviderError(400), "failed", False),
    (ProviderError(422, "The recipient reader@example.org is inactive."), "failed", False),
    (ProviderError(400, "sender us@example.org is not verified"), "deferred", True),
    (ProviderError(422, "sender not verified"), "deferred", True),
    (ProviderError(401), "deferred", True),
    (ProviderError(404), "deferred", True),
    (ProviderError(413), "deferred", True),
    (ProviderError(408), "deferred", False),
    (ProviderError(429), "deferred", False),
    (ProviderError(503), "deferred", False),
    # A gateway that gave up does not know what became of the request behind it.
    (ProviderError(500), "unknown", False),
    (ProviderError(502), "unknown", False),
    (ProviderError(504), "unknown", False),
    (ProviderError(), "unknown", False),
    (AnymailRecipientsRefused(), "failed", False),
    (ConnectionResetError(), "unknown", False),
    # Of a single mail it is a fault of ours (test_outbox.py).
    (RuntimeError(), "unknown", False),
    (ValueError("unsupported"), "deferred", True),
]


@pytest.mark.parametrize(("error", "outcome", "is_ours"), ERRORS)
def test_what_an_error_of_a_provider_means(error, outcome, is_ours):
    answer = answer_to(error)
    assert (answer.outcome, answer.is_ours) == (outcome, is_ours)
    assert "@" not in answer.text


STATUSES = [
    ({"sent"}, "accepted"),
    ({"queued"}, "accepted"),
    ({"unknown"}, "accepted"),
    ({"invalid"}, "failed"),
    ({"rejected"}, "failed"),
    (None, "accepted"),
]


@pytest.mark.parametrize(("statuses", "outcome"), STATUSES)
def test_what_a_providers_status_of_a_recipient_means(statuses, outcome):
    assert answer_from(SimpleNamespace(status=statuses)).outcome == outcome


@pytest.mark.django_db(transaction=True)
def test_a_whole_issue_through_another_backend(armed):
    subscriptions = [make_subscription(f"r{n}@example.org") for n in range(20)]
    issue = work_off(start())
    assert issue.status == "sent"
    assert states(issue) == {"accepted": 20}
    assert len(mail.outbox) == 20
    by_address = {message.to[0]: message for message in mail.outbox}
    for subscription in subscriptions:
        message = by_address[subscription.subscriber.address]
        own = signed_links.leave_url(subscription.pk)
        assert message.sent_using == "bulk"
        assert message.extra_headers["List-Unsubscribe"] == f"<{own}>"
        assert own in message.body
        assert own in message.alternatives[0].content
        assert READER_LINK.encode() not in message.message().as_bytes()


@pytest.mark.django_db(transaction=True)
def test_a_broken_provider_leaves_its_message_unknown_and_stops_after_twenty(
    armed, settings, monkeypatch
):
    settings.SEND_CONNECTIONS = 1

    def break_down(self, messages):
        raise ConnectionResetError

    monkeypatch.setattr(EmailBackend, "send_messages", break_down)
    for n in range(30):
        make_subscription(f"r{n}@example.org")
    issue = work_off(start())
    assert issue.status == "paused"
    assert states(issue) == {"unknown": 20, "queued": 10}
    assert "ConnectionResetError" in issue.pause_reason


@pytest.mark.django_db(transaction=True)
def test_a_backend_that_reports_no_message_leaves_it_unknown(armed, monkeypatch):
    monkeypatch.setattr(EmailBackend, "send_messages", lambda self, messages: 0)
    make_subscription()
    assert states(work_off(start())) == {"unknown": 1}
