"""How long search takes among terms that are easily confused: 5,000, and 100,000 with SEARCH=100000.

It fills the database that the other figures were measured in, so it comes last.
"""

import os
import time
from collections.abc import Sequence


def report() -> None:
    from django.db import connection

    from glossary import search
    from glossary.models import SearchEntry
    from tests.glossary.search.confusable import make_confusable

    count = int(os.environ.get("SEARCH", "5000"))
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
