"""Pauses after failures, and several hosts in parallel."""

import threading
from datetime import timedelta
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from glossary.fetching.errors import AddressRefused, HttpError
from glossary.fetching.fetch import Fetched, Wanted, backoff, by_host, fetch_all
from tests.glossary.publisher import AGENT, CSV, answer, policy_for, publishers


@pytest.fixture
def publish():
    yield from publishers()


@given(st.integers(1, 10**6), st.integers())
@settings(deadline=None)
def test_pauses_grow_and_never_pass_a_day(failures, seed):
    pause = backoff(failures, Random(seed))
    later = backoff(failures + 1, Random(seed + 1))
    assert timedelta(minutes=11) < pause <= timedelta(days=1)
    assert pause < later or pause > timedelta(hours=12)


def test_pauses_differ_by_chance_and_only_by_chance():
    assert backoff(3, Random(1)) == backoff(3, Random(1))
    assert len({backoff(3, Random(seed)) for seed in range(20)}) > 10


def test_without_a_failure_there_is_no_pause():
    assert backoff(0, Random(1)) == timedelta(0)


def test_urls_are_grouped_by_host_in_their_order():
    urls = [
        "https://a.example/1",
        "https://b.example/1",
        "http://A.example/2",
        "http://[",
        "junk",
    ]
    grouped = by_host(Wanted(url) for url in urls)
    assert {host: [one.url for one in group] for host, group in grouped.items()} == {
        "a.example": [urls[0], urls[2]],
        "b.example": [urls[1]],
        "": [urls[3], urls[4]],
    }
    with pytest.raises(KeyError):
        grouped["c.example"]


def test_hosts_are_asked_in_parallel_and_each_for_one_file_at_a_time(publish):
    """Each answer waits until all three hosts are being asked: in a row they never would be."""
    meeting = threading.Barrier(3, timeout=2)
    busy = []

    def meets(line, publisher):
        busy.append(publisher.port)
        meeting.wait()
        assert busy.count(publisher.port) == 1
        meeting.wait()
        busy.remove(publisher.port)
        line.sendall(answer(body=CSV))

    hosts = {f"{letter}.example": publish(meets) for letter in "abc"}
    wanted = [
        Wanted(server.url(f"/{number}", host))
        for number in range(3)
        for host, server in hosts.items()
    ]
    outcomes = dict(fetch_all(wanted, AGENT, policy_for(*hosts.values())))
    assert set(outcomes) == set(wanted)
    assert all(outcome.content == CSV for outcome in outcomes.values())
    for server in hosts.values():
        assert [request.split()[1] for request in server.requests] == ["/0", "/1", "/2"]


def test_one_publishers_trouble_is_no_others(publish):
    good, bad = publish(answer(body=CSV)), publish(answer("500 Internal Server Error"))
    wanted = [Wanted(bad.url(host="bad.example")), Wanted(good.url()), Wanted("file:///etc/passwd")]
    outcomes = dict(fetch_all(wanted, AGENT, policy_for(good, bad), workers=1))
    assert [type(outcomes[one]) for one in wanted] == [HttpError, Fetched, AddressRefused]


def test_the_same_file_may_be_wanted_twice(publish):
    publisher = publish(answer(body=CSV))
    outcomes = list(fetch_all([Wanted(publisher.url())] * 2, AGENT, policy_for(publisher)))
    assert [outcome.content for _, outcome in outcomes] == [CSV, CSV]


def test_stopping_early_asks_for_nothing_more(publish):
    publisher = publish(answer(body=CSV))
    wanted = [Wanted(publisher.url(f"/{number}")) for number in range(5)]
    outcomes = fetch_all(wanted, AGENT, policy_for(publisher))
    next(outcomes)
    outcomes.close()
    assert len(publisher.requests) == 1


def test_stopping_early_drops_the_hosts_that_wait_their_turn(publish):
    def late(line, publisher):
        publisher.is_over.wait(0.05)
        line.sendall(answer(body=CSV))

    publisher = publish(late)
    wanted = [Wanted(publisher.url(host=f"{letter}.example")) for letter in "abcdef"]
    outcomes = fetch_all(wanted, AGENT, policy_for(publisher), workers=1)
    next(outcomes)
    outcomes.close()
    assert len(publisher.requests) < len(wanted)


def test_a_mistake_of_our_own_is_not_hidden(publish):
    publisher = publish(answer(body=CSV))
    broken = policy_for(publisher, is_allowed=lambda address: address.missing)
    with pytest.raises(AttributeError):
        list(fetch_all([Wanted(publisher.url())], AGENT, broken))


def test_wanting_nothing_gives_nothing():
    assert list(fetch_all([], AGENT)) == []
