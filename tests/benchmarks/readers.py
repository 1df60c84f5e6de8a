"""How fast editors find, filter, import and export among a million readers, on PostgreSQL.

`python -m tests.benchmarks.readers` alone, with DATABASE_URL of an empty PostgreSQL database;
`report` starts a server for it.
"""

import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable

from tests.benchmarks.ledger import environment, timed
from tests.benchmarks.table import show, take_turns
from tests.postgres import find_binaries, temporary_server

READERS = int(os.environ.get("READERS", "1_000_000"))
IMPORTED = READERS // 10
LIST = "/admin/newsletter/subscriber/"
# One in 200 bounced, one in 20 left, one in five reads two newsletters.
READERS_SQL = [
    """INSERT INTO newsletter_subscriber (address, address_key, address_hash, status, created_at)
        SELECT a, a, MD5(n::text) || MD5((-n)::text),
            CASE WHEN n %% 200 = 0 THEN 'bounced' WHEN n %% 1000 = 1 THEN 'complained'
            ELSE 'ok' END, NOW() - (%s - n) * INTERVAL '1 minute'
        FROM (SELECT n, SUBSTR(MD5(n::text), 1, 10) || '.' || n || '@'
            || SUBSTR(MD5((n %% 5000)::text), 1, 8) || '.example' AS a
            FROM GENERATE_SERIES(1, %s) AS n) AS made""",
    """INSERT INTO newsletter_subscription (subscriber_id, newsletter_id, status, created_at,
            confirmed_at, unsubscribed_at, paused_until, source_page, consent_text, leaving_reason,
            leaving_words)
        SELECT r.id, n.id, CASE WHEN r.id %% 20 = 3 THEN 'unsubscribed' WHEN r.id %% 40 = 5
            THEN 'paused' WHEN r.id %% 50 = 7 THEN 'pending' ELSE 'active' END, r.created_at,
            CASE WHEN r.id %% 50 <> 7 OR r.id %% 20 = 3 OR r.id %% 40 = 5 THEN r.created_at END,
            CASE WHEN r.id %% 20 = 3 THEN r.created_at END,
            CASE WHEN r.id %% 40 = 5 THEN NOW() END, '', '', '', ''
        FROM newsletter_subscriber AS r, newsletter_newsletter AS n
        WHERE n.is_default OR r.id %% 5 = 2""",
    """INSERT INTO newsletter_consentevent (subscription_id, address_hash, newsletter_id, kind, at,
            source_page, consent_text)
        SELECT s.id, r.address_hash, s.newsletter_id, 'confirmed', s.confirmed_at, '', ''
        FROM newsletter_subscription AS s JOIN newsletter_subscriber AS r ON r.id = s.subscriber_id
        WHERE s.confirmed_at IS NOT NULL""",
    "VACUUM ANALYZE",
]  # fmt: skip


def report() -> None:
    """Print the figures of this machine, if it has PostgreSQL."""
    binaries = find_binaries()
    if not binaries:
        print("Left out: the list of a million readers (install PostgreSQL)")
        return
    with temporary_server(binaries) as url:
        command = [sys.executable, "-m", "tests.benchmarks.readers"]
        subprocess.run(command, env=environment(url), check=True)


def measure() -> None:
    import django

    django.setup()
    from django.conf import settings
    from django.core.management import call_command
    from django.db import connection

    from tests.builders import make_newsletter

    settings.DEBUG = False
    call_command("migrate", verbosity=0)
    make_newsletter()
    make_newsletter("Data Letter")
    timed("made", lambda: _make(connection))
    _pages()
    _lists()
    print(f"  at most {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB of memory")


def _make(connection) -> None:
    with connection.cursor() as cursor:
        for statement in READERS_SQL:
            cursor.execute(statement, [READERS] * statement.count("%s"))


def _pages() -> None:
    """Time admin's pages, next to stock Django admin with the same columns and filters."""
    from django.contrib.auth.models import User
    from django.test import Client

    from newsletter.admin import desk
    from newsletter.models import Subscriber

    user = User.objects.create_superuser("root")
    client = Client(headers={"host": "127.0.0.1"})
    client.force_login(user)
    whole = Subscriber.objects.get(pk=READERS // 2).address
    stock = _stock()
    measures = {}
    for name, ours, theirs in queries(whole):
        measures[name] = _timer(lambda query=ours: client.get(f"{LIST}?{query}"))
        measures[f"{name}, stock"] = _timer(lambda query=theirs or ours: stock(query, user))
    print(f"\n{READERS:,} readers, PostgreSQL, ms: this admin, stock admin, ratio")
    show(take_turns(measures), [(name, f"{name}, stock") for name, *_ in queries(whole)], "ms")
    growth = statistics.median(take_turns({"": _timer(lambda: _growth(desk, user))})[""])
    print(f"growth, counted again {growth:.0f} ms")


def _timer(work):
    """Return a function that runs the work and returns how many milliseconds it took."""

    def measure():
        start = time.perf_counter()
        work()
        return (time.perf_counter() - start) * 1000

    work()  # to warm up
    return measure


def queries(whole: str) -> list[tuple[str, str, str]]:
    """Return names of pages, and their queries here and in stock admin, if that is another."""
    at_status, of_newsletter = (
        "subscriptions__status__exact",
        "subscriptions__newsletter__id__exact",
    )
    return [
        ("list", "", ""),
        ("page 20", "p=20", ""),
        ("whole address", f"q={whole}", ""),
        ("beginning", f"q={whole[:9]}", ""),
        ("part", "q=ab12c", ""),
        ("part of one", f"q=.{READERS // 2}@", ""),
        ("part of all", "q=.example", ""),
        ("two letters", "q=zz", ""),
        ("no reader", "q=nobody-at-all", ""),
        ("bounced", "status__exact=bounced", ""),
        *((each, f"subscription={each}", f"{at_status}={each}") for each in ("paused", "active")),
        ("one newsletter", "newsletter=data-letter", f"{of_newsletter}=2"),
    ]


def _growth(desk, user) -> None:
    from django.core.cache import cache

    cache.clear()
    desk.readers(user)


def _stock() -> Callable[[str, object], object]:
    from django.contrib import admin
    from django.test import RequestFactory

    from newsletter.models import Subscriber

    class StockAdmin(admin.ModelAdmin):
        list_display = ("address", "status", "created_at")
        list_filter = ("status", "subscriptions__status", "subscriptions__newsletter")
        search_fields = ("address",)

    model_admin = StockAdmin(Subscriber, admin.site)

    def show(query: str, user: object) -> object:
        request = RequestFactory().get(f"{LIST}?{query}", headers={"host": "127.0.0.1"})
        request.user = user
        return model_admin.changelist_view(request).render()

    return show


def _lists() -> None:
    """Import a tenth as many more, export all, freeze an issue for all."""
    from newsletter.models import Newsletter, ReaderImport
    from newsletter.subscribers import exports, imports

    lines = (f"new{n}@example.org,form,2024-05-01" for n in range(IMPORTED))
    content = "\n".join(["address,consent_source,consent_date", *lines]).encode()
    upload = ReaderImport(
        kind="readers", name="new.csv", content=content, proof="ours",
        newsletter=Newsletter.objects.default(),
    )  # fmt: skip
    imports.add(upload)
    timed(f"{IMPORTED:,} readers tried", lambda: _work_off(imports, upload.pk))
    imports.accept(upload)
    timed("imported", lambda: _work_off(imports, upload.pk))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    parts = exports.csv_parts(
        exports.READER_COLUMNS,
        exports.cells(exports.READER_COLUMNS, exports.subscriptions_of(None)),
    )
    timed("all exported", lambda: print(f"  {sum(map(len, parts)) / 1e6:.0f} MB of CSV"))
    more = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    print(f"  with {more / 1024:.0f} MB more of memory")


def _work_off(imports, pk: int) -> None:
    while imports.run_slice(pk):
        pass


if __name__ == "__main__":
    measure()
