"""Leaving: one press, effective immediately, by a link that works forever."""

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
def test_looking_shows_the_masked_address_and_changes_nothing(client, path, slash):
    page = client.get(path + slash)
    assert page.status_code == client.head(path + slash).status_code == 200
    assert "r•••@•••.org" in page.text
    assert "reader@example.org" not in page.text
    assert "Unsubscribe" in page.text
    assert "4 weeks" in page.text
    assert f'href="{path}/preferences"' in page.text
    assert status() == "active"


@pytest.mark.parametrize("slash", ["", "/"])
def test_the_button_leaves_and_shows_the_page_again(client, path, slash):
    response = client.post(path + slash)
    assert (response.status_code, response["Location"]) == (303, path)
    assert not response.cookies
    assert status() == "unsubscribed"
    assert events() == ["unsubscribed"]
    assert "You have left" in client.get(path).text


@pytest.mark.parametrize("slash", ["", "/"])
@pytest.mark.parametrize("encoding", ["urlencoded", "multipart"])
def test_one_click_leaves_without_redirect_cookie_or_referrer(path, slash, encoding):
    client = Client(enforce_csrf_checks=True, headers={"Sec-Fetch-Site": "cross-site"})
    if encoding == "urlencoded":
        response = client.post(path + slash, BODY, content_type=URLENCODED)
    else:
        response = client.post(path + slash, ONE_CLICK)
    assert response.status_code == 200
    assert "Location" not in response
    assert not response.cookies
    assert status() == "unsubscribed"


def test_one_click_as_often_as_it_comes_is_one_leaving(client, path):
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


@pytest.mark.parametrize("debug", [True, False])
@pytest.mark.parametrize(
    "damaged",
    ["/u/", "/u/xxx", "/u/dev.cut/", "/u/dev.cut>", "/u/dev.cut/preferences", "/u/" + "x" * 300],
)
def test_a_damaged_link_is_a_page_that_helps_and_offers_no_newsletter(
    client, settings, damaged, debug
):
    settings.DEBUG = debug
    make_newsletter(reply_to="us@example.org")
    page = client.get(damaged)
    assert page.status_code == 404
    assert "This link is cut" in page.text
    assert 'href="mailto:us@example.org"' in page.text
    assert 'name="email"' not in page.text
    assert client.get("/newsletter/refuse/dev.cut/").text == page.text


def heading(page):
    return re.search(r"<h1>(.*?)\s*</h1>", page.text, re.S)[1]


def test_whoever_comes_by_the_link_meets_the_way_out_first(client, path):
    assert heading(client.get(path)) == "Leave AI Economy Pulse"
    assert heading(client.get(f"{path}?said=anything")) == "Leave AI Economy Pulse"


def test_whoever_decides_to_stay_is_told_so_first(client, path):
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
    assert heading(client.get(ended)) == "You have left"


def test_an_undo_that_came_too_late_does_not_say_he_stayed(client, clock, path):
    client.post(path)
    clock.shift(3600)
    assert heading(client.get(client.post(f"{path}/undo")["Location"])) == "You have left"


@pytest.mark.parametrize("start", ["active", "unsubscribed"])
def test_whom_we_must_not_write_to_is_not_told_to_subscribe(client, clock, start):
    path = f"/u/{sign(Purpose.LEAVE, make_subscription(status=start).pk)}"
    make_suppression("reader@example.org")
    page = client.get(path).text
    assert "subscribe again" not in page
    assert "The newsletter goes to" not in page
    assert "Nothing is sent to" in page
    assert 'href="mailto:' in page


def test_after_refusing_the_old_link_says_how_to_lift_it(client, clock):
    subscription = make_subscription()
    client.post(refuse_path(subscription))
    page = client.get(f"/u/{sign(Purpose.LEAVE, subscription.pk)}").text
    assert "subscribe again" not in page
    assert "To lift it, write to" in page


def test_a_link_to_refuse_does_not_leave(client, subscription):
    assert client.post(f"/u/{sign(Purpose.REFUSE, subscription.pk)}").status_code == 404
    assert status() == "active"


def test_for_an_erased_reader_it_is_200(client, path):
    Subscriber.objects.all().delete()
    assert client.post(path, ONE_CLICK).status_code == 200
    assert client.post(path).status_code == 303
    assert "Nothing is kept here" in client.get(path).text
    assert client.get(f"{path}/preferences").status_code == 200
    for address in ("/undo", "/reason", "/pause"):
        assert client.post(path + address, {"weeks": "2"}).status_code == 303


def test_an_old_key_still_leaves(client, settings, path):
    settings.LINK_KEYS = {"k2": "another secret, newer", **settings.LINK_KEYS}
    assert client.post(path, ONE_CLICK).status_code == 200
    assert status() == "unsubscribed"


@pytest.mark.parametrize(("seconds", "after"), [(3599, "active"), (3600, "unsubscribed")])
def test_leaving_can_be_taken_back_for_an_hour(client, clock, path, seconds, after):
    client.post(path)
    assert f'action="{path}/undo"' in client.get(path).text
    clock.shift(seconds)
    assert (f'action="{path}/undo"' in client.get(path).text) is (after == "active")
    assert client.post(f"{path}/undo").status_code == 303
    assert status() == after


def test_taking_back_what_was_not_done_does_nothing(client, path):
    client.post(f"{path}/undo")
    assert (status(), events()) == ("active", [])


def test_taking_back_restores_a_pause(client, path):
    client.post(f"{path}/pause", {"weeks": "4"})
    client.post(path)
    client.post(f"{path}/undo")
    assert status() == "paused"
    assert events() == ["paused", "unsubscribed", "undone"]


def test_taking_back_what_was_never_confirmed_confirms_nothing(client, clock):
    subscription = make_subscription(status="pending")
    path = f"/u/{sign(Purpose.LEAVE, subscription.pk)}"
    client.post(path)
    client.post(f"{path}/undo")
    assert status() == "pending"


def test_a_refusal_cannot_be_taken_back(client, path):
    client.post(path)
    make_suppression("reader@example.org")
    client.post(f"{path}/undo")
    assert status() == "unsubscribed"


def test_the_reason_is_one_of_ours_and_only_of_who_left(client, path):
    client.post(f"{path}/reason", {"reason": "often"})
    assert Subscription.objects.get().leaving_reason == ""
    client.post(path)
    client.post(f"{path}/reason", {"reason": "<b>my own words</b>"})
    assert Subscription.objects.get().leaving_reason == ""
    client.post(f"{path}/reason", {"reason": "often"})
    assert Subscription.objects.get().leaving_reason == "It comes too often"
    assert "Thank you" in client.get(path).text


@pytest.mark.parametrize("weeks", [2, 4, 8])
def test_a_pause_ends_by_itself(client, clock, path, weeks):
    client.post(f"{path}/pause", {"weeks": str(weeks)})
    assert status() == "paused"
    assert not Subscription.objects.mailable().exists()
    clock.shift(timedelta(weeks=weeks, seconds=-1))
    Subscription.objects.update(paused_until=Subscription.objects.get().paused_until)
    assert status() == "paused"
    clock.shift(1)
    assert subscriptions.resume(Subscription.objects.get().pk) is True
    assert events() == ["paused", "resumed"]


def test_the_clock_ends_the_pauses_that_are_over_and_no_others():
    # The database's own clock decides, so this one runs on the real one.
    over = make_subscription("over@example.org", status="paused")
    make_subscription("long@example.org", status="paused")
    Subscription.objects.filter(pk=over.pk).update(paused_until="2026-01-01T00:00Z")
    assert subscriptions.resume_paused() == "1 pauses ended"
    assert subscriptions.resume_paused() == ""
    over.refresh_from_db()
    assert (over.status, over.paused_until) == ("active", None)
    assert events() == ["resumed"]


@pytest.mark.parametrize("weeks", ["3", "-2", "999999", "", "four"])
def test_a_pause_of_any_other_length_is_none(client, path, weeks):
    assert client.post(f"{path}/pause", {"weeks": weeks}).status_code == 303
    assert status() == "active"


def test_a_pause_can_be_ended_at_once(client, path):
    client.post(f"{path}/pause", {"weeks": "2"})
    assert "End the pause now" in client.get(path).text
    client.post(f"{path}/pause", {"weeks": "0"})
    client.post(f"{path}/pause", {"weeks": "0"})
    assert events() == ["paused", "resumed"]


@pytest.mark.parametrize("start", ["unsubscribed", "pending"])
def test_who_gets_no_mail_cannot_pause_it(client, clock, start):
    subscription = make_subscription(status=start)
    client.post(f"/u/{sign(Purpose.LEAVE, subscription.pk)}/pause", {"weeks": "2"})
    assert status() == start


@pytest.mark.parametrize("address", ["/undo", "/reason", "/pause"])
def test_what_changes_something_is_not_to_be_had_by_get(client, path, address):
    assert client.get(path + address).status_code == 405


# --- “This was not me” ------------------------------------------------------------------------


def refuse_path(subscription):
    return f"/newsletter/refuse/{sign(Purpose.REFUSE, subscription.pk)}/"


def test_refusing_is_a_page_that_says_first_what_it_means(client, clock):
    path = refuse_path(make_subscription(status="pending"))
    page = client.get(path).text
    assert "even if it is you who asks" in page
    assert "r•••@•••.org" in page
    assert not Suppression.objects.exists()


@pytest.mark.parametrize(
    ("start", "said"),
    [
        ("pending", "If you do nothing, nothing comes either: without your confirmation"),
        ("active", "If you do nothing, the newsletter goes on coming"),
        ("paused", "If you do nothing, the newsletter comes again after its pause"),
        ("unsubscribed", "If you do nothing, nothing comes either: this address is unsubscribed"),
    ],
)
def test_the_page_says_what_doing_nothing_means(client, clock, start, said):
    page = client.get(refuse_path(make_subscription(status=start))).text
    assert said in page
    assert page.count("If you do nothing") == 1


def test_refusing_forgets_who_never_confirmed_and_never_writes_again(client, sign_up, clock):
    path = refuse_path(make_subscription(status="pending"))
    response = client.post(path)
    assert (response.status_code, response["Location"]) == (303, f"{path}?said=refused")
    assert "We will not write to you again" in client.get(response["Location"]).text
    assert "Nothing is kept here any more" in client.get(path).text
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


def test_a_link_to_refuse_what_is_long_deleted_does_not_claim_a_refusal(client, clock):
    path = refuse_path(make_subscription(status="pending"))
    Subscriber.objects.all().delete()
    assert client.post(path)["Location"] == path
    assert "We will not write to you again" not in client.get(path).text
    assert "Nothing is kept here any more" in client.get(path).text


def test_refusing_ends_all_that_was_confirmed(client, clock):
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
