"""Divides a parsed text into blocks for finding names, and puts links into the tree.

A block is the text of one paragraph, list item, cell or heading in one piece, although the parser
split it. Where no link is allowed (in links, code, figures, addresses), a letter that no name has
masks the text, so that the rest of a word next to it is not taken for a whole word.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from functools import lru_cache
from itertools import pairwise

from markdown_it.token import Token

from glossary.prose.markdown.parser import parse_markdown

MASK = "ƿ"  # wynn, a letter of Old English
WORD_CHARACTER = re.compile(r"\w")
CHUNK = re.compile(r"\S+")
# Addresses and paths of files that are typed without being links.
ADDRESS = re.compile(r"://|\w@\w|^\W{0,3}www\.|\w\.[A-Za-z]{2,20}/|^[~.]{0,2}/\S{1,200}/")
ATTRIBUTION = ("—", "–", "―", "--")


class BlockKind(Enum):
    """Where a block is; only plain text is linked automatically."""

    TEXT = auto()
    HEADING = auto()
    QUOTE = auto()


@dataclass(frozen=True, slots=True)
class ManualLink:
    """One [[…]] of a block: its name, and the place of what it shows."""

    name: str
    forbids: bool
    start: int
    end: int
    line: int


@dataclass(slots=True)
class Block:
    """`number` counts the blocks of a text; `cuts` are the places where emphasis begins or ends."""

    number: int
    kind: BlockKind
    text: str = ""
    masked: str = ""
    cuts: list[int] = field(default_factory=list)
    manual_links: list[ManualLink] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class TermLink:
    """A link to put at a place, if the text there is still `shown`."""

    block: int
    start: int
    end: int
    shown: str
    path: str


@lru_cache(maxsize=64)
def blocks_of(text: str) -> tuple[Block, ...]:
    return tuple(block for _, block in _blocks(parse_markdown(text)))


def place_links(tokens: Sequence[Token], links: Iterable[TermLink]) -> None:
    """Put links into a parsed text. One that no longer fits its place is left out."""
    by_block: dict[int, list[TermLink]] = {}
    for link in links:
        by_block.setdefault(link.block, []).append(link)
    for inline, block in _blocks(tokens) if by_block else ():
        manual = {(each.start, each.end) for each in block.manual_links}
        paths = {
            (link.start, link.end): link.path
            for link in by_block.get(block.number, ())
            if _fits(link, block, manual)
        }
        if paths:
            inline.children = list(_woven(inline.children or (), paths, manual))


def _fits(link: TermLink, block: Block, manual: set[tuple[int, int]]) -> bool:
    if block.text[link.start : link.end] != link.shown:
        return False
    if (link.start, link.end) in manual:
        return True
    is_cut = any(link.start < cut < link.end for cut in block.cuts)
    return not is_cut and block.masked[link.start : link.end] == link.shown


# --- reading ---


def _blocks(tokens: Sequence[Token]) -> Iterator[tuple[Token, Block]]:
    sourced, depth, number = _sourced_quotes(tokens), 0, 0
    for at, token in enumerate(tokens):
        if at in sourced:
            depth += token.nesting
        elif token.type == "inline":
            kind = BlockKind.QUOTE if depth else BlockKind.TEXT
            if tokens[at - 1].type in ("heading_open", "th_open"):
                kind = BlockKind.HEADING
            yield token, _read(token, number, kind)
            number += 1


def _sourced_quotes(tokens: Sequence[Token]) -> set[int]:
    """Return where quotes with a source open and close: with a link, or a last line “— Author”."""
    found: set[int] = set()
    opened: list[int] = []
    has_link, last = -1, ""
    for at, token in enumerate(tokens):
        if token.type == "blockquote_open":
            opened.append(at)
        elif token.type == "inline":
            last = token.content.rpartition("\n")[2].lstrip()
            if any(child.type == "link_open" for child in token.children or ()):
                has_link = at
        elif token.type == "blockquote_close":
            start = opened.pop()
            if has_link > start or last.startswith(ATTRIBUTION):
                found |= {start, at}
    return found


class _Reader:
    """Walks one block's tokens."""

    def __init__(self, block: Block, first_line: int) -> None:
        self.block, self.seen, self.masks = block, [""], [""]
        self.length, self.links = 0, 0
        self.line, self.counted = first_line, 0
        self.opened: list[tuple[Token, int, bool]] = []

    def take(self, token: Token, content: str) -> None:
        if token.type == "text":
            self.add(token.content, is_masked=bool(self.links or self.opened))
        elif token.type == "softbreak":
            self.add("\n")
        elif not token.nesting:
            self.block.cuts.append(self.length)
            self.add("\n" if token.type == "hardbreak" else MASK)
        else:
            self.turn(token, content)
        # A hard break separates words too: nothing is linked across it.
        if token.type == "hardbreak":
            self.block.cuts.append(self.length)

    def add(self, text: str, is_masked: bool = False) -> None:
        self.seen.append(text)
        self.masks.append(WORD_CHARACTER.sub(MASK, text) if is_masked else text)
        self.length += len(text)

    def turn(self, token: Token, content: str) -> None:
        """Note a cut where emphasis or a link begins or ends, and collect manual links."""
        if not self.block.cuts or self.block.cuts[-1] != self.length:
            self.block.cuts.append(self.length)
        if token.type in ("link_open", "link_close"):
            self.links += token.nesting
            # An address in angle brackets: a manual link around it would be a link in a link.
            self.opened = [(each, at, False) for each, at, _ in self.opened]
        elif token.type == "manual_link_open":
            self.opened.append((token, self.length, True))
        elif token.type == "manual_link_close" and self.opened:
            opening, start, is_good = self.opened.pop()
            self.line += content.count("\n", self.counted, opening.meta["start"])
            self.counted = opening.meta["start"]
            if is_good and start < self.length:
                name, forbids = opening.meta["name"], opening.meta["forbids"]
                self.block.manual_links.append(
                    ManualLink(name, forbids, start, self.length, self.line)
                )


def _read(inline: Token, number: int, kind: BlockKind) -> Block:
    block = Block(number, kind)
    reader = _Reader(block, (inline.map[0] if inline.map else 0) + 1)
    for token in inline.children or ():
        reader.take(token, inline.content)
    block.text = "".join(reader.seen)
    masked = "".join(reader.masks)
    has_address = any(sign in masked for sign in ("/", "@", "www."))
    block.masked = CHUNK.sub(_masked, masked) if has_address else masked
    return block


def _masked(chunk: re.Match[str]) -> str:
    """Mask a chunk of text if it is an address."""
    return WORD_CHARACTER.sub(MASK, chunk[0]) if ADDRESS.search(chunk[0]) else chunk[0]


# --- writing ---


def _woven(
    children: Sequence[Token], paths: Mapping[tuple[int, int], str], manual: set[tuple[int, int]]
) -> Iterator[Token]:
    """Yield the tokens of a block with its links between them."""
    opens = {start: path for (start, end), path in paths.items() if (start, end) not in manual}
    closes = {end for start, end in paths if (start, end) not in manual}
    by_hand = {start: path for (start, end), path in paths.items() if (start, end) in manual}
    edges = sorted({*opens, *closes})
    at, opened = 0, []
    for token in children:
        if token.type == "manual_link_open":
            opened.append(at in by_hand)
            yield _opening(by_hand[at]) if at in by_hand else token
        elif token.type == "manual_link_close":
            yield _closing() if opened.pop() else token
        elif token.type != "text":
            yield token
            at += 0 if token.nesting else 1
        else:
            for part in _parts(token, at, edges):
                if at in opens:
                    yield _opening(opens[at])
                yield part
                at += len(part.content)
                if at in closes:
                    yield _closing()


def _parts(token: Token, start: int, edges: Sequence[int]) -> Iterator[Token]:
    """Cut a text token at the edges of links."""
    end = start + len(token.content)
    places = [start, *(edge for edge in edges if start < edge < end), end]
    for here, there in pairwise(places):
        if there > here:
            yield Token("text", "", 0, content=token.content[here - start : there - start])


def _opening(path: str) -> Token:
    return Token("term_open", "a", 1, attrs={"class": "term", "href": path})


def _closing() -> Token:
    return Token("term_close", "a", -1)
