"""The pages from a draft to its approval in admin: propose, test mail, checklist, decisions."""

from datetime import UTC, datetime
from html import unescape

import pytest
from django.contrib.auth.models import Group, User
from django.core import mail

from glossary.models import CheckedAddress
from newsletter.issues.composing import recurrence
from newsletter.models import Issue
from tests.builders import (
    make_issue,
    make_series,
    make_subscription,
    make_suppression,
    release,
)
from tests.bystanders import unchanged
from tests.newsletter.drafts import make_draft, make_ready_draft, make_three_series, page

FRIDAY = datetime(2026, 11, 27, 14, tzinfo=UTC)


@pytest.fixture
def issue(clock, db):
    return make_ready_draft()


# --- proposing ---


def test_the_candidates_are_listed_with_reasons_and_fill_the_draft(admin_client, clock, db):
    issue = make_draft(subject="")
    make_three_series()
    text = unescape(admin_client.get(page(issue, "propose")).text)
    assert "Compute rose 20% in a year to 12 units in 2025" in text
    assert "New since the last issue: released November 20, 2026." in text
    assert not issue.data_points.exists()
    answer = admin_client.post(page(issue, "propose"), follow=True)
    assert "Data point 1: Compute rose 20% in a year to 12 units in 2025" in answer.text
    assert issue.data_points.count() == 3


def test_series_with_late_values_are_named_and_not_offered(admin_client, clock, db):
    issue = make_draft(subject="")
    make_three_series()
    release(make_series("rent", expected_days=60), "2024,10 2025,12", day="2026-01-15")
    text = admin_client.get(page(issue, "propose")).text.replace("\u00a0", " ")
    assert "Not offered, because newer values are late: 1 series" in text
    assert "8 months late</span>" in text
    assert "Updated January 15, 2026." in text
    assert 'value="rent:' not in text
    assert 'value="compute:1"' in text


def test_an_editor_puts_one_candidate_at_a_place(admin_client, clock, db):
    issue = make_draft()
    make_three_series()
    admin_client.post(page(issue, "propose"), {"use": "jobs:2"})
    point = issue.data_points.get()
    assert (point.position, point.series.slug) == (2, "jobs")


@pytest.mark.parametrize("use", ["none:1", "jobs:9", "jobs:4"])
def test_a_candidate_or_place_that_does_not_exist_is_refused(admin_client, clock, db, use):
    issue = make_draft()
    make_three_series()
    answer = admin_client.post(page(issue, "propose"), {"use": use}, follow=True)
    assert "Nothing was changed." in answer.text
    assert not issue.data_points.exists()


# --- test mail ---


def test_the_test_mail_form_suggests_the_editors_own_address(admin_client, issue):
    User.objects.update(email="ann@example.org")
    form = admin_client.get(page(issue, "test")).context["form"]
    assert form["addresses"].value() == "ann@example.org"


def test_a_test_mail_goes_to_the_given_addresses(admin_client, issue):
    answer = admin_client.post(
        page(issue, "test"), {"addresses": "ann@example.org, bo@example.org"}, follow=True
    )
    assert "Sent to bo@example.org. Read it before you approve." in answer.text
    assert [each.to for each in mail.outbox] == [["ann@example.org"], ["bo@example.org"]]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("", "This field is required."),
        ("ann", "ann: An address contains an @"),
        (
            " ".join(f"reader{n}@example.org" for n in range(6)),
            "These are 6 addresses; the limit is 5",
        ),
    ],
)
def test_bad_addresses_send_nothing(admin_client, issue, typed, said):
    answer = admin_client.post(page(issue, "test"), {"addresses": typed})
    assert said in answer.text
    assert mail.outbox == []


# --- approving ---


def test_each_problem_is_listed_with_a_link_to_the_page_that_fixes_it(admin_client, issue):
    issue.data_points.filter(position=1).update(comment="")
    text = admin_client.get(page(issue, "approve")).text
    assert "Data point 1 does not say why it matters: write its comment." in text
    assert f'href="{page(issue)}#data_points-group"' in text
    assert f'href="{page(issue, "test")}"' in text
    assert "You cannot approve the issue until then" in text


def test_the_confirmation_names_the_time_the_readers_and_the_excluded(admin_client, issue):
    make_subscription("a@example.org")
    make_subscription("b@example.org")
    make_subscription("c@example.org", status="paused")
    make_subscription("d@example.org")
    make_suppression("d@example.org")
    CheckedAddress.objects.create(url="https://example.org/data", state="works")
    text = admin_client.get(page(issue, "approve"), {"when": "slot"}).text
    assert "Chips for rent" in text
    assert "Fri, Nov 27, 2026, 09:00 EST" in text
    assert "<strong>2 readers</strong>, of 4. Excluded: 1 paused, 1 suppressed" in " ".join(
        text.split()
    )
    assert "All 10 points of the checklist are met." in text
    issue.refresh_from_db()
    assert issue.status == "draft"


@pytest.mark.parametrize(
    "chosen",
    [{"when": "now", "typed": "send now"}, {"when": "time", "day": "2026-11-24", "time": "17:30"}],
)
def test_a_draft_that_is_sent_before_its_slot_may_leave_the_slot_to_another(
    admin_client, issue, chosen
):
    other = make_issue(
        8, "Another", status="draft", slot_on="2026-12-04", newsletter=issue.newsletter
    )
    text = " ".join(admin_client.get(page(issue, "approve"), chosen).text.split())
    assert "without an issue, but new readers are told that one comes" in text
    with unchanged(other):
        admin_client.post(page(issue, "approve"), chosen | {"special": "x"})
        recurrence.make_drafts()
    issue.refresh_from_db()
    assert (issue.status, issue.slot_on) == ("approved", None)
    new = Issue.objects.get(slot_on="2026-11-27")
    assert (new.status, new.number) == ("draft", 9)


def test_another_hour_of_the_same_day_is_not_asked_about(admin_client, issue):
    chosen = {"when": "time", "day": "2026-11-27", "time": "11:00"}
    assert "special issue" not in admin_client.get(page(issue, "approve"), chosen).text


def test_a_draft_that_is_sent_in_its_slot_is_not_asked_about(admin_client, issue):
    text = admin_client.get(page(issue, "approve"), {"when": "slot"}).text
    assert "special issue" not in text
    admin_client.post(page(issue, "approve"), {"when": "now", "typed": "send now"})
    issue.refresh_from_db()
    assert str(issue.slot_on) == "2026-11-27"


@pytest.mark.parametrize(
    ("chosen", "at"),
    [
        ({"when": "slot"}, "2026-11-27T09:00-05:00"),
        ({"when": "now", "typed": "send now"}, "2026-11-23T09:00+00:00"),
        ({"when": "time", "day": "2026-11-24", "time": "17:30"}, "2026-11-24T17:30-05:00"),
    ],
)
def test_an_issue_is_approved_for_its_slot_a_time_or_now(admin_client, issue, chosen, at):
    confirm = admin_client.get(page(issue, "approve"), chosen)
    assert confirm.template_name == "admin/newsletter/issue/confirm.html"
    answer = admin_client.post(page(issue, "approve"), chosen, follow=True)
    assert "Approved. It is sent" in answer.text
    issue.refresh_from_db()
    assert (issue.status, issue.send_at) == ("approved", datetime.fromisoformat(at))


@pytest.mark.parametrize(
    ("chosen", "said"),
    [
        ({"when": "time"}, "Say on which day and at what time."),
        ({"when": "time", "day": "2026-11-20", "time": "09:00"}, "That time has passed."),
        ({"when": "time", "day": "soon", "time": "09:00"}, "Enter a valid date."),
        ({"when": "time", "day": "2027-11-26", "time": "09:00"}, "more than a year away."),
        ({"when": "time", "day": "9999-12-31", "time": "23:59"}, "more than a year away."),
        ({"when": "later"}, "Select a valid choice."),
    ],
)
def test_an_impossible_time_is_refused(admin_client, issue, chosen, said):
    assert said in admin_client.get(page(issue, "approve"), chosen).text
    assert said in admin_client.post(page(issue, "approve"), chosen, follow=True).text
    issue.refresh_from_db()
    assert issue.status == "draft"


def test_an_issue_that_was_spoiled_meanwhile_is_not_approved(admin_client, issue):
    issue.data_points.filter(position=1).update(comment="")
    answer = admin_client.post(page(issue, "approve"), {"when": "slot"}, follow=True)
    assert "Not approved: Data point 1 does not say why it matters" in answer.text
    issue.refresh_from_db()
    assert issue.status == "draft"


def member_of(client, name, username):
    user = User.objects.create_user(username, is_staff=True)
    user.groups.add(Group.objects.get(name=name))
    client.force_login(user)


def test_an_editor_sees_who_may_approve(client, issue):
    member_of(client, "Publishers", "paula")
    member_of(client, "Newsletter editors", "nina")
    text = client.get(page(issue, "approve")).text
    assert "a person who may send issues has to approve it: paula." in text
    assert 'name="when"' not in text
    assert client.post(page(issue, "approve"), {"when": "slot"}).status_code == 403
    issue.refresh_from_db()
    assert issue.status == "draft"


def test_a_publisher_approves(client, issue):
    member_of(client, "Publishers", "paula")
    client.post(page(issue, "approve"), {"when": "slot"})
    issue.refresh_from_db()
    assert (issue.status, issue.approved_by.username) == ("approved", "paula")


@pytest.mark.parametrize(
    ("step", "before", "after"),
    [
        ("withdraw", "approved", "draft"),
        ("call-off", "approved", "canceled"),
        ("call-off", "draft", "canceled"),
        ("take-up", "canceled", "draft"),
        ("take-up", "expired", "draft"),
    ],
)
def test_every_decision_asks_first(admin_client, clock, db, step, before, after):
    issue = make_draft(slot_on="2026-11-27")
    Issue.objects.filter(pk=issue.pk).update(status=before, send_at=FRIDAY)
    assert admin_client.get(page(issue, step)).status_code == 200
    issue.refresh_from_db()
    assert issue.status == before
    admin_client.post(page(issue, step))
    issue.refresh_from_db()
    assert issue.status == after


STEPS = ("propose", "test", "approve", "withdraw", "call-off", "take-up")


@pytest.mark.parametrize("step", STEPS)
def test_every_step_of_a_sent_issue_redirects_to_the_form(admin_client, db, step):
    issue = make_issue()
    assert admin_client.post(page(issue, step)).headers["Location"] == page(issue)
    issue.refresh_from_db()
    assert issue.status == "sent"


@pytest.mark.parametrize("step", [*STEPS, "preview"])
def test_a_person_who_may_not_change_issues_is_refused(client, db, step):
    issue = make_draft()
    member_of(client, "Editors", "edith")
    assert client.post(page(issue, step)).status_code == 403
    issue.refresh_from_db()
    assert issue.status == "draft"
