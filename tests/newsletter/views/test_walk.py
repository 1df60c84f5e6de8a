"""A reader signs up, confirms, unsubscribes and comes back."""

from django.core import mail

from newsletter.models import ConsentEvent, Subscription
from tests.newsletter.conftest import last_link


def test_a_reader_signs_up_confirms_leaves_and_comes_back(db, client, sign_up):
    assert sign_up("reader@example.org").status_code == 303
    assert [message.to for message in mail.outbox] == [["reader@example.org"]]
    confirm, leave = last_link("/confirm/"), last_link("/u/")

    assert "Confirm my subscription" in client.get(confirm).text
    assert client.post(confirm)["Location"] == confirm
    assert "You are subscribed" in client.get(confirm).text
    assert Subscription.objects.get().status == "active"

    assert "Unsubscribe" in client.get(leave).text
    assert client.post(leave)["Location"] == leave
    assert "You are unsubscribed" in client.get(leave).text
    assert Subscription.objects.get().status == "unsubscribed"

    assert client.post(f"{leave}/undo")["Location"] == f"{leave}?said=stayed"
    assert Subscription.objects.get().status == "active"
    kinds = ConsentEvent.objects.values_list("kind", flat=True)
    assert list(kinds) == ["requested", "confirmed", "unsubscribed", "undone"]
