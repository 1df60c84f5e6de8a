"""The front page of admin names issues in trouble first, and each count matches its list."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group, User
from django.utils import timezone

from glossary.admin.desk import Urgency, desk_of
from newsletter.admin.desk import issue_needs, last_sending, readers
from newsletter.models import Correction, Delivery, Issue, Snapshot
from newsletter.subscribers.growth import Growth
from tests.builders import make_issue, make_subscription, make_term

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

IN_ORDER = [
    "issue is paused",
    "approved issue did not start at its time",
    "issue has readers who may not have got it",
    "issue has readers whose mail was refused",
    "issue expired and was not sent",
    "sent issue has a correction that readers were not told",
    "approved issues wait to be sent",
    "issue in draft",
]


@pytest.fixture
def editor(client):
    user = User.objects.create_user("staff", is_staff=True)
    user.groups.set(Group.objects.filter(name__in=["Editors", "Newsletter editors"]))
    client.force_login(user)
    return user


def ago(**span):
    return timezone.now() - timedelta(**span)


def deliver(issue, *states):
    Delivery.objects.bulk_create(
        Delivery(issue=issue, subscription_id=n, domain="example.org", state=state, attempts=1)
        for n, state in enumerate(states)
    )


def make_trouble():
    """Make an issue for each line, and others that are in none."""
    make_issue(1, status="paused")
    make_issue(2, status="approved", send_at=ago(minutes=6))
    make_issue(3, status="approved", send_at=ago(minutes=4))
    deliver(make_issue(4, sent_at=ago(days=6)), "unknown", "unknown", "accepted")
    deliver(make_issue(5, status="sending", sent_at=ago(days=9)), "failed", "queued")
    make_issue(6, status="expired")
    make_issue(7, status="draft")
    deliver(make_issue(8, sent_at=ago(days=8)), "unknown", "failed")
    deliver(corrected := make_issue(9), "accepted")
    Correction.objects.create(issue=corrected, as_sent="12 units (2025)", text="It was 14.")
    settled = {"as_sent": "2", "text": "It was 3.", "settled_at": ago(days=1)}
    Correction.objects.create(issue=make_issue(11), **settled)
    make_issue(10, status="canceled")


def test_issues_in_trouble_come_first_and_the_most_urgent_leads(client, editor):
    make_trouble()
    make_term("Unread")
    desk = desk_of(editor)
    assert [need.text for need in desk.needs if need.is_urgent] == IN_ORDER[:5]
    assert [need.text for need in desk.tidy][-2:] == IN_ORDER[6:]
    page = client.get("/admin/").text
    places = [page.index(text) for text in [*IN_ORDER[:6], "term never reviewed", *IN_ORDER[6:]]]
    assert places == sorted(places)


def test_every_count_is_the_number_of_issues_in_its_list(client, editor):
    make_trouble()
    for need in issue_needs(editor).needs:
        listed = client.get(need.url).context["cl"]
        assert (need.text, listed.result_count) == (need.text, need.count)
        assert need.count
        assert len(need.rows) == min(need.count, 3)


def test_refused_mail_is_urgent_for_a_day_and_listed_for_a_week(editor, clock):
    sent = make_issue(1)
    deliver(sent, "failed", "accepted")
    deliver(make_issue(2, sent_at=ago(days=2)), "accepted")

    def refused():
        return next(need for need in issue_needs(editor).needs if "refused" in need.text)

    assert (refused().count, refused().urgency) == (1, Urgency.TROUBLE)
    clock.shift(timedelta(days=1, minutes=1))
    assert (refused().count, refused().urgency) == (1, Urgency.OTHER)
    clock.shift(timedelta(days=6))
    assert refused().count == 0


def test_the_counts_are_one_query_and_each_line_names_rows_with_one(
    editor, django_assert_num_queries
):
    editor.has_perm("newsletter.view_issue")  # the user keeps their permissions
    make_trouble()
    for number in range(20, 40):
        deliver(make_issue(number, status="paused"), "unknown", "failed")
    with django_assert_num_queries(2 + len(IN_ORDER)):  # one asks if refused mail is fresh
        issue_needs(editor)


def test_trouble_alone_is_not_called_nothing(client, editor):
    make_issue(1, status="paused")
    page = client.get("/admin/").text
    assert "issue is paused" in page
    assert "Nothing needs work." not in page


def test_readers_are_counted_with_their_last_weeks(client, editor):
    for number, (days, left) in enumerate([(100, None), (50, 3), (5, None), (2, None), (90, 80)]):
        gone = {"status": "unsubscribed", "unsubscribed_at": ago(days=left)} if left else {}
        make_subscription(f"r{number}@example.org", confirmed_at=ago(days=days), **gone)
    make_subscription("paused@example.org", status="paused", confirmed_at=ago(days=20))
    make_subscription("asked@example.org", status="pending")
    growth = readers(editor).growth
    assert (growth.active, growth.paused, growth.gained, growth.lost) == (3, 1, 2, 1)
    assert [count for _, count in growth.weeks] == [2, 1, 1, 1, 1, 2, 2, 2, 2, 2, 3, 3, 4]
    text = " ".join(client.get("/admin/").text.split())
    assert '3<span> active</span></a> <span class="quiet">and 1 paused</span>' in text
    assert "+2 −1" in text
    assert "+2 in the last 12 weeks" in text
    assert '<svg class="spark"' in text


@pytest.mark.parametrize(("counts", "is_drawn"), [((1, 2, 3, 2, 1), False), ((1, 2, 3, 4), True)])
def test_the_line_of_readers_is_drawn_from_four_different_numbers_on(counts, is_drawn):
    weeks = tuple((ago(days=7 * weeks), count) for weeks, count in enumerate(counts))
    assert Growth(active=4, paused=0, gained=1, lost=0, weeks=weeks).is_drawn == is_drawn


def test_without_readers_the_desk_says_where_the_form_is(client, editor):
    assert "Nobody has subscribed yet." in client.get("/admin/").text


def test_readers_and_sendings_are_not_shown_to_who_may_not_see_them(client):
    user = User.objects.create_user("edith", is_staff=True)
    user.groups.add(Group.objects.get(name="Editors"))
    client.force_login(user)
    make_subscription()
    page = client.get("/admin/").text
    for heading in ("Readers", "Last sending", "’s issue"):
        assert heading not in page
    assert "Needs work" in page
    assert (readers(user), last_sending(user)) == (None, None)


def test_the_last_sending_is_told_in_numbers(client, editor):
    assert "No issue was sent from here yet." in client.get("/admin/").text
    for number, recipients in ((1, 1), (2, 5)):
        Snapshot.objects.create(
            issue=make_issue(number, f"Number {number}", status="sending"),
            candidates=recipients, recipients=recipients, frozen_at=ago(hours=3 - number),
        )  # fmt: skip
    states = ("accepted", "bounced", "failed", "queued", "unknown")
    deliver(Issue.objects.get(number=2), *states)
    sent = last_sending(editor)
    numbers = sent.progress
    assert sent.issue.number == 2
    assert (numbers.arrived, numbers.failed, numbers.left, numbers.recipients) == (2, 1, 1, 5)
    page = client.get("/admin/").text
    assert (
        f'<a href="/admin/newsletter/issue/{sent.issue.pk}/sending/">No. 2 · Number 2</a>' in page
    )
