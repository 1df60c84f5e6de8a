"""How fast we send: in total, to one receiving domain, and in a new sending domain's first days."""

import threading
import time
from datetime import timedelta
from functools import partial

import pytest
from django.db import connection, transaction
from django.db.models.functions import Now

from newsletter.models import Delivery, Pace
from newsletter.sending import carriers, ledger, limits, message
from newsletter.sending.lanes import Lane, Streak
from newsletter.sending.limits import Share, reserve, warmup_limit
from newsletter.sending.stop_signals import StopFlag
from tests.builders import make_subscription
from tests.bystanders import unchanged
from tests.newsletter.sending.conftest import start

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("armed", "clock")]


def test_places_are_reserved_one_after_the_other():
    assert reserve(free_at=0, now=100, number=5, rate=10) == (100, 100.5)
    assert reserve(free_at=100.5, now=100.1, number=5, rate=10) == (100.5, 101)


def test_without_limits_a_whole_batch_may_be_sent():
    assert limits.take_share(50) == Share(50)
    assert not Pace.objects.exists()


def test_all_workers_share_one_rate(settings, clock):
    settings.SEND_RATE = 20
    shares = [limits.take_share(50) for _ in range(4)]
    assert [(each.number, round(each.wait, 3)) for each in shares] == [
        (10, 0), (10, 0.5), (10, 1), (0, 1),
    ]  # fmt: skip
    clock.shift(1)
    assert limits.take_share(50).number == 10


def test_a_rate_below_one_a_second_still_sends(settings):
    settings.SEND_RATE = 0.5
    assert limits.take_share(50) == Share(1)


def test_a_new_domain_may_send_twice_as_many_on_each_day_of_sending(settings, clock):
    settings.SEND_FIRST_DAY = 60
    assert [limits.take_share(50).number for _ in range(3)] == [50, 10, 0]
    assert limits.daily_limit_wait() > 0
    clock.shift(7 * 24 * 3600)
    assert [limits.take_share(50).number for _ in range(4)] == [50, 50, 20, 0]
    assert [warmup_limit(60, days) for days in (0, 1, 2, 10)] == [60, 120, 240, 61440]


def test_one_domain_gets_its_mail_in_turn_and_another_does_not_wait(settings):
    settings.SEND_DOMAIN_RATE = 60
    for n in range(5):
        make_subscription(f"r{n}@big.example")
    make_subscription("r@small.example")
    issue = start()
    rows = ledger.claim_due(issue.pk, "lane", 50)
    now = limits.take_places("lane", rows)
    assert sorted(row.domain for row in now) == ["big.example", "big.example", "small.example"]
    waiting = Delivery.objects.filter(state="queued")
    assert list(waiting.values_list("has_place", flat=True)) == [True] * 3
    # The first goes now, the second in a second; the others are queued for later.
    assert 1 < ledger.seconds_until_due(issue.pk) < 3


def test_a_second_batch_takes_its_places_behind_the_first(settings):
    settings.SEND_DOMAIN_RATE = 60
    for n in range(6):
        make_subscription(f"r{n}@big.example")
    issue = start()
    batches = [ledger.claim_due(issue.pk, "lane", 2) for _ in range(3)]
    assert [len(limits.take_places("lane", rows)) for rows in batches] == [2, 0, 0]
    free_at = Pace.objects.get(key="domain:big.example").free_at
    assert round(free_at - time.time(), 6) == 6


def test_what_is_given_back_is_given_to_the_limits_it_came_of(settings, clock):
    settings.SEND_FIRST_DAY, settings.SEND_RATE = 40, 10
    yesterday = Pace.objects.create(key="day:2026-11-22", used=7)
    domain = Pace.objects.create(key="domain:big.example", free_at=9)
    with unchanged(yesterday, domain):
        limits.give_back(limits.take_share(4))
    assert Pace.objects.get(key="day:2026-11-23").used == 0
    assert Pace.objects.get(key="all").free_at == pytest.approx(time.time(), abs=1e-6)


def test_only_lines_that_have_been_empty_for_an_hour_are_forgotten(clock):
    now = time.time()
    kept = [
        Pace.objects.create(key="domain:busy.example", free_at=now - 3500),
        Pace.objects.create(key="all", free_at=now - 9000),
        Pace.objects.create(key="day:2026-11-22", used=60),
    ]
    Pace.objects.create(key="domain:old.example", free_at=now - 3601)
    with unchanged(*kept):
        limits.delete_idle_paces()
    assert Pace.objects.count() == len(kept)


def test_a_day_on_which_nothing_went_does_not_count_as_one(settings):
    settings.SEND_FIRST_DAY = 60
    Pace.objects.create(key="day:2026-11-20", used=60)
    Pace.objects.create(key="day:2026-11-21", used=0)
    Pace.objects.create(key="domain:big.example", used=3)
    assert limits._room_today() == ("day:2026-11-23", 120)


def test_a_share_taken_while_midnight_passes_counts_against_the_day_that_was_asked(
    settings, clock, monkeypatch
):
    settings.SEND_FIRST_DAY = 60
    yesterday = Pace.objects.create(key="day:2026-11-22", used=7)
    locked = limits._locked

    def lock_after_midnight(keys):
        clock.shift(24 * 3600)  # another worker held the row
        return locked(keys)

    monkeypatch.setattr(limits, "_locked", lock_after_midnight)
    with unchanged(yesterday):
        assert limits.take_share(4) == Share(4, day="day:2026-11-23")
    assert Pace.objects.get(key="day:2026-11-23").used == 4


def test_a_delivery_keeps_its_place_unless_it_missed_it(settings):
    settings.SEND_DOMAIN_RATE = 60
    for n in range(4):
        make_subscription(f"r{n}@big.example")
    issue = start()
    limits.take_places("lane", ledger.claim_due(issue.pk, "lane", 50))
    in_time, late = Delivery.objects.filter(state="queued", has_place=True)
    for row, seconds in [(in_time, -5), (late, -300)]:
        at = Now() + timedelta(seconds=seconds)
        Delivery.objects.filter(pk=row.pk).update(next_at=at)
    claimed = {row.pk: bool(row.has_place) for row in ledger.claim_due(issue.pk, "lane", 50)}
    assert claimed == {in_time.pk: True, late.pk: False}


def test_messages_that_are_not_sent_use_up_no_limit(settings, clock, relay):
    settings.SEND_FIRST_DAY, settings.SEND_RATE, settings.SEND_DOMAIN_RATE = 40, 10, 60
    settings.SEND_CONNECTIONS = 1
    for n in range(9):
        make_subscription(f"r{n}@big.example")
    issue = start()
    carrier = partial(carriers.open_carrier, message.build_message(issue.snapshot))
    Lane(issue.pk, "lane", carrier, StopFlag(20), Streak())._send_some()
    # Five were claimed, two were sent, three wait for their places.
    assert len(relay.taken) == 2
    assert Pace.objects.get(key__startswith="day:").used == 2
    assert round(Pace.objects.get(key="all").free_at - time.time(), 6) == 0.2


@pytest.mark.django_db(transaction=True)
def test_a_limit_in_use_is_not_deleted_by_another_issue(monkeypatch):
    Pace.objects.create(key="domain:big.example", free_at=1)
    other = threading.Thread(target=forget_in_a_thread)
    bulk_create = Pace.objects.bulk_create

    def then_forget(*args, **kwargs):
        bulk_create(*args, **kwargs)
        other.start()
        other.join(timeout=0.2)

    monkeypatch.setattr(Pace.objects, "bulk_create", then_forget)
    with transaction.atomic():
        assert set(limits._locked(["domain:big.example"])) == {"domain:big.example"}
    other.join()


def forget_in_a_thread():
    try:
        limits.delete_idle_paces()
    finally:
        connection.close()
