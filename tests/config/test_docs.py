"""Everything the guides name exists, and their examples work on the starter content."""

import re
from html import unescape
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.utils.html import strip_tags

from glossary.prose.figures.answers import live_resolver
from glossary.prose.rendering import render
from glossary.series.loading import views_for

ROOT = Path(__file__).parents[2]
GUIDES = ["README.md", "CONTRIBUTING.md", "SECURITY.md", *sorted(Path("docs").glob("*.md"))]
PATH = re.compile(r"`((?:config|docs|glossary|newsletter|static|templates|tests|\.ci)/[^`\s]*)`")
ROW = re.compile(r"^\| `(\{\{.+?\}\})` \| (.+) \|$", re.M)


@pytest.mark.parametrize("guide", [str(guide) for guide in GUIDES])
def test_every_path_a_guide_names_exists(guide):
    paths = PATH.findall((ROOT / guide).read_text())
    assert [path for path in paths if not list(ROOT.glob(path.rstrip("/")))] == []


def test_contributing_names_files_by_their_whole_path():
    """Readers have to search for a bare file name, and the check above cannot see it."""
    named = re.findall(r"`([\w/.-]+\.(?:py|html|svg|css))`", (ROOT / "CONTRIBUTING.md").read_text())
    assert [path for path in named if not (ROOT / path).exists()] == []


def test_every_link_in_a_guide_leads_somewhere():
    for guide in map(str, GUIDES):
        text = (ROOT / guide).read_text()
        headings = {
            re.sub(r"[^\w\- ]", "", line.lstrip("# ").lower()).replace(" ", "-")
            for line in text.splitlines()
            if line.startswith("#")
        }
        for link in re.findall(r"\]\(([^)\s]+)\)", text):
            if link.startswith("#"):
                assert link[1:] in headings, f"{guide}: {link}"
            elif "://" not in link:
                assert (ROOT / guide).parent.joinpath(link).exists(), f"{guide}: {link}"


@pytest.mark.django_db
def test_every_figure_in_the_editors_guide_reads_as_it_says_on_the_starter_series():
    call_command("importdata", "glossary/starter/series", stdout=StringIO())
    rows = ROW.findall((ROOT / "docs/editors.md").read_text())
    assert len(rows) >= 4
    for token, shown in rows:
        text = token.replace("\\|", "|")
        html = render(text, live_resolver(views_for([text])))
        assert unescape(strip_tags(html)).strip().replace("\xa0", " ") == shown
