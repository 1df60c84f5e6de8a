"""A number of a sent issue that is revised or withdrawn: recorded, noted, told in the next issue."""

import json
from datetime import UTC, date, datetime
from xml.etree import ElementTree

import pytest
from django.contrib.auth.models import Group, User
from django.utils import timezone

from glossary.ingest.plans import accept_release, plan_release
from glossary.ingest.withdrawals import withdraw_release
from glossary.models import Series
from newsletter.admin.desk import issue_needs
from newsletter.issues import corrections
from newsletter.issues.composing import proposals, recurrence
from newsletter.issues.freezing import freeze
from newsletter.mailing import arming
from newsletter.models import Correction, Issue, Snapshot
from newsletter.sending import launch
from tests.builders import make_data_point, make_issue, make_newsletter, make_series, release
from tests.bystanders import unchanged

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

PAGE = "/newsletter/1-one/"
ATOM = {"a": "http://www.w3.org/2005/Atom"}


def make_sent(series, number=1, subject="One", **fields):
    """Make an issue of November 6, 2026 about the series, with its number as of then."""
    sent_at = datetime(2026, 11, 6, 14, tzinfo=UTC)
    issue = make_issue(number, subject, **({"sent_at": sent_at} | fields))
    make_data_point(issue, series=series, figure="", period="")
    freeze(issue)
    return issue


@pytest.fixture
def compute():
    series = make_series("compute")
    release(series, "2024,1000 2025,2000", day="2026-01-15")
    return series


@pytest.fixture
def bystander(compute):
    """An issue about another series, which no correction may touch."""
    other = make_series("power")
    release(other, "2024,10 2025,12", day="2026-01-15")
    return make_sent(other, 2, "Two")


def import_rows(series, content, day):
    series = Series.objects.with_page().get(pk=series.pk)
    planned = plan_release(series, content.encode(), "test.csv", date.fromisoformat(day))
    return accept_release(planned)


def texts():
    return [each.text.replace("\u00a0", " ") for each in Correction.objects.order_by("pk")]


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("2024,1000 2025,2019.9", []),
        ("2024,1000 2025,2020", ["2,000 units (2025), as sent, was revised to 2,020 units on November 20, 2026."]),
        ("2024,1000 2025,1980", ["2,000 units (2025), as sent, was revised to 1,980 units on November 20, 2026."]),
        ("2024,1000 2025,2000 2026,9000", []),
        ("2024,500 2025,2000", []),
        ("2024,1000 2025,2500 2026,9000", ["2,000 units (2025), as sent, was revised to 2,500 units on November 20, 2026."]),
        ("2024,1000 2025,", ["2,000 units (2025), as sent, was withdrawn on November 20, 2026."]),
        ("2024,1000", ["2,000 units (2025), as sent, was withdrawn on November 20, 2026."]),
    ],
    ids=["below 1%", "1%", "−1%", "new period", "another period", "both", "no value", "no row"],
)  # fmt: skip
def test_a_revision_of_one_percent_or_a_withdrawal_is_a_correction(compute, bystander, rows, said):
    issue = make_sent(compute)
    with unchanged(issue, bystander, issue.data_points.get(), bystander.data_points.get()):
        release(compute, rows, day="2026-11-20")
    assert texts() == said
    assert set(Correction.objects.values_list("issue", flat=True)) <= {issue.pk}


@pytest.mark.parametrize(("value", "count"), [("4.3", 0), ("4.4", 1), ("3.4", 1)])
def test_percentages_are_corrected_from_half_a_point_on(value, count):
    jobs = make_series("jobs", unit="percent", short_unit="%", decimals=1)
    release(jobs, "2024,3.5 2025,3.9", day="2026-01-15")
    make_sent(jobs)
    release(jobs, f"2024,3.5 2025,{value}", day="2026-11-20")
    assert Correction.objects.count() == count


def test_figures_in_the_text_are_corrected_too_and_each_number_once(compute):
    intro = "{{ compute }}, once {{ compute | first }}, {{ compute | change 1y | words }}."
    make_sent(compute, intro=intro)
    release(compute, "2024,1000 2025,2200", day="2026-11-20")
    assert sorted(texts()) == [
        "2,000 units (2025), as sent, was revised to 2,200 units on November 20, 2026.",
        "up 100% (2024 – 2025), as sent, was revised to up 120% on November 20, 2026.",
    ]


def test_two_series_that_read_the_same_are_corrected_apart(compute):
    power = make_series("power")
    release(power, "2024,1000 2025,2000", day="2026-01-15")
    make_sent(compute, intro="{{ power }}")
    for series in (compute, power):
        release(series, "2024,1000 2025,2200", day="2026-11-20")
    assert {each.series for each in Correction.objects.all()} == {compute, power}


def test_small_revisions_add_up_and_none_is_recorded_twice(compute):
    make_sent(compute)
    release(compute, "2024,1000 2025,2012", day="2026-11-10")
    assert texts() == []
    release(compute, "2024,1000 2025,2024", day="2026-11-12")
    release(compute, "2024,1000 2025,2025", day="2026-11-14")
    corrections.record_corrections(compute, None)
    assert texts() == [
        "2,000 units (2025), as sent, was revised to 2,024 units on November 12, 2026."
    ]


def test_a_change_from_another_first_period_is_no_revision(compute):
    make_sent(compute, intro="{{ compute | cagr | words }} so far.")
    release(compute, "2020,1 2024,1000 2025,2000", day="2026-11-20")
    assert texts() == []


def test_the_outcome_of_a_projection_is_no_revision_and_another_projection_is():
    series = make_series("power")
    rows = "period,value,status\n2025,10,final\n2026,{}\n"
    import_rows(series, rows.format("20,projected"), "2026-01-15")
    sent = make_issue(1, "One", intro="{{ power | max | projected }} are planned.")
    freeze(sent)
    import_rows(series, rows.format("22,projected"), "2026-11-20")
    assert texts() == ["20 units (2026), as sent, was revised to 22 units on November 20, 2026."]
    import_rows(series, rows.format("30,final"), "2026-11-21")
    assert len(texts()) == 1


def test_a_revision_before_an_issue_was_imported_keeps_its_own_day(compute):
    release(compute, "2024,1000 2025,2500", day="2026-11-10")
    make_sent(compute)  # as of November 6
    assert texts() == []
    release(compute, "2024,1000 2025,2500 2026,4000", day="2026-11-20")
    assert texts() == [
        "2,000 units (2025), as sent, was revised to 2,500 units on November 10, 2026."
    ]


def test_a_withdrawn_release_restores_the_number_and_the_note_stays(compute, clock):
    make_sent(compute)
    release(compute, "2024,1000 2025,3000", day="2026-11-20")
    wrong = Series.objects.get(slug="compute").current_release
    withdraw_release(compute, wrong.pk, "The publisher took it back.")
    assert texts() == [
        "2,000 units (2025), as sent, was revised to 3,000 units on November 20, 2026.",
        "2,000 units (2025), as sent, holds again since November 23, 2026.",
    ]
    assert [each.text for each in Correction.objects.untold()] == [
        Correction.objects.last().text
    ]  # it says all that is left to say


def test_a_number_is_withdrawn_with_the_only_release(compute, client):
    make_sent(compute)
    withdraw_release(compute, compute.releases.get().pk, "All of it was wrong.")
    assert texts() == ["2,000 units (2025), as sent, was withdrawn on November 23, 2026."]
    assert "Corrected on" in client.get(PAGE).text


def plain(page):
    return page.text.replace("\u00a0", " ")


def test_the_issues_page_has_a_dated_note_and_says_nothing_twice(compute, client):
    make_sent(compute)
    release(compute, "2024,1000 2025,2500", day="2026-11-20")
    page = plain(client.get(PAGE))
    assert '<p class="figure">2,000 units</p>' in page
    note = (
        'Corrected on <time datetime="2026-11-23">November 23, 2026</time>: 2,000 units (2025), '
        "as sent, was revised to 2,500 units on November 20, 2026."
    )
    assert page.count(note) == 1
    assert page.count("2,500 units") - page.partition("<article")[0].count("2,500 units") == 1
    release(compute, "2024,1000 2025,2500 2026,4000", day="2026-11-21")
    page = plain(client.get(PAGE))
    assert page.count(note) == 1
    assert 'Now 4,000 units (2026). <a href="/data/compute/">See the data</a>' in page
    assert page.count('class="since"') == 1


@pytest.mark.parametrize(
    "rows", ["2024,1001,final\n2025,2012,provisional", "2024,1000,final\n2025,2012,final"]
)
def test_a_smaller_revision_is_told_beside_the_number_with_its_month(compute, client, rows):
    """Not with the month of a later release that left the number as it was."""
    make_sent(compute, sent_at=datetime(2026, 9, 4, 14, tzinfo=UTC))
    header = "period,value,status\n"
    import_rows(compute, f"{header}2024,1000,final\n2025,2012,provisional", "2026-10-20")
    import_rows(compute, header + rows, "2026-11-20")
    page = plain(client.get(PAGE))
    said = "As sent 2,000 units (2025), now 2,012 units (revised in October 2026)."
    assert f'<p class="since">{said} <a href="/data/compute/">See the data</a></p>' in page
    assert "Corrected on" not in page


def test_a_corrected_figure_of_the_text_is_noted_at_the_end(compute, client):
    make_sent(compute, intro="Once {{ compute | first }}.")
    release(compute, "2024,1200 2025,2000", day="2026-11-20")
    listed = plain(client.get(PAGE)).partition("What has changed since")[2].partition("</ul>")[0]
    assert listed.count("<li") == 1
    assert "1,000 units (2024), as sent, was revised to 1,200 units on November 20" in listed


def test_the_feed_and_the_twin_name_the_correction_and_when(compute, bystander, client, clock):
    make_sent(compute)
    before = client.get("/feeds/issues.atom")
    clock.shift(3600)
    release(compute, "2024,1000 2025,2500", day="2026-11-20")
    answer = client.get("/feeds/issues.atom")
    assert answer["ETag"] != before["ETag"]
    feed = ElementTree.fromstring(answer.content)
    entries = {each.find("a:title", ATOM).text: each for each in feed.findall("a:entry", ATOM)}
    updated = {name: each.find("a:updated", ATOM).text for name, each in entries.items()}
    assert updated == {"One": "2026-11-23T10:00:00+00:00", "Two": "2026-11-06T14:00:00+00:00"}
    assert feed.find("a:updated", ATOM).text == "2026-11-23T10:00:00+00:00"
    assert "Corrected on" in entries["One"].find("a:content", ATOM).text
    assert "Corrected on" not in entries["Two"].find("a:content", ATOM).text
    (told,) = json.loads(client.get("/newsletter/1-one.json").content)["corrections"]
    assert (told["at"], told["series"]["slug"]) == ("2026-11-23T10:00:00+00:00", "compute")
    assert told["url"].endswith(f"/newsletter/1-one/#correction-{Correction.objects.get().pk}")
    assert json.loads(client.get("/newsletter/2-two.json").content)["corrections"] == []
    page = client.get(PAGE).text
    assert '"dateModified":"2026-11-23T10:00:00+00:00"' in page
    assert f'id="{Correction.objects.get().anchor}"' in page


# --- told in the next issue ---


@pytest.fixture
def corrected(compute):
    issue = make_sent(compute)
    release(compute, "2024,1000 2025,2500", day="2026-11-20")
    return issue


LINE = (
    "[Correction to issue 1](/newsletter/1-one/#correction-{}): Compute: 2,000 units (2025), "
    "as sent, was revised to 2,500 units on November 20, 2026."
)


@pytest.fixture
def editor(client):
    user = User.objects.create_user("nina", is_staff=True)
    user.groups.add(Group.objects.get(name="Newsletter editors"))
    client.force_login(user)
    return user


def told(issue):
    return issue.intro.partition("Hello.")[2].strip()


def test_the_next_draft_has_a_line_at_the_end_of_its_intro_once(corrected):
    draft = make_issue(3, "Three", status="draft", intro="Hello.")
    other = make_issue(1, "Theirs", status="draft", newsletter=make_newsletter("Letter"))
    with unchanged(other, corrected):
        for _ in range(2):
            proposals.tell_corrections(draft)
        assert not proposals.tell_corrections(other)
    draft.refresh_from_db()
    assert told(draft) == LINE.format(Correction.objects.get().pk)


def test_the_clock_adds_the_line_when_it_fills_a_draft(corrected, clock):
    make_issue(3, "Three", status="draft", intro="Hello.", slot_on="2026-11-24")
    recurrence.propose_due()
    assert told(Issue.objects.get(number=3)) == LINE.format(Correction.objects.get().pk)


def test_only_the_newest_five_lines_are_added_at_a_press(compute):
    for number in range(10, 17):
        make_sent(compute, number, f"Issue {number}")
    release(compute, "2024,1000 2025,2500", day="2026-11-20")
    draft = make_issue(30, "Thirty", status="draft")
    assert len(proposals.tell_corrections(draft)) == 5
    assert len(proposals.tell_corrections(draft)) == 2


def test_a_correction_is_told_when_the_issue_with_its_line_is_sent(
    corrected, editor, settings, tmp_path
):
    settings.DATA_DIR = tmp_path
    arming.arm()
    draft = make_issue(3, "Three", status="draft", intro="Hello.")
    proposals.tell_corrections(draft)
    assert needs(editor) == ["sent issue has a correction that readers were not told"]
    silent = make_issue(4, status="approved", send_at=timezone.now(), sent_at=None)
    assert launch.start_issue(silent)
    assert Correction.objects.untold().count() == 1
    Issue.objects.filter(pk=draft.pk).update(status="approved", send_at=timezone.now())
    assert launch.start_issue(Issue.objects.get(pk=draft.pk))
    assert Correction.objects.get().told_in == draft
    assert needs(editor) == []
    assert "#correction-" in Snapshot.objects.get(issue=draft).html


def needs(user):
    return [each.text for each in issue_needs(user).needs if each.count and "correct" in each.text]


def test_a_mail_that_was_sent_is_not_changed(compute, settings, tmp_path):
    settings.DATA_DIR = tmp_path
    arming.arm()
    issue = make_issue(1, "One", status="approved", send_at=timezone.now(), sent_at=None)
    make_data_point(issue, series=compute, figure="", period="")
    assert launch.start_issue(issue)
    issue.refresh_from_db()
    with unchanged(issue, Snapshot.objects.get(), issue.data_points.get()):
        release(compute, "2024,1000 2025,2500", day="2026-11-23")
    assert Correction.objects.count() == 1


def test_editors_add_the_lines_or_leave_a_correction_out(corrected, client, editor):
    draft = make_issue(3, "Three", status="draft", intro="Hello.")
    page = f"/admin/newsletter/issue/{draft.pk}/propose/"
    pk = Correction.objects.get().pk
    assert f'name="leave_out" value="{pk}"' in client.get(page).text
    client.post(page, {"tell": "1"})
    draft.refresh_from_db()
    assert told(draft) == LINE.format(pk)
    assert not draft.data_points.exists()
    assert "In this issue" in client.get(page).text
    with unchanged(corrected):
        client.post(page, {"leave_out": pk})
    assert not Correction.objects.untold().exists()
    assert "settled already" in client.post(page, {"leave_out": pk}, follow=True).text
    assert "Corrected on" in client.get(PAGE).text


def test_the_desk_leads_to_the_issues_with_untold_corrections(corrected, bystander, client, editor):
    listed = client.get("/admin/newsletter/issue/?trouble=corrected").context["cl"]
    assert [each.number for each in listed.result_list] == [1]
