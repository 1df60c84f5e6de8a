"""Who may import whom, and what may not stand in our rooms."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = ("config", "glossary", "newsletter")


def imports_of(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def modules(room):
    return sorted((ROOT / room).rglob("*.py"))


def test_the_glossary_knows_nothing_of_the_newsletter():
    guilty = [
        f"{path.relative_to(ROOT)}: {name}"
        for path in modules("glossary")
        for name in imports_of(path)
        if name.split(".")[0] == "newsletter"
    ]
    assert guilty == []


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
