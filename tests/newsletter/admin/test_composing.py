"""Composing an issue in admin: the form and the preview beside it."""

from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext

from glossary.models import Source
from newsletter.issues.composing import approval
from newsletter.models import DataPoint, Issue
from tests.builders import make_data_point, make_issue, make_newsletter, make_series
from tests.newsletter.drafts import (
    as_tested,
    form_of,
    make_draft,
    make_ready_draft,
    make_three_series,
    page,
)

FRIDAY = datetime(2026, 11, 27, 14, tzinfo=UTC)


@pytest.fixture
def issue(clock, db):
    return make_ready_draft()


def headlines(issue):
    return dict(issue.data_points.values_list("position", "headline"))


def three_points():
    issue = make_draft()
    for place, headline in enumerate(["One", "Two", "Three"], 1):
        make_data_point(issue, place, headline=headline)
    return issue


# --- the form ---


@pytest.mark.parametrize(
    ("places", "found"),
    [
        ((2, 1, 3), {1: "Two", 2: "One", 3: "Three"}),
        ((2, 3, 1), {1: "Three", 2: "One", 3: "Two"}),
        ((3, 1, 2), {1: "Two", 2: "Three", 3: "One"}),
    ],
)
def test_data_points_change_places_in_one_save(admin_client, db, places, found):
    issue = three_points()
    before = set(issue.data_points.values_list("pk", flat=True))
    data = form_of(issue, *({"position": place} for place in places))
    assert admin_client.post(page(issue), data).status_code == 302
    assert headlines(issue) == found
    assert set(issue.data_points.values_list("pk", flat=True)) == before


def test_a_place_can_be_freed_and_taken_in_one_save(admin_client, db):
    issue = three_points()
    data = form_of(issue, {"position": 2}, {"DELETE": "on"})
    admin_client.post(page(issue), data)
    assert headlines(issue) == {2: "One", 3: "Three"}


def test_two_data_points_at_one_place_are_refused(admin_client, db):
    issue = three_points()
    answer = admin_client.post(page(issue), form_of(issue, {"position": 3}))
    assert "Two data points have place 3. Give each its own." in answer.text
    assert headlines(issue) == {1: "One", 2: "Two", 3: "Three"}


@pytest.mark.parametrize("place", ["4", "0", "x", ""])
def test_a_place_that_does_not_exist_is_refused(admin_client, db, place):
    issue = three_points()
    answer = admin_client.post(page(issue), form_of(issue, {"position": place}))
    assert answer.status_code == 200
    assert headlines(issue) == {1: "One", 2: "Two", 3: "Three"}


def test_an_empty_place_has_a_form_and_stays_empty_if_nothing_is_typed(admin_client, db):
    issue = make_draft()
    make_data_point(issue, 2, headline="Two")
    form = admin_client.get(page(issue))
    formset = form.context["inline_admin_formsets"][0].formset
    assert [each["position"].value() for each in formset.forms] == [2, 1, 3]
    assert admin_client.post(page(issue), form_of(issue)).status_code == 302
    assert headlines(issue) == {2: "Two"}


def test_a_half_written_draft_can_be_saved(admin_client, db):
    issue = make_draft(subject="")
    compute, *_ = make_three_series()
    admin_client.post(page(issue), form_of(issue, {"series": compute.pk}))
    assert issue.data_points.get().series == compute


def test_the_slug_follows_the_subject_until_an_editor_types_one(admin_client, db):
    issue = make_draft()
    for fields, slug in (
        ({"subject": "Rent fell"}, "rent-fell"),
        ({"slug": "my-own"}, "my-own"),
        ({"subject": "Rent rose"}, "my-own"),
    ):
        admin_client.post(page(issue), form_of(issue, **fields))
        issue.refresh_from_db()
        assert issue.slug == slug


@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has one writer at a time")
@pytest.mark.parametrize("step", ["change", "preview"])
def test_names_are_locked_before_the_issue(admin_client, issue, step):
    # Relinking texts locks the names first, then the issue its links belong to.
    with CaptureQueriesContext(connection) as queries:
        admin_client.post(page(issue, step), form_of(issue, intro="Other."))
    sql = [each["sql"] for each in queries]
    names = next(
        n for n, each in enumerate(sql) if "linkedversion" in each and "FOR UPDATE" in each
    )
    takes = ('UPDATE "newsletter_issue"', 'FOR NO KEY UPDATE OF "newsletter_issue"')
    assert names < next(n for n, each in enumerate(sql) if any(part in each for part in takes))
    assert not any('FOR UPDATE OF "newsletter_issue"' in each for each in sql)


def test_changing_the_series_changes_the_source(admin_client, issue):
    extra = make_series("extra")
    Source.objects.filter(pk=extra.source_id).update(
        publisher="IEA", title="Energy and AI", url="https://example.org/iea"
    )
    point = issue.data_points.get(position=1)
    source = point.series.source
    point.source_publisher, point.source_title = source.publisher, source.title
    point.source_url, point.proposed_because = source.url, "Its highest value on record."
    point.save()
    assert admin_client.post(page(issue), form_of(issue, {"series": extra.pk})).status_code == 302
    point.refresh_from_db()
    assert (point.source_publisher, point.source_title) == ("IEA", "Energy and AI")
    assert (point.source_url, point.proposed_because) == ("https://example.org/iea", "")


def test_changing_the_series_keeps_a_typed_source(admin_client, issue):
    extra = make_series("extra")
    change = {"series": extra.pk, "source_title": "Interview"}
    admin_client.post(page(issue), form_of(issue, change))
    assert issue.data_points.get(position=1).source_title == "Interview"


def test_an_edit_withdraws_the_approval_and_says_so(admin_client, issue):
    approval.approve_issue(issue, User.objects.get(), FRIDAY)
    answer = admin_client.post(page(issue), form_of(issue, {"comment": "Other"}), follow=True)
    assert "its approval was withdrawn" in answer.text
    issue.refresh_from_db()
    assert (issue.status, issue.send_at, issue.approved_by) == ("draft", None, None)


def test_saving_without_a_change_keeps_the_approval(admin_client, issue):
    approval.approve_issue(issue, User.objects.get(), FRIDAY)
    admin_client.post(page(issue), form_of(issue))
    issue.refresh_from_db()
    assert (issue.status, issue.send_at) == ("approved", FRIDAY)


@pytest.mark.parametrize("state", ["sending", "paused", "sent", "canceled", "expired"])
def test_an_issue_that_is_sent_canceled_or_expired_cannot_be_edited(admin_client, issue, state):
    at = FRIDAY if state in ("sending", "paused", "sent") else None
    Issue.objects.filter(pk=issue.pk).update(status=state, sent_at=at)
    data = form_of(issue, subject="Other")
    assert admin_client.post(page(issue), data).status_code == 403
    assert admin_client.post(page(issue, "preview"), data).status_code == 403
    assert admin_client.get(page(issue)).status_code == 200
    assert Issue.objects.get(pk=issue.pk).subject == "Chips for rent"


def test_restoring_an_old_version_restores_the_text_and_no_approval(admin_client, issue):
    approval.approve_issue(issue, User.objects.get(), FRIDAY)
    approved = issue.history.first().history_id
    approval.withdraw_approval(issue)
    data = form_of(issue)
    admin_client.post(f"/admin/newsletter/issue/{issue.pk}/history/{approved}/", data)
    issue.refresh_from_db()
    assert (issue.status, issue.send_at, issue.approved_by) == ("draft", None, None)


def test_restoring_an_old_version_withdraws_the_approval(admin_client, issue):
    issue.subject = "Newer words"
    issue.save()
    approval.approve_issue(as_tested(issue), User.objects.get(), FRIDAY)
    oldest = issue.history.last().history_id
    data = form_of(issue, subject="Chips for rent")
    admin_client.post(f"/admin/newsletter/issue/{issue.pk}/history/{oldest}/", data)
    issue.refresh_from_db()
    assert (issue.subject, issue.status, issue.send_at) == ("Chips for rent", "draft", None)


def test_an_approved_issue_is_not_deleted(admin_client, issue):
    approval.approve_issue(issue, User.objects.get(), FRIDAY)
    assert admin_client.post(page(issue, "delete"), {"post": "yes"}).status_code == 403
    data = {"action": "delete_selected", "_selected_action": issue.pk, "post": "yes"}
    admin_client.post("/admin/newsletter/issue/", data)
    assert Issue.objects.filter(pk=issue.pk).exists()


def test_the_form_shows_when_the_issue_is_due_in_its_newsletters_time_zone(admin_client, issue):
    text = admin_client.get(page(issue)).text
    assert "Draft, for" in text
    assert '<time datetime="2026-11-27T09:00:00-05:00" data-local>' in text
    assert "Fri, Nov 27, 2026, 09:00 EST" in text


def test_the_list_shows_when_and_needs_the_same_queries_for_many_issues(admin_client, db):
    make_draft(slot_on="2026-11-27")
    admin_client.get("/admin/")  # the first page after a log-in writes the session
    counts = []
    for number in (10, 11, 12):
        make_issue(number, f"Issue {number}")
        with CaptureQueriesContext(connection) as queries:
            text = admin_client.get("/admin/newsletter/issue/").text
        counts.append(len(queries))
    assert "Fri, Nov 27, 2026, 09:00" in text
    assert counts[0] == counts[-1]


def test_the_list_names_newsletters_only_if_there_are_several(admin_client, issue):
    column = "column-newsletter"
    assert column not in admin_client.get("/admin/newsletter/issue/").text
    make_newsletter("Chips Weekly", slug="chips")
    assert column in admin_client.get("/admin/newsletter/issue/").text


# --- the preview ---


@pytest.mark.parametrize(
    ("way", "kind", "holds"),
    [
        ("wide", "text/html", "data:image/png;base64,"),
        ("narrow", "text/html", "@media not all"),
        ("narrow", "text/html", 'media="not all"'),
        ("dark", "text/html", "@media all"),
        ("dark", "text/html", 'media="all"'),
        ("text", "text/plain", "Unsaved words"),
        ("page", "text/html", "<h1>Unsaved words</h1>"),
    ],
)
def test_the_preview_shows_unsaved_edits(admin_client, issue, way, kind, holds):
    answer = admin_client.post(
        page(issue, "preview") + f"?as={way}",
        form_of(issue, {"comment": "Fresh **reason**."}, subject="Unsaved words"),
    )
    assert answer.headers["Content-Type"].startswith(kind)
    assert holds in answer.text
    assert "Unsaved words" in answer.text
    assert "Fresh" in answer.text
    assert "READERLINK" not in answer.text


@pytest.mark.parametrize("way", ["wide", "text", "page"])
def test_a_preview_runs_no_script_and_only_we_can_frame_it(admin_client, issue, way):
    answer = admin_client.post(page(issue, "preview") + f"?as={way}", form_of(issue))
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("sandbox")
    assert "allow-scripts" not in policy
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'self'" in policy
    assert answer.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert "<script" not in answer.text
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert "frame-src 'self'" in admin_client.get(page(issue)).headers["Content-Security-Policy"]


def test_a_preview_stores_nothing(admin_client, issue):
    def stored():
        tables = (Issue, DataPoint, Issue.history.model, DataPoint.history.model)
        return [list(table.objects.values()) for table in tables]

    before = stored()
    admin_client.post(page(issue, "preview"), form_of(issue, {"comment": "x"}, subject="Other"))
    assert stored() == before


def test_a_new_issue_can_be_previewed_before_it_is_saved(admin_client, db):
    newsletter = make_draft().newsletter
    data = form_of(make_draft(4), subject="Brand new", newsletter=newsletter.pk, number=5)
    data |= {f"data_points-{row}-issue": "" for row in range(3)}
    answer = admin_client.post("/admin/newsletter/issue/preview/", data)
    assert "Brand new" in answer.text
    assert not Issue.objects.filter(number=5).exists()


def test_a_form_with_errors_shows_them_in_place_of_a_preview(admin_client, issue):
    answer = admin_client.post(
        page(issue, "preview"), form_of(issue, {"position": 2}, number="", subject="x" * 121)
    )
    assert "Number: This field is required." in answer.text
    assert "Subject: Ensure this value has at most 120 characters" in answer.text
    assert "Two data points have place 2." in answer.text


def test_a_preview_needs_post(admin_client, issue):
    assert admin_client.get(page(issue, "preview")).status_code == 405
