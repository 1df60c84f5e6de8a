"""A site left alone with its publishers: a server gives recorded files day by day, good and bad."""

import shutil
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from glossary.ingest.definitions import import_folders
from glossary.ingest.refreshing import refresh_series
from glossary.models import Fetch, Release, Series, Upload
from glossary.series.loading import load_as_of
from tests.builders import make_category
from tests.glossary.publisher import answer, policy_for, publishers
from tests.glossary.starter.recordings import SERIES, points, recording

pytestmark = pytest.mark.django_db

BEFORE = {
    "us-hosting-prices": "2025-06-20.json",
    "us-productivity": "2025-08-10.json",
    "us-ai-job-postings": "2026-05-11.csv",
}
AFTER = {
    "us-hosting-prices": "2025-07-30.json",
    "us-productivity": "2025-09-05.json",
    "us-ai-job-postings": "2026-07-21.csv",
}
TODAY = datetime(2026, 8, 1, 9, tzinfo=UTC)

publish = pytest.fixture(publishers)


class Site:
    """Three live series without values, and the server that all of them fetch from."""

    def __init__(self, publish, folder):
        self.files = {}  # what the server has: a whole response for each path
        self.server = publish(self._answer)
        for slug in BEFORE:
            (folder / slug).mkdir()
            shutil.copy(SERIES / slug / "series.yaml", folder / slug)
        import_folders(folder)
        for series in Series.objects.all():
            Series.objects.filter(pk=series.pk).update(fetch_url=self.server.url(f"/{series.slug}"))

    def _answer(self, line, server):
        head = server.requests[-1]
        slug = head.split()[1].strip("/")
        line.sendall(self.files[slug](head))

    def put(self, slug, body, tag, status="200 OK", **headers):
        """Let the server answer so; a request that knows the tag gets 304."""

        def respond(head):
            if tag and f'If-None-Match: "{tag}"' in head:
                return answer("304 Not Modified")
            return answer(status, body=body, ETag=f'"{tag}"' if tag else "", **headers)

        self.files[slug] = respond

    def put_recordings(self, names):
        for slug, name in names.items():
            self.put(slug, recording(slug, name).read_bytes(), name)

    def look(self, day):
        """Look at every series on a day; return what came of each."""
        with time_machine.travel(TODAY + timedelta(days=day), tick=False):
            series = Series.objects.with_page().all()
            found = refresh_series(series, policy=policy_for(self.server))
            return {each.series.slug: each for each in found}


@pytest.fixture
def site(publish, tmp_path):
    for name in ("Economics & Investment", "Work & Adoption", "Compute & Chips"):
        make_category(name)
    site = Site(publish, tmp_path)
    site.put_recordings(BEFORE)
    assert all(each.is_news for each in site.look(0).values())
    return site


def held():
    loaded = {each.slug: load_as_of(each) for each in Series.objects.with_page()}
    return {slug: each.points for slug, each in loaded.items() if each}


def test_the_first_start_makes_every_series_public_with_what_an_own_reading_finds(site):
    assert held() == {slug: points(slug, name) for slug, name in BEFORE.items()}
    assert set(Release.objects.values_list("kind", "is_automatic")) == {("first", True)}
    assert "User-Agent: AI-Economy-Pulse (+http" in site.server.requests[0]


def test_the_next_day_nothing_is_sent_twice(site):
    before = held()
    asked = len(site.server.requests)
    assert {each.text for each in site.look(1).values()} == {"Not changed since the last look."}
    assert len(site.server.requests) == asked + len(BEFORE)
    assert all("If-None-Match" in head for head in site.server.requests[asked:])
    assert held() == before


def test_newer_files_are_revisions_and_are_accepted(site):
    site.put_recordings(AFTER)
    outcomes = site.look(1)
    assert {slug for slug, each in outcomes.items() if each.is_news} == set(AFTER)
    newer = held()
    for slug, name in AFTER.items():
        assert newer[slug][-1] == points(slug, name)[-1], slug
    kinds = Release.objects.filter(released_on="2026-08-02").values_list("series__slug", "kind")
    assert dict(kinds)["us-productivity"] == "revision"


def test_renamed_columns_are_refused_by_name_and_stop_no_other_series(site):
    before = held()
    site.put_recordings(AFTER)
    body = recording("us-ai-job-postings", "2026-07-21.csv").read_bytes()
    site.put("us-ai-job-postings", body.replace(b"AI_share_postings", b"ai_share"), "renamed")
    outcome = site.look(1)["us-ai-job-postings"]
    assert outcome.is_failure
    assert "There is no column “AI_share_postings”." in outcome.text
    assert held()["us-ai-job-postings"] == before["us-ai-job-postings"]
    assert held()["us-productivity"] != before["us-productivity"]


def test_half_a_file_waits_or_is_refused_and_old_data_stay(site):
    before = held()
    lines = recording("us-ai-job-postings", "2026-05-11.csv").read_bytes().splitlines(keepends=True)
    site.put("us-ai-job-postings", b"".join(lines[: len(lines) // 2]), "half")
    body = recording("us-productivity", "2025-09-05.json").read_bytes()
    site.put("us-productivity", body[: len(body) // 2], "cut")
    outcomes = site.look(1)
    assert outcomes["us-ai-job-postings"].waits == Upload.objects.get()
    assert "Periods would vanish" in outcomes["us-ai-job-postings"].text
    assert "The JSON cannot be read" in outcomes["us-productivity"].text
    assert held() == before


def test_a_body_that_breaks_off_is_not_read(site):
    before = held()
    body = recording("us-ai-job-postings", "2026-07-21.csv").read_bytes()
    site.put("us-ai-job-postings", body[:500], "cut", Content_Length=str(len(body)))
    assert site.look(1)["us-ai-job-postings"].is_failure
    assert held() == before


def test_a_missing_file_and_a_server_that_asks_for_patience_are_told_and_looked_at_later(site):
    before = held()
    site.put("us-productivity", b"", "", status="404 Not Found")
    site.put("us-ai-job-postings", b"", "", status="429 Too Many Requests", Retry_After="40000")
    outcomes = site.look(1)
    assert "The file is not there." in outcomes["us-productivity"].text
    assert "We came too often." in outcomes["us-ai-job-postings"].text
    next_look = Fetch.objects.get(series__slug="us-ai-job-postings").next_at
    assert next_look >= TODAY + timedelta(days=1, seconds=40_000)
    assert Fetch.objects.get(series__slug="us-productivity").failures == 1
    assert Fetch.objects.get(series__slug="us-hosting-prices").failures == 0
    assert held() == before
