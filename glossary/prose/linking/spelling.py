"""How the spelling of a name decides when it is linked: stop words, capitals, compounds."""

import re
from collections.abc import Iterator

from glossary.values.words import DASHES, Words

# The words of the closed classes of English grammar: articles, pronouns, numbers and quantifiers,
# auxiliaries, prepositions, conjunctions, particles. Every text uses them all the time, so a term
# that is called like one (OR, IT, CAN, WHO) is linked by hand only.
EVERYDAY = """
    a about above across after again against all along also although always am among an and
    another any anyone anything apart are around as at away back be because been before behind
    being below beside besides between beyond both but by can cannot could despite did do does
    doing done down during each either else enough etc even ever every everyone everything
    except few fewer first for forth from further had has have having he hence her here hers
    herself him himself his how however if in inside instead into is it its itself just last
    least less lest like many may me might more most much must my myself near neither never
    next no nobody none nor not nothing now of off often on once one only onto or other others
    otherwise ought our ours ourselves out outside over own per perhaps quite rather same
    several shall she should since so some someone something soon still such than that the
    their theirs them themselves then there therefore these they this those though through
    throughout thus till to together too toward towards two under unless until up upon us very
    via was we well were what when whenever where whereas whether which while who whom
    whose why will with within without would yes yet you your yours yourself
"""
STOP_WORDS = frozenset(EVERYDAY.split())
LETTERS = re.compile(r"[^\W\d_]+")
ONE_DASH = re.compile(f"[{DASHES}]")


def is_everyday(words: tuple[str, ...]) -> bool:
    """Return whether a name has stop words only, or no letter."""
    return all(word.lower() in STOP_WORDS for word in words) or not any(map(LETTERS.search, words))


def has_inner_capitals(word: str) -> bool:
    return any(map(str.isupper, word[1:]))


# --- compounds: data center, data-center, datacenter ---


def closed_compounds(words: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Yield a name's words with two neighbors written as one."""
    for at in range(len(words) - 1):
        if _may_close(words[at], words[at + 1]):
            yield (*words[:at], words[at] + words[at + 1], *words[at + 2 :])


def is_compound(text: str, words: Words, at: int) -> bool:
    """Return whether a word of a text and the next one may be a compound that a name closes.

    A hyphen makes a compound of most words (plug-in, e-mail); a space only of two full words, so
    that “in form” is not “inform”.
    """
    one, other = words.folded[at : at + 2]
    between = text[words.ends[at] : words.starts[at + 1]]
    if ONE_DASH.fullmatch(between):
        return len(one + other) > 2 and (one + other).isalnum()
    return between.isspace() and len(between) == 1 and _may_close(one, other)


def _may_close(one: str, other: str) -> bool:
    return min(len(one), len(other)) > 1 and all(
        word.isalpha() and word.lower() not in STOP_WORDS for word in (one, other)
    )
