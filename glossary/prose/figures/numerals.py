"""Which numerals in a text are bound to a series, which are cited, and which are neither. A figure
that cannot be read is broken.

For editors: a typed number goes stale, a cited one can at least be checked. A numeral counts as
cited when its own paragraph or table row links to another site or names one of the sources that
the term cites. Years, dates and numbers that are part of a name (GPT-4, H100, Grok 4) do not count.
"""

import re
from bisect import bisect_left, bisect_right
from calendar import month_name
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache

from markdown_it.token import Token

from glossary.prose.markdown.parser import parse_markdown
from glossary.values.numbers import RAISED, SCALE_WORDS, SHORT_SCALES

# In English: month_name follows the C locale of the process, which Django leaves alone.
MONTH_WORDS = "|".join(month_name[1:])
# Tokens and code are one character each in the flat text, which separates the text around them.
FIGURE_MARK, CODE_MARK = "\ufffc", "\ufffd"
NUMERAL = re.compile(
    r"(?<![\w.,/#-])(?:[-−+]?(?:US\$|[$€£¥]))?[-−+]?[0-9]+(?:[.,][0-9]+)*"
    rf"(?:[ \u00a0]?×[ \u00a0]?10[{RAISED}]+)?"
    rf"(?:[ \u00a0]?%|(?:{'|'.join(SHORT_SCALES.values())})\b"
    rf"|[ \u00a0](?:percent|{'|'.join(SCALE_WORDS.values())})\b)?"
    r"(?![\w/])(?!-[A-Za-z])"
)
YEAR = re.compile(r"(?:1[5-9]|20)[0-9]{2}")
# What makes a bare number after it the end of a name: a word with a capital inside a sentence.
NAME_BEFORE = re.compile(r"[^\s.!?:“(][”’)]*[ \u00a0][A-Z][\w’-]*[ \u00a0]$")
BARE = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,2})?")
DAY_AFTER = re.compile(rf"(?:{MONTH_WORDS})[ \u00a0]$")
MONTH_BEFORE = re.compile(rf"[ \u00a0](?:{MONTH_WORDS})\b")
SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[A-Z“\"(])")
CITED_AUTHORS = re.compile(r"\(([^()]{1,300}), [0-9]{4}\)")
AUTHOR_BREAK = re.compile(r", | and | & | et al\.?")
LONGEST_EXCERPT = 160


class Backing(StrEnum):
    BOUND = "bound"
    CITED = "cited"
    NEITHER = "neither"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class Numeral:
    """One numeral, its line in the Markdown, and its sentence."""

    text: str
    line: int
    backing: Backing
    excerpt: str


@dataclass(frozen=True, slots=True)
class _Block:
    """A paragraph, heading or table cell as flat text, and what may back its numerals."""

    text: str
    line: int
    figures: tuple[str, ...]
    is_cited: bool
    row: str = ""  # of a table cell: the excerpt of its row


@lru_cache(maxsize=256)
def audit_numerals(
    text: str, cited: frozenset[str] = frozenset(), broken: frozenset[str] = frozenset()
) -> tuple[Numeral, ...]:
    """List the numerals of a Markdown text in order.

    `cited` are names from source_names, `broken` the insides of tokens that cannot be read.
    """
    return tuple(numeral for block in _blocks(text, cited) for numeral in _numerals(block, broken))


def count_by_backing(numerals: Collection[Numeral]) -> dict[Backing, int]:
    """Count numerals by backing; every backing is a key, also with 0."""
    return {backing: sum(numeral.backing is backing for numeral in numerals) for backing in Backing}


def source_names(publisher: str, title: str) -> frozenset[str]:
    """Return the names by which a sentence may refer to a citation: publisher and authors.

    >>> sorted(source_names("NBER", "Rapid Adoption (Bick, Blandin and Deming, 2024)"))
    ['Bick', 'Blandin', 'Deming', 'NBER']
    """
    found = CITED_AUTHORS.search(title)
    authors = AUTHOR_BREAK.split(found[1]) if found else []
    # A part with a digit is the number of a paper or a volume, not a name.
    people = {author.strip() for author in authors if not re.search(r"[0-9]", author)}
    return frozenset(name for name in people | {publisher.strip()} if len(name) > 2)


def _blocks(text: str, cited: frozenset[str]) -> Iterator[_Block]:
    """Yield the blocks of a text. A citation in one cell counts for all cells of its row."""
    row: list[_Block] | None = None
    for token in parse_markdown(text):
        if token.type == "tr_open":
            row = []
        elif token.type == "tr_close":
            yield from _joined(row or [])
            row = None
        elif token.type == "inline" and row is None:
            yield _flat(token, cited)
        elif token.type == "inline" and row is not None:
            row.append(_flat(token, cited))


def _joined(cells: list[_Block]) -> list[_Block]:
    is_cited = any(cell.is_cited for cell in cells)
    row = " | ".join(cell.text for cell in cells)[:LONGEST_EXCERPT]
    return [replace(cell, is_cited=is_cited, row=row) for cell in cells]


def _flat(block: Token, cited: frozenset[str]) -> _Block:
    children = block.children or []
    text = "".join(map(_flat_text, children))
    addresses = [str(each.attrs.get("href")) for each in children if each.type == "link_open"]
    return _Block(
        text=text,
        line=(block.map[0] if block.map else 0) + 1,
        figures=tuple(each.content.strip() for each in children if _is_shown_figure(each)),
        is_cited=any(each.startswith(("https://", "http://")) for each in addresses)
        or any(re.search(rf"\b{re.escape(name)}\b", text) for name in cited),
    )


def _flat_text(token: Token) -> str:
    if _is_shown_figure(token):
        return FIGURE_MARK
    if token.type == "code_inline":
        return CODE_MARK
    if token.type in ("softbreak", "hardbreak"):
        return "\n"
    # A heading that the parser made or a link without text has no content to count.
    return token.content.replace(FIGURE_MARK, " ") if token.type.startswith("text") else ""


def _is_shown_figure(token: Token) -> bool:
    return token.type == "figure" and not token.meta["is_claim"] and bool(token.content)


def _numerals(block: _Block, broken: frozenset[str]) -> Iterator[Numeral]:
    """Yield the numerals of one block from left to right, figures at their marks."""
    figures, lines = iter(block.figures), _Lines(block)
    for start, text in _places(block.text):
        backing = Backing.CITED if block.is_cited else Backing.NEITHER
        if text == FIGURE_MARK:
            inside = next(figures)
            text = f"{{{{ {inside} }}}}"
            backing = Backing.BROKEN if inside in broken else Backing.BOUND
        yield Numeral(text, lines.line(start), backing, lines.excerpt(start))


def _places(text: str) -> list[tuple[int, str]]:
    marks = [(found.start(), FIGURE_MARK) for found in re.finditer(FIGURE_MARK, text)]
    typed = [
        (found.start(), found.group())
        for found in NUMERAL.finditer(text)
        if not _is_date_or_name(found, text)
    ]
    return sorted(marks + typed)


def _is_date_or_name(found: re.Match[str], text: str) -> bool:
    """Return whether a numeral is a year, the day beside the name of a month, or part of a name, as
    in Grok 4 or Article 51."""
    before = text[max(0, found.start() - 40) : found.start()]
    return bool(
        YEAR.fullmatch(found.group())
        or DAY_AFTER.search(before)
        or MONTH_BEFORE.match(text, found.end())
        or (BARE.fullmatch(found.group()) and NAME_BEFORE.search(before))
    )


class _Lines:
    """Lines and sentences of a block, found by binary search because texts may be long."""

    def __init__(self, block: _Block) -> None:
        self.block = block
        self.breaks = [found.start() for found in re.finditer("\n", block.text)]
        self.ends = [found.start() for found in SENTENCE_END.finditer(block.text)]

    def line(self, place: int) -> int:
        return self.block.line + bisect_left(self.breaks, place)

    def excerpt(self, place: int) -> str:
        """Return the sentence around a place, shortened for a list; in a table cell, its row."""
        if self.block.row:
            return _plain(self.block.row)
        index = bisect_right(self.ends, place)
        start = self.ends[index - 1] if index else 0
        end = self.ends[index] if index < len(self.ends) else len(self.block.text)
        first = max(start, place - LONGEST_EXCERPT // 2)
        return _plain(self.block.text[first : min(first + LONGEST_EXCERPT, end)])


def _plain(text: str) -> str:
    return " ".join(text.replace(FIGURE_MARK, "{{…}}").replace(CODE_MARK, "…").split())
