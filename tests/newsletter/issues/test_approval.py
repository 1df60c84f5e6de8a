"""The checklist of an issue, the steps between draft and approved, and test mails."""

from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import User
from django.core import mail

from glossary.models import Series
from newsletter.issues.composing import approval
from newsletter.issues.composing.address_checks import dead_links
from newsletter.issues.composing.checklist import checklist, problems_of
from newsletter.issues.composing.reviewing import is_tested
from newsletter.issues.composing.test_mails import send_test_mails
from newsletter.models import DataPoint, Issue, Newsletter
from tests.builders import make_issue, make_suppression, make_term
from tests.bystanders import unchanged
from tests.newsletter.drafts import as_tested, make_draft, make_ready_draft

FRIDAY = datetime(2026, 11, 27, 14, tzinfo=UTC)


@pytest.fixture
def issue(clock, db):
    return make_ready_draft()


@pytest.fixture
def publisher(db):
    return User.objects.create_user("paula")


def test_a_complete_draft_has_no_problems(issue):
    assert problems_of(issue) == []
    assert len(checklist(issue)) == 10


def without_third(issue):
    issue.data_points.get(position=3).delete()


def without_headline(issue):
    issue.data_points.filter(position=1).update(headline=" ")


def without_comment(issue):
    issue.data_points.filter(position=2).update(comment="")


def overdue(issue):
    Series.objects.filter(slug="compute").update(expected_days=1)
    release = Series.objects.get(slug="compute").current_release
    type(release).objects.filter(pk=release.pk).update(released_on="2026-10-01")


def unknown_figure(issue):
    Issue.objects.filter(pk=issue.pk).update(intro="There are {{ compite }}.")


def too_long_a_figure(issue):
    Series.objects.filter(slug="power").update(
        unit="gigawatts of power for data centers of all sizes"
    )


def unresolved_link(issue):
    Issue.objects.filter(pk=issue.pk).update(intro="The [[graphics card]] again.")


def figure_in_a_subject(issue):
    Issue.objects.filter(pk=issue.pk).update(subject="{{ compute }} chips")


def figure_in_a_headline(issue):
    issue.data_points.filter(position=2).update(headline="Now {{ power }}")


def dead_link(issue):
    Issue.objects.filter(pk=issue.pk).update(intro="See [this](/glossary/no-such-term/).")


def too_large(issue):
    issue.data_points.filter(position=1).update(comment="Long. " * 16_000)


def no_postal_address(issue):
    Newsletter.objects.update(postal_address=" ")


def no_subject(issue):
    Issue.objects.filter(pk=issue.pk).update(subject="")


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (without_third, "Data point 3 is missing."),
        (without_headline, "Data point 1 has no headline."),
        (without_comment, "Data point 2 does not say why it matters: write its comment."),
        (overdue, "newer values of “Compute” were expected on October 2, 2026. Choose another"),
        (unknown_figure, "The intro, line 1: There is no series “compite”; did you mean"),
        (too_long_a_figure, "is longer than 40 characters; type it."),
        (unresolved_link, "The intro, line 1: [[graphics card]]: no term has this name; write"),
        (figure_in_a_subject, "The subject: figures and links do not work here."),
        (figure_in_a_headline, "Data point 2, headline: figures and links do not work here."),
        (dead_link, "/glossary/no-such-term/: there is no such page on this site. Fix it"),
        (too_large, "Shorten the intro or the comments."),
        (no_postal_address, "AI Economy Pulse has none."),
        (no_subject, "The subject is empty."),
    ],
)
def test_each_problem_is_named(issue, spoil, said):
    spoil(issue)
    as_tested(issue)
    [problem] = problems_of(issue)
    assert said in problem


def test_an_overdue_series_may_stay_if_the_editor_explains_it(issue):
    overdue(issue)
    issue.data_points.filter(position=1).update(overdue_reason="The publisher is on strike.")
    assert problems_of(issue) == []


@pytest.mark.parametrize("intro", [r"Two \[[brackets]] to show.", "As code: `[[x]]`."])
def test_brackets_that_are_no_link_are_no_problem(issue, intro):
    Issue.objects.filter(pk=issue.pk).update(intro=intro)
    assert problems_of(as_tested(issue)) == []


def test_a_dead_link_may_be_waived(issue):
    dead_link(issue)
    address = "http://127.0.0.1:8000/glossary/no-such-term/"
    Issue.objects.filter(pk=issue.pk).update(waived_links=f"https://example.org/x\n{address}\n")
    assert problems_of(as_tested(issue)) == []


def test_links_to_our_own_pages_are_looked_up(clock, db):
    make_term("GPU")
    make_term("Secret", status="draft")
    make_issue(1, "Sent")
    draft = make_draft()
    paths = {
        "/": True,
        "/glossary/gpu/": True,
        "/glossary/gpu/?from=mail#definition": True,
        "/glossary/secret/": False,
        "/data/none/": False,
        "/newsletter/1-sent/": True,
        "/newsletter/3-chips-for-rent/": True,  # its own page, which exists once it is sent
        "/newsletter/9-later/": False,
        "/no/such/page": False,
    }
    found = dead_links([f"http://127.0.0.1:8000{path}" for path in paths], draft)
    answers = {path: f"http://127.0.0.1:8000{path}" not in found for path in paths}
    assert answers == paths


@pytest.mark.parametrize("field", ["subject", "preheader", "intro", "slug"])
def test_an_edit_requires_another_test_mail(issue, field):
    assert is_tested(issue)
    setattr(issue, field, "changed")
    issue.save()
    assert "edited after its last test mail" in problems_of(issue)[0]


def test_an_edit_of_a_data_point_requires_another_test_mail(issue):
    DataPoint.objects.filter(issue=issue, position=2).update(comment="Another reason.")
    assert not is_tested(issue)


def test_fields_that_only_the_checklist_reads_require_none(issue):
    issue.waived_links = "https://example.org/"
    issue.save()
    issue.data_points.update(overdue_reason="Why.", proposed_because="Why.")
    assert is_tested(issue)


def test_checking_stores_nothing(issue):
    before = list(Issue.objects.values()), list(DataPoint.objects.values())
    history = Issue.history.count()
    checklist(issue)
    assert (list(Issue.objects.values()), list(DataPoint.objects.values())) == before
    assert Issue.history.count() == history


def test_approving_records_when_and_by_whom(issue, publisher, clock):
    with unchanged(make_draft(4), *issue.data_points.all()):
        approval.approve_issue(issue, publisher, FRIDAY)
    issue.refresh_from_db()
    assert (issue.status, issue.send_at, issue.approved_by) == ("approved", FRIDAY, publisher)
    assert issue.approved_at == datetime(2026, 11, 23, 9, tzinfo=UTC)
    assert not issue.is_frozen


@pytest.mark.parametrize(
    ("at", "said"),
    [("2026-11-23T08:58", "That time has passed"), ("2026-11-27T14:00", "has no headline")],
)
def test_an_issue_that_is_late_or_not_ready_stays_a_draft(issue, publisher, at, said):
    if "headline" in said:
        without_headline(issue)
    with pytest.raises(approval.StepNotPossible, match=said):
        approval.approve_issue(issue, publisher, datetime.fromisoformat(f"{at}+00:00"))
    issue.refresh_from_db()
    assert (issue.status, issue.send_at) == ("draft", None)


def test_an_issue_without_a_day_gets_the_slot_it_is_approved_for(issue, publisher):
    Issue.objects.filter(pk=issue.pk).update(slot_on=None)
    issue.refresh_from_db()
    assert approval.free_slot(issue) == FRIDAY
    approval.approve_issue(issue, publisher, FRIDAY)
    issue.refresh_from_db()
    assert f"{issue.slot_on}" == "2026-11-27"


def test_a_slot_that_another_issue_has_is_not_free(issue):
    assert approval.free_slot(make_draft(4, "Another")) is None


STEPS = {
    "withdraw_approval": ({"approved"}, "draft"),
    "call_off": ({"draft", "approved"}, "canceled"),
    "reopen_issue": ({"canceled", "expired"}, "draft"),
}
STATES = ("draft", "approved", "sending", "paused", "sent", "canceled", "expired")


@pytest.mark.parametrize("state", STATES)
def test_a_copy_in_memory_gets_the_stored_state_or_is_refused(clock, db, state):
    """After a form was opened, the clock or another editor changed the issue's status."""
    copy = make_draft()
    at = FRIDAY if state in ("sending", "paused", "sent") else None
    Issue.objects.filter(pk=copy.pk).update(status=state, send_at=FRIDAY, sent_at=at)
    if state in ("draft", "approved"):
        approval.lock_for_edit(copy)
        assert (copy.status, copy.send_at) == (state, FRIDAY)
    else:
        with pytest.raises(approval.StepNotPossible):
            approval.lock_for_edit(copy)


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("step", STEPS)
def test_every_step_is_possible_only_from_its_states(clock, db, step, state):
    issue = make_draft(slot_on="2026-11-27")
    at = FRIDAY if state in ("sending", "paused", "sent") else None
    Issue.objects.filter(pk=issue.pk).update(status=state, send_at=FRIDAY, sent_at=at)
    starts, ends = STEPS[step]
    if state in starts:
        with unchanged(make_issue(4, status=state, send_at=FRIDAY, sent_at=at)):
            getattr(approval, step)(issue)
        issue.refresh_from_db()
        assert (issue.status, issue.send_at) == (ends, None)
    else:
        with pytest.raises(approval.StepNotPossible):
            getattr(approval, step)(issue)
        issue.refresh_from_db()
        assert (issue.status, issue.send_at) == (state, FRIDAY)


def test_a_reopened_issue_has_lost_its_past_day(issue, clock):
    Issue.objects.filter(pk=issue.pk).update(status="expired")
    clock.shift(5 * 24 * 3600)
    approval.reopen_issue(issue)
    issue.refresh_from_db()
    assert issue.slot_on is None


# --- test mails ---


def test_a_test_mail_shows_the_issue_without_working_reader_links(issue):
    Issue.objects.filter(pk=issue.pk).update(tested_fingerprint="")
    other = make_draft(4)
    both = ["ann@example.org", "bo@example.org"]
    assert send_test_mails(issue, both) == dict.fromkeys(both, "")
    first, second = mail.outbox
    assert (first.to, second.to) == (["ann@example.org"], ["bo@example.org"])
    assert first.subject == "[Test] Chips for rent"
    [html] = [each.content for each in first.alternatives]
    for part in (first.body, html):
        assert "http://127.0.0.1:8000/u/this-is-only-a-test" in part
        assert "READERLINK" not in part
    assert "List-Unsubscribe" not in first.message()
    issue.refresh_from_db()
    other.refresh_from_db()
    assert is_tested(issue)
    assert (other.tested_at, other.tested_fingerprint) == (None, "")


def test_the_pictures_of_a_test_mail_are_attached(issue):
    send_test_mails(issue, ["ann@example.org"])
    [sent] = mail.outbox
    message = sent.message()
    pictures = [part for part in message.walk() if part.get_content_type() == "image/png"]
    assert [part["Content-ID"] for part in pictures] == [
        f"<chart-{place}{end}@127.0.0.1>" for place in (1, 2, 3) for end in ("", "-dark")
    ]
    [html] = [each.content for each in sent.alternatives]
    assert 'src="cid:chart-1@127.0.0.1"' in html
    assert 'srcset="cid:chart-1-dark@127.0.0.1"' in html


def test_the_link_of_a_test_mail_is_no_readers(client, db):
    assert client.post("/u/this-is-only-a-test").status_code == 404


def test_a_suppressed_address_gets_no_test_mail_and_nothing_counts_as_tested(issue):
    Issue.objects.filter(pk=issue.pk).update(tested_fingerprint="", tested_at=None)
    make_suppression("ann@example.org")
    [problem] = send_test_mails(issue, ["Ann@example.org"]).values()
    assert "suppressed" in problem
    assert mail.outbox == []
    issue.refresh_from_db()
    assert issue.tested_at is None


def test_a_test_mail_that_no_server_accepts_is_reported(issue, settings):
    Issue.objects.filter(pk=issue.pk).update(tested_fingerprint="", tested_at=None)
    settings.MAILERS = {
        "default": {
            "BACKEND": "django.core.mail.backends.smtp.EmailBackend",
            "OPTIONS": {"host": "127.0.0.1", "port": 1, "timeout": 1},
        }
    }
    [problem] = send_test_mails(issue, ["ann@example.org"]).values()
    assert problem.startswith("the mail server did not accept it (connecting:")
    issue.refresh_from_db()
    assert issue.tested_at is None
