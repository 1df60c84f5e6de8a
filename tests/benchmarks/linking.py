"""Links to terms: a large glossary, an ordinary page, and slow texts."""

import time
from collections.abc import Callable
from itertools import cycle, islice

from glossary.prose.linking.blocks import blocks_of
from glossary.prose.linking.matching import find_mentions
from glossary.prose.linking.vocabulary import TermName, Vocabulary

HEADS = ("agency", "index", "model", "rate of return", "token", "GPU", "cluster", "cost")
PLAIN = "the cost of plain words which people read in long sentences about chips made by firms"
HOSTILE = ("[[", "[[a|", "[[a]](", "*GPU*", "> GPU\n", "a@", "a ", "com\u00ad", "[a](")


def report_linking(milliseconds: Callable[[Callable[[], object]], float]) -> None:
    names = [TermName(f"word{number} {head}", number) for number, head in _numbered(20_000)]
    start = time.perf_counter()
    vocabulary = Vocabulary(names)
    built = time.perf_counter() - start
    print(f"{'names':<11} {built:.2f} s to prepare {len(names)} ({vocabulary.size} forms)")
    text = page([name.text for name in names[:40]])
    took = milliseconds(lambda: _linked(text, vocabulary))
    print(f"{'linking':<11} {took:5.1f} ms, a page of {len(text)} characters, parsing included")
    slowest, unit = max((_seconds(unit, vocabulary), unit) for unit in HOSTILE)
    print(f"{'hostile':<11} {slowest:5.2f} s for 100 kB of {unit!r}, the slowest of {len(HOSTILE)}")


def page(names: list[str]) -> str:
    """Make ten paragraphs of plain words with a name every sixteen."""
    plain, named = cycle(PLAIN.split()), cycle(names)
    words = [next(named) if n % 16 == 0 else next(plain) for n in range(1200)]
    text = " ".join(words)[:5_000]
    return "\n\n".join(text[start : start + 500] for start in range(0, 5_000, 500))


def _numbered(count: int) -> list[tuple[int, str]]:
    return list(enumerate(islice(cycle(HEADS), count)))


def _linked(text: str, vocabulary: Vocabulary) -> object:
    blocks_of.cache_clear()
    return find_mentions([text], vocabulary)


def _seconds(unit: str, vocabulary: Vocabulary) -> float:
    text = unit * (100_000 // len(unit))
    start = time.perf_counter()
    _linked(text, vocabulary)
    return time.perf_counter() - start
