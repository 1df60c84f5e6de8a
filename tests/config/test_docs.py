"""Everything the guides name exists, and their examples work on the starter content."""

import re
from html import unescape
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import (
    BaseCommand,
    call_command,
    get_commands,
    load_command_class,
)
from django.utils.html import strip_tags

from glossary.prose.figures.claims import Claim, check_claim, parse_claim
from glossary.prose.figures.readings import read_figure
from glossary.prose.figures.syntax import FORMATS, MEASURES, PLACES, Figure, parse_figure
from glossary.prose.figures.tokens import live_resolver
from glossary.prose.markdown.figures import is_claim
from glossary.prose.rendering import render
from glossary.series.loading import views_for
from glossary.values.charts import ChartForm
from tests.browser.pictures import DOCS

ROOT = Path(__file__).parents[2]
GUIDES = ["README.md", "CONTRIBUTING.md", "SECURITY.md", *sorted(Path("docs").glob("*.md"))]
PATH = re.compile(r"`((?:config|docs|glossary|newsletter|static|templates|tests|\.ci)/[^`\s]*)`")
OPERATORS = ROOT / "docs/operators.md"
TOKEN = re.compile(r"\{\{(.+?)\}\}")
# What an example calls a series where any would do.
ANY_SERIES = re.compile(r"^(assert )?series(-slug)?\b")
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


def test_make_pictures_makes_every_picture_that_a_guide_shows():
    shown = re.findall(r"!\[[^\]]{30,}\]\(\S*pictures/(\S+)\.png\)", "".join(map(read, GUIDES)))
    kept = [file.stem for file in (ROOT / "docs/pictures").iterdir()]
    assert sorted(shown) == sorted(kept) == sorted(DOCS)


def read(guide):
    return (ROOT / guide).read_text()


@pytest.fixture
def starter_series(db):
    call_command("importdata", "glossary/starter/series", stdout=StringIO())


def editors_guide():
    return (ROOT / "docs/editors.md").read_text()


@pytest.mark.one_database
@pytest.mark.usefixtures("starter_series")
def test_every_figure_and_claim_of_the_editors_guide_works_on_the_starter_series():
    rows = ROW.findall(editors_guide())
    assert len(rows) >= 4
    for token, shown in rows:
        text = token.replace("\\|", "|")
        html = render(text, live_resolver(views_for([text])))
        assert unescape(strip_tags(html)).strip().replace("\xa0", " ") == shown
    examples = [
        ANY_SERIES.sub(r"\1nvidia-compute-shipped", inside.replace("\\|", "|").strip())
        for inside in TOKEN.findall(editors_guide())
    ]
    assert len(examples) >= len(rows) + 2
    known = views_for([f"{{{{ {example} }}}}" for example in examples])
    assert [each for each in examples if not _works(each, known)] == []


def _works(example, known):
    if not is_claim(example):
        return hasattr(read_figure(example, known), "shown")
    claim = parse_claim(example)
    return isinstance(claim, Claim) and hasattr(
        check_claim(claim, known[claim.figure.slug]), "holds"
    )


def test_the_editors_guide_names_every_selector_and_format_and_no_unknown_one():
    section = editors_guide().partition("## Figures in a sentence")[2].partition("\n## ")[0]
    codes = re.findall(r"`([^`{]+)`", section.partition("- Which period")[2])
    assert {code.split()[0] for code in codes} >= PLACES | MEASURES | FORMATS
    unknown = [
        code
        for code in codes
        if code != "at"
        and not any(
            isinstance(parse_figure(f"chips | {before}{code}"), Figure)
            for before in ("", "at ", "change ")
        )
    ]
    assert unknown == ["[[link]]"]


def test_the_editors_guide_and_the_script_of_charts_know_every_form_of_chart():
    [said] = re.findall(r"\*\*Chart form\*\* (.+)", editors_guide())
    assert [form for form in ChartForm if form not in said] == []
    script = (ROOT / "static/js/series.js").read_text()
    drawn = re.findall(r'dataset\.form === "(\w+)"', script)
    assert {ChartForm.LINE, *drawn} == set(ChartForm)  # a line is what it draws otherwise


def test_every_command_of_the_operators_guide_exists_with_its_options():
    commands = re.findall(r"manage\.py ([a-z_]+)([^`\n;#]*)", OPERATORS.read_text())
    assert len({name for name, _ in commands}) > 15
    assert {name for name, _ in commands} <= get_commands().keys()
    unknown = []
    for name, rest in commands:
        app = get_commands()[name]
        command = app if isinstance(app, BaseCommand) else load_command_class(app, name)
        known = command.create_parser("manage.py", name)._option_string_actions
        unknown += [(name, each) for each in re.findall(r" (--[a-z-]+)", rest) if each not in known]
    assert unknown == []


def test_the_operators_guide_uses_programs_that_a_system_has():
    lines = re.findall(r"^    (\S.*)$", OPERATORS.read_text(), re.MULTILINE)
    programs = {line.split()[0] for line in lines}
    assert programs == {
        ".venv/bin/pip", ".venv/bin/python", "17", "apt", "cd", "cp", "curl", "docker", "echo", "git",
        "install", "nginx", "python3", "runuser", "systemctl", "useradd",
    }  # fmt: skip


def test_every_variable_of_the_operators_guide_is_one():
    named = set(re.findall(r"\b([A-Z][A-Z_]{3,})=", OPERATORS.read_text()))
    known = set(re.findall(r"^#?([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    of_others = {"GUNICORN_CMD_ARGS", "SECRET_KEY_FILE", "WEBHOOK_SECRET"}
    assert named - known <= of_others | {"MAILGUN_WEBHOOK_SIGNING_KEY"}


def test_the_example_environment_has_every_setting_and_no_other():
    read = set(re.findall(r'env\.\w+\(\s*"([A-Z_]+)"', (ROOT / "config/settings.py").read_text()))
    named = set(re.findall(r"^#?([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    of_compose = {"POSTGRES_PASSWORD"}
    assert named - of_compose == read
