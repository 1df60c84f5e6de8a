"""How long search takes among terms that are easily confused.

`python -m tests.benchmarks.search` compares it with one query that an index answers, and with a
number says how long each kind of search takes among so many terms. Both fill the database of their
environment, the first that which the pages were measured in.
"""

import subprocess
import sys
import time
from collections.abc import Callable, Sequence

from tests.benchmarks.ledger import environment
from tests.benchmarks.table import show, take_turns
from tests.postgres import find_binaries, temporary_server


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
    """Print the figures of SQLite, and of PostgreSQL if this machine has it."""
    command = [sys.executable, "-m", "tests.benchmarks.search", str(count)]
    subprocess.run(command, env=environment(""), check=True)
    if binaries := find_binaries():
        with temporary_server(binaries) as url:
            subprocess.run(command, env=environment(url), check=True)


def measure(count: int) -> None:
    import django

    django.setup()
    from django.conf import settings
    from django.core.management import call_command
    from django.db import connection

    from glossary import search
    from tests.glossary.search.confusable import make_confusable

    settings.DEBUG = False
    call_command("migrate", verbosity=0)
    names = make_confusable(count)
    start = time.perf_counter()
    search.refresh_all()
    seconds = time.perf_counter() - start
    print(f"{connection.display_name}: {count:,} terms made searchable in {seconds:.1f} s")
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")
    search.find("xyzzy")  # reads the names into memory
    for kind, asked in _questions(names).items():
        taken = sorted(_milliseconds(text) for text in asked)
        print(f"  {kind:<14} p50 {_share(taken, 0.5):5.1f} ms, p95 {_share(taken, 0.95):5.1f} ms")


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
    measure(int(sys.argv[1])) if sys.argv[1:] else report_ratio()
