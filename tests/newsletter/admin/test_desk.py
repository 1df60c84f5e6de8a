"""The front page of admin names issues in trouble first, and each count matches its list."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group, User
from django.utils import timezone

from glossary.admin.desk import desk_of
from newsletter.admin.desk import issue_needs
from newsletter.models import Correction, Delivery
from tests.builders import make_issue, make_term

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

IN_ORDER = [
    "issue is paused",
    "approved issue did not start at its time",
    "issue has readers who may not have got it",
    "issue has readers whose mail was refused",
    "issue expired and was not sent",
    "approved issues wait to be sent",
    "issue in draft",
    "sent issue has a correction that readers were not told",
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
    make_issue(10, status="cancelled")


def test_issues_in_trouble_come_first_and_the_most_urgent_leads(client, editor):
    make_trouble()
    make_term("Unread")
    desk = desk_of(editor)
    assert [need.text for need in desk.urgent] == IN_ORDER[:5]
    assert [need.text for need in desk.needs][-3:] == IN_ORDER[5:]
    page = client.get("/admin/").text
    places = [
        page.index(f"</strong> {text}</a>") for text in [*IN_ORDER[:5], "term never reviewed"]
    ]
    assert places == sorted(places)


def test_every_count_is_the_number_of_issues_in_its_list(client, editor):
    make_trouble()
    desk = issue_needs(editor)
    for need in (*desk.urgent, *desk.needs):
        listed = client.get(need.url).context["cl"]
        assert (need.text, listed.result_count) == (need.text, need.count)
        assert need.count


def test_the_questions_about_issues_are_one_query(editor, django_assert_num_queries):
    editor.has_perm("newsletter.view_issue")  # the user keeps their permissions
    make_trouble()
    for number in range(20, 40):
        deliver(make_issue(number, status="paused"), "unknown", "failed")
    with django_assert_num_queries(1):
        issue_needs(editor)


def test_trouble_alone_is_not_called_nothing(client, editor):
    make_issue(1, status="paused")
    page = client.get("/admin/").text
    assert "<strong>1</strong> issue is paused</a>" in page
    assert "Nothing is waiting for you." not in page
