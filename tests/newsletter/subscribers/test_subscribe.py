"""Signing up: what is recorded, and that the response does not reveal who subscribes."""

from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from newsletter.models import ConsentEvent, SignupRequest, Subscriber, Subscription
from newsletter.subscribers import signups, subscriptions
from newsletter.subscribers.forms import new_form_stamp
from tests.builders import (
    make_newsletter,
    make_request,
    make_subscription,
    make_suppression,
    make_token,
)
from tests.bystanders import unchanged
from tests.newsletter.conftest import OWN, run_worker

PATH = "/newsletter/subscribe/"

pytestmark = pytest.mark.django_db


def as_bytes(response):
    """Return all that a client sees, but for the address that it typed itself."""
    headers = {name: value for name, value in response.items() if name != "Date"}
    headers["Location"] = headers.get("Location", "").partition("?to=")[0]
    return response.status_code, headers, response.content, response.cookies.output()


def subscribed(address):
    make_subscription(address)


def pending(address):
    make_subscription(address, status="pending")


def paused(address):
    make_subscription(address, status="paused")


def left(address):
    make_subscription(address, status="unsubscribed")


def suppressed(address):
    make_suppression(address)


def complained(address):
    subscription = make_subscription(address)
    Subscriber.objects.filter(pk=subscription.subscriber_id).update(status="complained")


def test_every_state_of_an_address_gets_the_same_bytes(clock, sign_up):
    answers, works = [], []
    for number, prepare in enumerate(
        [lambda address: None, subscribed, pending, paused, left, suppressed, complained]
    ):
        address = f"reader{number}@example.org"
        prepare(address)
        answers.append(as_bytes(sign_up(address, work=False)))
        works.append(SignupRequest.objects.filter(address=address).count())
    assert len(set(map(repr, answers))) == 1
    assert answers[0][0] == 303
    assert works == [1] * 7


def test_an_address_over_its_limit_gets_the_same_bytes_and_no_mail(clock, sign_up):
    first, second = as_bytes(sign_up()), as_bytes(sign_up())
    assert first == second
    assert len(mail.outbox) == 1


def test_a_network_over_its_limit_gets_the_same_bytes_and_records_nothing(clock, sign_up):
    answers = [as_bytes(sign_up(f"r{n}@example.org", work=False)) for n in range(12)]
    assert len(set(map(repr, answers))) == 1
    assert SignupRequest.objects.count() == 10
    clock.shift(3601)
    sign_up("later@example.org", work=False)
    assert SignupRequest.objects.count() == 11


def test_the_queries_are_the_same_for_a_reader_and_a_stranger(clock, client):
    make_subscription("reader@example.org")
    client.post(PATH, {"email": "warm@example.org", "stamp": new_form_stamp()}, headers=OWN)
    counts = []
    for address in ("stranger@example.org", "reader@example.org"):
        with CaptureQueriesContext(connection) as queries:
            client.post(PATH, {"email": address, "stamp": new_form_stamp()}, headers=OWN)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_the_response_is_not_cached_and_sets_no_cookie(sign_up):
    response = sign_up()
    assert response["Location"].startswith("/newsletter/subscribe/check-your-mail/?to=")
    assert response["Cache-Control"] == "private, no-store"
    assert not response.cookies


def test_the_page_with_the_form_is_the_same_for_everybody_and_cacheable(clock):
    pages = [Client().get(PATH), Client(headers={"Cookie": "sessionid=x"}).get(PATH)]
    assert pages[0].content == pages[1].content
    assert "public" in pages[0]["Cache-Control"]
    assert not pages[0].cookies
    assert "Cookie" not in pages[0].get("Vary", "")


def test_the_page_after_signing_up_explains_the_if(client):
    page = client.get("/newsletter/subscribe/check-your-mail/")
    assert page.status_code == 200
    assert "data-signup-answer" in page.text
    assert "We accept a limited number of signups per hour from one network" in page.text


def test_the_page_after_signing_up_repeats_the_address_and_is_kept_by_nobody(
    client, clock, sign_up
):
    page = client.get(sign_up("ann@exmaple.org")["Location"])
    assert "If <b>ann@exmaple.org</b> can get mail from us" in page.text
    assert page["Cache-Control"] == "private, no-store"
    trapped = sign_up("Your account is closed, call us", website="x")
    assert trapped["Location"] == "/newsletter/subscribe/check-your-mail/"
    shown = sign_up("O'Hara@exmaple.org", website="x")["Location"]
    assert "<b>O&#x27;Hara@exmaple.org</b>" in client.get(shown).text
    clock.shift(3601)
    assert "O&#x27;Hara" not in client.get(shown).text
    for made_up in ("?to=ann@example.org", "?to=", "?to=InBhbSI:x"):
        page = client.get("/newsletter/subscribe/check-your-mail/" + made_up)
        assert "If this address can get mail from us" in page.text


def test_a_reader_who_left_and_comes_back_at_once_gets_their_mail_when_it_may_go(
    clock, sign_up, django_capture_on_commit_callbacks
):
    sign_up()
    left = make_subscription("other@example.org", status="unsubscribed")
    subscription = Subscription.objects.get(subscriber__address="reader@example.org")
    subscriptions.confirm_subscription(make_token(subscription))
    subscriptions.unsubscribe(subscription.pk)
    mail.outbox.clear()
    clock.shift(60)
    for _ in range(3):
        sign_up()
    assert not mail.outbox
    waiting, bystander = (
        SignupRequest.objects.get(),
        make_request("third@example.org", next_at=timezone.now() + timedelta(days=1)),
    )
    clock.shift(14 * 60 - 1)
    with unchanged(bystander):
        signups.decide_waiting()
    assert set(SignupRequest.objects.all()) == {waiting, bystander}
    clock.shift(62)
    with django_capture_on_commit_callbacks(execute=True):
        signups.decide_waiting()
    run_worker()
    assert [message.to for message in mail.outbox] == [["reader@example.org"]]
    assert list(SignupRequest.objects.all()) == [bystander]
    left.refresh_from_db()
    assert left.status == "unsubscribed"


def test_a_signup_creates_a_pending_subscription_with_its_consent_text(sign_up):
    newsletter = make_newsletter()
    sign_up("Reader@Example.org", page="/glossary/")
    subscription = Subscription.objects.get()
    assert subscription.status == "pending"
    assert subscription.subscriber.address == "Reader@example.org"
    assert subscription.subscriber.address_key == "reader@example.org"
    assert subscription.source_page == "/glossary/"
    assert subscription.consent_text == newsletter.consent_text
    event = ConsentEvent.objects.get()
    assert (event.kind, event.source_page) == ("requested", "/glossary/")
    assert "reader" not in event.address_hash
    assert not SignupRequest.objects.exists()


@pytest.mark.parametrize(
    "page", ["https://evil.example/", "/no/such/page", "x" * 5000, "/admin/", "/u/x.y.z"]
)
def test_an_unknown_page_is_not_stored(sign_up, page):
    assert sign_up(page=page).status_code == 303
    assert Subscription.objects.get().source_page == ""


def test_an_international_domain_can_subscribe(sign_up):
    sign_up("ann@bücher.example")
    assert Subscriber.objects.get().address_key == "ann@xn--bcher-kva.example"
    assert mail.outbox[0].to == ["ann@xn--bcher-kva.example"]


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("", "Please enter your address."),
        ("reader", "An address contains an @"),
        ("reader@example", "No mail can reach this address."),
        ("jörg@example.org", "plain letters before the @"),
        ("reader@example.org\r\nBcc: victim@example.org", "No mail can reach this address."),
        ("reader@example.org\nSubject: x", "No mail can reach this address."),
        (f"{'a' * 300}@example.org", "at most 254 characters"),
        ("<script>@example.org", "No mail can reach this address."),
    ],
)
def test_a_malformed_address_is_shown_again_with_its_error(sign_up, typed, says):
    response = sign_up(typed)
    assert response.status_code == 422
    assert response["Cache-Control"] == "private, no-store"
    assert says in response.text
    assert "<script>@" not in response.text
    assert 'aria-invalid="true"' in response.text
    assert 'aria-describedby="signup-email_error"' in response.text
    form = response.text.partition("Get it by mail")[2]
    assert 0 < form.index('id="signup-email_error"') < form.index('<div class="signup-row">')
    assert not SignupRequest.objects.exists()


def test_the_entered_address_is_kept(sign_up):
    assert 'value="reader@example"' in sign_up("reader@example").text


@pytest.mark.parametrize(
    "typed",
    ["reader\0@example.org", "reader\x1b@example.org", "reader@example.org\x7f", "a\x85@b.org"],
)
def test_an_address_with_a_control_character_is_asked_for_again(sign_up, typed):
    response = sign_up(typed)
    assert response.status_code == 422
    assert "a character that cannot be kept" in response.text
    assert not SignupRequest.objects.exists()


def test_bytes_that_are_no_text_are_400(client):
    response = client.post(
        PATH, b"email=%ff%fe", content_type="application/x-www-form-urlencoded", headers=OWN
    )
    assert response.status_code == 400


@pytest.mark.parametrize(
    "fields",
    [
        {"website": "https://spam.example"},
        {"stamp": ""},
        {"stamp": "2026-11-23"},
        {"stamp": "2026-11-23:forged"},
        {"stamp": "nonsense"},
        {"stamp": f"2026-13-23:{'a' * 43}"},
        {"stamp": f"nonsense:{'a' * 43}"},
    ],
)
def test_a_trapped_program_sees_success_and_changes_nothing(clock, sign_up, fields):
    honest = as_bytes(sign_up("honest@example.org"))
    mail.outbox.clear()
    assert as_bytes(sign_up("program@example.org", **fields)) == honest
    assert Subscriber.objects.count() == 1
    assert not mail.outbox


def test_a_stamp_with_an_old_key_asks_to_submit_again(clock, settings, sign_up):
    stamp = new_form_stamp()
    settings.SECRET_KEY = "another" * 10
    assert sign_up(stamp=stamp).status_code == 303
    settings.LINK_KEYS = {"k2": "newer", **settings.LINK_KEYS}
    assert sign_up("second@example.org", stamp=stamp).status_code == 303
    settings.LINK_KEYS = {"k3": "all others lost"}
    page = sign_up("third@example.org", stamp=stamp)
    assert page.status_code == 422
    assert "Please press Subscribe again." in page.text
    assert sign_up("third@example.org", stamp=new_form_stamp()).status_code == 303
    assert len(mail.outbox) == 3


def test_the_recorded_consent_text_is_the_one_shown(client, sign_up):
    newsletter = make_newsletter()
    for path in (PATH, "/about/"):
        page = client.get(path).text
        for part in (newsletter.name, newsletter.promise, "No spam, ever. Unsubscribe anytime."):
            assert part in page
            assert part in newsletter.consent_text


def test_the_stamp_contains_only_the_day(clock):
    morning = new_form_stamp()
    clock.shift(timedelta(hours=14))
    assert new_form_stamp() == morning
    clock.shift(timedelta(hours=2))
    assert new_form_stamp() != morning


@pytest.mark.parametrize(("days", "status"), [(0, 303), (7, 303), (8, 422), (400, 422)])
def test_a_page_works_for_a_week_and_then_asks_to_submit_again(clock, sign_up, days, status):
    stamp = new_form_stamp()
    clock.shift(timedelta(days=days))
    response = sign_up(stamp=stamp)
    assert response.status_code == status
    assert len(mail.outbox) == (status == 303)


def test_an_old_page_keeps_the_address_and_gets_a_new_stamp(clock, sign_up):
    stamp = new_form_stamp()
    clock.shift(timedelta(days=30))
    page = sign_up("reader@example.org", stamp=stamp)
    assert "This page was open for a long time. Please press Subscribe again." in page.text
    assert 'value="reader@example.org"' in page.text
    assert f'value="{new_form_stamp()}"' in page.text


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec-Fetch-Site": "same-origin"}, 303),
        ({"Sec-Fetch-Site": "none"}, 303),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "http://testserver"}, 403),
        ({"Origin": "http://testserver"}, 303),
        ({"Origin": "http://127.0.0.1:8000"}, 303),  # SITE_URL
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Referer": "http://testserver/glossary/"}, 303),
        ({"Referer": "https://evil.example/"}, 403),
        ({"Referer": "https://[broken"}, 403),
        ({"User-Agent": "says nothing else"}, 303),
    ],
)
def test_only_our_own_pages_may_send_the_form(sign_up, headers, status):
    response = sign_up(headers=headers)
    assert response.status_code == status
    assert SignupRequest.objects.count() + len(mail.outbox) == (status == 303)


def test_djangos_own_check_asks_for_no_cookie_here():
    strict = Client(enforce_csrf_checks=True)
    data = {"email": "reader@example.org", "stamp": new_form_stamp()}
    assert strict.post(PATH, data, headers=OWN).status_code == 303
    assert strict.post("/newsletter/confirm/unknown/").status_code == 404
    assert strict.post("/newsletter/mailed/unknown/").status_code == 404


def test_clients_without_origin_headers_get_three_an_hour(clock, sign_up):
    for number in range(5):
        sign_up(f"r{number}@example.org", headers={"X": "y"}, work=False)
    assert SignupRequest.objects.count() == 3


def test_clients_without_origin_headers_get_thirty_an_hour_in_total(clock, sign_up, client):
    for number in range(40):
        client.defaults["REMOTE_ADDR"] = f"10.0.{number}.1"
        sign_up(f"r{number}@example.org", headers={"X": "y"}, work=False)
    assert SignupRequest.objects.count() == 30


@pytest.mark.parametrize(
    ("first", "second", "is_one"),
    [
        ("10.0.0.1", "10.0.0.200", True),
        ("10.0.0.1", "10.0.1.1", False),
        ("2001:db8::1", "2001:db8::ffff:1", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
    ],
)
def test_a_network_is_a_24_or_a_64(clock, sign_up, client, first, second, is_one):
    for number in range(10):
        client.defaults["REMOTE_ADDR"] = first
        sign_up(f"r{number}@example.org", work=False)
    client.defaults["REMOTE_ADDR"] = second
    sign_up("last@example.org", work=False)
    assert SignupRequest.objects.count() == (10 if is_one else 11)


def in_64(number):
    """Return an address of one of the /64 of a /48; sixteen by sixteen they share a /60."""
    return f"2001:db8:0:{number:x}::1"


@pytest.mark.parametrize(("apart", "recorded"), [(1, 20), (256, 40)], ids=["a /56", "a /48"])
def test_a_wide_network_has_a_limit_of_its_own(clock, sign_up, client, apart, recorded):
    for number in range(recorded + 5):
        client.defaults["REMOTE_ADDR"] = in_64(number * apart)
        sign_up(f"r{number}@example.org", work=False)
    assert SignupRequest.objects.count() == recorded
    clock.shift(3600)
    sign_up("later@example.org", work=False)
    assert SignupRequest.objects.count() == recorded + 1


def test_a_full_network_does_not_fill_the_wide_one_for_its_neighbors(clock, sign_up, client):
    for client.defaults["REMOTE_ADDR"], count in [(in_64(0), 50), (in_64(1), 1)]:
        for number in range(count):
            sign_up(f"r{number}@example.org", work=False)
    assert SignupRequest.objects.count() == 11


def test_one_48_does_not_close_signup_for_all(clock, sign_up, client):
    for number in range(60):
        client.defaults["REMOTE_ADDR"] = in_64(number * 256)
        sign_up(f"r{number}@example.org")
    assert len(mail.outbox) == 40
    client.defaults["REMOTE_ADDR"] = "198.51.100.7"
    sign_up("reader@example.com")
    assert len(mail.outbox) == 41


def test_the_network_of_a_request_is_kept_as_a_hash_of_its_16_or_48(clock, sign_up, client):
    for client.defaults["REMOTE_ADDR"] in (
        "10.1.2.3",
        "10.1.9.9",
        "10.2.1.1",
        in_64(1),
        in_64(999),
    ):
        sign_up(work=False)
    keys = list(SignupRequest.objects.values_list("network_key", flat=True))
    assert [keys.index(key) for key in keys] == [0, 0, 2, 3, 3]
    assert {len(key) for key in keys} == {64}


def test_the_limits_of_confirmations_to_one_address(sign_up):
    with time_machine.travel("2026-11-23 09:00:00+00:00", tick=False) as clock:
        sent = []
        for minutes in (0, 14, 2, 20, 20, 60 * 24, 20, 20, 60 * 24 * 3, 60 * 24 * 4):
            clock.shift(timedelta(minutes=minutes))
            before = len(mail.outbox)
            sign_up("r.e.ader+tag@example.org" if minutes % 40 else "reader@example.org")
            sent.append(len(mail.outbox) - before)
    #         0  14  16  36  56  +1d  20  20  +3d +4d
    assert sent == [1, 0, 1, 1, 0, 1, 1, 0, 0, 1]


def test_without_a_newsletter_there_is_no_form(client):
    make_newsletter().delete()
    assert client.get(PATH).status_code == 404
    assert client.get("/newsletter/").status_code == 200


@pytest.mark.parametrize("status", ["active", "paused", "unsubscribed", "pending"])
def test_a_signup_changes_no_status(sign_up, status):
    before = make_subscription(status=status)
    sign_up("READER@example.org")
    after = Subscription.objects.get()
    for field in ("status", "confirmed_at", "unsubscribed_at", "paused_until", "source_page"):
        assert getattr(after, field) == getattr(before, field)
    assert len(mail.outbox) == (status != "active")


def test_a_reader_who_refused_or_complained_gets_no_mail(sign_up):
    suppressed("refused@example.org")
    complained("complained@example.org")
    sign_up("refused@example.org")
    sign_up("complained@example.org")
    assert not mail.outbox
    assert not Subscriber.objects.filter(address_key="refused@example.org").exists()


def test_no_address_reaches_a_log(sign_up, caplog):
    caplog.set_level("DEBUG")
    suppressed("refused@example.org")
    for address in ("reader@example.org", "reader@example.org", "refused@example.org", "bad@x"):
        sign_up(address)
    logged = caplog.text + repr([record.__dict__ for record in caplog.records])
    assert [part for part in ("reader@", "refused@", "bad@x") if part in logged] == []


def test_a_signup_works_while_the_task_queue_is_down(sign_up, monkeypatch):
    def broken(*args, **kwargs):
        raise OSError("no queue")

    monkeypatch.setattr(type(signups.decide_task), "enqueue", broken)
    assert sign_up().status_code == 303
    assert SignupRequest.objects.count() == 1


def test_the_time_of_the_request_is_recorded(clock, sign_up):
    sign_up(work=False)
    assert SignupRequest.objects.get().requested_at == timezone.now()
    run_worker()
    assert not SignupRequest.objects.exists()
