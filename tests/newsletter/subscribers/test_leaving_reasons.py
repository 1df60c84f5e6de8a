"""Who left after which issue, and why, for editors."""

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import Group, User
from django.utils import timezone

from newsletter.models import Snapshot
from newsletter.subscribers import leaving_reasons, subscriptions
from tests.builders import make_issue, make_newsletter, make_subscription

pytestmark = pytest.mark.django_db

PAGE = "/admin/newsletter/subscriber/leaving/"


def friday(week):
    return datetime(2026, 10, 2 + 7 * (week - 1), 13, tzinfo=UTC)


def leave(address, at, reason="", words="", **fields):
    return make_subscription(
        address,
        status="unsubscribed",
        unsubscribed_at=at,
        leaving_reason=reason,
        leaving_words=words,
        **fields,
    )


@pytest.fixture
def issues(clock):
    """Three issues; readers left after the first and the third, and one before all."""
    found = [make_issue(n, f"Subject {n}", sent_at=friday(n)) for n in (1, 2, 3)]
    leave("before@example.org", friday(1) - timedelta(seconds=1), "time")
    leave("a@example.org", friday(1), "often", "Every\nday!")
    leave("b@example.org", friday(2) - timedelta(seconds=1), "often")
    leave("c@example.org", friday(1) + timedelta(days=1))
    leave("d@example.org", friday(3) + timedelta(days=1), "never", "<i>Who</i> are you?")
    leave("never@example.org", friday(3), "time", confirmed_at=None)
    letter = make_newsletter("Data Letter")
    make_issue(1, "In depth", newsletter=letter, sent_at=friday(1))
    leave("e@example.org", friday(1), "expected", newsletter=letter)
    return found


def test_a_reader_counts_for_the_newest_issue_when_they_left(issues):
    first, second, third = map(leaving_reasons.after_issue, issues)
    assert first.rows == [("I get it too often", 2), ("No reason given", 1)]
    assert (first.total, second.total) == (3, 0)
    assert third.rows == [("I never signed up", 1)]
    assert list(leaving_reasons.words_of(first)) == [(friday(1), "Every\nday!")]


def test_all_issues_are_counted_at_once(issues, django_assert_num_queries):
    newsletter = issues[0].newsletter
    with django_assert_num_queries(2):
        found = leaving_reasons.after_issues(newsletter)
    assert [(each.issue, each.total) for each in found] == list(
        zip(issues[::-1], (1, 0, 3), strict=True)
    )
    assert [leaving_reasons.after_issue(each.issue).counts for each in found] == [
        each.counts for each in found
    ]
    assert leaving_reasons.after_issues(make_newsletter("Chart Letter")) == []


def test_who_comes_back_no_longer_counts(issues, clock):
    undone = make_subscription("back@example.org")
    subscriptions.unsubscribe(undone.pk)
    assert leaving_reasons.after_issue(issues[2]).total == 2
    subscriptions.undo_unsubscribing(undone.pk)
    assert leaving_reasons.after_issue(issues[2]).total == 1


def test_editors_see_the_counts_and_the_words_of_an_issue_and_no_address(admin_client, issues):
    Snapshot.objects.create(issue=issues[2], candidates=5, recipients=5, frozen_at=timezone.now())
    page = admin_client.get(f"/admin/newsletter/issue/{issues[2].pk}/sending/").text
    assert "1 until the next issue" in page
    assert "I never signed up 1" in page
    assert "&lt;i&gt;Who&lt;/i&gt; are you?" in page
    assert "Every" not in page
    assert "d@example.org" not in page


def test_a_page_counts_all_issues_of_each_newsletter(admin_client, issues):
    page = admin_client.get(PAGE).text
    for label in leaving_reasons.LABELS:
        assert f'<th scope="col" class="number">{label}</th>' in page
    row = page.partition("No. 1 · Subject 1")[2].partition("</tr>")[0]
    assert [int(cell.partition("<")[0]) for cell in row.split('"number">')[1:]] == [
        3,
        2,
        0,
        0,
        0,
        0,
        1,
    ]
    assert "No. 1 · In depth" in page
    assert 'href="/admin/newsletter/subscriber/" aria-current="page">Readers</a>' in page
    assert PAGE in admin_client.get("/admin/").text


@pytest.mark.parametrize(("group", "status"), [("Newsletter editors", 200), ("Editors", 403)])
def test_only_who_may_see_readers_sees_them(client, issues, group, status):
    user = User.objects.create_user("nina", is_staff=True)
    user.groups.add(Group.objects.get(name=group))
    client.force_login(user)
    assert client.get(PAGE).status_code == status
