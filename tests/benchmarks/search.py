"""How long search takes among terms that are easily confused.

`python -m tests.benchmarks.search` compares it with one query that an index answers. It fills the
database of its environment, which the pages were measured in.
"""

import time
from collections.abc import Callable, Sequence

from tests.benchmarks.table import show, take_turns


def report_ratio(count: int = 5_000) -> None:
    """Search for headwords as typed, with errors and cut off; look rows up by an indexed key."""
    import django

    django.setup()
    from glossary import search
    from glossary.models import Term
    from tests.glossary.search.confusable import make_confusable

    names = make_confusable(count)
    search.refresh_all()
    asked = [text for texts in _questions(names).values() for text in texts[:20]]
    keys = [*Term.objects.values_list("headword_key", flat=True)[: len(asked)]]
    search.find("xyzzy")  # reads the names into memory

    def look_up(key: str) -> None:
        list(Term.objects.filter(headword_key=key).values_list("pk"))

    ours, limit = f"search among {count:,} terms", "a query of one index"
    taken = take_turns({ours: _rate(search.find, asked), limit: _rate(look_up, keys)})
    show(taken, [(ours, limit)], "a second")


def _rate(act: Callable[[str], object], texts: Sequence[str]) -> Callable[[], float]:
    def measure() -> float:
        start = time.perf_counter()
        for text in texts:
            act(text)
        return len(texts) / (time.perf_counter() - start)

    return measure


def report(count: int) -> None:
    from django.db import connection

    from glossary import search
    from glossary.models import SearchEntry
    from tests.glossary.search.confusable import make_confusable

    names = make_confusable(count)
    start = time.perf_counter()
    search.refresh_all()
    print(f"{count:,} terms made searchable in {time.perf_counter() - start:.1f} s")
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    search.find("xyzzy")  # reads the names into memory
    for kind, asked in _questions(names).items():
        taken = sorted(_milliseconds(text) for text in asked)
        print(f"  {kind:<14} p50 {_share(taken, 0.5):5.1f} ms, p95 {_share(taken, 0.95):5.1f} ms")
    print(f"  among {SearchEntry.objects.count():,} pages")


def _questions(names: Sequence[tuple[str, str]]) -> dict[str, list[str]]:
    from tests.glossary.search.confusable import FIRST, beginning, mistyped, sample

    heads = [name for name, _ in sample(list(names), 200)]
    return {
        "headword": heads,
        "two errors": [typed for typed, _ in mistyped(heads, 2)],
        "beginning": [beginning(name) for name in heads],
        "words turned": [" ".join(reversed(name.split())) for name in heads],
        "common word": FIRST,
        "text alone": ["price", "known", "told price", "means what"] * 5,
        "nothing": ["xyzzy", "qwrtp zxcvb", "zzzzzzzzzzzzzzzzzz"] * 5,
    }


def _milliseconds(text: str) -> float:
    from glossary import search

    start = time.perf_counter()
    search.find(text)
    return (time.perf_counter() - start) * 1000


def _share(taken: Sequence[float], share: float) -> float:
    return taken[min(int(len(taken) * share), len(taken) - 1)]


if __name__ == "__main__":
    report_ratio()
