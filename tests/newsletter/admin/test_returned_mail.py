"""Returned mail that could not be matched: a person reads it and decides, and only they."""

import logging

import pytest

from newsletter.models import MailEvent, Subscription, Suppression
from newsletter.returns import intake
from tests.builders import make_newsletter, make_subscription
from tests.bystanders import unchanged
from tests.newsletter.admin.test_suppressions import logged_in
from tests.newsletter.returns.conftest import addresses, armed, bounce_of, delivery, own_id, relay
from tests.newsletter.returns.corpus import forms

__all__ = ["addresses", "armed", "delivery", "relay"]
pytestmark = pytest.mark.django_db

LIST = "/admin/newsletter/mailevent/"
LETTER = b"From: ann@example.net\nSubject: Hello\n\nPlease take me off, <b>now</b>.\0\n"


@pytest.fixture
def manager(client):
    return logged_in(client, "Reader managers")


@pytest.fixture
def letter():
    return intake.take_mail(LETTER)


def assign(browser, event, address="ann@example.org", kind="leave"):
    return browser.post(f"{LIST}{event.pk}/assign/", {"address": address, "kind": kind}).text


def test_unmatched_mail_is_counted_listed_and_read(manager, letter, delivery):
    intake.take_mail(bounce_of(delivery))
    assert "1 returned mail could not" in " ".join(manager.get("/admin/").text.split())
    page = manager.get(f"{LIST}?state__exact=unmatched")
    assert list(page.context["cl"].queryset) == [letter]
    read = manager.get(f"{LIST}{letter.pk}/change/").text
    assert "Please take me off, &lt;b&gt;now&lt;/b&gt;.�" in read
    assert f"{letter.pk}/assign/" in read


def test_who_asks_to_leave_leaves_every_newsletter(manager, letter):
    reader = make_subscription("ann@example.org").subscriber
    make_subscription("ann@example.org", newsletter=make_newsletter("Daily"), status="pending")
    kept = make_subscription("other@example.org")
    other = intake.take_mail(LETTER + b"2")
    with unchanged(kept, other):
        assign(manager, letter, "Ann@example.org ")
    assert set(reader.subscriptions.values_list("status", flat=True)) == {"unsubscribed"}
    letter.refresh_from_db()
    assert (letter.kind, letter.state, letter.done_by.username) == ("leave", "matched", "mara")
    with unchanged(letter):
        assert manager.post(f"{LIST}{letter.pk}/assign/").status_code == 404


@pytest.mark.parametrize(("kind", "status"), [("hard", "bounced"), ("complaint", "complained")])
def test_a_bounce_or_complaint_has_the_consequences_of_one_that_was_matched(
    manager, letter, kind, status
):
    reader, kept = make_subscription("ann@example.org"), make_subscription("other@example.org")
    with unchanged(kept, kept.subscriber, reader):
        assign(manager, letter, kind=kind)
    reader.subscriber.refresh_from_db()
    assert reader.subscriber.status == Suppression.objects.get().reason == status


def test_a_bounce_in_unknown_words_also_ends_its_delivery(manager, delivery):
    kept = Subscription.objects.get(subscriber__address="other@example.com")
    event = intake.take_mail(forms.mail(f"References: {own_id(delivery)}", "Nie ma takiej osoby."))
    assert (event.state, event.delivery) == ("unmatched", delivery)
    assert "reader@example.net" in manager.get(f"{LIST}{event.pk}/assign/").text
    with unchanged(kept, kept.subscriber):
        assign(manager, event, "reader@example.net", "hard")
    delivery.refresh_from_db()
    assert (delivery.state, delivery.subscriber.status) == ("bounced", "bounced")


@pytest.mark.parametrize(
    ("address", "said"),
    [("new@example.org", "No reader has this address."), ("new", "An address contains an @")],
)
def test_an_address_of_no_reader_is_refused(manager, letter, address, said):
    kept = make_subscription("ann@example.org")
    with unchanged(letter, kept):
        assert said in assign(manager, letter, address)


@pytest.mark.parametrize("name", ["done", "discard"])
def test_mail_is_marked_as_done_or_deleted_after_a_question(manager, letter, delivery, name):
    matched, kept = intake.take_mail(bounce_of(delivery)), intake.take_mail(LETTER + b"2")
    chosen = [letter.pk, matched.pk]
    with unchanged(letter, matched, kept):
        asked = manager.post(LIST, {"action": name, "_selected_action": chosen})
        assert f'name="ids" value="{letter.pk}"' in asked.text
        assert (
            f'name="ids" value="{letter.pk}"' in manager.get(f"{LIST}{name}/?ids={letter.pk}").text
        )
    with unchanged(matched, kept):
        manager.post(f"{LIST}{name}/", {"ids": f"{letter.pk},{matched.pk}"})
    left = MailEvent.objects.filter(pk=letter.pk).values_list("state", "done_by__username")
    assert list(left) == ([("done", "mara")] if name == "done" else [])


def test_only_who_may_decide_reads_it(client, letter):
    kept = make_subscription("ann@example.org")
    browser = logged_in(client, "Publishers")
    assert "could not be matched" not in browser.get("/admin/").text
    with unchanged(letter, kept):
        assert browser.get(LIST).status_code == 403
        for path in (f"{letter.pk}/assign/", "done/", "discard/"):
            assert browser.post(LIST + path, {"ids": letter.pk}).status_code == 403


def test_no_log_has_an_address(manager, letter, caplog):
    make_subscription("ann@example.org")
    caplog.set_level(logging.DEBUG)
    manager.post(f"{LIST}discard/", {"ids": intake.take_mail(LETTER + b"2").pk})
    assign(manager, letter)
    assert "example.org" not in caplog.text
