"""The issue at the top of the front page: which one, how far it is, and the one next step."""

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import Group, User
from django.utils import timezone

from newsletter.admin.desk import coming_issue
from newsletter.admin.steps import note_on
from newsletter.models import Delivery, Issue, Newsletter, Snapshot
from tests.builders import make_issue
from tests.bystanders import unchanged
from tests.newsletter.drafts import make_draft, make_ready_draft, make_three_series, page

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

FRIDAY = datetime(2026, 11, 27, 14, tzinfo=UTC)
LABELS = ["Draft", "Three numbers", "Test mail", "Checked", "Approved", "Sent"]


@pytest.fixture
def publisher(client):
    return member_of("Publishers", "paula", client)


def member_of(group, name, client):
    user = User.objects.create_user(name, is_staff=True)
    user.groups.add(Group.objects.get(name=group))
    client.force_login(user)
    return user


def states(shown):
    assert [stage.label for stage in shown.stages] == LABELS
    return " ".join(stage.state for stage in shown.stages)


def button(shown):
    return (shown.next.label, shown.next.url) if shown.next else None


def test_an_empty_draft_is_filled_with_one_press(client, publisher):
    issue, other = make_draft(subject="", slot_on="2026-11-27"), make_draft(4)
    make_three_series()
    shown = coming_issue(publisher)
    assert shown.name == "Friday’s issue · No. 3"
    assert (shown.title, shown.at) == ("No subject yet", FRIDAY)
    assert states(shown) == "done next open open open open"
    assert button(shown) == ("Propose three numbers", page(issue, "propose"))
    html = client.get("/admin/").text
    assert f'<form method="post" action="{page(issue, "propose")}">' in html
    with unchanged(other):
        client.post(shown.next.url)
    assert issue.data_points.count() == 3
    assert not other.data_points.exists()


def test_a_draft_leads_from_writing_to_the_test_mail_to_the_checklist(client, publisher):
    issue = make_ready_draft()
    issue.data_points.filter(position=2).update(comment="")
    shown = coming_issue(publisher)
    assert states(shown) == "done next open open open open"
    assert shown.notes == ("Data point 2 does not say why it matters: write its comment.",)
    assert button(shown) == ("Write the issue", page(issue))

    issue.data_points.update(comment="It matters more.")
    shown = coming_issue(publisher)
    assert states(shown) == "done done next open open open"
    assert (button(shown), shown.notes) == (("Send a test mail", page(issue, "test")), ())

    Issue.objects.filter(pk=issue.pk).update(subject="Chips for rent")
    client.post(page(issue, "test"), {"addresses": "paula@example.org"})
    shown = coming_issue(publisher)
    assert states(shown) == "done done done next open open"
    assert button(shown) == ("Check and approve", page(issue, "approve"))

    client.post(page(issue, "approve"), {"when": "slot"})
    shown = coming_issue(publisher)
    assert states(shown) == "done done done done done next"
    assert (button(shown), shown.form) == (None, page(issue))
    assert shown.notes[0] == "Nothing is left to do: it starts at its time."
    assert shown.notes[1].startswith("Approved by paula.")


def test_the_page_says_each_step_in_words_with_its_state(client, publisher):
    make_ready_draft()
    html = client.get("/admin/").text
    assert html.count('aria-current="step"') == 1
    for label, state in (("Test mail", "done"), ("Checked", "next"), ("Sent", "open")):
        assert f'{label}<span class="visually-hidden">: {state}</span>' in html
    assert "Step 4 of 6: Checked" in html
    assert '<time datetime="2026-11-27T09:00:00-05:00" data-local>' in html


def test_the_form_of_a_draft_marks_the_same_next_step(client, publisher):
    issue = make_ready_draft()
    html = client.get(page(issue)).text
    assert html.count('class="button default"') == 1
    assert f'formaction="{page(issue, "approve")}" class="button default"' in html
    assert 'aria-current="step">Checked<' in html


def test_the_form_of_a_draft_leads_to_the_fields_that_are_empty(client, publisher):
    issue, other = make_ready_draft(), make_draft(4)
    issue.data_points.filter(position__gt=1).update(comment="")
    html = client.get(page(issue)).text
    said = "Data points 2 and 3 do not say why they matter: write their comments."
    assert html.count(said) == 1
    assert '<a class="button default" href="#data_points-group">Go to what is empty</a>' in html
    assert html.count("button default") == 1
    Issue.objects.filter(pk=issue.pk).update(subject="")
    assert 'href="#id_subject">Go to what is empty</a>' in client.get(page(issue)).text
    assert "Data points 1, 2 and 3 are missing." in client.get(page(other)).text


def test_who_may_not_approve_is_told_who_may(client, publisher):
    make_ready_draft()
    shown = coming_issue(member_of("Newsletter editors", "nina", client))
    assert shown.notes == ("Who may approve it: paula.",)
    assert shown.next.label == "See the checklist"


def test_without_an_issue_the_next_days_is_made_and_filled(client, publisher):
    make_three_series()
    make_issue(1, "Sent before")
    Newsletter.objects.update(time_zone="America/New_York")
    shown = coming_issue(publisher)
    assert shown.name == "Friday’s issue · No. 2"
    assert (shown.title, shown.at, shown.form) == ("No issue yet", FRIDAY, "")
    assert states(shown) == "next open open open open open"
    assert button(shown) == ("Propose Friday’s issue", "/admin/newsletter/issue/propose/")
    assert client.get(shown.next.url).status_code == 405
    assert Issue.objects.count() == 1
    answer = client.post(shown.next.url)
    issue = Issue.objects.get(status="draft")
    assert answer.headers["Location"] == page(issue)
    assert (str(issue.slot_on), issue.number) == ("2026-11-27", 2)
    assert issue.data_points.count() == 3
    client.post(shown.next.url)  # pressed twice
    assert Issue.objects.count() == 2


def test_where_no_number_can_be_proposed_the_draft_is_made_and_that_is_said(client, publisher):
    answer = client.post("/admin/newsletter/issue/propose/", follow=True)
    assert "Nothing was filled: there is no number to propose." in answer.text
    assert not Issue.objects.get().data_points.exists()


def test_who_may_not_add_issues_cannot_propose_one(client):
    member_of("Editors", "edith", client)
    assert client.post("/admin/newsletter/issue/propose/").status_code == 403
    assert not Issue.objects.exists()


def test_a_week_without_an_issue_is_told_and_can_be_taken_back(client, publisher):
    issue = make_draft(slot_on="2026-11-27")
    Issue.objects.filter(pk=issue.pk).update(status="canceled")
    shown = coming_issue(publisher)
    assert shown.notes == ("It was not sent. Reopen it to change or send it.",)
    assert button(shown) == ("Reopen as draft", page(issue, "take-up"))
    answer = client.post("/admin/newsletter/issue/propose/", follow=True)
    assert "That day has an issue already." in answer.text
    assert Issue.objects.get().status == "canceled"


def test_a_draft_says_when_its_slot_has_passed(clock):
    issue = make_draft(slot_on=FRIDAY.date())
    clock.shift(FRIDAY - timezone.now())
    assert note_on(issue) == ""
    clock.shift(1)
    assert note_on(issue) == "That time has passed. Send it now, or choose another time."


def test_without_a_newsletter_the_page_says_who_can_begin(client, publisher):
    Newsletter.objects.all().delete()
    shown = coming_issue(publisher)
    assert (shown.title, shown.stages, shown.next) == ("No newsletter yet", (), None)
    assert client.get("/admin/").status_code == 200
    root = User.objects.create_superuser("root")
    label = ("Set up the newsletter", "/admin/newsletter/newsletter/add/")
    assert button(coming_issue(root)) == label


def test_trouble_outranks_the_coming_issue_and_the_worst_leads(client, publisher):
    make_ready_draft()
    ago = timezone.now() - timedelta(hours=2)
    sending = make_issue(11, "Going out", status="sending")
    Snapshot.objects.create(issue=sending, candidates=3, recipients=3)
    deliver(sending, "accepted", "queued", "queued")
    doubt = make_issue(12, "In doubt", sent_at=ago)
    deliver(doubt, "unknown")
    late = make_issue(13, "Late", status="approved", send_at=ago)
    paused = make_issue(14, "Halted", status="paused", pause_reason="Too many failures.")
    Snapshot.objects.create(issue=paused)
    found = []
    for _ in range(5):
        found.append(coming_issue(publisher))
        issue = Issue.objects.get(subject=found[-1].title)
        Issue.objects.filter(pk=issue.pk).update(status="canceled", sent_at=None)
    assert [shown.title for shown in found] == [
        "Halted", "Late", "In doubt", "Going out", "Chips for rent",
    ]  # fmt: skip
    assert [shown.is_trouble for shown in found] == [True, True, True, False, False]
    assert found[0].notes == ("Too many failures.",)
    assert button(found[0]) == ("See the sending", page(paused, "sending"))
    assert button(found[1]) == ("Open the issue", page(late))
    assert button(found[2]) == ("See these readers", page(doubt, "sending"))
    assert found[3].notes == ("1 of 3 readers done.",)
    assert states(found[3]) == "done done done done done next"


def deliver(issue, *states):
    Delivery.objects.bulk_create(
        Delivery(issue=issue, subscription_id=n, domain="example.org", state=state, attempts=1)
        for n, state in enumerate(states)
    )
