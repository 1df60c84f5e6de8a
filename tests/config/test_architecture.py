"""What each package may contain. pyproject.toml, [tool.importlinter], has the import rules."""

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = ("config", "glossary", "newsletter")


def modules(room):
    return sorted((ROOT / room).rglob("*.py"))


@pytest.mark.parametrize("room", ROOMS)
def test_no_module_is_named_for_nothing(room):
    vague = {"services.py", "utils.py", "helpers.py", "common.py", "signals.py"}
    assert [path.name for path in modules(room) if path.name in vague] == []


def test_the_top_level_holds_what_it_should_and_nothing_else():
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")}
    assert packages == {*ROOMS, "tests"}


def test_templates_hold_no_inline_style_script_or_unescaped_text():
    for path in sorted((ROOT / "templates").rglob("*.html")):
        if "email" in path.parts:
            continue
        text = path.read_text()
        for poison in (' style="', "<style", "|safe", "autoescape off", "<script>", "javascript:"):
            assert poison not in text, f"{path.name} holds {poison}"


@pytest.mark.parametrize("app", ["glossary", "newsletter"])
def test_at_an_apps_root_stand_only_djangos_own_files(app):
    own = {"__init__.py", "apps.py", "context_processors.py", "tasks.py", "urls.py"}
    assert {path.name for path in (ROOT / app).glob("*.py")} <= own
