"""Drafts of recurring newsletters: the clock makes, fills and expires them, and warns editors."""

from datetime import UTC, date, datetime, time

import pytest
from django.conf import settings as configured
from django.contrib.auth.models import Group, User
from django.core import mail
from time_machine import travel

from config.tick import EVERY_MINUTE
from newsletter.issues.composing import recurrence
from newsletter.issues.composing.recurrence import (
    expire_late,
    make_drafts,
    propose_due,
    warn_late,
)
from newsletter.models import Issue, Newsletter
from tests.builders import make_data_point, make_issue, make_newsletter
from tests.bystanders import unchanged
from tests.newsletter.drafts import make_draft, make_three_series
from tests.newsletter.subscribers.test_races import at_once

HOUR, DAY = 3600, 24 * 3600
FRIDAY, SUNDAY = 4, 6


@pytest.fixture
def newsletter(clock, db):
    """Fridays at 9:00 in New York, which is 14:00 UTC in November; it is Monday, 9:00 UTC."""
    return make_newsletter(time_zone="America/New_York", local_time=time(9), weekday=FRIDAY)


@pytest.fixture
def operators(settings):
    settings.ADMINS = ["operator@example.org"]


@pytest.fixture
def others(newsletter):
    """Issues of another newsletter and an approved one, which no job is about this week."""
    letter = make_newsletter("Data Letter", time_zone="America/New_York", is_recurring=False)
    friday = datetime(2026, 11, 27, 14, tzinfo=UTC)
    return [
        make_issue(1, newsletter=letter, status="draft", slot_on="2026-12-04"),
        make_issue(2, newsletter=letter, status="approved", slot_on="2026-11-27", send_at=friday),
        make_issue(9, status="approved", slot_on="2026-11-26", send_at=friday),
    ]


def at(text):
    """Travel to a day of November 2026 and a time in UTC, such as "27 11:59"."""
    day, hour = text.split()
    return travel(f"2026-11-{day} {hour}:00+00:00", tick=False)


def test_the_next_day_has_a_draft_and_only_one(newsletter):
    make_issue(7, "Last week")
    assert make_drafts() == "1 draft made"
    assert make_drafts() == ""
    draft = Issue.objects.get(status="draft")
    assert (draft.number, draft.slot_on, draft.subject) == (8, date(2026, 11, 27), "")
    assert draft.slot == datetime(2026, 11, 27, 14, tzinfo=UTC)


def test_numbers_continue_from_friday_to_friday(newsletter, clock):
    for _ in range(15):
        make_drafts()
        clock.shift(DAY)
    found = Issue.objects.order_by("number").values_list("number", "slot_on")
    assert list(found) == [
        (1, date(2026, 11, 27)),
        (2, date(2026, 12, 4)),
        (3, date(2026, 12, 11)),
    ]


@pytest.mark.parametrize(
    ("place", "weekday", "hour", "start", "days"),
    [
        ("Asia/Jerusalem", FRIDAY, time(2, 30), "2026-03-18", ["03-20", "03-27", "04-03"]),
        ("Africa/Cairo", FRIDAY, time(0, 30), "2026-04-15", ["04-17", "04-24", "05-01"]),
        ("America/New_York", SUNDAY, time(1, 30), "2026-10-23", ["10-25", "11-01", "11-08"]),
        # Samoa had no 30 December in 2011.
        ("Pacific/Apia", FRIDAY, time(9), "2011-12-20", ["12-23", "01-06"]),
    ],
)
def test_there_is_one_issue_for_each_local_day_that_exists(db, place, weekday, hour, start, days):
    make_newsletter(time_zone=place, local_time=hour, weekday=weekday)
    with travel(f"{start} 00:00:00+00:00", tick=False) as clock:
        for _ in range(20 * 4):
            make_drafts()
            clock.shift(6 * HOUR)
    found = Issue.objects.order_by("number").values_list("slot_on", flat=True)
    assert [f"{day:%m-%d}" for day in found][: len(days)] == days
    assert len(set(found)) == len(found)


def test_the_day_of_a_canceled_issue_gets_no_other_draft(newsletter):
    make_drafts()
    Issue.objects.update(status="canceled")
    assert make_drafts() == ""


def test_two_newsletters_may_have_drafts_with_the_same_number(newsletter):
    make_newsletter("Data Letter")
    assert make_drafts() == "2 drafts made"
    found = Issue.objects.order_by("slug").values_list("number", "slug")
    assert list(found) == [(1, "ai-economy-pulse"), (1, "data-letter")]


def test_a_newsletter_that_does_not_recur_makes_none(newsletter):
    Newsletter.objects.update(is_recurring=False)
    assert make_drafts() == ""
    assert not Issue.objects.exists()


def test_when_the_weekday_changes_the_draft_moves_to_the_new_day(newsletter):
    make_drafts()
    make_data_point(Issue.objects.get())
    Newsletter.objects.update(weekday=2)
    assert make_drafts() == ""
    assert Issue.objects.get().slot_on == date(2026, 11, 25)


def test_when_the_hour_changes_the_draft_is_due_at_the_new_hour(newsletter):
    make_drafts()
    Newsletter.objects.update(local_time=time(7))
    assert make_drafts() == ""
    assert Issue.objects.get().slot == datetime(2026, 11, 27, 12, tzinfo=UTC)


def test_an_empty_draft_is_filled_two_days_before(newsletter):
    make_three_series()
    make_drafts()
    with at("25 13:59"):
        assert propose_due() == ""
    with at("25 14:00"):
        assert propose_due() == "1 draft filled"
    assert Issue.objects.get().data_points.count() == 3


def test_a_draft_with_a_data_point_is_left_alone(newsletter):
    make_three_series()
    make_drafts()
    make_data_point(Issue.objects.get(), 2)
    with at("25 14:00"):
        assert propose_due() == ""
    assert Issue.objects.get().data_points.count() == 1


def test_a_draft_that_an_editor_emptied_is_not_filled_again(newsletter):
    make_three_series()
    make_drafts()
    with at("25 14:00"):
        propose_due()
        Issue.objects.get().data_points.all().delete()
        assert propose_due() == ""
    assert not Issue.objects.get().data_points.exists()


def test_two_hours_before_operators_and_publishers_are_warned_once(newsletter, operators):
    for name, group in (("paula", "Publishers"), ("nina", "Newsletter editors")):
        person = User.objects.create_user(name, f"{name}@example.org", is_staff=True)
        person.groups.add(Group.objects.get(name=group))
    make_drafts()
    with at("27 11:59"):
        assert warn_late() == ""
    with at("27 12:00"):
        assert warn_late() == "editors warned about 1 draft"
        assert warn_late() == ""
    [told] = mail.outbox
    assert told.to == ["operator@example.org", "paula@example.org"]
    assert told.subject == "[127.0.0.1] Issue 1 not approved yet"
    assert "AI Economy Pulse, issue 1, due Friday, November 27, 09:00 EST" in told.body
    assert "- Data points 1, 2 and 3 are missing." in told.body
    assert "http://127.0.0.1:8000/admin/newsletter/issue/" in told.body


def test_a_warning_that_no_mail_server_accepted_is_sent_again(newsletter, operators, settings):
    make_drafts()
    working = configured.MAILERS
    with at("27 12:00"):
        settings.MAILERS = {
            "default": {
                "BACKEND": "django.core.mail.backends.smtp.EmailBackend",
                "OPTIONS": {"host": "127.0.0.1", "port": 1, "timeout": 1},
            }
        }
        with pytest.raises(OSError, match="refused"):
            warn_late()
        settings.MAILERS = working
        assert warn_late() == "editors warned about 1 draft"


@pytest.mark.parametrize(
    ("job", "now"), [(propose_due, "25 14:00"), (warn_late, "27 12:00"), (expire_late, "27 20:01")]
)
def test_a_job_changes_the_draft_that_is_due_and_no_other(newsletter, operators, others, job, now):
    make_three_series()
    make_drafts()
    with at(now), unchanged(*others):
        assert job() != ""


def test_a_draft_moves_alone_and_what_is_approved_or_past_stays(newsletter, others):
    past = make_issue(8, status="draft", slot_on="2026-11-19")
    make_drafts()
    Newsletter.objects.filter(pk=newsletter.pk).update(weekday=2)
    with unchanged(past, *others):
        assert make_drafts() == ""
    moved = Issue.objects.get(number=10)
    assert moved.slot_on == date(2026, 11, 25)


def test_a_warning_that_was_not_taken_is_taken_back_of_its_draft_alone(
    newsletter, operators, others, monkeypatch
):
    Issue.objects.filter(pk=others[0].pk).update(warned_at=datetime(2026, 11, 1, tzinfo=UTC))
    make_drafts()

    def refuse(*_):
        raise OSError

    monkeypatch.setattr(recurrence, "_tell", refuse)
    with at("27 12:00"), unchanged(others[0]), pytest.raises(OSError):
        warn_late()


def test_an_approved_issue_causes_no_warning(newsletter, operators):
    make_draft(slot_on="2026-11-27")
    Issue.objects.update(status="approved", send_at="2026-11-27T14:00Z")
    with at("27 13:00"):
        assert warn_late() == ""
    with at("28 14:00"):
        assert expire_late() == ""


def test_a_draft_expires_six_hours_after_its_time_and_editors_get_a_mail(newsletter, operators):
    make_drafts()
    with at("27 20:00"):
        assert expire_late() == ""
    with at("27 20:01"):
        assert expire_late() == "1 draft expired"
        assert expire_late() == ""
    assert Issue.objects.get().status == "expired"
    [told] = mail.outbox
    assert told.subject == "[127.0.0.1] Issue 1 was not sent"
    assert "Reopen it for another time" in told.body


def test_a_draft_without_a_day_never_expires(newsletter):
    make_draft()
    with at("30 09:00"):
        assert (propose_due(), warn_late(), expire_late()) == ("", "", "")


def test_after_a_week_without_a_clock_each_job_does_its_part(newsletter, operators):
    make_drafts()
    with travel("2026-12-02 09:00:00+00:00", tick=False):
        assert [job() for job in (make_drafts, propose_due, warn_late, expire_late)] == [
            "1 draft made",
            "",
            "",
            "1 draft expired",
        ]


@pytest.mark.django_db(transaction=True)
def test_of_several_clocks_one_makes_the_draft_and_one_warns(clock, operators):
    make_newsletter(time_zone="America/New_York")
    at_once(4, lambda _: make_drafts())
    assert Issue.objects.count() == 1
    with at("27 12:30"):
        told = at_once(4, lambda _: warn_late())
    assert sorted(told) == ["", "", "", "editors warned about 1 draft"]
    assert len(mail.outbox) == 1


def test_the_clock_knows_the_jobs():
    ours = [job for job in EVERY_MINUTE if job.__module__ == recurrence.__name__]
    assert ours == [make_drafts, propose_due, warn_late, expire_late]


def test_the_jobs_need_few_queries_when_nothing_is_due(newsletter, django_assert_max_num_queries):
    make_drafts()
    with django_assert_max_num_queries(6):
        assert [job() for job in (make_drafts, propose_due, warn_late, expire_late)] == [""] * 4
