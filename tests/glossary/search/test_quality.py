"""How well search finds: on 5,000 terms that share their words and beginnings, and on the starter."""

from pathlib import Path

import pytest

from glossary import search
from glossary.exchange.import_formats import read_path
from tests.builders import make_alias, make_term
from tests.glossary.search.confusable import beginning, make_confusable, mistyped, plural, sample

pytestmark = pytest.mark.django_db

STARTER = Path("glossary/starter/terms")
TRIED = 100


def shown(text: str) -> list[str]:
    """Return what a reader sees first: matches, or similar terms if there are none."""
    found = search.find(text, most=5)
    return [hit.entry.title for hit in found.hits] or [entry.title for entry in found.near]


def share(tries: list[tuple[str, str]], within: int) -> float:
    """Return the share of (typed, meant) pairs whose term is among the first `within`."""
    tried = [(typed, meant, shown(typed)) for typed, meant in tries]
    missed = [each for each in tried if each[1] not in each[2][:within]]
    for typed, meant, found in missed[:10]:
        print(f"{typed!r} is to find {meant!r}, found {found}")  # seen when the test fails
    return 1 - len(missed) / len(tries)


def reversed_words(name: str) -> str:
    return " ".join(reversed(name.replace("-", " ").split()))


def assert_found(names: list[tuple[str, str]], tried: int) -> None:
    chosen = sample(names, min(tried, len(names)))
    heads = [name for name, _ in chosen]
    several = [name for name in heads if " " in name]
    assert share([(name.upper(), name) for name in heads], within=1) == 1
    assert share([(short, name) for name, short in chosen if short], within=1) == 1
    long = [name for name in heads if len(name) > 7]
    assert share([*mistyped(heads, 1), *mistyped(long, 2)], within=1) >= 0.97
    assert share([(beginning(name), name) for name in several], within=5) >= 0.95
    turned = [(reversed_words(name), name) for name in several]
    assert share([*turned, *((plural(name), name) for name in heads)], within=5) >= 0.95


def test_on_five_thousand_terms_that_are_easily_confused():
    names = make_confusable(5_000)
    search.refresh_all()
    assert_found(names, TRIED)


def test_on_the_starter_glossary():
    names = make_starter_terms()
    search.refresh_all()
    assert_found(names, len(names))


def make_starter_terms() -> list[tuple[str, str]]:
    """Make the terms without their data and links; return each headword with one alias or ""."""
    names = []
    for file in read_path(STARTER):
        term = make_term(
            file.values["headword"],
            definition=file.values["definition"],
            explanation=file.values["explanation"],
        )
        aliases = [item.values["name"] for item in file.lists.get("aliases") or []]
        for alias in aliases:
            make_alias(term, alias)
        names.append((term.headword, aliases[0] if aliases else ""))
    return names
