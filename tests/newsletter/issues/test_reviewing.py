"""Who reviewed an issue and who answers for it; an edit after the review reopens it."""

from datetime import UTC, date, datetime

import pytest
from django.contrib.auth.models import User

from glossary.terms import reviews
from newsletter.issues import deletions
from newsletter.issues.composing import approval, proposals
from newsletter.issues.composing.reviewing import ISSUE, POINT, is_tested
from newsletter.models import DataPoint, Issue
from tests.builders import make_issue, make_office, make_person
from tests.bystanders import unchanged
from tests.html_forms import errors, opened
from tests.newsletter.drafts import make_draft, make_ready_draft, make_three_series, page

FRIDAY = datetime(2026, 11, 27, 14, tzinfo=UTC)
REVIEW, TODAY = date(2026, 11, 20), date(2026, 11, 23)


@pytest.fixture
def issue(clock, db):
    return make_ready_draft(reviewed_on=REVIEW, responsible=make_office())


@pytest.fixture
def bystander(issue):
    return make_issue(2, "Other", status="draft", newsletter=issue.newsletter, reviewed_on=REVIEW)


def test_an_edit_of_any_field_that_readers_see_is_noticed_or_the_field_is_named_here():
    def unnoticed(model, noticed):
        return {field.attname for field in model._meta.concrete_fields} - set(noticed)

    of_the_review = {"reviewed_by_id", "reviewed_on", "reopened_on", "drafting"}
    of_its_way = {
        "status", "slot_on", "send_at", "sent_at", "proposed_at", "warned_at", "tested_at",
        "tested_fingerprint", "approved_at", "approved_by_id", "pause_reason", "waived_links",
    }  # fmt: skip
    made_when_sent = {"intro_html", "readings"}
    never_edited = {"id", "created_at", "updated_at", "newsletter_id"}
    assert unnoticed(Issue, ISSUE) == of_the_review | of_its_way | made_when_sent | never_edited
    for_editors = {"overdue_reason", "proposed_because"}
    assert unnoticed(DataPoint, POINT) == for_editors | {
        "comment_html",
        "reading",
        "id",
        "issue_id",
    }


def save(client, issue, **fields):
    """Save the form as a browser sends it; return the messages."""
    data = opened(client, page(issue)) | fields
    data = {name: text for name, text in data.items() if name != "CHANGE_FORM-action"}
    answer = client.post(page(issue), data, follow=True)
    assert not errors(answer)
    issue.refresh_from_db()
    return " ".join(map(str, answer.context["messages"]))


@pytest.mark.parametrize(
    "edit",
    [
        {"subject": "Other words"},
        {"preheader": "Another line"},
        {"intro": "Another text."},
        {"data_points-0-headline": "Another headline"},
        {"data_points-0-comment": "Another reason."},
    ],
    ids=["subject", "preheader", "intro", "headline", "comment"],
)
def test_an_edit_reopens_the_review_and_says_so(admin_client, issue, bystander, edit):
    with unchanged(bystander):
        said = save(admin_client, issue, **edit)
    assert reviews.REOPENED in said
    assert (issue.review, issue.reopened_on) == ((None, None), TODAY)
    assert issue.responsible == make_office()
    assert issue.history.first().history_change_reason == reviews.WHY


def test_what_is_no_text_leaves_the_review(admin_client, issue):
    ada = make_person("Ada")
    said = save(admin_client, issue, waived_links="https://a.example/", responsible=str(ada.pk))
    assert reviews.REOPENED not in said
    assert (issue.reviewed_on, issue.responsible) == (REVIEW, ada)


def test_another_review_with_the_edit_is_one_of_the_new_text(admin_client, issue):
    save(admin_client, issue, subject="Other words", reviewed_on="2026-11-23")
    assert (issue.reviewed_on, issue.reopened_on) == (TODAY, None)


def test_approval_stays_as_it_was_before_there_were_reviews(admin_client, issue):
    approval.approve_issue(issue, User.objects.get(), FRIDAY)
    said = save(admin_client, issue, reviewed_on="2026-11-22", drafting="By hand.")
    assert (issue.status, issue.reviewed_on) == ("approved", date(2026, 11, 22))
    said = save(admin_client, issue, subject="Other words")
    assert reviews.REOPENED in said
    assert "its approval was withdrawn" in said
    assert (issue.status, issue.reviewed_on) == ("draft", None)


def test_who_answers_signs_the_mail_so_a_change_wants_another_test_mail(admin_client, issue):
    assert is_tested(issue)
    save(admin_client, issue, responsible=str(make_person("Ada").pk))
    assert not is_tested(issue)


def test_restoring_an_old_version_reopens_the_review_and_keeps_who_answers(admin_client, issue):
    old = issue.history.last().history_id
    ada = make_person("Ada")
    save(admin_client, issue, subject="New", reviewed_on="2026-11-22", responsible=str(ada.pk))
    where = page(issue, f"history/{old}")
    assert admin_client.post(where, opened(admin_client, where)).status_code == 302
    issue.refresh_from_db()
    assert issue.subject == "Chips for rent"
    assert (issue.review, issue.reopened_on, issue.responsible) == ((None, None), TODAY, ada)


def test_what_the_site_fills_in_is_an_edit_too(clock, db):
    make_three_series()
    issue, bystander = make_draft(reviewed_on=REVIEW), make_draft(4, "Other", reviewed_on=REVIEW)
    with unchanged(bystander):
        proposals.fill_draft(issue)
    assert (issue.review, issue.reopened_on) == ((None, None), TODAY)
    issue.refresh_from_db()
    assert (issue.review, issue.reopened_on) == ((None, None), TODAY)


def test_what_fills_nothing_in_leaves_the_review(issue):
    proposals.fill_draft(issue)
    issue.refresh_from_db()
    issue.reviewed_on, issue.reviewed_by = REVIEW, make_office()
    issue.save()
    before = issue.history.count()
    proposals.fill_draft(issue)
    proposals.tell_corrections(issue)
    issue.refresh_from_db()
    assert issue.reviewed_on == REVIEW
    assert issue.history.count() == before


def test_a_deleted_issue_comes_back_without_people_who_are_gone(issue, bystander):
    issue.reviewed_by = ada = make_person("Ada")
    issue.save()
    pk = issue.pk
    issue.delete()
    ada.delete()
    with unchanged(bystander):
        back, _ = deletions.bring_back(pk)
    assert (back.review, back.responsible) == ((None, None), make_office())


def test_the_page_says_at_its_foot_who_answers_and_who_reviewed(client, issue):
    ada = make_person("Ada <b>", role="Editor", url="https://ada.example/")
    sent = make_issue(
        9, "Sent", responsible=ada, reviewed_on=REVIEW, drafting="Drafted with a language model."
    )
    text = client.get(sent.get_absolute_url()).text
    assert 'By <a href="https://ada.example/">Ada &lt;b&gt;</a>, Editor' in text
    assert "by our editorial office" in text
    assert "<span>Drafted with a language model.</span>" in text
    assert sent.signature == "Ada <b>, Editor"


def test_a_page_of_an_issue_without_names_says_nothing_of_them(client, issue):
    sent = make_issue(9, "Sent")
    text = client.get(sent.get_absolute_url()).text
    assert "By " not in text
    assert "eviewed" not in text
    assert Issue.objects.get(pk=sent.pk).signature == ""


def test_the_twin_names_them_too(client, issue):
    sent = make_issue(9, "Sent", responsible=make_person("Ada"), reviewed_on=REVIEW)
    about = client.get(f"/newsletter/9-{sent.slug}.json").json()["issue"]
    assert (about["responsible"]["name"], about["reviewed_on"]) == ("Ada", "2026-11-20")
    assert about["reviewed_by"]["kind"] == "office"
