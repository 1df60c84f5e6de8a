"""What is written in a style sheet, so that an engine can be asked what it takes of it."""

import re
from pathlib import Path
from typing import NamedTuple

FOLDER = Path(__file__).parents[2] / "static" / "css"
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
PART = re.compile(r"""((?:"[^"]*"|[^{};"])*)([{};])""")
VARIABLE = re.compile(r"var\((--[\w-]+)(?:,\s*([^()]*))?\)")
GROUPS = ("@layer", "@media", "@supports", "@container")


class Declaration(NamedTuple):
    rule: str  # what the nearest braces belong to: a selector, or "@font-face"
    name: str
    value: str


def declarations(text: str) -> list[Declaration]:
    """Return the declarations of a style sheet; raise ValueError where braces do not match."""
    rules: list[str] = []
    found = []
    for part, end in PART.findall(COMMENT.sub("", text)):
        name, colon, value = (each.strip() for each in part.strip().partition(":"))
        if end == "{":
            rules.append(" ".join(part.split()))
            continue
        if colon and rules and not rules[-1].startswith(GROUPS):
            found.append(Declaration(rules[-1], name, " ".join(value.split())))
        if end == "}":
            if not rules:
                raise ValueError("a brace closes what none has opened")
            rules.pop()
    if rules:
        raise ValueError(f"never closed: {rules[-1]}")
    return found


def examples(sheets: list[list[Declaration]]) -> dict[str, str]:
    """Return the first value that the sheets give to each custom property."""
    first: dict[str, str] = {}
    for declaration in (each for sheet in sheets for each in sheet):
        if declaration.name.startswith("--"):
            first.setdefault(declaration.name, declaration.value)
    return first


def resolved(value: str, variables: dict[str, str]) -> str:
    """Put example values in the place of custom properties: an engine judges only what it knows."""
    while match := VARIABLE.search(value):
        known = variables.get(match[1], match[2]) or ""
        value = value[: match.start()] + known + value[match.end() :]
    return value
