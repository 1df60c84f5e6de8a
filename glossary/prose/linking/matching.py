"""Which names in the texts of a page become links, and why the others do not.

A page is one or several texts in reading order (a term's explanation; an issue's intro and
comments). The first occurrence of a term on the page is linked, unless it is where no link is
allowed, its term is not linked automatically, or the page is full. Manual links are always made.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain

from glossary.prose.linking.blocks import Block, BlockKind, ManualLink, blocks_of
from glossary.prose.linking.vocabulary import NameMatch, Vocabulary
from glossary.prose.markdown import manual_links
from glossary.prose.problems import TextProblem
from glossary.values.mentions import MentionState

# A page that is one tenth links is hard to read. So there is one link per so many words, so many in
# any short text, and at most so many in a paragraph. The first ones stay.
WORDS_A_LINK = 15
LINKS_IN_ANY_TEXT = 10
LINKS_IN_A_BLOCK = 10


TOO_MANY = f"there are {manual_links.MOST} or more [[links]] in one text; split it"
OF_KIND = {BlockKind.HEADING: MentionState.HEADING, BlockKind.QUOTE: MentionState.QUOTE}


@dataclass(frozen=True, slots=True)
class FoundMention:
    """A term at a place of a text: the block, start and end, and the text there."""

    term: int
    state: MentionState
    block: int
    start: int
    end: int
    shown: str
    is_manual: bool = False


@dataclass(frozen=True, slots=True)
class _Occurrence:
    text: int
    found: FoundMention


def find_mentions(
    texts: Sequence[str], names: Vocabulary, own: int | None = None
) -> list[tuple[FoundMention, ...]]:
    """Return for each text of a page what it mentions; `own` is the term the page is about.

    That is one mention of each term on the page, the linked one if any, and every manual link.
    """
    read = [blocks_of(text) for text in texts]
    here = [
        _Occurrence(number, found)
        for number, blocks in enumerate(read)
        for block in blocks
        for found in _in_block(block, names)
        if found.term != own
    ]
    words = sum(
        len(block.masked.split())
        for blocks in read
        for block in blocks
        if block.kind is BlockKind.TEXT
    )
    by_hand = sum(each.found.is_manual for each in here)
    page = _Page(max(words // WORDS_A_LINK, LINKS_IN_ANY_TEXT) - by_hand)
    for each in here:
        page.take(each)
    of_text: list[list[FoundMention]] = [[] for _ in texts]
    for each in page.chosen():
        of_text[each.text].append(each.found)
    return [tuple(sorted(found, key=_place)) for found in of_text]


def link_problems(text: str, names: Vocabulary) -> tuple[TextProblem, ...]:
    """List the manual links to a name that no term has, with their lines."""
    if manual_links.OPENING not in text:
        return ()
    by_hand = [each for block in blocks_of(text) for each in block.manual_links]
    if len(by_hand) >= manual_links.MOST:
        return (TextProblem(by_hand[-1].line, by_hand[-1].name, TOO_MANY),)
    return tuple(
        TextProblem(each.line, each.name, _unknown(each.name))
        for each in by_hand
        if not each.forbids and names.holder(each.name) is None
    )


def _unknown(name: str) -> str:
    return f"[[{name}]]: no term has this name; write [[Headword|{name}]], or \\[[ for two brackets"


def _place(found: FoundMention) -> tuple[int, int]:
    return found.block, found.start


def _in_block(block: Block, names: Vocabulary) -> list[FoundMention]:
    """Return every mention in a block in the order of the text."""
    state = OF_KIND.get(block.kind, MentionState.LINKED)
    by_itself = (
        _found(block, match.term, state if match.is_automatic else MentionState.FLAGGED, match)
        for match in names.scan(block.masked, block.cuts)
    )
    found = [*by_itself, *_by_hand(block, names)]
    return sorted(found, key=_place)


def _by_hand(block: Block, names: Vocabulary) -> Iterator[FoundMention]:
    for each in block.manual_links:
        term = names.holder(each.name)
        if term is not None:
            state = MentionState.FORBIDDEN if each.forbids else MentionState.LINKED
            yield _found(block, term, state, each, is_manual=not each.forbids)


def _found(
    block: Block,
    term: int,
    state: MentionState,
    at: NameMatch | ManualLink,
    is_manual: bool = False,
) -> FoundMention:
    shown = block.text[at.start : at.end]
    return FoundMention(term, state, block.number, at.start, at.end, shown, is_manual)


class _Page:
    """Decides mention by mention, in reading order."""

    def __init__(self, room: int) -> None:
        self.room = room
        self.linked: dict[int, list[_Occurrence]] = {}
        self.left_out: dict[int, _Occurrence] = {}
        self.in_block: Counter[tuple[int, int]] = Counter()

    def take(self, each: _Occurrence) -> None:
        term, state = each.found.term, each.found.state
        if each.found.is_manual:
            self.linked.setdefault(term, []).append(each)
        elif term in self.linked:
            return
        elif state is not MentionState.LINKED:
            self.left_out.setdefault(term, each)
        elif self._has_room(each):
            self.linked[term] = [each]
        else:
            crowded = replace(each.found, state=MentionState.CROWDED)
            self.left_out.setdefault(term, replace(each, found=crowded))

    def _has_room(self, each: _Occurrence) -> bool:
        place = each.text, each.found.block
        if self.room <= 0 or self.in_block[place] >= LINKS_IN_A_BLOCK:
            return False
        self.room -= 1
        self.in_block[place] += 1
        return True

    def chosen(self) -> list[_Occurrence]:
        """Return what is linked, and the first mention of each term that is not."""
        rest = [each for term, each in self.left_out.items() if term not in self.linked]
        return [*chain.from_iterable(self.linked.values()), *rest]
