"""`make bench-scale`: how what we do grows, once each, because it takes long.

The starter glossary, 20,000 terms of a sheet, links among 20,000 names, a dictionary of 12,000
there and back, search among 100,000 terms; then a million readers, and workers killed by the dozen.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from io import StringIO

from tests.benchmarks import far_relay, ledger, readers, search
from tests.benchmarks.table import show_machine


def milliseconds(work: Callable[[], object], times: int = 50) -> float:
    """Return the median time of one run, after one run to warm up."""
    work()
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return statistics.median(taken) * 1000


def main() -> None:
    show_machine()
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"DATA_DIR": folder, "DJANGO_SETTINGS_MODULE": "config.settings"}
        os.environ["LOG_LEVEL"] = "ERROR"
        import django

        django.setup()
        from django.conf import settings
        from django.core.management import call_command

        from tests.benchmarks.importing import report_importing
        from tests.benchmarks.linking import report_linking

        settings.DEBUG = False
        call_command("migrate", verbosity=0)
        start = time.perf_counter()
        call_command("importdata", "glossary/starter/series", stdout=StringIO())
        call_command("importterms", "glossary/starter/terms", stdout=StringIO())
        print(f"starter content imported in {time.perf_counter() - start:.1f} s")
        report_linking(milliseconds)
        report_importing()
    # A process of its own: a child's peak of memory is at least that of its parent.
    subprocess.run([sys.executable, "-m", "tests.benchmarks.exchange"], check=True)
    search.report(100_000)
    ledger.report()
    readers.report()
    far_relay.report()


if __name__ == "__main__":
    main()
