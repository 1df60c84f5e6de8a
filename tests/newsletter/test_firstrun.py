"""`make run` on a new machine: content, an account with a password shown once, no duplicates."""

import re
from datetime import date, timedelta
from io import StringIO
from pathlib import Path, PurePath

import brotli
import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.test import override_settings

from glossary.models import Category, FigureUse, Release, Series, Term
from newsletter.models import Issue, Newsletter
from tests.databases import rolled_back

pytestmark = pytest.mark.django_db


def run():
    out = StringIO()
    call_command("firstrun", stdout=out)
    return out.getvalue()


@pytest.fixture(scope="module")
def first(django_db_setup, django_db_blocker):
    """What the first start of a site said. Each test finds the site as that start left it."""
    with override_settings(DEBUG=True), rolled_back(django_db_blocker):
        yield run()


def test_a_new_site_has_content_and_a_second_start_keeps_it(first):
    assert "Log-in     admin / " in first
    assert f"New        {Term.objects.count()} terms" in first
    assert len(first.splitlines()) == 7
    assert Term.objects.published().count() >= 60
    assert Series.objects.published().count() >= 12
    assert FigureUse.objects.filter(is_claim=False).count() >= 25
    assert not FigureUse.objects.exclude(broken_in=None).exists()
    assert Issue.objects.samples().count() == 3
    first = Category.objects.values_list("name", flat=True)[:2]
    assert list(first) == ["Models & Capabilities", "Techniques & Methods"]
    Term.objects.filter(slug="token").update(definition="Edited.")
    assert "as before" in run()
    assert Term.objects.get(slug="token").definition == "Edited."
    assert User.objects.count() == 1


def test_every_sample_shows_three_series_as_they_were_on_its_friday(first, client):
    for issue in Issue.objects.samples():
        assert issue.sent_on.isoweekday() == 5
        points = issue.data_points.select_related("series", "term")
        days = [date.fromisoformat(point.reading["released_on"]) for point in points]
        assert timedelta(0) < issue.sent_on - max(days) <= timedelta(days=3), issue
        assert all(point.term.is_published for point in points)
        page = client.get(issue.get_absolute_url()).text
        assert all(f'aria-describedby="point-{place}-d"' in page for place in (1, 2, 3))
    newest = Release.objects.latest("released_on").released_on
    assert timedelta(0) < Issue.objects.samples().latest("sent_at").sent_on - newest <= timedelta(7)


def test_the_first_issue_after_the_samples_has_number_1(first):
    assert Newsletter.objects.default().next_number() == 1


def test_every_starter_term_is_cited_related_and_in_order(first):
    assert not Term.objects.filter(citations=None).exists()
    assert not Term.objects.filter(relations=None).exists()
    assert Term.objects.exclude(shown_series=None).distinct().count() > Term.objects.count() / 2
    wanted = {
        "pre-training", "fine-tuning", "agi", "ai-alignment", "ai-compute", "capex", "chatgpt",
        "data-center", "inference", "foundation-model", "frontier-model", "large-language-model",
        "hallucination",
    }  # fmt: skip
    assert wanted <= set(Term.objects.values_list("slug", flat=True))


def test_a_first_visit_of_a_term_is_light(first, client):
    """HTML in 14 kB, all with style sheets, font and scripts in 85 kB, as browsers get them."""
    heaviest = b""
    for term in Term.objects.published():
        answer = client.get(term.get_absolute_url(), headers={"accept-encoding": "br"})
        assert answer.headers["Content-Encoding"] == "br"
        if len(answer.content) > len(heaviest):
            heaviest = answer.content
    assert len(heaviest) < 14_000
    page = brotli.decompress(heaviest).decode()
    names = set(re.findall(r'(?:href|src)="/static/([^"]+\.(?:css|js|woff2))"', page))
    assert {PurePath(name).suffix for name in names} == {".css", ".js", ".woff2"}
    files = {name: Path("static", name).read_bytes() for name in names}
    sizes = {n: len(f if n.endswith("woff2") else brotli.compress(f)) for n, f in files.items()}
    assert sum(size for name, size in sizes.items() if name.endswith(".js")) < 6_000
    assert sum(sizes.values()) + len(heaviest) < 85_000


def test_it_is_for_development_only(settings):
    settings.DEBUG = False
    with pytest.raises(CommandError, match="createsuperuser"):
        run()
