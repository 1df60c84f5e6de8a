"""The preferences page behind the signed link, and actions that need a newly mailed link."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from django.core import mail

from newsletter.mailing.signed_links import Purpose, sign
from newsletter.models import (
    ConfirmationToken,
    ConsentEvent,
    Delivery,
    SignupRequest,
    Subscriber,
    Subscription,
    Suppression,
)
from newsletter.subscribers import personal_data, reader_page, tokens
from tests.builders import (
    make_issue,
    make_newsletter,
    make_request,
    make_subscription,
    make_suppression,
    make_token,
)
from tests.bystanders import unchanged
from tests.newsletter.conftest import last_link, link_in, run_worker

pytestmark = pytest.mark.django_db


@pytest.fixture
def subscription(clock):
    return make_subscription()


@pytest.fixture
def path(subscription):
    return f"/u/{sign(Purpose.LEAVE, subscription.pk)}/preferences"


@pytest.fixture
def post(client, django_capture_on_commit_callbacks):
    def send(path, **fields):
        with django_capture_on_commit_callbacks(execute=True):
            response = client.post(path, fields)
        run_worker()
        return response

    return send


def mailed(token):
    return f"/newsletter/mailed/{token}/"


def test_the_page_shows_all_newsletters_and_no_address(client, path):
    make_newsletter("Data Letter")
    page = client.get(path)
    assert "Data Letter" in page.text
    assert "You get it, every Friday." in page.text
    assert "reader@example.org" not in page.text
    assert page["Cache-Control"] == "private, no-store"


def test_unsubscribing_from_one_newsletter_keeps_the_other(post, path, subscription):
    other = make_subscription(newsletter=make_newsletter("Data Letter"))
    response = post(path, action="leave", newsletter="data-letter")
    assert (response.status_code, response["Location"]) == (303, f"{path}?said=left")
    other.refresh_from_db()
    subscription.refresh_from_db()
    assert (subscription.status, other.status) == ("active", "unsubscribed")


def test_joining_needs_a_confirmation_mail(post, client, path):
    make_newsletter("Data Letter")
    assert post(path, action="join", newsletter="data-letter")["Location"].endswith("?said=joined")
    joined = Subscription.objects.get(newsletter__slug="data-letter")
    assert joined.status == "pending"
    client.post(last_link("/confirm/"))
    joined.refresh_from_db()
    assert joined.status == "active"


def test_joining_records_the_consent_text_and_the_page(post, client, path):
    other = make_newsletter("Data Letter")
    assert other.consent_text in client.get(path).text
    post(path, action="join", newsletter="data-letter")
    event = ConsentEvent.objects.get(kind="requested")
    assert (event.consent_text, event.source_page) == (other.consent_text, "/u/preferences")
    assert "on your preferences page of 127.0.0.1" in mail.outbox[0].body


@pytest.mark.parametrize(
    "fields", [{}, {"action": "nonsense"}, {"action": "leave", "newsletter": "unknown"}]
)
def test_an_unknown_action_does_nothing(post, path, subscription, fields):
    assert post(path, **fields).status_code == 303
    subscription.refresh_from_db()
    assert subscription.status == "active"
    assert not mail.outbox


def test_the_page_shows_only_known_messages(client, path):
    assert "<b>" not in client.get(f"{path}?said=<b>mailed").text.split("<main")[1]
    assert "The link works once, within 30 minutes" in client.get(f"{path}?said=mailed").text


@pytest.mark.parametrize("action", ["change", "export", "erase"])
def test_the_signed_link_only_mails_a_new_link(post, client, path, action):
    assert post(path, action=action)["Location"] == f"{path}?said=mailed"
    assert mail.outbox[0].to == ["reader@example.org"]
    link = last_link("/mailed/")
    page = client.get(link)
    assert page.status_code == 200
    assert client.head(link).status_code == 200
    assert ConfirmationToken.objects.get().used_at is None
    assert Subscriber.objects.count() == 1


def test_such_mails_are_three_an_hour_and_six_a_day(post, clock, path):
    for _ in range(5):
        post(path, action="export")
    assert len(mail.outbox) == 3
    for _ in range(5):
        clock.shift(timedelta(hours=1))
        post(path, action="erase")
    assert len(mail.outbox) == 6


def test_a_suppressed_reader_gets_none_of_these_mails(post, client, path):
    make_suppression("reader@example.org")
    page = client.get(path).text
    assert "we cannot mail a link to it" in page
    assert 'value="export"' not in page
    assert post(path, action="export")["Location"] == f"{path}?said=mailed"
    assert not mail.outbox


@pytest.mark.parametrize("purpose", ["change", "export", "erase"])
def test_after_thirty_minutes_the_link_no_longer_works(client, clock, subscription, purpose):
    token = make_token(subscription, purpose)
    clock.shift(timedelta(minutes=30))
    assert client.get(mailed(token)).status_code == 404
    assert client.post(mailed(token)).status_code == 404
    assert "This link no longer works" in client.get(mailed(token)).text
    assert Subscriber.objects.count() == 1


def test_the_half_hour_starts_when_the_mail_is_sent(clock, subscription):
    token = tokens.make_token(subscription, ConfirmationToken.Purpose.EXPORT)
    clock.shift(timedelta(hours=2))
    text = tokens.give_new_text(token)
    assert personal_data.usable_link(text) == token


def test_a_confirmation_token_does_not_work_here(client, subscription):
    token = make_token(subscription, "confirm")
    assert client.get(mailed(token)).status_code == 404
    assert client.post(mailed(token)).status_code == 404


def test_several_are_asked_for_with_one_mail(post, client, path):
    make_newsletter("Data Letter")
    make_newsletter("Chart Letter")
    page = client.get(path).text
    assert page.count('type="checkbox" name="newsletter"') == 2
    post(path, action="join", newsletter=["data-letter", "chart-letter"])
    assert mail.outbox[0].subject.endswith(": Chart Letter and Data Letter")
    client.post(last_link("/confirm/"))
    assert Subscription.objects.filter(status="active").count() == 3
    page = client.get(path).text
    assert page.count('value="leave"') == 3
    assert "checkbox" not in page
    assert post(path, action="join")["Location"] == f"{path}?said=none"
    assert "Choose at least one newsletter first." in client.get(f"{path}?said=none").text


def test_one_that_was_switched_off_is_switched_on_again_with_one_press(
    post, client, clock, path, subscription
):
    other = make_subscription(newsletter=make_newsletter("Data Letter"))
    post(path, action="leave", newsletter="data-letter")
    assert 'value="undo"' in client.get(path).text
    with unchanged(subscription):
        assert post(path, action="undo", newsletter="data-letter")["Location"].endswith("=stayed")
    other.refresh_from_db()
    assert other.status == "active"
    post(path, action="leave", newsletter="data-letter")
    clock.shift(3601)
    page = client.get(path).text
    assert 'value="undo"' not in page
    assert 'value="join"' in page


def test_a_suppression_for_one_newsletter_leaves_the_others(post, client, path, subscription):
    letter, chart = make_newsletter("Data Letter"), make_newsletter("Chart Letter")
    suppressed = make_suppression("reader@example.org", "by hand")
    suppressed.newsletter = letter
    suppressed.save()
    page = client.get(path).text
    assert chart.consent_text in page
    assert letter.consent_text not in page
    post(path, action="join", newsletter="data-letter")
    assert not mail.outbox


def test_who_left_one_is_offered_the_others(post, client, path, subscription):
    make_subscription(newsletter=make_newsletter("Data Letter"))
    make_newsletter("Chart Letter")
    leave = path.removesuffix("/preferences")
    client.post(leave)
    page = client.get(leave).text
    offers = page.partition("Our other newsletters")[2]
    assert "Unsubscribe<span" in offers.partition("Data Letter")[2]
    assert "You do not get it." in offers
    assert 'value="ai-economy-pulse"' not in offers
    assert f'action="{path}"' in offers


# --- What was sent -----------------------------------------------------------------------------


def test_the_page_says_what_was_sent_with_its_day_and_state_in_words(client, path, subscription):
    letter = make_newsletter("Data Letter", time_zone="Pacific/Auckland")
    sent_at = datetime(2026, 11, 19, 20, tzinfo=UTC)
    first, second = (
        make_issue(1, "First"),
        make_issue(1, "In depth", newsletter=letter, sent_at=sent_at),
    )
    other = make_subscription("other@example.org")
    for issue, reader, state in [
        (first, subscription, "accepted"), (second, subscription, "bounced"),
        (make_issue(2, "Not mine"), other, "accepted"),
    ]:  # fmt: skip
        Delivery.objects.create(
            issue=issue,
            subscriber=reader.subscriber,
            subscription_id=reader.pk,
            domain="example.org",
            state=state,
            attempts=1,
        )
    page = client.get(path).text
    assert "to r•••@•••.org" in page
    assert "reader@example.org" not in page
    listed = page.partition('<ul class="sent">')[2].partition("</ul>")[0]
    assert listed.index("In depth") < listed.index("First")
    assert '<a href="/newsletter/data-letter/1-in-depth/">In depth</a>' in listed
    assert "November 20, 2026</time>: your mail server took it and sent it back" in listed
    assert "November 23, 2026</time>: your mail server took it</p>" in listed
    assert "Not mine" not in listed


def test_every_state_has_words():
    assert set(reader_page.WORDS) == set(Delivery.State)


def test_a_reader_to_whom_nothing_was_sent_is_told_nothing(client, path):
    assert "What we sent you" not in client.get(path).text


def test_the_page_needs_the_same_queries_for_any_number(
    client, path, subscription, django_assert_max_num_queries
):
    for n in range(30):
        make_newsletter(f"Letter {n}")
        issue = make_issue(n + 1, f"Issue of {n}")
        Delivery.objects.create(
            issue=issue, subscriber=subscription.subscriber, subscription_id=subscription.pk
        )
    with django_assert_max_num_queries(8):
        page = client.get(path).text
    assert page.count("on its way") == reader_page.MOST_SENT


# --- Another address --------------------------------------------------------------------------


def test_an_address_changes_when_the_new_one_is_confirmed(post, client, path, subscription):
    post(path, action="change")
    first = last_link("/mailed/")
    assert post(first, email="New@example.net")["Location"] == f"{path}?said=moving"
    assert "on its way there" in client.get(f"{path}?said=moving").text
    to_new, to_old = mail.outbox[1:]
    assert (to_new.to, to_old.to) == (["New@example.net"], ["reader@example.org"])
    assert "new@example.net" not in to_old.body.casefold()
    assert "reader@example.org" not in to_new.body
    assert Subscriber.objects.get().address == "reader@example.org"

    second = link_in(to_new, "/mailed/")
    page = client.get(second).text
    assert "From now on we write to N•••@•••.net and no longer to r•••@•••.org." in page
    assert Subscriber.objects.get().address == "reader@example.org"
    assert post(second)["Location"] == f"{path}?said=changed"
    subscriber = Subscriber.objects.get()
    assert (subscriber.address, subscriber.address_key) == ("New@example.net", "new@example.net")
    assert [event.kind for event in ConsentEvent.objects.all()] == ["changed", "changed"]
    assert ConsentEvent.objects.values("address_hash").distinct().count() == 2
    for spent in (first, second):
        assert client.post(spent).status_code == 404


def test_a_malformed_new_address_is_shown_again_and_the_link_stays_valid(post, subscription):
    token = make_token(subscription, "change")
    page = post(mailed(token), email="new@example")
    assert page.status_code == 422
    assert 'value="new@example"' in page.text
    assert post(mailed(token), email="new@example.net").status_code == 303


def test_a_new_address_that_refused_us_gets_no_mail_and_the_same_response(post, subscription):
    make_suppression("never@example.net")
    token = make_token(subscription, "change")
    assert post(mailed(token), email="never@example.net")["Location"].endswith("?said=moving")
    # The note to the old address says what was entered, and nothing about who refused.
    assert [message.to for message in mail.outbox] == [["reader@example.org"]]
    assert not ConfirmationToken.objects.unused().exists()


def test_the_limits_of_the_public_form_apply_to_a_new_address(post, subscription):
    for _ in range(3):
        post(mailed(make_token(subscription, "change")), email="new@example.net")
    told = [message.to[0] for message in mail.outbox]
    assert told.count("new@example.net") == 1
    assert told.count("reader@example.org") == 3


def test_changing_to_the_address_of_another_reader_merges_both(subscription, client, clock):
    other = make_subscription("new@example.net", status="unsubscribed")
    clock.shift(1)
    extra = make_subscription(newsletter=make_newsletter("Data Letter"))
    token = make_token(subscription, "change", new_address="new@example.net")
    response = client.post(mailed(token))
    assert response["Location"].startswith(f"/u/{sign(Purpose.LEAVE, other.pk)}")
    assert Subscriber.objects.get().address == "new@example.net"
    other.refresh_from_db()
    extra.refresh_from_db()
    assert (other.status, extra.status) == ("active", "active")
    assert extra.subscriber_id == other.subscriber_id
    assert Subscription.objects.count() == 2


# --- Exporting and erasing -------------------------------------------------------------------


def test_the_file_contains_all_data_and_is_served_once(client, sign_up, clock):
    sign_up(page="/glossary/")
    client.post(last_link("/confirm/"))
    token = make_token(Subscription.objects.get(), "export")
    response = client.post(mailed(token))
    assert response["Content-Disposition"] == 'attachment; filename="my-data.json"'
    assert response["Cache-Control"] == "private, no-store"
    data = json.loads(response.content)
    assert data["address"] == "reader@example.org"
    assert data["subscriptions"][0]["status"] == "active"
    assert data["subscriptions"][0]["source_page"] == "/glossary/"
    assert [event["kind"] for event in data["events"]] == ["requested", "confirmed", "exported"]
    assert data["never_write_to"] == data["requests_in_flight"] == []
    assert [link["purpose"] for link in data["mailed_links"]] == ["confirm", "export"]
    assert [each["kind"] for each in data["mails_in_flight"]] == ["welcome"]
    assert "digest" not in response.text
    assert client.post(mailed(token)).status_code == 404


def test_waiting_requests_and_mails_are_in_the_file(subscription):
    other = make_newsletter("Data Letter")
    make_request("READER@example.org", newsletter=other)
    make_request("another@example.org")
    make_token(subscription, "change", new_address="new@example.net")
    data = personal_data.collect_data(subscription.subscriber)
    assert [row["newsletter__name"] for row in data["requests_in_flight"]] == ["Data Letter"]
    assert [link["new_address"] for link in data["mailed_links"]] == ["new@example.net"]


def test_the_page_explains_what_erasing_means(client, subscription):
    page = client.get(mailed(make_token(subscription, "erase"))).text
    assert "even if you sign up with this address again" in page
    assert Subscriber.objects.count() == 1


def test_erasing_leaves_only_hashes(client, subscription, sign_up):
    make_request("reader@example.org")
    client.post(f"/u/{sign(Purpose.LEAVE, subscription.pk)}")
    response = client.post(mailed(make_token(subscription, "erase")))
    assert response.status_code == 303
    assert "This subscription is deleted" in client.get(response["Location"]).text
    for model in (Subscriber, Subscription, ConfirmationToken, SignupRequest):
        assert not model.objects.exists()
    assert [event.kind for event in ConsentEvent.objects.all()] == ["unsubscribed", "erased"]
    assert {event.subscription for event in ConsentEvent.objects.all()} == {None}
    assert Suppression.objects.get().reason == "erased"


def test_an_erased_reader_who_signs_up_again_gets_the_usual_page_and_no_mail(
    client, subscription, sign_up
):
    client.post(mailed(make_token(subscription, "erase")))
    assert sign_up().status_code == 303
    assert not mail.outbox
    assert not Subscriber.objects.exists()
