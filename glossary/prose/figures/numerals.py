"""Which numerals in a text are bound to a series, which are cited, and which are neither. A figure
that cannot be read is bound to nothing: it is broken.

For editors: a typed number goes stale, a cited one can at least be checked. A numeral counts as
cited when its own paragraph or table row links to another site or names one of the sources that
the term cites. Years, dates and numbers that are part of a name (GPT-4, H100) are no numerals.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache

from markdown_it.token import Token

from glossary.prose.markdown.parser import parse_markdown
from glossary.values.numbers import RAISED, SCALE_WORDS, SHORT_SCALES

MONTHS = "January|February|March|April|May|June|July|August|September|October|November|December"
# A token and code are one letter each in the flat text, so that the text around them is not joined.
FIGURE_MARK, CODE_MARK = "\ufffc", "\ufffd"
NUMERAL = re.compile(
    r"(?<![\w.,/#-])(?:[-−+]?(?:US\$|[$€£¥]))?[-−+]?[0-9]+(?:[.,][0-9]+)*"
    rf"(?:[ \u00a0]?×[ \u00a0]?10[{RAISED}]+)?"
    rf"(?:[ \u00a0]?%|(?:{'|'.join(SHORT_SCALES.values())})\b"
    rf"|[ \u00a0](?:percent|{'|'.join(SCALE_WORDS.values())})\b)?"
    r"(?![\w/])(?!-[A-Za-z])"
)
YEAR = re.compile(r"(?:1[5-9]|20)[0-9]{2}")
DAY_AFTER = re.compile(rf"(?:{MONTHS})[ \u00a0]$")
MONTH_BEFORE = re.compile(rf"[ \u00a0](?:{MONTHS})\b")
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
    """A paragraph, heading or table row as flat text, with what a numeral in it leans on."""

    text: str
    line: int
    figures: tuple[str, ...]
    is_linked: bool
    row: str = ""  # of a table cell: its whole row


@lru_cache(maxsize=256)
def audit_numerals(
    text: str, cited: frozenset[str] = frozenset(), broken: frozenset[str] = frozenset()
) -> tuple[Numeral, ...]:
    """List the numerals of a Markdown text in order.

    `cited`: names as source_names gives them. `broken`: the insides of tokens that cannot
    be read.
    """
    return tuple(numeral for block in _blocks(text) for numeral in _numerals(block, cited, broken))


def count_by_backing(numerals: Collection[Numeral]) -> dict[Backing, int]:
    """Count numerals by backing; every backing is there, also with 0."""
    return {backing: sum(numeral.backing is backing for numeral in numerals) for backing in Backing}


def source_names(publisher: str, title: str) -> frozenset[str]:
    """Names by which a sentence may point at a citation: its publisher, and the authors.

    >>> sorted(source_names("NBER", "Rapid Adoption (Bick, Blandin and Deming, 2024)"))
    ['Bick', 'Blandin', 'Deming', 'NBER']
    """
    found = CITED_AUTHORS.search(title)
    authors = AUTHOR_BREAK.split(found[1]) if found else []
    # What holds a digit is a number of a paper or a volume, not a name.
    people = {author.strip() for author in authors if not re.search(r"[0-9]", author)}
    return frozenset(name for name in people | {publisher.strip()} if len(name) > 2)


def _blocks(text: str) -> Iterator[_Block]:
    """Flatten the tree; the cells of a table row are one block, for one cell may cite for all."""
    row: list[_Block] | None = None
    for token in parse_markdown(text):
        if token.type == "tr_open":
            row = []
        elif token.type == "tr_close":
            yield from _joined(row or [])
            row = None
        elif token.type == "inline" and row is None:
            yield _flat(token)
        elif token.type == "inline" and row is not None:
            row.append(_flat(token))


def _joined(cells: list[_Block]) -> list[_Block]:
    is_linked = any(cell.is_linked for cell in cells)
    row = " | ".join(cell.text for cell in cells)[:LONGEST_EXCERPT]
    return [replace(cell, is_linked=is_linked, row=row) for cell in cells]


def _flat(block: Token) -> _Block:
    children = block.children or []
    figures = [t.content.strip() for t in children if _is_shown_figure(t)]
    return _Block(
        text="".join(map(_flat_text, children)),
        line=(block.map[0] if block.map else 0) + 1,
        figures=tuple(figures),
        is_linked=any(map(_leads_out, children)),
    )


def _flat_text(token: Token) -> str:
    if _is_shown_figure(token):
        return FIGURE_MARK
    if token.type == "code_inline":
        return CODE_MARK
    if token.type in ("softbreak", "hardbreak"):
        return "\n"
    # A heading of the parser's own making or a link without text has no content to count.
    return token.content.replace(FIGURE_MARK, " ") if token.type.startswith("text") else ""


def _is_shown_figure(token: Token) -> bool:
    return token.type == "figure" and not token.meta["is_claim"] and bool(token.content)


def _leads_out(token: Token) -> bool:
    address = str(token.attrs.get("href", "")) if token.type == "link_open" else ""
    return address.startswith(("https://", "http://"))


def _numerals(block: _Block, cited: frozenset[str], broken: frozenset[str]) -> Iterator[Numeral]:
    """Yield the numerals of one block from left to right, figures at their marks."""
    is_cited = block.is_linked or _names_one(block.row or block.text, cited)
    figures, places = iter(block.figures), _Places(block)
    for start, text in _places(block.text):
        backing = Backing.CITED if is_cited else Backing.NEITHER
        if text == FIGURE_MARK:
            inside = next(figures)
            text = f"{{{{ {inside} }}}}"
            backing = Backing.BROKEN if inside in broken else Backing.BOUND
        yield Numeral(text, places.line(start), backing, places.excerpt(start))


def _places(text: str) -> list[tuple[int, str]]:
    marks = [(found.start(), FIGURE_MARK) for found in re.finditer(FIGURE_MARK, text)]
    typed = [
        (found.start(), found.group())
        for found in NUMERAL.finditer(text)
        if not _is_date(found, text)
    ]
    return sorted(marks + typed)


def _is_date(found: re.Match[str], text: str) -> bool:
    """A bare year, or the day of a month before or behind its name."""
    if YEAR.fullmatch(found.group()):
        return True
    before = text[max(0, found.start() - 12) : found.start()]
    return bool(DAY_AFTER.search(before) or MONTH_BEFORE.match(text, found.end()))


def _names_one(text: str, cited: frozenset[str]) -> bool:
    return any(re.search(rf"\b{re.escape(name)}\b", text) for name in cited)


class _Places:
    """Lines and sentences of a block, looked up in a time that does not grow with its length."""

    def __init__(self, block: _Block) -> None:
        self.block = block
        self.breaks = [found.start() for found in re.finditer("\n", block.text)]
        self.ends = [found.start() for found in SENTENCE_END.finditer(block.text)]

    def line(self, place: int) -> int:
        return self.block.line + bisect_left(self.breaks, place)

    def excerpt(self, place: int) -> str:
        """The sentence around a place, cut to what a list can show; of a cell its whole row."""
        if self.block.row:
            return _plain(self.block.row)
        index = bisect_right(self.ends, place)
        start = self.ends[index - 1] if index else 0
        end = self.ends[index] if index < len(self.ends) else len(self.block.text)
        first = max(start, place - LONGEST_EXCERPT // 2)
        return _plain(self.block.text[first : min(first + LONGEST_EXCERPT, end)])


def _plain(text: str) -> str:
    return " ".join(text.replace(FIGURE_MARK, "{{…}}").replace(CODE_MARK, "…").split())
