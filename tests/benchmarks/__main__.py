"""`make bench`: measure this machine. The figures in the docs come from here and name the machine."""

import gzip
import os
import platform
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from io import StringIO
from pathlib import Path

import brotli

from tests.benchmarks import ledger, pages, rate

PATHS = {
    "front page": "/",
    "index": "/glossary/",
    "term page": "/glossary/ai-compute/",
    "all data": "/data/",
    "data page": "/data/nvidia-compute-shipped/",
}


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
    with tempfile.TemporaryDirectory() as data_dir:
        os.environ["DATA_DIR"] = data_dir
        os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
        os.environ["LOG_LEVEL"] = "ERROR"
        import django

        from tests.benchmarks import search
        from tests.benchmarks.exchange import report_exchange
        from tests.benchmarks.importing import report_importing

        django.setup()
        from django.conf import settings
        from django.core.management import call_command

        settings.DEBUG = False
        call_command("migrate", verbosity=0)
        start = time.perf_counter()
        call_command("importdata", "glossary/starter/series", stdout=StringIO())
        call_command("importterms", "glossary/starter/terms", stdout=StringIO())
        imported = time.perf_counter() - start
        call_command("importissues", "newsletter/starter/issues", stdout=StringIO())
        report(imported)
        pages.report()
        report_importing()
        report_exchange()
        search.report()
        rate.report()
    ledger.report()


def report(imported: float) -> None:
    from django.test import Client

    from tests.benchmarks.linking import report_linking

    engine = os.environ.get("DATABASE_URL", "SQLite").partition(":")[0]
    print(f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores, Python "
          f"{sys.version.split()[0]}, {engine}")  # fmt: skip
    print(f"starter content imported in {imported:.1f} s")
    client = Client(headers={"host": "127.0.0.1"})
    for name, path in PATHS.items():
        body = client.get(path).content
        took = milliseconds(lambda path=path: client.get(path))
        sizes = f"{len(gzip.compress(body)) / 1000:.1f} kB gzip"
        print(f"{name:<11} {took:5.1f} ms, {len(body) / 1000:.1f} kB, {sizes}")
    report_chart()
    report_linking(milliseconds)
    for path in [
        *sorted(Path("static/css").glob("*.css")),
        *sorted(Path("static/js").glob("*.js")),
    ]:
        squeezed = len(brotli.compress(path.read_bytes())) / 1000
        print(f"{path.name:<11} {squeezed:.1f} kB brotli")


def report_chart() -> None:
    """Time and weigh a line of 300 monthly points with a band."""
    from datetime import date
    from decimal import Decimal

    from django.template.loader import render_to_string

    from glossary.charts.drawing import draw
    from glossary.charts.plots import Plot
    from glossary.values.periods import Frequency
    from glossary.values.points import Point

    points = tuple(
        Point(date(2000 + n // 12, n % 12 + 1, 1), Decimal(v), Decimal(v - 9), Decimal(v + 9))
        for n, v in ((n, 100 + n + n * 37 % 23) for n in range(300))
    )
    plot = Plot("Prices", points, frequency=Frequency.MONTHLY, unit="index")
    context = {"chart": draw(plot), "id": "c"}
    svg = render_to_string("glossary/_chart.html", context)
    print(
        f"{'chart':<11} {milliseconds(lambda: draw(plot)):5.1f} ms, 300 points with a band, "
        f"{len(gzip.compress(svg.encode())) / 1000:.1f} kB gzip"
    )


if __name__ == "__main__":
    main()
