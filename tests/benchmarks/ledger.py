"""How long it takes to freeze an issue for a million readers, and workers killed by the dozen.

`python -m tests.benchmarks.ledger` alone, with DATABASE_URL of an empty PostgreSQL database, does
the freezing; `report` starts a server for it, and for the slow tests.
"""

import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable

from tests.postgres import find_binaries, temporary_server

READERS = 1_000_000
# One in a hundred is suppressed.
READERS_SQL = [
    """INSERT INTO newsletter_subscriber (address, address_key, address_hash, status, created_at)
        SELECT 'r' || n || '@d' || (n %% 5000) || '.example',
            'r' || n || '@d' || (n %% 5000) || '.example',
            MD5(n::text) || MD5((-n)::text), 'ok', NOW() FROM GENERATE_SERIES(1, %s) AS n""",
    """INSERT INTO newsletter_subscription (subscriber_id, newsletter_id, status, created_at,
            confirmed_at, source_page, consent_text, leaving_reason, leaving_words)
        SELECT r.id, n.id, 'active', NOW(), NOW(), '', '', '', ''
        FROM newsletter_subscriber AS r, newsletter_newsletter AS n WHERE n.is_default""",
    """INSERT INTO newsletter_suppression (address_hash, reason, created_at)
        SELECT address_hash, 'refused', NOW() FROM newsletter_subscriber WHERE id %% 100 = 0""",
    "ANALYZE",
]
SLOW = [sys.executable, "-m", "pytest", "-q", "-s", "-m", "slow", "tests/newsletter/sending"]


def report() -> None:
    """Print the figures of this machine; PostgreSQL is needed for most of them."""
    binaries = find_binaries()
    subprocess.run(SLOW, env=environment(""), check=True)
    if not binaries:
        print("Left out: a million readers (install PostgreSQL)")
        return
    with temporary_server(binaries) as url:
        command = [sys.executable, "-m", "tests.benchmarks.ledger"]
        subprocess.run(command, env=environment(url), check=True)
        subprocess.run(SLOW, env=environment(url), check=True)


def freeze() -> None:
    """Freeze an issue for a million readers, cancel it, and audit it."""
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection

    from newsletter.mailing import arming
    from newsletter.sending import audit, decisions, launch
    from tests.builders import make_newsletter
    from tests.newsletter.sending.conftest import make_due_issue

    call_command("migrate", verbosity=0)
    make_newsletter()
    with connection.cursor() as cursor:
        for statement in READERS_SQL:
            cursor.execute(statement, [READERS] if "%s" in statement else [])
    arming.arm()
    issue = make_due_issue()
    print(f"{READERS:,} readers, PostgreSQL:")
    timed("frozen", lambda: launch.start_issue(issue))
    timed("audited", lambda: audit.audit_issue(issue))
    timed("canceled", lambda: decisions.cancel_issue(issue))
    print(f"  at most {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB of memory")


def timed(name: str, act: Callable[[], object]) -> None:
    start = time.perf_counter()
    act()
    print(f"  {name} in {time.perf_counter() - start:.1f} s")


def environment(url: str) -> dict[str, str]:
    folder = {"DATA_DIR": tempfile.mkdtemp(prefix="pulse-bench-"), "LOG_LEVEL": "ERROR"}
    kept = {key: text for key, text in os.environ.items() if key != "DATABASE_URL"}
    settings = {"DJANGO_SETTINGS_MODULE": "config.settings"}
    return {**kept, **folder, **settings, **({"DATABASE_URL": url} if url else {})}


if __name__ == "__main__":
    freeze()
