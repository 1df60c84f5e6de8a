"""Workers and the database are killed during a send: nobody gets it twice or is lost silently."""

import pytest
from django.db import connection

from tests.builders import make_newsletter
from tests.newsletter.sending.killing import (
    address,
    kill_database_and_workers,
    make_readers,
    send_and_kill,
)

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("armed")]

CONNECTIONS = 4


def late(workers: int) -> tuple[str, ...]:
    """Rules for a mail server that answers so late that all together take 400 messages a second.

    Otherwise a fast machine would have sent all before most of the kills.
    """
    return (f"kept: wait {workers / 100}",)


def assert_no_reader_is_lost_or_doubled(run, readers, kills):
    assert run.broken == []
    assert run.twice == set()
    assert run.lost(readers) <= run.unknown
    assert len(run.unknown) <= kills * CONNECTIONS
    assert sum(run.states.values()) == readers
    assert set(run.states) <= {"accepted", "unknown"}
    assert run.received.keys() <= {address(n) for n in range(readers)}


def test_two_kills_among_two_workers(tmp_path):
    readers, kills = 350, 2
    make_readers(make_newsletter(), readers)
    run = send_and_kill(tmp_path, readers=readers, number=2, kills=kills, pause=1, rate=150)
    assert run.kills_while_sending >= kills / 3
    assert_no_reader_is_lost_or_doubled(run, readers, kills)


@pytest.mark.slow
@pytest.mark.parametrize("workers", [2, 6])
@pytest.mark.skipif(connection.vendor == "sqlite", reason="several workers are for PostgreSQL")
def test_thirty_kills_among_twenty_thousand_readers(tmp_path, workers):
    readers, kills = 20_000, 30
    make_readers(make_newsletter(), readers)
    run = send_and_kill(
        tmp_path, readers=readers, number=workers, kills=kills, pause=2, rules=late(workers)
    )
    print(f"\n{workers} workers: {run.states}, {run.seconds:.0f} s")
    assert run.kills_while_sending >= kills / 2
    assert_no_reader_is_lost_or_doubled(run, readers, kills)


@pytest.mark.slow
@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite dies with its worker")
def test_ten_crashes_of_the_database_and_both_workers(tmp_path):
    readers, workers, crashes = 20_000, 2, 10
    make_readers(make_newsletter(), readers)
    run = send_and_kill(
        tmp_path, readers=readers, number=workers, kills=crashes, pause=2, rules=late(workers),
        kill=kill_database_and_workers,
    )  # fmt: skip
    print(f"\n{crashes} crashes: {run.states}, {run.seconds:.0f} s")
    assert run.kills_while_sending >= crashes / 2
    assert_no_reader_is_lost_or_doubled(run, readers, crashes * workers)


@pytest.mark.slow
@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL has its own")
def test_thirty_kills_of_one_worker_among_two_thousand_readers(tmp_path):
    readers, kills = 2_000, 30
    make_readers(make_newsletter(), readers)
    run = send_and_kill(tmp_path, readers=readers, number=1, kills=kills, pause=1.5, rate=80)
    print(f"\n1 worker: {run.states}, {run.seconds:.0f} s")
    assert run.kills_while_sending >= kills / 3
    assert_no_reader_is_lost_or_doubled(run, readers, kills)
