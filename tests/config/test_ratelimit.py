"""Rolling windows, and buckets that do not reveal whom they count."""

from datetime import timedelta
from threading import Barrier, Thread

import pytest
from django.db import connection

from config.models import Bucket
from config.ratelimit import Limit, hit, is_allowed, tidy
from tests.bystanders import unchanged

HOUR = timedelta(hours=1)
TWICE = [Limit(2, HOUR)]


@pytest.mark.parametrize(
    ("hits", "now", "allowed"),
    [
        ([], 0, True),
        ([0], 1, True),
        ([0, 1], 2, False),
        ([0, 1], 3599, False),
        ([0, 1], 3600, True),  # the first has just left the window
        ([0, 1, 2, 3], 3600, False),
        ([0, 1], 9000, True),
    ],
)
def test_a_window_rolls(hits, now, allowed):
    assert is_allowed(hits, TWICE, now) is allowed


def test_every_limit_must_hold():
    limits = [Limit(1, timedelta(minutes=15)), Limit(3, timedelta(days=1))]
    assert is_allowed([0, 1000, 2000], limits, 10_000) is False
    assert is_allowed([0, 1000], limits, 1800) is False
    assert is_allowed([0, 1000], limits, 2000) is True


def test_a_full_limit_counts_nothing_more(db, clock):
    assert [hit("test", "a", TWICE) for _ in range(4)] == [True, True, False, False]
    bucket = Bucket.objects.get()
    clock.shift(3600)
    assert hit("test", "b", TWICE)
    with unchanged(Bucket.objects.exclude(pk=bucket.pk).get()):
        assert hit("test", "a", TWICE) is True
    bucket.refresh_from_db()
    assert len(bucket.hits) == 1


def test_keys_and_scopes_are_counted_apart(db, clock):
    once = [Limit(1, HOUR)]
    assert all(hit(scope, key, once) for scope in ("x", "y") for key in ("a", "b"))
    assert not hit("x", "a", once)


def test_a_clock_set_back_does_not_let_anybody_through(db, clock):
    assert hit("test", "a", [Limit(1, HOUR)])
    clock.shift(-600)
    assert not hit("test", "a", [Limit(1, HOUR)])


def test_a_bucket_does_not_tell_whose_it_is(db):
    hit("confirmation", "reader@example.org", TWICE)
    bucket = Bucket.objects.get()
    assert "reader" not in bucket.key
    assert len(bucket.key) == 64


def test_buckets_go_after_a_week(db, clock):
    hit("test", "a", TWICE)
    clock.shift(timedelta(days=6))
    hit("test", "b", TWICE)
    assert tidy() == ""
    clock.shift(timedelta(days=2))
    assert tidy() == "1 rate buckets deleted"
    assert Bucket.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_racing_hits_do_not_slip_through_together():
    results, together = [], Barrier(20)

    def press():
        together.wait()
        results.append(hit("test", "a", [Limit(5, HOUR)]))
        connection.close()

    threads = [Thread(target=press) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == [False] * 15 + [True] * 5
