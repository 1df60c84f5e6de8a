"""The numbers people watch while an issue goes out, and the page that shows them."""

import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission, User
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from newsletter.models import Delivery, Issue, SendingEvent, Snapshot
from newsletter.sending import progress
from newsletter.sending.progress import Progress
from tests.builders import make_issue, make_subscription
from tests.bystanders import unchanged
from tests.newsletter.sending.conftest import start

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("armed")]


# --- The numbers, without a database ------------------------------------------------------------


def test_done_counts_the_settled_deliveries():
    states = {"queued": 50, "deferred": 10, "handing_over": 4, "accepted": 130, "unknown": 1}
    now = Progress(states | {"failed": 5}, 200, per_second=3)
    assert (now.done, now.left, now.arrived, now.percent) == (136, 64, 130, 68)
    assert now.seconds_left == 18  # deferred deliveries are not waiting
    assert now.adds_up
    assert not Progress({"accepted": 199}, 200).adds_up


@pytest.mark.parametrize(
    ("states", "recipients", "percent"),
    [
        ({}, 0, 100),
        ({"queued": 3}, 3, 0),
        ({"accepted": 999_999, "queued": 1}, 1_000_000, 99),
        ({"accepted": 2, "unknown": 1}, 3, 100),
    ],
)
def test_a_hundred_percent_is_all(states, recipients, percent):
    assert Progress(states, recipients).percent == percent


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (1, "about a minute"),
        (61, "about 2 minutes"),
        (5000, "about 84 minutes"),
        (9000, "about 3 hours"),
    ],
)
def test_time_left_in_words(seconds, words):
    assert Progress({"queued": seconds}, seconds, per_second=1).time_left == words


# --- The page -----------------------------------------------------------------------------------


@pytest.fixture
def issue():
    """An issue that is being sent: two of six deliveries accepted, one failed, one unknown."""
    for n in range(4):
        make_subscription(f"ann{n}@example.org")
    make_subscription("bob@two.example")
    make_subscription("cyn@two.example")
    issue = start()
    rows = Delivery.objects.order_by("pk")
    minute = timezone.now() - timedelta(seconds=30)
    settle(rows[0], "accepted", minute)
    settle(rows[1], "accepted", minute)
    settle(rows[2], "failed", minute, code=550, enhanced="5.1.1", note="5.1.1 no such user")
    settle(rows[4], "unknown", minute, note="reading: the server hung up")
    Snapshot.objects.update(judged_from=timezone.now() - timedelta(hours=1))
    return issue


def settle(row, state, at, **fields):
    Delivery.objects.filter(pk=row.pk).update(
        state=state, attempts=1, begun_at=at, settled_at=at, **fields
    )


@pytest.fixture
def publisher(client):
    return log_in(client, "view_issue", "change_issue", "send_issue", "view_subscriber")


def log_in(client, *permissions):
    user = User.objects.create_user("pat", password="x", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    client.force_login(user)
    return client


def at(issue, name="sending"):
    end = "" if name == "sending" else f"{name}/"
    return f"/admin/newsletter/issue/{issue.pk}/sending/{end}"


def test_counts_of_one_row_with_one_name_are_cached_apart(issue):
    def counts(number):
        def measure(row):
            return number

        measure.__module__ = f"newsletter.room_{number}"
        return progress.cached(measure)

    one, two = counts(1), counts(2)
    assert [one(issue), two(issue), one(issue)] == [1, 2, 1]


def test_the_page_shows_the_progress(publisher, issue):
    text = publisher.get(at(issue)).text
    assert f"Sending · No. {issue.number}</p>\n  <h1>{issue.subject}</h1>" in text
    assert "<strong>66%</strong> 4 of 6 readers done" in text
    assert "0.1 a second, about a minute left" in text
    assert "bob@two.example" in text
    assert "reading: the server hung up" in text
    assert "550 5.1.1" in text
    assert "<strong>6 readers</strong>" in text
    assert "Cancel the rest" in text
    # No message is deferred, so no column says so.
    numbers = re.search(r"two\.example</th>(.*?)</tr>", text)[1]
    assert re.findall(r">(\d+)<span class=\"of\"> (\w+)</span></td>", numbers) == [
        ("2", "readers"), ("0", "accepted"), ("1", "waiting"), ("0", "failed"), ("1", "unknown"),
    ]  # fmt: skip
    assert "Resume" not in text
    assert "checked" not in text


def test_that_nothing_moves_is_a_warning_unless_sending_has_just_begun(publisher, issue):
    said = "<h2>Nothing has moved in the last minute</h2>"
    assert said not in publisher.get(at(issue)).text
    long_ago = timezone.now() - timedelta(minutes=5)
    Delivery.objects.exclude(state="queued").update(settled_at=long_ago)
    cache.clear()
    assert said not in publisher.get(at(issue)).text
    Issue.objects.update(sent_at=long_ago)
    assert said in publisher.get(at(issue) + "?part=numbers").text
    Issue.objects.update(status="paused", pause_reason="Paused by pat.")
    assert said not in publisher.get(at(issue)).text


def test_the_numbers_come_alone_for_the_script(publisher, issue):
    text = publisher.get(at(issue) + "?part=numbers").text
    assert text.lstrip().startswith('<div class="reached" data-status="sending">')
    assert "bob@two.example" not in text
    assert "csrf" not in text


def test_it_reloads_itself_only_while_something_may_change(publisher, issue):
    assert '<meta http-equiv="refresh"' in publisher.get(at(issue)).text
    Issue.objects.update(status="sent")
    assert '<meta http-equiv="refresh"' not in publisher.get(at(issue)).text


def test_the_page_needs_few_queries_for_any_number_of_readers(
    publisher, issue, django_assert_max_num_queries
):
    publisher.get(at(issue))
    cache.clear()
    with django_assert_max_num_queries(16):
        publisher.get(at(issue))


def test_an_issue_that_is_not_sent_yet_leads_back_to_its_form(publisher):
    draft = make_issue(8, status="draft")
    answer = publisher.get(at(draft), follow=True)
    assert answer.redirect_chain == [(f"/admin/newsletter/issue/{draft.pk}/change/", 302)]
    assert "has not started" in answer.text


def test_an_issue_that_was_sent_elsewhere_has_no_progress(publisher):
    answer = publisher.get(at(make_issue(8)), follow=True)
    assert "not sent from here" in answer.text


def test_an_editor_without_the_right_to_send_may_watch(client, issue):
    editor = log_in(client, "view_issue", "change_issue")
    text = editor.get(at(issue)).text
    assert "Only publishers" in text
    assert "Resend" not in text
    assert "b•••@•••.example" in text
    assert "bob@" not in text
    for name in ("pause", "resume", "cancel", "resend", "resend-all", "queue-failed"):
        assert editor.post(at(issue, name)).status_code == 403


@pytest.mark.parametrize("permissions", [(), ("send_issue",)])
def test_a_person_who_may_not_see_issues_is_refused(client, issue, permissions):
    stranger = log_in(client, *permissions)
    for name in ("sending", "pause", "resend"):
        assert stranger.post(at(issue, name)).status_code == 403


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        ("pause", "sending", "paused"),
        ("resume", "paused", "sending"),
        ("cancel", "sending", "canceled"),
        ("cancel", "paused", "canceled"),
    ],
)
def test_a_decision_is_confirmed_before_it_is_made(publisher, issue, name, before, after):
    Issue.objects.filter(pk=issue.pk).update(status=before)
    assert "<form" in publisher.get(at(issue, name)).text
    assert Issue.objects.get(pk=issue.pk).status == before
    publisher.post(at(issue, name))
    assert Issue.objects.get(pk=issue.pk).status == after
    event = SendingEvent.objects.latest("pk")
    assert event.by.username == "pat"


PAGES_THAT_PAUSE = ["{0}sending/", "{0}change/", "/admin/newsletter/issue/"]


@pytest.mark.parametrize("address", PAGES_THAT_PAUSE)
def test_one_press_pauses(publisher, client, issue, address):
    other = make_issue(8, status="paused")
    page = publisher.get(address.format(f"/admin/newsletter/issue/{issue.pk}/")).text
    assert (
        len(re.findall(f'form="pause" formaction="{at(issue, "pause")}"', page.replace("'", '"')))
        == 1
    )
    assert page.count('<form id="pause" method="post">') == 1
    assert at(other, "pause") not in page
    with unchanged(other, *Delivery.objects.all()):
        answer = publisher.post(at(issue, "pause"), follow=True)
    assert "Sending is paused. “Resume” on this page goes on where it stopped." in answer.text
    assert Issue.objects.get(pk=issue.pk).pause_reason == "Paused by pat."
    again = publisher.post(at(issue, "pause"), follow=True)
    assert "Nothing was changed: the issue is paused." in again.text
    event = SendingEvent.objects.get(kind="paused")
    assert (event.by.username, event.note) == ("pat", "")
    assert 'form="pause"' not in again.text


def test_only_publishers_are_offered_to_pause(client, issue):
    editor = log_in(client, "view_issue", "change_issue")
    for address in PAGES_THAT_PAUSE:
        page = editor.get(address.format(f"/admin/newsletter/issue/{issue.pk}/"))
        assert (page.status_code, at(issue, "pause") in page.text) == (200, False)


def test_another_site_cannot_pause(publisher, issue):
    stranger = Client(enforce_csrf_checks=True)
    stranger.cookies = publisher.cookies
    assert stranger.post(at(issue, "pause")).status_code == 403
    assert Issue.objects.get(pk=issue.pk).status == "sending"


def test_a_decision_that_came_too_late_says_so(publisher, issue):
    Issue.objects.filter(pk=issue.pk).update(status="sent")
    answer = publisher.post(at(issue, "pause"), follow=True)
    assert "Nothing was changed" in answer.text
    assert Issue.objects.get(pk=issue.pk).status == "sent"


def test_only_the_chosen_unknown_deliveries_are_resent_after_a_question(publisher, issue):
    rows = list(Delivery.objects.order_by("pk"))
    settle(rows[5], "unknown", timezone.now())
    # One chosen row has failed and is not unknown; the last three are not ids of deliveries.
    chosen = {"delivery": [rows[4].pk, rows[2].pk, "x", "9" * 30, "9" * 5000]}
    asked = publisher.post(at(issue, "resend"), chosen)
    assert "One reader may get the issue a second time" in asked.text
    assert Delivery.objects.get(pk=rows[4].pk).state == "unknown"
    publisher.post(at(issue, "resend"), chosen | {"sure": "1"})
    assert Delivery.objects.get(pk=rows[4].pk).state == "queued"
    assert Delivery.objects.get(pk=rows[5].pk).state == "unknown"
    assert Delivery.objects.get(pk=rows[2].pk).state == "failed"


@pytest.mark.parametrize("status", ["sending", "paused", "sent"])
def test_the_failed_deliveries_of_an_issue_are_queued_again_after_a_question(
    publisher, issue, status
):
    Issue.objects.filter(pk=issue.pk).update(status=status)
    # A message that was resent from unknown and then refused may have arrived the first time.
    settle(Delivery.objects.order_by("pk")[5], "failed", timezone.now(), resends=1)
    others = Delivery.objects.exclude(state="failed", resends=0)
    assert "Queue failed readers again" in publisher.get(at(issue)).text
    assert "no reader gets the issue twice" in publisher.get(at(issue, "queue-failed")).text
    with unchanged(*others):
        publisher.post(at(issue, "queue-failed"))
    assert not Delivery.objects.certainly_failed().filter(issue=issue).exists()
    event = SendingEvent.objects.latest("pk")
    assert (event.kind, event.by.username, event.note) == ("resent", "pat", "1 failed delivery")
    assert "Queue failed readers again" not in publisher.get(at(issue)).text
    answer = publisher.post(at(issue, "queue-failed"), follow=True)
    assert "Nothing was changed" in answer.text


def test_all_unknown_deliveries_of_an_issue_are_resent_after_a_question(publisher, issue):
    others = Delivery.objects.exclude(state="unknown")
    count = Delivery.objects.unknown().filter(issue=issue).count()
    assert count > 0
    assert "Resend to all unknown readers" in publisher.get(at(issue)).text
    assert "a second time" in publisher.get(at(issue, "resend-all")).text
    with unchanged(*others):
        publisher.post(at(issue, "resend-all"), {"typed": "resend"})
    assert Delivery.objects.filter(issue=issue, state="queued", resends=1).count() == count
    event = SendingEvent.objects.latest("pk")
    assert (event.kind, event.by.username) == ("resent", "pat")
    assert "Resend to all unknown readers" not in publisher.get(at(issue)).text


def test_the_failed_of_a_canceled_issue_stay(publisher, issue):
    Issue.objects.filter(pk=issue.pk).update(status="canceled")
    with unchanged(*Delivery.objects.all()):
        publisher.post(at(issue, "queue-failed"))
    assert "Queue failed readers again" not in publisher.get(at(issue)).text


def test_choosing_no_delivery_is_an_error(publisher, issue):
    assert "Choose the readers" in publisher.post(at(issue, "resend"), follow=True).text


def test_the_audit_is_run_when_asked_for(publisher, issue):
    assert "Every promise holds" not in publisher.get(at(issue)).text
    Delivery.objects.order_by("pk").last().delete()
    text = publisher.get(at(issue) + "?audit=1").text
    assert "Broken 1 time: Every recipient has a delivery" in text


def test_numbers_are_kept_for_some_seconds(issue):
    snapshot = Snapshot.objects.select_related("issue").get()
    assert progress.measure(snapshot).arrived == 2
    Delivery.objects.update(state="accepted", attempts=1)
    assert progress.measure(snapshot).arrived == 2
    cache.clear()
    assert progress.measure(snapshot).arrived == 6
