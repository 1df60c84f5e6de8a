"""The welcome: one mail after the first confirmation, with the latest issue in it."""

from datetime import UTC, datetime

import pytest
from django.core import mail

from newsletter.mailing import outbox
from newsletter.mailing.signed_links import Purpose, sign
from newsletter.models import Delivery, OutboxMail, Subscription
from newsletter.subscribers import subscriptions
from tests.builders import (
    make_data_point,
    make_issue,
    make_series,
    make_subscription,
    make_suppression,
    make_token,
    release,
)
from tests.newsletter.conftest import last_link, run_worker

pytestmark = pytest.mark.django_db


@pytest.fixture
def issue(clock):
    issue = make_issue(7, "Chips for rent", sent_at=datetime(2026, 11, 20, 14, tzinfo=UTC))
    make_data_point(issue, headline="Renting got cheaper")
    return issue


@pytest.fixture
def confirm(client, django_capture_on_commit_callbacks):
    def press(token):
        with django_capture_on_commit_callbacks(execute=True):
            client.post(f"/newsletter/confirm/{token}/")

    return press


@pytest.fixture
def token():
    return make_token(make_subscription(status="pending"))


def test_a_confirmed_reader_gets_the_latest_issue_with_their_own_links(
    client, sign_up, confirm, issue
):
    make_issue(6, "An older one", sent_at=datetime(2026, 11, 13, 14, tzinfo=UTC))
    make_issue(8, "A draft", status="draft", sent_at=None)
    sign_up()
    confirm(last_link("/confirm/").split("/")[3])
    run_worker()
    welcome = mail.outbox[1]
    assert welcome.to == ["reader@example.org"]
    assert welcome.subject == "Welcome to AI Economy Pulse"
    link = sign(Purpose.LEAVE, Subscription.objects.get().pk)
    address = f"http://127.0.0.1:8000/u/{link}"
    assert welcome.extra_headers["List-Unsubscribe"] == f"<{address}>"
    assert welcome.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    html = welcome.alternatives[0].content
    for part in (welcome.body, html):
        assert "Chips for rent" in part
        assert "Renting got cheaper" in part
        assert "Friday, November 27" in part
        assert f"{address}/preferences" in part
        assert "READERLINK" not in part
    assert client.get(last_link("/u/")).status_code == 200


def test_the_welcome_shows_the_charts_of_the_latest_issue(confirm, issue, token):
    series = make_series("compute")
    release(series, "2024,10 2025,12", day="2026-11-19")
    issue.data_points.update(series=series)
    confirm(token)
    run_worker()
    html = mail.outbox[0].alternatives[0].content
    chart = f"http://127.0.0.1:8000{issue.get_absolute_url()}chart-1"
    assert f'src="{chart}.png"' in html
    assert f'srcset="{chart}-dark.png"' in html


def test_before_the_first_issue_the_welcome_is_sent_without_one(clock, confirm, token):
    confirm(token)
    run_worker()
    (welcome,) = mail.outbox
    assert "the next issue is due on" in " ".join(welcome.body.split())
    assert "http://127.0.0.1:8000/glossary/" in welcome.body


def test_an_issue_that_the_reader_gets_anyway_is_not_in_it(confirm, issue, token):
    make_issue(6, "An older one", sent_at=datetime(2026, 11, 13, 14, tzinfo=UTC))
    confirm(token)
    subscription = Subscription.objects.get()
    Delivery.objects.create(
        issue=issue,
        subscriber=subscription.subscriber,
        subscription_id=subscription.pk,
        domain="example.org",
    )
    run_worker()
    assert "An older one" in mail.outbox[0].body


def test_a_reader_is_welcomed_once(clock, confirm, token):
    confirm(token)
    outbox.send(OutboxMail.objects.get().pk)
    run_worker()
    confirm(token)
    subscription = Subscription.objects.get()
    subscriptions.unsubscribe(subscription.pk)
    subscriptions.undo_unsubscribing(subscription.pk)
    subscriptions.unsubscribe(subscription.pk)
    clock.shift(1)
    confirm(make_token(subscription))
    run_worker()
    assert Subscription.objects.get().status == "active"
    assert len(mail.outbox) == 1
    assert not OutboxMail.objects.exists()


@pytest.mark.parametrize(
    "meanwhile",
    [
        lambda: subscriptions.unsubscribe(Subscription.objects.get().pk),
        lambda: subscriptions.pause_subscription(Subscription.objects.get().pk, weeks=4),
        lambda: subscriptions.refuse_mail(Subscription.objects.get().pk),
        lambda: make_suppression("reader@example.org"),
    ],
    ids=["left", "paused", "refused", "suppressed"],
)
def test_a_reader_who_left_paused_or_refused_gets_none(clock, confirm, token, meanwhile):
    confirm(token)
    meanwhile()
    run_worker()
    assert not mail.outbox
    assert not OutboxMail.objects.exists()
