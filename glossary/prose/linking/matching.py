"""Which names in the texts of a page become links, and why the others do not.

A page is one or several texts in reading order (a term's explanation; an issue's intro and
comments). The first occurrence of a term on the page is linked, unless it is where no link is
allowed, its term is not linked automatically, or the page is full. Manual links are always made.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from glossary.prose.linking.blocks import Block, BlockKind, ManualLink, blocks_of
from glossary.prose.linking.vocabulary import NameMatch, Vocabulary
from glossary.prose.markdown import manual_links
from glossary.prose.problems import TextProblem
from glossary.values.mentions import MentionState

# A page that is one tenth links is hard to read. So there is one link per this many words, this
# many in any short text, and at most this many in a paragraph. The rarest and longest names stay.
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
    rarity: int = 0

    @property
    def is_candidate(self) -> bool:
        return self.found.state is MentionState.LINKED and not self.found.is_manual


def find_mentions(
    texts: Sequence[str], names: Vocabulary, own: int | None = None
) -> list[tuple[FoundMention, ...]]:
    """Return for each text of a page what it mentions; `own` is the term the page is about.

    That is one mention of each term on the page, the linked one if any, and every manual link.
    """
    read = [blocks_of(text) for text in texts]
    here = [
        _Occurrence(number, found, rarity)
        for number, blocks in enumerate(read)
        for block in blocks
        for found, rarity in _in_block(block, names)
        if found.term != own
    ]
    words = sum(
        len(block.masked.split())
        for blocks in read
        for block in blocks
        if block.kind is BlockKind.TEXT
    )
    by_hand = sum(each.found.is_manual for each in here)
    room = max(words // WORDS_A_LINK, LINKS_IN_ANY_TEXT) - by_hand
    of_text: list[list[FoundMention]] = [[] for _ in texts]
    for each in _chosen(here, room):
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


def _in_block(block: Block, names: Vocabulary) -> list[tuple[FoundMention, int]]:
    """Return every mention in a block in the order of the text, with the rarity of its name."""
    state = OF_KIND.get(block.kind, MentionState.LINKED)
    by_itself = (
        (_found(block, match.term, state if match.is_automatic else MentionState.FLAGGED, match),
         match.rarity)
        for match in names.scan(block.masked, block.cuts)
    )  # fmt: skip
    by_hand = ((found, 0) for found in _by_hand(block, names))
    return sorted([*by_itself, *by_hand], key=lambda each: _place(each[0]))


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


def _chosen(here: Sequence[_Occurrence], room: int) -> list[_Occurrence]:
    """Return what is linked on a page, and the first mention of each term that is not.

    `here` is in reading order. Each term's first mention is linked; where there is no room for
    all, the rarest and longest names are, and in a full paragraph a later mention may be.
    """
    by_hand = [each for each in here if each.found.is_manual]
    linked = by_hand + _within(room, _candidates(here))
    known = {each.found.term for each in linked}
    rest: dict[int, _Occurrence] = {}
    for each in here:
        if each.found.term not in known:
            rest.setdefault(each.found.term, _crowded(each) if each.is_candidate else each)
    return [*linked, *rest.values()]


def _candidates(here: Iterable[_Occurrence]) -> dict[int, list[_Occurrence]]:
    """Return the mentions of each term that may be linked: those before its first link by hand."""
    found: dict[int, list[_Occurrence]] = {}
    done: set[int] = set()
    for each in here:
        if each.found.is_manual:
            done.add(each.found.term)
        elif each.is_candidate and each.found.term not in done:
            found.setdefault(each.found.term, []).append(each)
    return found


def _within(room: int, candidates: Mapping[int, Sequence[_Occurrence]]) -> list[_Occurrence]:
    """Link one mention of each term while the page and its paragraphs have room."""
    linked: list[_Occurrence] = []
    in_block: Counter[tuple[int, int]] = Counter()
    for mentions in sorted(candidates.values(), key=lambda each: -each[0].rarity):
        places = ((each, (each.text, each.found.block)) for each in mentions)
        free = next((each for each in places if in_block[each[1]] < LINKS_IN_A_BLOCK), None)
        if free and len(linked) < room:
            linked.append(free[0])
            in_block[free[1]] += 1
    return linked


def _crowded(each: _Occurrence) -> _Occurrence:
    return replace(each, found=replace(each.found, state=MentionState.CROWDED))
