"""Confirming: a page with one button, which may be pressed any number of times."""

from datetime import timedelta

import pytest
from django.core import mail

from newsletter.mailing.signed_links import Purpose, sign
from newsletter.models import ConfirmationToken, ConsentEvent, Subscriber, Subscription
from newsletter.subscribers import retention, subscriptions
from tests.builders import make_newsletter, make_subscription, make_suppression, make_token
from tests.bystanders import unchanged
from tests.newsletter.conftest import last_link, run_worker

pytestmark = pytest.mark.django_db


def path(token):
    return f"/newsletter/confirm/{token}/"


@pytest.fixture
def token(clock):
    return make_token(make_subscription(status="pending"))


def test_the_page_has_one_button_and_the_masked_address(client, token):
    page = client.get(path(token))
    assert page.status_code == 200
    assert page.text.count("<button") == 1
    assert "r•••@•••.org" in page.text
    assert "reader@example.org" not in page.text
    assert '<meta name="robots" content="noindex">' in page.text
    assert token not in page.text
    assert page["Cache-Control"] == "private, no-store"


def test_get_changes_nothing(client, token):
    client.get(path(token))
    client.head(path(token))
    assert Subscription.objects.get().status == "pending"
    assert ConfirmationToken.objects.get().used_at is None


def test_pressing_activates_and_records_consent(client, token):
    response = client.post(path(token))
    assert (response.status_code, response["Location"]) == (303, path(token))
    assert not response.cookies
    assert Subscription.objects.get().status == "active"
    assert [event.kind for event in ConsentEvent.objects.all()] == ["confirmed"]


def test_afterward_the_page_shows_the_day_of_the_first_issue(client, token):
    make_newsletter(time_zone="Pacific/Auckland")
    client.post(path(token))
    page = client.get(path(token)).text
    assert "You are subscribed" in page
    assert "Friday, November 27" in page
    assert '<a href="/u/dev.' in page


def test_a_second_press_has_the_same_response_and_records_nothing(client, token):
    first, second = client.post(path(token)), client.post(path(token))
    assert first["Location"] == second["Location"]
    assert first.status_code == second.status_code == 303
    assert ConsentEvent.objects.count() == 1


def test_the_consent_text_is_that_of_the_newest_request(client, clock, sign_up):
    sign_up(page="/")
    clock.shift(timedelta(days=1))
    sign_up(page="/glossary/")
    client.post(last_link("/confirm/"))
    assert Subscription.objects.get().source_page == "/glossary/"
    assert ConsentEvent.objects.get(kind="confirmed").source_page == "/glossary/"


def test_an_older_link_that_has_not_expired_works_too(client, clock):
    subscription = make_subscription(status="pending")
    old, new = make_token(subscription), make_token(subscription)
    client.post(path(old))
    assert Subscription.objects.get().status == "active"
    client.post(path(new))
    assert ConsentEvent.objects.count() == 1


def test_after_seven_days_the_page_offers_a_new_mail(client, clock, token):
    clock.shift(timedelta(days=7))
    assert client.post(path(token)).status_code == 200
    page = client.get(path(token)).text
    assert "This link is too old" in page
    assert f'action="{path(token)}again/"' in page
    assert make_newsletter().consent_text in page
    assert Subscription.objects.get().status == "pending"


def test_a_second_before_that_it_still_works(client, clock, token):
    clock.shift(timedelta(days=7, seconds=-1))
    assert client.post(path(token)).status_code == 303
    assert Subscription.objects.get().status == "active"


def test_the_new_mail_goes_through_the_same_limits(
    client, clock, token, django_capture_on_commit_callbacks
):
    clock.shift(timedelta(days=8))
    for _ in range(3):
        with django_capture_on_commit_callbacks(execute=True):
            answer = client.post(f"{path(token)}again/")
        assert answer["Location"] == "/newsletter/subscribe/check-your-mail/"
        run_worker()
    assert len(mail.outbox) == 1
    assert "the confirmation page of 127.0.0.1" in mail.outbox[0].body
    client.post(last_link("/confirm/"))
    assert Subscription.objects.get().status == "active"
    asked = ConsentEvent.objects.get(kind="requested")
    assert asked.source_page == "/newsletter/confirm/"
    assert asked.consent_text == make_newsletter().consent_text


@pytest.mark.parametrize("text", ["unknown", "x" * 43, "%00", "a" * 3000, "%C3%A9"])
def test_an_unknown_link_shows_the_signup_form(client, text):
    make_newsletter()
    for answer in (client.get(path(text)), client.post(path(text))):
        if text == "%00":
            assert answer.status_code == 400
            continue
        assert answer.status_code == 404
        assert "We do not know this link" in answer.text
        assert 'name="email"' in answer.text
    assert client.post(f"{path('unknown')}again/").status_code == 404


@pytest.mark.parametrize("junk", [".", ")", ">", ",", "%20", "&utm=1"])
@pytest.mark.parametrize("page", ["confirm", "refuse"])
def test_what_a_mail_program_adds_to_a_link_is_cut_off(client, token, page, junk):
    link = token if page == "confirm" else sign(Purpose.REFUSE, Subscription.objects.get().pk)
    whole = f"/newsletter/{page}/{link}/"
    answer = client.get(whole + junk)
    assert (answer.status_code, answer["Location"]) == (302, whole)
    assert (
        client.get(whole).status_code
        == client.get(f"/newsletter/{page}/{link}{junk}/").status_code
        == 200
    )
    assert client.get(whole + "x").status_code == 404


@pytest.mark.parametrize("purpose", ["change", "export", "erase"])
def test_a_token_of_another_purpose_confirms_nothing(client, clock, purpose):
    token = make_token(make_subscription(status="pending"), purpose)
    assert client.post(path(token)).status_code == 404
    assert Subscription.objects.get().status == "pending"


def test_a_link_from_before_unsubscribing_does_not_subscribe(client, clock):
    subscription = make_subscription(status="pending")
    used, unused = make_token(subscription), make_token(subscription)
    client.post(path(used))
    clock.shift(60)
    subscriptions.unsubscribe(subscription.pk)
    for token in (used, unused):
        assert client.post(path(token)).status_code == 200
        assert "You have unsubscribed since" in client.get(path(token)).text
    assert Subscription.objects.get().status == "unsubscribed"


def test_unsubscribing_again_invalidates_newer_confirmation_links(client, clock):
    left = make_subscription(status="unsubscribed")
    left_at = left.unsubscribed_at
    clock.shift(timedelta(days=60))
    token = make_token(left)
    clock.shift(60)
    client.post(f"/u/{sign(Purpose.LEAVE, left.pk)}", {"List-Unsubscribe": "One-Click"})
    client.post(f"/u/{sign(Purpose.LEAVE, left.pk)}", {"List-Unsubscribe": "One-Click"})
    client.post(path(token))
    assert "You have unsubscribed since" in client.get(path(token)).text
    left.refresh_from_db()
    assert (left.status, left.unsubscribed_at) == ("unsubscribed", left_at)
    assert not subscriptions.can_undo(left)
    assert [event.kind for event in ConsentEvent.objects.all()] == ["unsubscribed"]


def test_unsubscribing_again_leaves_links_to_own_data_and_those_that_undoing_opens(client, clock):
    pending = make_subscription(status="pending")
    token = make_token(pending)
    clock.shift(60)
    subscriptions.unsubscribe(pending.pk)
    clock.shift(60)
    make_token(pending, "export")
    with unchanged(*pending.tokens.all()):
        subscriptions.unsubscribe(pending.pk)
    assert [event.kind for event in ConsentEvent.objects.all()] == ["unsubscribed"]
    subscriptions.undo_unsubscribing(pending.pk)
    client.post(path(token))
    assert Subscription.objects.get().status == "active"


def test_a_link_from_after_unsubscribing_subscribes(client, clock):
    subscription = make_subscription(status="unsubscribed", leaving_reason="often")
    clock.shift(1)
    client.post(path(make_token(subscription)))
    subscription.refresh_from_db()
    assert (subscription.status, subscription.unsubscribed_at) == ("active", None)
    assert subscription.leaving_reason == ""


def test_a_paused_reader_who_confirms_again_is_active(client, clock):
    client.post(path(make_token(make_subscription(status="paused"))))
    assert Subscription.objects.get().status == "active"


def test_a_used_link_does_not_end_a_later_pause(client, token):
    client.post(path(token))
    subscriptions.pause_subscription(Subscription.objects.get().pk, 4)
    client.post(path(token))
    assert Subscription.objects.get().status == "paused"
    page = client.get(path(token)).text
    assert "is paused until Monday, December 21" in page
    assert "from now on" not in page
    assert "You are subscribed" not in page


def test_an_address_that_refused_mail_cannot_be_confirmed(client, token):
    make_suppression("reader@example.org")
    assert client.post(path(token)).status_code == 404
    assert Subscription.objects.get().status == "pending"


def test_confirming_proves_that_a_bounced_mailbox_works(client, token):
    Subscriber.objects.update(status="bounced")
    client.post(path(token))
    assert Subscriber.objects.get().status == "ok"


def test_an_unconfirmed_subscription_is_deleted_after_two_weeks(clock, token):
    other = make_subscription("active@example.org")
    clock.shift(timedelta(days=14))
    assert retention.delete_stale() == ""
    clock.shift(1)
    assert retention.delete_stale() == "1 unconfirmed subscriptions deleted"
    assert list(Subscription.objects.all()) == [other]
    assert Subscriber.objects.count() == 1


def test_its_events_are_deleted_with_it(clock, sign_up):
    sign_up()
    clock.shift(timedelta(days=14, seconds=1))
    retention.delete_stale()
    assert not ConsentEvent.objects.exists()
    assert not Subscriber.objects.exists()


def test_the_request_of_a_reader_who_did_not_come_back_is_deleted(clock, sign_up, client):
    sign_up()
    client.post(last_link("/confirm/"))
    clock.shift(timedelta(days=30))
    subscriptions.unsubscribe(Subscription.objects.get().pk)
    clock.shift(timedelta(days=30))
    sign_up()
    clock.shift(timedelta(days=14))
    retention.delete_stale()
    assert ConsentEvent.objects.filter(kind="requested").count() == 2
    clock.shift(1)
    retention.delete_stale()
    kinds = ConsentEvent.objects.values_list("kind", flat=True)
    assert list(kinds) == ["requested", "confirmed", "unsubscribed"]


def test_an_unconfirmed_subscription_with_a_valid_link_is_kept(clock):
    subscription = make_subscription(status="pending")
    clock.shift(timedelta(days=13))
    make_token(subscription)
    clock.shift(timedelta(days=6))
    assert retention.delete_stale() == ""
    clock.shift(timedelta(days=2))
    assert retention.delete_stale() == "1 unconfirmed subscriptions deleted"


def test_a_reader_with_another_subscription_is_kept(clock):
    make_subscription(newsletter=make_newsletter("Data Letter"))
    make_subscription(status="pending")
    clock.shift(timedelta(days=15))
    retention.delete_stale()
    assert Subscriber.objects.count() == 1
    assert Subscription.objects.count() == 1
