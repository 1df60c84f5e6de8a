"""How long an editor waits for a sheet of 20,000 new terms."""

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

COLUMNS = "slug,headword,category,status,definition,explanation,aliases,related,citations"


def report_importing() -> None:
    """Import a sheet, then delete its terms, so that later measurements do not see them."""
    from glossary import search
    from glossary.exchange.import_formats import read_path
    from glossary.exchange.term_import import import_terms
    from glossary.mentions import relinking
    from glossary.models import Term

    count = 20_000
    print(f"{count:,} terms of a sheet, with aliases, relations and citations")
    with tempfile.TemporaryDirectory() as folder:
        sheet = Path(folder, "terms.csv")
        sheet.write_bytes(_sheet(count))
        _say("seen before", lambda: import_terms(read_path(sheet), dry_run=True))
        _say("imported", lambda: import_terms(read_path(sheet)))
        _say("found unchanged", lambda: import_terms(read_path(sheet), dry_run=True))
    Term.objects.filter(slug__startswith="sheet-").delete()
    relinking.relink_changed()
    search.refresh_all()


def _say(what: str, work: Callable[[], object]) -> None:
    start, start_cpu = time.perf_counter(), time.process_time()
    work()
    took, cpu = time.perf_counter() - start, time.process_time() - start_cpu
    print(f"  {what:<15} {took:5.1f} s, {cpu:.1f} s of it on the processor")


def _sheet(count: int) -> bytes:
    return "\n".join([COLUMNS, *(_row(number, count) for number in range(count))]).encode()


def _row(number: int, count: int) -> str:
    other = number * 7 % count
    explanation = (
        f"What sheet number {number} is about, in a paragraph that also names sheet number "
        f"{other} and more.\n\nA second paragraph goes on for a while and says nothing new at all."
    )
    aliases = f"S{number}x | abbreviation\nnumber {number} of the sheet"
    related = f"sheet-{(number + 1) % count} | related | next to it\nsheet-{(number + 5) % count}"
    cells = (
        f"sheet-{number}",
        f"Sheet number {number}",
        f"Sheet {number % 8}",
        "published",
        f"What number {number} means in one sentence.",
        *(f'"{text}"' for text in (explanation, aliases, related)),
        f"A press | Paper {number} | https://example.org/{number}",
    )
    return ",".join(cells)
