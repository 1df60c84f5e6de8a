"""A deleted issue comes back as a draft with its data points; a sent one cannot be deleted."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group, User
from django.utils import timezone

from glossary.mentions import relinking
from glossary.models import Series, Term
from newsletter.models import DataPoint, Issue
from tests.builders import make_data_point, make_issue, make_newsletter, make_series, make_term
from tests.bystanders import unchanged

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

LIST = "/admin/newsletter/issue/deleted/"


def log_in(client, group):
    user = User.objects.create_user(group, is_staff=True)
    user.groups.set(Group.objects.filter(name=group))
    client.force_login(user)
    return client


@pytest.fixture
def editor(client):
    return log_in(client, "Newsletter editors")


@pytest.fixture
def other():
    """An issue with a data point that nobody deletes."""
    issue = make_issue(6)
    return issue, make_data_point(issue)


@pytest.fixture
def pk(editor, other, clock):
    """The id of an issue that was deleted in admin, with two data points; a third went before."""
    day = timezone.localdate() + timedelta(days=3)
    issue = make_issue(7, "Rents fell again", status="expired", slot_on=day, intro="About Token.")
    make_data_point(issue, 3).delete()
    clock.shift(timedelta(hours=1))
    make_data_point(issue, 1, term=make_term("Token"))
    make_data_point(issue, 2, series=make_series("rents"), figure="")
    relinking.relink_changed()
    assert issue.mentions.exists()
    number = issue.pk
    editor.post(f"/admin/newsletter/issue/{number}/delete/", {"post": "yes"}, follow=True)
    assert not Issue.objects.filter(pk=number).exists()
    return number


def bring_back(client, pk):
    """Press the button and return the messages that follow."""
    page = client.post(f"{LIST}{pk}/bring-back/", follow=True)
    return [str(message) for message in page.context["messages"]]


def test_a_deleted_issue_comes_back_as_a_draft_with_all_that_went_with_it(editor, pk, other):
    assert f'href="{LIST}">Deleted issues</a>' in editor.get("/admin/newsletter/issue/").text
    assert "No. 7 · Rents fell again</a>" in editor.get(LIST).text
    with unchanged(*other):
        assert bring_back(editor, pk) == ["“No. 7 · Rents fell again” is back, as a draft."]
    issue = Issue.objects.get(pk=pk)
    assert (issue.status, issue.number, issue.send_at) == ("draft", 7, None)
    assert issue.slot_on == timezone.localdate() + timedelta(days=3)
    points = issue.data_points.order_by("position")
    assert [(point.position, str(point.term or point.series)) for point in points] == [
        (1, "Token"),
        (2, str(Series.objects.get())),
    ]
    assert [mention.term.headword for mention in issue.mentions.all()] == ["Token"]
    assert "No issue has been deleted." in editor.get(LIST).text
    assert editor.post(f"{LIST}{pk}/bring-back/").status_code == 404


def test_what_is_taken_by_now_is_replaced_and_said(editor, pk):
    day = timezone.localdate() + timedelta(days=3)
    taken = make_issue(7, "Another", status="draft", slot_on=day)
    elsewhere = make_issue(8, newsletter=make_newsletter("Another letter"))
    Series.objects.all().delete()
    DataPoint.objects.exclude(issue__number=6).delete()
    with unchanged(taken, elsewhere):
        said = bring_back(editor, pk)
    assert said[:3] == [
        "“No. 8 · Rents fell again” is back, as a draft.",
        "It has number 8, because another issue is number 7 now.",
        "Choose its time when you approve it, because its day has another issue now.",
    ]
    assert said[3].startswith("This could not be restored. Data point 2 of 3 · Renting an H100")
    assert said[3].endswith(": Its series is deleted.")
    issue = Issue.objects.get(pk=pk)
    assert (issue.number, issue.slot_on, issue.data_points.count()) == (8, None, 1)


def test_a_day_that_has_passed_is_not_its_day(editor, pk, clock):
    user = User.objects.get(pk=editor.session["_auth_user_id"])
    clock.shift(timedelta(days=5))
    editor.force_login(user)
    said = bring_back(editor, pk)
    assert said[1:] == ["Choose its time when you approve it, because its day has passed."]
    assert Issue.objects.get(pk=pk).slot_on is None


def test_a_data_point_whose_term_is_gone_comes_back_without_it(editor, pk):
    Term.objects.all().delete()
    bring_back(editor, pk)
    assert DataPoint.objects.get(issue=pk, position=1).term is None


def test_issues_deleted_together_from_the_list_come_back_one_by_one(editor, other):
    draft, also = make_issue(8, status="draft"), make_issue(9, status="draft")
    chosen = {"_selected_action": [draft.pk, also.pk]}
    action = {"action": "delete_selected", "post": "yes", "typed": "delete"}
    with unchanged(*other):
        editor.post("/admin/newsletter/issue/", chosen | action)
        assert list(Issue.objects.values_list("number", flat=True)) == [6]
        bring_back(editor, also.pk)
    assert set(Issue.objects.values_list("number", flat=True)) == {6, 9}


@pytest.mark.parametrize("status", ["approved", "sending", "paused", "sent"])
def test_an_issue_that_is_approved_or_sent_cannot_be_deleted(editor, status):
    issue = make_issue(8, status=status, send_at=timezone.now())
    address = f"/admin/newsletter/issue/{issue.pk}/delete/"
    assert editor.post(address, {"post": "yes"}).status_code == 403
    assert Issue.objects.filter(pk=issue.pk).exists()


def test_a_deleted_issues_versions_are_not_restored_from_its_history(editor, pk):
    page = editor.get(f"/admin/newsletter/issue/{pk}/history/")
    assert page.status_code == 200
    assert "See and restore this version" not in page.text
    version = Issue.history.filter(id=pk).first().history_id
    answer = editor.post(f"/admin/newsletter/issue/{pk}/history/{version}/", {}, follow=True)
    assert "This issue is deleted. Bring it back first." in answer.text


def test_only_who_may_add_issues_brings_one_back(client, pk):
    stranger = log_in(client, "Editors")
    assert stranger.get(LIST).status_code == 403
    assert stranger.post(f"{LIST}{pk}/bring-back/").status_code == 403
