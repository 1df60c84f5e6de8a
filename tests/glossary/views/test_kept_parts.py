"""What pages keep of their parts: made once a release or a save, and never out of date."""

from datetime import timedelta

import pytest
from django.core.cache import caches
from django.db import connection
from django.test.utils import CaptureQueriesContext
from markdown_it import MarkdownIt

from glossary.ingest.withdrawals import withdraw_release
from glossary.models import Category, Citation, Fetch, Relation, Series, Source, Term
from glossary.terms.publishing import publish, withdraw
from newsletter.models import Issue, Newsletter
from tests.builders import (
    make_alias,
    make_citation,
    make_data_point,
    make_issue,
    make_series,
    make_term,
    make_upload,
    relate,
    release,
)

pytestmark = pytest.mark.django_db

PAGES = [
    "/", "/glossary/", "/glossary/hub/", "/glossary/reader/", "/glossary/spoke/", "/data/",
    "/newsletter/", "/glossary/letter/h/",
]  # fmt: skip


@pytest.fixture
def site(client, clock):
    """Fill a site, and view all its pages, so that they keep what they can."""
    for slug in ("power", "compute"):
        series = make_series(slug, expected_days=250)
        release(series, "2023,5 2024,10 2025,12", "2026-01-15")
        clock.shift(1)
        release(Series.objects.get(slug=slug), "2023,5 2024,10 2025,13", "2026-02-15")
    text = f"It has {{{{ compute }}}}, {{{{ power | change 1y }}}} and [[Spoke]]. {'word ' * 330}"
    hub, spoke = make_term("Hub", explanation=text), make_term("Spoke", explanation="A [[Hub]].")
    make_term("Reader", explanation="Reads {{ power }}.")
    for position, series in enumerate(Series.objects.order_by("slug")):
        hub.shown_series.create(series=series, position=position)
    relate(hub, spoke, reason="holds it")
    relate(make_term("Rim"), hub)
    make_alias(hub, "Nave")
    make_citation(hub)
    issue = make_issue(1, sent_at=None, status="draft")
    make_data_point(issue, series=Series.objects.get(slug="compute"), term=hub)
    Issue.objects.update(status="sent", sent_at=issue.created_at)
    view(client)
    clock.shift(60)
    return client


def view(client):
    answers = {path: client.get(path) for path in PAGES}
    assert {answer.status_code for answer in answers.values()} == {200}
    return {path: answer.text for path, answer in answers.items()}


def break_down(*args, **kwargs):
    raise AssertionError("This was made already.")


def test_a_second_view_draws_no_chart_and_parses_no_markdown(site, monkeypatch):
    monkeypatch.setattr("glossary.charts.drawing.axes_of", break_down)
    monkeypatch.setattr(MarkdownIt, "parse", break_down)
    with CaptureQueriesContext(connection) as queries:
        view(site)
    assert not [each["sql"] for each in queries if "glossary_observation" in each["sql"]]


@pytest.mark.parametrize(
    ("path", "count"), [("/", 10), ("/glossary/", 3), ("/glossary/hub/", 10), ("/data/", 2)]
)
def test_a_second_view_costs_few_queries(site, django_assert_num_queries, path, count):
    with django_assert_num_queries(count):
        site.get(path)


def saved(model, changes, **which):
    for row in model.objects.filter(**which):
        for name, value in changes.items():
            setattr(row, name, value)
        row.save()


def newest(slug):
    return Series.objects.with_page().get(slug=slug)


CHANGES = {
    "a release": lambda: release(newest("compute"), "2023,5 2024,10 2025,13 2026,20", "2026-11-20"),
    "a revision": lambda: release(newest("power"), "2023,5 2024,11 2025,14", "2026-11-20"),
    "a withdrawal": lambda: withdraw_release(
        newest("compute"), newest("compute").current_release_id, "Wrong file."
    ),
    "a chart's title": lambda: saved(Series, {"chart_title": "Much more"}, slug="compute"),
    "a chart's form": lambda: saved(Series, {"chart_form": "bar"}, slug="power"),
    "the title of a series": lambda: saved(Series, {"title": "Power & more"}, slug="power"),
    "the end of a series": lambda: saved(
        Series, {"ended_on": newest("power").current_release.released_on}, slug="power"
    ),
    "a publisher": lambda: saved(Source, {"publisher": "Epoch & Co"}),
    "an attribution": lambda: saved(Source, {"attribution": "Epoch <AI>"}),
    "a waiting file": lambda: make_upload(newest("power"), is_fetched=True),
    "a fetch without newer values": lambda: Fetch.objects.create(
        series=newest("power"), worked_at=newest("power").updated_at + timedelta(minutes=1)
    ),
    "a text": lambda: saved(Term, {"explanation": "Now {{ power | first }}."}, slug="hub"),
    "a headword": lambda: saved(Term, {"headword": "Spoke & rim"}, slug="spoke"),
    "a definition": lambda: saved(Term, {"definition": "Holds a <rim>."}, slug="spoke"),
    "a kind of relation": lambda: saved(Relation, {"kind": "contrast"}),
    "a reason": lambda: saved(Relation, {"reason": "holds <it>"}),
    "a new relation": lambda: relate(Term.objects.get(slug="hub"), Term.objects.get(slug="reader")),
    "an alias": lambda: make_alias(Term.objects.get(slug="hub"), "Boss"),
    "a citation": lambda: saved(Citation, {"url": "https://example.org/?a=1&b=2"}),
    "a withdrawn term": lambda: withdraw([Term.objects.get(slug="spoke")]),
    "a new term": lambda: publish([make_term("Axle", status="draft")]),
    "a field": lambda: saved(Category, {"name": "Wheels", "slug": "wheels"}),
    "a promise": lambda: saved(Newsletter, {"promise": "Wheels <weekly>."}),
    "an issue": lambda: make_issue(2, "All of wheels"),
}  # fmt: skip


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_pages_follow_every_change_at_once(site, change):
    pages = [*PAGES, "/data/power/"]
    before = {path: site.get(path) for path in pages}
    change()
    after = {path: site.get(path) for path in pages}
    for cache in caches.all():
        cache.clear()
    made_new = {path: site.get(path) for path in pages}
    assert [path for path in pages if after[path].content != made_new[path].content] == []
    assert any(after[path].content != before[path].content for path in pages)


def test_pages_follow_the_day(site, clock):
    before = view(site)
    clock.shift(timedelta(days=400))
    after = view(site)
    for cache in caches.all():
        cache.clear()
    assert after == view(site)
    assert all(after[path] != before[path] for path in ("/", "/data/", "/glossary/hub/"))
