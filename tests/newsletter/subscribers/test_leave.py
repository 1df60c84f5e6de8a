"""Unsubscribing, pausing and refusing: one button, through links that never expire."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils.formats import date_format

from newsletter.mailing.signed_links import Purpose, sign
from newsletter.models import (
    ConfirmationToken,
    ConsentEvent,
    OutboxMail,
    SignupRequest,
    Subscriber,
    Subscription,
    Suppression,
)
from newsletter.subscribers import subscriptions
from tests.builders import (
    make_mail,
    make_newsletter,
    make_request,
    make_subscription,
    make_suppression,
)
from tests.bystanders import unchanged

pytestmark = pytest.mark.django_db

ONE_CLICK = {"List-Unsubscribe": "One-Click"}
URLENCODED = "application/x-www-form-urlencoded"
BODY = "List-Unsubscribe=One-Click"


@pytest.fixture
def subscription(clock):
    return make_subscription()


@pytest.fixture
def path(subscription):
    return f"/u/{sign(Purpose.LEAVE, subscription.pk)}"


def status():
    return Subscription.objects.get().status


def events():
    return [event.kind for event in ConsentEvent.objects.all()]


@pytest.mark.parametrize("slash", ["", "/"])
def test_get_shows_the_masked_address_and_changes_nothing(client, path, slash):
    page = client.get(path + slash)
    assert page.status_code == client.head(path + slash).status_code == 200
    assert "r•••@•••.org" in page.text
    assert "reader@example.org" not in page.text
    assert "Unsubscribe" in page.text
    assert "4 weeks" in page.text
    assert f'href="{path}/preferences"' in page.text
    assert status() == "active"


@pytest.mark.parametrize("slash", ["", "/"])
def test_the_button_unsubscribes_and_shows_the_page_again(client, path, slash):
    response = client.post(path + slash)
    assert (response.status_code, response["Location"]) == (303, path)
    assert not response.cookies
    assert status() == "unsubscribed"
    assert events() == ["unsubscribed"]
    assert "You are unsubscribed" in client.get(path).text


@pytest.mark.parametrize("slash", ["", "/"])
@pytest.mark.parametrize("encoding", ["urlencoded", "multipart"])
def test_one_click_unsubscribes_without_redirect_cookie_or_referrer(path, slash, encoding):
    client = Client(enforce_csrf_checks=True, headers={"Sec-Fetch-Site": "cross-site"})
    if encoding == "urlencoded":
        response = client.post(path + slash, BODY, content_type=URLENCODED)
    else:
        response = client.post(path + slash, ONE_CLICK)
    assert response.status_code == 200
    assert "Location" not in response
    assert not response.cookies
    assert status() == "unsubscribed"


def test_repeated_one_click_requests_unsubscribe_once(client, path):
    for _ in range(3):
        assert client.post(path, ONE_CLICK).status_code == 200
    assert events() == ["unsubscribed"]


@pytest.mark.parametrize("address", ["", "/undo", "/reason", "/pause", "/preferences"])
def test_a_forged_link_is_404_and_changes_nothing(client, path, address):
    forged = path[:-3] + ("A" if path[-3] != "A" else "B") + path[-2:]
    for response in (client.get(forged), client.post(forged + address, ONE_CLICK)):
        assert response.status_code == 404
        assert "Location" not in response
    assert status() == "active"


@pytest.mark.parametrize(
    ("tail", "whole"),
    [("/)", "/"), ("/preferences)", "/preferences"), ("/preferences/.", "/preferences/")],
)
def test_what_a_mail_program_adds_to_a_readers_link_is_cut_off(client, path, tail, whole):
    link = path.rstrip("/")
    answer = client.get(link + tail)
    assert (answer.status_code, answer["Location"]) == (302, link + whole)
    assert client.get(link + whole).status_code == 200


@pytest.mark.parametrize("debug", [True, False])
@pytest.mark.parametrize(
    "damaged",
    ["/u/", "/u/xxx", "/u/dev.cut/", "/u/dev.cut>", "/u/dev.cut/preferences", "/u/" + "x" * 300],
)
def test_a_damaged_link_shows_help_and_no_signup_form(client, settings, damaged, debug):
    settings.DEBUG = debug
    make_newsletter(reply_to="us@example.org")
    page = client.get(damaged)
    assert page.status_code == 404
    assert "This link is incomplete" in page.text
    assert 'href="mailto:us@example.org"' in page.text
    assert 'name="email"' not in page.text
    assert client.get("/newsletter/refuse/dev.cut/").text == page.text


def heading(page):
    return re.search(r"<h1>(.*?)\s*</h1>", page.text, re.S)[1]


def test_the_page_offers_unsubscribing_first(client, path):
    assert heading(client.get(path)) == "Unsubscribe from AI Economy Pulse"
    assert heading(client.get(f"{path}?said=anything")) == "Unsubscribe from AI Economy Pulse"


def test_a_reader_who_stays_is_told_so_first(client, path):
    client.post(path)
    page = client.get(client.post(f"{path}/undo")["Location"])
    assert heading(page) == "You are still subscribed"
    assert page.text.index("4 weeks") < page.text.index("Unsubscribe")
    paused = client.post(f"{path}/pause", {"weeks": "2"})["Location"]
    until = Subscription.objects.get().paused_until
    assert heading(client.get(paused)) == f"Paused until {date_format(until, 'l, F j')}"
    ended = client.post(f"{path}/pause", {"weeks": "0"})["Location"]
    assert heading(client.get(ended)) == "You are still subscribed"
    client.post(path)
    assert heading(client.get(ended)) == "You are unsubscribed"


def test_an_undo_that_is_too_late_does_not_say_that_the_reader_stayed(client, clock, path):
    client.post(path)
    clock.shift(3600)
    assert heading(client.get(client.post(f"{path}/undo")["Location"])) == "You are unsubscribed"


@pytest.mark.parametrize("start", ["active", "unsubscribed"])
def test_a_suppressed_reader_is_not_told_to_subscribe(client, clock, start):
    path = f"/u/{sign(Purpose.LEAVE, make_subscription(status=start).pk)}"
    make_suppression("reader@example.org")
    page = client.get(path).text
    assert "subscribe again" not in page
    assert "The newsletter goes to" not in page
    assert "We send nothing to" in page
    assert 'href="mailto:' in page


def test_after_refusing_an_older_link_says_how_to_lift_that(client, clock):
    subscription = make_subscription()
    client.post(refuse_path(subscription))
    page = client.get(f"/u/{sign(Purpose.LEAVE, subscription.pk)}").text
    assert "subscribe again" not in page
    assert "To lift it, write to" in page


def test_a_link_to_refuse_does_not_unsubscribe(client, subscription):
    assert client.post(f"/u/{sign(Purpose.REFUSE, subscription.pk)}").status_code == 404
    assert status() == "active"


def test_the_page_of_an_erased_reader_is_200(client, path):
    Subscriber.objects.all().delete()
    assert client.post(path, ONE_CLICK).status_code == 200
    assert client.post(path).status_code == 303
    assert "This subscription is deleted" in client.get(path).text
    assert client.get(f"{path}/preferences").status_code == 200
    for address in ("/undo", "/reason", "/pause"):
        assert client.post(path + address, {"weeks": "2"}).status_code == 303


def test_a_link_signed_with_an_old_key_still_works(client, settings, path):
    settings.LINK_KEYS = {"k2": "another secret, newer", **settings.LINK_KEYS}
    assert client.post(path, ONE_CLICK).status_code == 200
    assert status() == "unsubscribed"


@pytest.mark.parametrize(("seconds", "after"), [(3599, "active"), (3600, "unsubscribed")])
def test_unsubscribing_can_be_undone_for_an_hour(client, clock, path, seconds, after):
    client.post(path)
    assert f'action="{path}/undo"' in client.get(path).text
    clock.shift(seconds)
    assert (f'action="{path}/undo"' in client.get(path).text) is (after == "active")
    assert client.post(f"{path}/undo").status_code == 303
    assert status() == after


def test_undo_without_unsubscribing_does_nothing(client, path):
    client.post(f"{path}/undo")
    assert (status(), events()) == ("active", [])


def test_undo_restores_a_pause(client, path):
    client.post(f"{path}/pause", {"weeks": "4"})
    client.post(path)
    client.post(f"{path}/undo")
    assert status() == "paused"
    assert events() == ["paused", "unsubscribed", "undone"]


def test_undo_does_not_confirm_an_unconfirmed_subscription(client, clock):
    subscription = make_subscription(status="pending")
    path = f"/u/{sign(Purpose.LEAVE, subscription.pk)}"
    client.post(path)
    client.post(f"{path}/undo")
    assert status() == "pending"


def test_a_refusal_cannot_be_undone(client, path):
    client.post(path)
    make_suppression("reader@example.org")
    client.post(f"{path}/undo")
    assert status() == "unsubscribed"


def test_the_reason_is_one_of_the_choices_and_only_after_unsubscribing(client, path):
    client.post(f"{path}/reason", {"reason": "often"})
    assert Subscription.objects.get().leaving_reason == ""
    client.post(path)
    client.post(f"{path}/reason", {"reason": "<b>my own words</b>", "words": "x"})
    left = Subscription.objects.get()
    assert (left.leaving_reason, left.leaving_words) == ("", "")
    assert "<textarea" not in client.get(path).text
    client.post(f"{path}/reason", {"reason": "often"})
    assert Subscription.objects.get().leaving_reason == "often"
    assert "Thank you" in client.get(path).text


def test_own_words_may_follow_the_reason_and_are_kept_as_they_are(client, path):
    other = make_subscription("other@example.org", status="unsubscribed")
    client.post(path)
    client.post(f"{path}/reason", {"reason": "else"})
    assert '<input type="hidden" name="reason" value="else">' in client.get(path).text
    words = "  Too long,\n<b>dear</b> editors! " * 100
    with unchanged(other):
        client.post(f"{path}/reason", {"reason": "else", "words": words})
    left = Subscription.objects.get(subscriber__address="reader@example.org")
    assert (left.leaving_reason, left.leaving_words) == ("else", words)
    page = client.get(path).text
    assert "Thank you" in page
    assert "<textarea" not in page
    client.post(f"{path}/undo")
    left.refresh_from_db()
    assert (left.leaving_reason, left.leaving_words) == ("", "")


def test_words_that_cannot_be_kept_are_shown_again(client, path):
    client.post(path)
    client.post(f"{path}/reason", {"reason": "else"})
    answer = client.post(f"{path}/reason", {"reason": "else", "words": "Too\x07 long"})
    assert answer.status_code == 422
    assert "a character that cannot be kept" in answer.text
    assert Subscription.objects.get().leaving_words == ""


@pytest.mark.parametrize("weeks", [2, 4, 8])
def test_a_pause_ends_automatically(client, clock, path, weeks):
    client.post(f"{path}/pause", {"weeks": str(weeks)})
    assert status() == "paused"
    assert not Subscription.objects.mailable().exists()
    clock.shift(timedelta(weeks=weeks, seconds=-1))
    Subscription.objects.update(paused_until=Subscription.objects.get().paused_until)
    assert status() == "paused"
    clock.shift(1)
    assert subscriptions.resume_subscription(Subscription.objects.get().pk) is True
    assert events() == ["paused", "resumed"]


def test_the_clock_ends_only_the_pauses_that_are_over():
    # The query uses the database's clock, so this test uses the real time.
    over = make_subscription("over@example.org", status="paused")
    make_subscription("long@example.org", status="paused")
    Subscription.objects.filter(pk=over.pk).update(paused_until="2026-01-01T00:00Z")
    assert subscriptions.resume_paused() == "1 pauses ended"
    assert subscriptions.resume_paused() == ""
    over.refresh_from_db()
    assert (over.status, over.paused_until) == ("active", None)
    assert events() == ["resumed"]


@pytest.mark.parametrize("weeks", ["3", "-2", "999999", "", "four"])
def test_a_pause_of_another_length_is_ignored(client, path, weeks):
    assert client.post(f"{path}/pause", {"weeks": weeks}).status_code == 303
    assert status() == "active"


def test_a_pause_can_be_ended_immediately(client, path):
    client.post(f"{path}/pause", {"weeks": "2"})
    assert "End the pause now" in client.get(path).text
    client.post(f"{path}/pause", {"weeks": "0"})
    client.post(f"{path}/pause", {"weeks": "0"})
    assert events() == ["paused", "resumed"]


@pytest.mark.parametrize("start", ["unsubscribed", "pending"])
def test_an_inactive_subscription_cannot_be_paused(client, clock, start):
    subscription = make_subscription(status=start)
    client.post(f"/u/{sign(Purpose.LEAVE, subscription.pk)}/pause", {"weeks": "2"})
    assert status() == start


@pytest.mark.parametrize("address", ["/undo", "/reason", "/pause"])
def test_changes_need_post(client, path, address):
    assert client.get(path + address).status_code == 405


# --- “This was not me” ------------------------------------------------------------------------


def refuse_path(subscription):
    return f"/newsletter/refuse/{sign(Purpose.REFUSE, subscription.pk)}/"


def test_the_page_to_refuse_explains_what_that_means(client, clock):
    path = refuse_path(make_subscription(status="pending"))
    page = client.get(path).text
    assert "even if it is you who enters it" in page
    assert "r•••@•••.org" in page
    assert not Suppression.objects.exists()


@pytest.mark.parametrize(
    ("start", "said"),
    [
        ("pending", "If you do nothing, you get nothing either: without your confirmation"),
        ("active", "If you do nothing, you still get the newsletter"),
        ("paused", "If you do nothing, you get the newsletter again after its pause"),
        ("unsubscribed", "If you do nothing, you get nothing either: this address is unsubscribed"),
    ],
)
def test_the_page_to_refuse_explains_what_doing_nothing_means(client, clock, start, said):
    page = client.get(refuse_path(make_subscription(status=start))).text
    assert said in page
    assert page.count("If you do nothing") == 1


def test_refusing_deletes_an_unconfirmed_reader_and_suppresses_the_address(client, sign_up, clock):
    path = refuse_path(make_subscription(status="pending"))
    response = client.post(path)
    assert (response.status_code, response["Location"]) == (303, f"{path}?said=refused")
    assert "We will not write to you again" in client.get(response["Location"]).text
    assert "This request is deleted" in client.get(path).text
    assert not Subscriber.objects.exists()
    assert events() == ["refused"]
    sign_up("reader@example.org")
    assert not Subscriber.objects.exists()
    assert client.post(path).status_code == 303
    assert Suppression.objects.get().reason == "refused"


@pytest.mark.parametrize("start", ["active", "unsubscribed", "pending"])
def test_after_refusing_only_a_fingerprint_is_kept(client, clock, start):
    subscription = make_subscription(status=start)
    make_request("Reader@example.org")
    make_mail(subscription)
    other = make_mail(make_subscription("other@example.org"))
    request = make_request("other@example.org")
    with unchanged(other, other.token, other.subscription, request):
        client.post(refuse_path(subscription))
    for model in (Subscriber, Subscription, SignupRequest, OutboxMail, ConfirmationToken):
        assert model.objects.count() == 1
    assert events() == ["refused"]
    assert ConsentEvent.objects.get().address_hash == Suppression.objects.get().address_hash


def test_a_link_to_refuse_a_deleted_request_does_not_claim_a_refusal(client, clock):
    path = refuse_path(make_subscription(status="pending"))
    Subscriber.objects.all().delete()
    assert client.post(path)["Location"] == path
    assert "We will not write to you again" not in client.get(path).text
    assert "This request is deleted" in client.get(path).text


def test_refusing_ends_confirmed_subscriptions(client, clock):
    first = make_subscription()
    make_subscription(newsletter=make_newsletter("Data Letter"))
    client.post(refuse_path(first))
    assert not Subscriber.objects.exists()
    assert events() == ["refused", "refused"]


def test_a_forged_refusal_is_404(client, clock):
    link = sign(Purpose.LEAVE, make_subscription().pk)
    for answer in (client.get, client.post):
        assert answer(f"/newsletter/refuse/{link}/").status_code == 404
    assert not Suppression.objects.exists()
