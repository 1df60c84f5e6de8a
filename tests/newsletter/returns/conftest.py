"""Shared by the tests of what comes back: an issue that was sent, and bounces of it."""

import pytest
from django.db.models import F

from newsletter.models import Delivery
from newsletter.sending import envelopes
from newsletter.sending.message import message_id
from tests.builders import make_subscription
from tests.newsletter.returns.corpus import forms
from tests.newsletter.sending.conftest import armed, relay, start

__all__ = ["armed", "relay"]
UNKNOWN = "550 5.1.1 <reader@example.net>: Recipient address rejected: User unknown"
FULL = "552 5.2.2 <reader@example.net>: user is over quota"
BLOCKED = "554 5.7.1 Service unavailable; Client host [192.0.2.9] blocked using zen.spamhaus.org"


@pytest.fixture(autouse=True)
def addresses(settings):
    settings.BOUNCE_DOMAIN = "bounces.example.org"
    settings.LEAVE_ADDRESS = "leave@news.example.org"


def send_issue(number=7, *readers):
    """Send an issue to the active readers, all of whom the mail server accepts."""
    issue = start(number=number)
    rows = Delivery.objects.filter(issue=issue)
    rows.update(state="accepted", attempts=1, begun_at=F("next_at"), settled_at=F("next_at"))
    return issue


@pytest.fixture
def delivery(armed):
    """The message to reader@example.net, which was accepted as that to a bystander was."""
    reader = make_subscription("reader@example.net")
    make_subscription("other@example.com")
    send_issue()
    return Delivery.objects.get(subscription_id=reader.pk)


def bounce_of(delivery, answer=UNKNOWN, form=forms.postfix, **other) -> bytes:
    """Make the bounce of a delivery, to its signed envelope sender."""
    to = envelopes.bounce_address(delivery.pk, envelopes.today())
    raw = form(answer.split()[1], answer, **other)
    return raw.replace(forms.VERP.encode(), to.encode(), 2)


def own_id(delivery) -> str:
    return message_id(delivery.issue.snapshot.secret, delivery.pk)
