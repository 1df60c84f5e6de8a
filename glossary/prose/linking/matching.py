"""Which names in the texts of a page become links, and why the others do not.

A page is one or several texts in reading order (a term's explanation; an issue's intro and
comments). The first occurrence of a term on the page is linked, unless it is where no link is
allowed, its term is not linked automatically, or the page is full. Manual links are always made.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
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

UNKNOWN = "[[{0}]]: no term has this name; write [[Headword|{0}]], or \\[[ for two brackets"
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
    """A mention, the number of its text, and the rarity of the name there."""

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
        each
        for number, blocks in enumerate(read)
        for block in blocks
        for each in sorted(_in_block(number, block, names), key=lambda each: _place(each.found))
        if each.found.term != own
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
        TextProblem(each.line, each.name, UNKNOWN.format(each.name))
        for each in by_hand
        if not each.forbids and names.holder(each.name) is None
    )


def _place(found: FoundMention) -> tuple[int, int]:
    return found.block, found.start


def _in_block(text: int, block: Block, names: Vocabulary) -> Iterator[_Occurrence]:
    """Yield every mention in a block: those that are found, then those by hand."""

    def mention(at: NameMatch | ManualLink, term: int, state: MentionState) -> FoundMention:
        is_manual = isinstance(at, ManualLink) and not at.forbids
        shown = block.text[at.start : at.end]
        return FoundMention(term, state, block.number, at.start, at.end, shown, is_manual)

    usual = OF_KIND.get(block.kind, MentionState.LINKED)
    for match in names.scan(block.masked, block.cuts):
        state = usual if match.is_automatic else MentionState.FLAGGED
        yield _Occurrence(text, mention(match, match.term, state), match.rarity)
    for each in block.manual_links:
        if (term := names.holder(each.name)) is not None:
            state = MentionState.FORBIDDEN if each.forbids else MentionState.LINKED
            yield _Occurrence(text, mention(each, term, state))


def _chosen(here: Sequence[_Occurrence], room: int) -> list[_Occurrence]:
    """Return what is linked on a page, and the first mention of each term that is not.

    `here` is in reading order. Each term's first mention is linked; where there is no room for
    all, the rarest and longest names are, and in a full paragraph a later mention may be.
    """
    by_hand = [each for each in here if each.found.is_manual]
    # Of each term the mentions before its first link by hand.
    candidates: dict[int, list[_Occurrence]] = {}
    done: set[int] = set()
    for each in here:
        if each.found.is_manual:
            done.add(each.found.term)
        elif each.is_candidate and each.found.term not in done:
            candidates.setdefault(each.found.term, []).append(each)
    linked = by_hand + _within(room, candidates)
    known = {each.found.term for each in linked}
    rest: dict[int, _Occurrence] = {}
    for each in here:
        if each.found.term not in known:
            crowded = replace(each, found=replace(each.found, state=MentionState.CROWDED))
            rest.setdefault(each.found.term, crowded if each.is_candidate else each)
    return [*linked, *rest.values()]


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
