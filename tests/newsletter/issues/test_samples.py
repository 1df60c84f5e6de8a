"""Sample issues: what a new site shows before its first issue, always marked and never sent."""

import json
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from django.core import mail
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.test import TestCase
from django.utils import timezone
from django.utils.html import strip_tags

from glossary import search
from newsletter.issues import mentions
from newsletter.issues.composing import approval, proposals
from newsletter.issues.figure_texts import issues_showing
from newsletter.issues.freezing import freeze
from newsletter.issues.pages import issue_card
from newsletter.models import Correction, Delivery, Issue
from newsletter.sending import launch
from tests.builders import (
    make_data_point,
    make_issue,
    make_series,
    make_subscription,
    make_term,
    make_token,
    release,
)
from tests.bystanders import unchanged
from tests.newsletter.conftest import run_worker
from tests.newsletter.drafts import make_draft

pytestmark = pytest.mark.django_db

NOTICE = "shows what an issue looks like and was never sent."
PAGE = "/newsletter/sample-chips-for-rent/"
LISTS = ("/", "/about/", "/newsletter/", "/feeds/issues.atom", "/llms.txt")


def make_sample(subject="Chips for rent", day=9, **fields):
    at = datetime(2026, 10, day, 13, tzinfo=UTC)
    return make_issue(0, subject, **({"status": "sample", "sent_at": at} | fields))


@pytest.fixture
def sample(clock):
    """A sample with a number of the series “compute”, and that series."""
    series = make_series("compute")
    release(series, "2024,10 2025,12", day="2026-10-01")
    issue = make_sample()
    make_data_point(
        issue, figure="", period="", series=series, term=make_term("GPU-Hour"), comment="GPU-hour."
    )
    freeze(issue)
    return issue


# --- its mark ---


def test_it_is_marked_wherever_it_shows(client, sample):
    assert "Sample issue · October 9, 2026" in strip_tags(client.get("/").text)
    assert 'Sample issue: <a href="/newsletter/sample-chips' in client.get("/about/").text
    archive = client.get("/newsletter/").text
    assert "No issue yet: the first will look like this." in archive
    assert "Sample issue · October 9, 2026" in strip_tags(archive)
    feed = client.get("/feeds/issues.atom").text
    assert "<title>Sample issue: Chips for rent</title>" in feed
    assert NOTICE in feed
    assert "[Sample issue: Chips for rent]" in client.get("/llms.txt").text
    assert issue_card(sample, []).kicker == "Newsletter · Sample issue · October 9, 2026"
    assert "Issue 0" not in client.get("/").text + archive + feed


def test_its_page_says_so_first_and_shows_its_chart(client, sample):
    make_sample("An older one", day=2)
    make_sample("A newer one", day=16)
    page = client.get(PAGE).text
    assert page.index(NOTICE) < page.index("<h1")
    assert "Sample issue · October 9, 2026" in strip_tags(page)
    assert ">From 10 in 2024 to 12 in 2025, up 20%.</desc>" in page
    assert 'rel="prev" href="/newsletter/sample-an-older-one/"' in page
    assert 'rel="next" href="/newsletter/sample-a-newer-one/"' in page
    assert "NewsArticle" not in page  # it is no news, and was not published on its date
    assert client.get("/newsletter/sample-wrong/").status_code == 404
    assert client.get("/newsletter/0-chips-for-rent/").status_code == 404


def test_its_twin_says_that_it_was_never_sent(client, sample):
    make_issue(1, "First", status="draft")
    told = json.loads(client.get("/newsletter/sample-chips-for-rent.json").content)["issue"]
    assert (told["is_sample"], told["number"], told["sent_at"]) == (True, None, None)
    assert told["day"] == "2026-10-09"


def test_search_finds_it_as_a_sample(sample):
    search.refresh_all()
    (hit,) = search.find("chips for rent").hits
    assert (hit.entry.path, hit.entry.note) == (PAGE, "Sample issue, October 9, 2026")


def test_its_numbers_stay_those_of_its_date(client, sample):
    release(sample.data_points.get().series, "2024,10 2025,14", day="2026-11-20")
    page = client.get(PAGE).text.replace("\xa0", " ")
    assert '<p class="figure">12 units</p>' in page
    assert "As sent 12 units" in page


# --- beside real issues ---


def test_the_first_issue_is_number_1_and_takes_the_place_of_samples(client, sample):
    assert sample.newsletter.next_number() == 1
    assert all("Chips for rent" in client.get(path).text for path in LISTS)
    with unchanged(sample):
        make_issue(1, "The real first")
    for path in LISTS:
        page = client.get(path).text
        assert ("The real first" in page, "Chips for rent" in page) == (True, False), path
    page = client.get(PAGE).text
    assert NOTICE in page
    assert "Sample issue" in page


def test_search_drops_samples_when_the_first_issue_is_sent(sample, settings, tmp_path):
    settings.DATA_DIR = tmp_path
    search.refresh_all()
    now = timezone.now()
    first = make_issue(1, "Rents fell", status="approved", approved_at=now, send_at=now)
    make_data_point(first)
    with TestCase.captureOnCommitCallbacks(execute=True):
        assert launch.start_issue(first)
    assert [hit.entry.title for hit in search.find("rent").hits] == ["Rents fell"]


def test_terms_and_series_do_not_call_it_a_use(client, sample):
    term = sample.data_points.get().term
    series = sample.data_points.get().series
    assert not mentions.newest_issues_using(term).shown
    assert issues_showing(series) == []
    for path in ("/glossary/gpu-hour/", "/data/compute/"):
        assert PAGE not in client.get(path).text.partition("</main>")[0]
    assert PAGE not in client.get("/sitemap.xml").text


def test_it_is_not_corrected(sample):
    real = make_issue(1, sent_at=datetime(2026, 10, 16, 13, tzinfo=UTC))
    series = sample.data_points.get().series
    make_data_point(real, series=series, figure="", period="")
    freeze(real)
    release(series, "2024,10 2025,14", day="2026-11-20")
    assert [each.issue for each in Correction.objects.all()] == [real]


def test_it_is_no_last_issue_to_a_proposal(sample):
    draft = make_draft(1)
    reasons = [" ".join(each.reasons) for each in proposals.find_candidates(draft)]
    assert reasons
    assert not any("It was in" in each for each in reasons)


def test_a_welcome_does_not_carry_it(client, sample):
    token = make_token(make_subscription(status="pending"))
    with TestCase.captureOnCommitCallbacks(execute=True):
        client.post(f"/newsletter/confirm/{token}/")
    run_worker()
    assert "Chips for rent" not in mail.outbox[0].body


# --- never sent ---


def test_it_is_never_approved_or_sent(sample, settings, tmp_path):
    settings.DATA_DIR = tmp_path
    make_subscription()
    with unchanged(sample):
        with pytest.raises(approval.StepNotPossible):
            approval.call_off(sample)
        assert not launch.start_issue(sample)
    assert not Delivery.objects.exists()


@pytest.mark.parametrize(
    ("fields", "constraint"),
    [
        ({"status": "sample", "number": 1}, "issue_number_from_one_or_sample"),
        ({"number": 0}, "issue_number_from_one_or_sample"),
        ({"status": "sample", "number": 0, "sent_at": None}, "issue_sent_has_time"),
        ({"status": "sample", "number": 0, "slot_on": "2026-11-27"}, "issue_sample_not_scheduled"),
        (
            {"status": "sample", "number": 0, "send_at": timezone.now()},
            "issue_sample_not_scheduled",
        ),
    ],
)
def test_the_database_refuses_a_number_or_a_time_of_sending(fields, constraint):
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        make_issue(**fields)
    assert constraint in str(refused.value)


def test_the_desk_shows_it_as_a_sample_without_steps(admin_client, sample):
    page = admin_client.get(f"/admin/newsletter/issue/{sample.pk}/change/").text
    assert "Sample, never sent. It is dated" in page
    assert (
        "object-actions" not in page.partition('aria-label="Status"')[2].partition("</section>")[0]
    )
    assert ">–</a>" in admin_client.get("/admin/newsletter/issue/").text


# --- taken away ---


def test_a_command_deletes_samples_for_good_and_nothing_else(client, sample):
    search.refresh_all()
    make_sample("Another")
    real = make_issue(3, "Real", sent_at=timezone.now() - timedelta(days=3))
    draft = make_issue(4, "Next", status="draft")
    out = StringIO()
    with unchanged(real, draft), TestCase.captureOnCommitCallbacks(execute=True):
        call_command("removesamples", stdout=out)
    assert out.getvalue() == "2 sample issues deleted.\n"
    assert client.get(PAGE).status_code == 404
    assert not search.find("chips for rent").hits
    assert Issue.history.filter(id=real.pk).exists()
    assert not Issue.history.filter(status="sample").exists()
