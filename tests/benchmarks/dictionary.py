"""A dictionary of any size, always the same: terms with texts of some kB, aliases, relations."""

import random
from collections.abc import Iterator
from typing import Any

SYLLABLES = ("ar", "bel", "cor", "dan", "el", "fir", "gon", "hal", "im", "jor", "kal", "lum")
PROSE = (
    "This is what people mean by it in most papers, with “quotation marks” and a dash – or two.",
    "It was first described for machines that were smaller than those of today.",
    "A company that sells it counts each use, and the price is quoted for a million of them.",
    "Opinions differ about how long that will last; the numbers of three publishers disagree.",
    "In the simplest case one machine does all of the work, in others thousands share it.",
)
FIELDS = tuple(f"Field {letter}" for letter in "ABCDEFGHIJKL")


def records(count: int) -> Iterator[dict[str, Any]]:
    """Yield terms as their JSON has them; explanations have 0.5 to 5 kB, 2.5 on average."""
    draw = random.Random(20261123)
    for number in range(count):
        yield _record(number, count, draw)


def _record(number: int, count: int, draw: random.Random) -> dict[str, Any]:
    others = dict.fromkeys(
        number_of for number_of in draw.sample(range(count), 4) if number_of != number
    )
    return {
        "headword": _headword(number),
        "slug": f"term-{number}",
        "category": FIELDS[number % len(FIELDS)],
        "status": "draft" if number % 50 == 0 else "published",
        "definition": f"What {_headword(number)} is, in one sentence that stands alone.",
        "explanation": _explanation(list(others), draw),
        "reviewed_on": f"2026-{number % 11 + 1:02}-{number % 28 + 1:02}",
        "reviewed_by": "editorial office",
        "responsible": "editorial office" if number % 3 else "",
        "drafting": "" if number % 5 else "Drafted with a language model.",
        "is_autolinked": number % 7 != 0,
        "is_case_sensitive": number % 11 == 0,
        "aliases": [
            {"name": f"{_headword(number)} system", "kind": "synonym"},
            {"name": f"T{number}X", "kind": "abbreviation"},
        ],
        "related": [
            {"term": f"term-{other}", "kind": "related", "reason": "next to it"}
            for other in others
        ],
        "citations": [
            {"publisher": "A press", "title": f"Paper {number}",
             "url": f"https://example.org/{number}", "read_on": "2026-11-01"}
        ],
        "series": [],
    }  # fmt: skip


def _headword(number: int) -> str:
    """Return a name of its own, such as “Belcor Lumdan”, for the first 20,736 numbers."""
    parts = []
    for _ in range(4):
        number, at = divmod(number, len(SYLLABLES))
        parts.append(SYLLABLES[at])
    return f"{parts[0]}{parts[1]} {parts[2]}{parts[3]}".title()


def _explanation(others: list[int], draw: random.Random) -> str:
    paragraphs = []
    for _ in range(draw.randint(2, 18)):
        words = draw.choices(PROSE, k=2)
        paragraphs.append(f"{words[0]} See also {_headword(draw.choice(others))}. {words[1]}")
    return "\n\n".join([*paragraphs, f"It is near [[{_headword(others[0])}]]."])
