"""Which newsletters a suppression forbids, and to whom."""

import pytest

from newsletter.models import Subscription, Suppression
from newsletter.values.addresses import address_hash, address_key
from tests.builders import make_newsletter, make_subscription, make_suppression
from tests.bystanders import unchanged

pytestmark = pytest.mark.django_db


def test_a_suppression_without_a_newsletter_forbids_all_to_its_address():
    make_suppression("Reader@example.org")
    other = make_newsletter("Data Letter")
    assert make_subscription("reader@example.org").is_suppressed()
    assert make_subscription("reader@example.org", newsletter=other).is_suppressed()
    assert not make_subscription("another@example.org").is_suppressed()


def test_a_suppression_with_a_newsletter_forbids_no_other():
    key = address_key("reader@example.org")
    other = make_newsletter("Data Letter")
    Suppression.objects.create(
        address_hash=address_hash(key), newsletter=other, reason=Suppression.Reason.BY_HAND
    )
    assert Suppression.objects.covering(key, other).exists()
    assert not Suppression.objects.covering(key, make_newsletter()).exists()


def test_an_address_and_its_hash_are_saved_together():
    reader = make_subscription("reader@example.org").subscriber
    other = make_subscription("other@example.org").subscriber
    make_suppression("new@example.org")
    reader.address_key = address_key("new@example.org")
    with unchanged(other):
        reader.save(update_fields=["address_key"])
    assert Subscription.objects.get(subscriber=reader).is_suppressed()
