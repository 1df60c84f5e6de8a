"""Bodies that are not what they say, too much, or too slow, from a real local server."""

import gzip
import socket
import time
import tracemalloc
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from glossary.fetching.errors import (
    BadResponse,
    Empty,
    FetchError,
    TooLarge,
    TooSlow,
    Truncated,
    Unreachable,
)
from glossary.fetching.fetch import Wanted, fetch_all
from tests.glossary.publisher import (
    AGENT,
    CHUNKED,
    CSV,
    PLAIN,
    answer,
    get,
    policy_for,
    publishers,
    says,
    says_for_ever,
    says_nothing,
)


@pytest.fixture
def publish():
    yield from publishers()


# Bodies that are not what they say


@pytest.mark.parametrize(
    "response",
    [
        answer(),
        PLAIN,
        CHUNKED + b"0\r\n\r\n",
        answer(body=gzip.compress(b""), Content_Encoding="gzip"),
        answer(Content_Encoding="gzip"),
    ],
    ids=["length 0", "closed at once", "no chunks", "gzip of nothing", "no gzip at all"],
)
def test_success_without_content_is_an_error(publish, response):
    with pytest.raises(Empty, match="empty") as failure:
        get(publish(response))
    assert failure.value.retry


@pytest.mark.parametrize(
    "response",
    [
        answer(body=CSV, Content_Length="1000"),
        answer(Content_Length="1000"),
        CHUNKED + b"ff\r\nperiod",
        CHUNKED + b"6\r\nperiod\r\n",
        CHUNKED + b"zz\r\nperiod\r\n",
        answer(body=gzip.compress(CSV)[:-9], Content_Encoding="gzip"),
        answer(body=gzip.compress(CSV)[:5], Content_Encoding="gzip"),
        answer(body=gzip.compress(CSV) + gzip.compress(CSV)[:12], Content_Encoding="gzip"),
        answer(body=zlib.compress(CSV)[:-1], Content_Encoding="deflate"),
    ],
    ids=[
        "length",
        "length of nothing",
        "in a chunk",
        "between chunks",
        "no chunk size",
        "gzip",
        "gzip head",
        "second member",
        "deflate",
    ],
)
def test_a_body_that_breaks_off_is_an_error(publish, response):
    with pytest.raises(Truncated) as failure:
        get(publish(response))
    assert failure.value.retry


@pytest.mark.parametrize(
    "response",
    [
        answer(body=CSV, Content_Length="10"),
        answer(body=CSV, Content_Length="ten"),
        answer(body=CSV, Content_Length="-1"),
        answer(body=CSV, Content_Length="24\r\nContent-Length: 10"),
        answer(body=CSV, Content_Encoding="br"),
        answer(body=CSV, Content_Encoding="gzip, gzip"),
        answer(body=CSV, Content_Encoding="gzip\r\nContent-Encoding: gzip"),
        answer(body=CSV, Content_Encoding="gzip"),
        answer(body=CSV, Content_Encoding="deflate"),
        answer(body=gzip.compress(CSV)[:-6] + b"\0" * 6, Content_Encoding="gzip"),
        answer(body=gzip.compress(CSV) + b"junk", Content_Encoding="gzip"),
        answer(body=CSV, Transfer_Encoding="gzip, chunked"),
        answer(body=CSV, Transfer_Encoding="chunked\r\nTransfer-Encoding: gzip"),
        CHUNKED + b"-5\r\nperiod\r\n0\r\n\r\n",
        b"SSH-2.0-OpenSSH_9.2p1\r\n",
        b"\x16\x03\x01\x00\x05hello",
        b"HTTP/1.1 abc OK\r\n\r\n",
        b"HTTP/1.1 99 Low\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n" + CSV,
        b"HTTP/1.1 200 OK\r\nX: " + b"y" * 65_000 + b"\r\nZ: " + b"y" * 600 + b"\r\n" + CSV,
    ],
)
def test_answers_that_cannot_be_trusted_are_errors(publish, response):
    with pytest.raises((BadResponse, TooLarge)) as failure:
        get(publish(response))
    assert str(failure.value).isprintable()


@pytest.mark.parametrize("response", [b"", b"HTTP/1.1", b"HTTP/1.1 200 OK\r\nContent-Le"])
def test_a_server_that_hangs_up_early_is_an_error(publish, response):
    with pytest.raises((Unreachable, BadResponse, Empty)) as failure:
        get(publish(response))
    assert failure.value.retry


def test_a_connection_that_is_reset_is_worth_another_try(publish):
    def resets(line, _):
        line.sendall(PLAIN + CSV)
        line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")

    with pytest.raises(Unreachable) as failure:
        get(publish(resets))
    assert failure.value.retry


def test_whatever_a_server_says_is_a_file_or_an_error_of_ours(publish):
    publisher = publish(b"")
    policy = policy_for(publisher)
    heads = [
        b"",
        b"HTTP/1.1 200 OK\r\n",
        PLAIN,
        CHUNKED,
        b"HTTP/1.1 302 Found\r\nLocation: ",
        b"HTTP/1.1 429 Slow\r\nRetry-After: ",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + gzip.compress(CSV)[:10],
        b"HTTP/1.1 200 OK\r\nContent-Encoding: deflate\r\n\r\n",
    ]
    pieces = st.one_of(
        st.binary(max_size=30),
        st.sampled_from(
            [b"\r\n", b"\r\n\r\n", b"5\r\nhello\r\n", b"0\r\n\r\n", b"http://", b"x: y"]
        ),
    )

    @given(st.sampled_from(heads), st.lists(pieces, max_size=6))
    @settings(deadline=None, max_examples=150)
    def check(head, pieces):
        publisher.acts[:] = [says(head + b"".join(pieces))]
        [(_, outcome)] = fetch_all([Wanted(publisher.url())], AGENT, policy)
        if isinstance(outcome, FetchError):
            assert str(outcome).isprintable()
        else:
            assert outcome.content

    check()


# Too much and too slow


def bomb(size: int) -> bytes:
    packer = zlib.compressobj(9, wbits=31)
    return b"".join(packer.compress(bytes(1_000_000)) for _ in range(size)) + packer.flush()


def test_a_gzip_bomb_is_stopped_while_it_is_small(publish):
    """50 MB in 50 kB, of which only the limit and one step are ever unpacked."""
    publisher = publish(answer(body=bomb(50), Content_Encoding="gzip"))
    tracemalloc.start()
    try:
        with pytest.raises(TooLarge, match="100,000 bytes"):
            get(publisher)
        assert tracemalloc.get_traced_memory()[1] < 2_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    ("start", "piece"),
    [
        (CHUNKED, b"1000\r\n" + b"x" * 4096 + b"\r\n"),
        (CHUNKED, b"1;" + b"x" * 4096 + b"\r\nx\r\n"),
        (CHUNKED + b"1\r\nx\r\n0\r\n", b"Trailer: " + b"x" * 4096 + b"\r\n"),
        (PLAIN, b"x" * 4096),
        (answer(Content_Length="", Content_Encoding="gzip"), gzip.compress(b"") * 200),
        (answer(Content_Length="", Content_Encoding="gzip") + gzip.compress(b"x"), b"\0" * 4096),
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 100),
        (b"HTTP/1.1 200 OK\r\n", b"X: " + b"y" * 4096 + b"\r\n"),
        (b"HTTP/1.1 100 Continue\r\n", b"X: " + b"y" * 4096 + b"\r\n"),
    ],
    ids=[
        "chunks",
        "chunk extensions",
        "trailers",
        "no length",
        "gzip members of nothing",
        "zeros behind gzip",
        "100 Continue",
        "headers",
        "headers of 100 Continue",
    ],
)
def test_what_never_ends_is_ended(publish, start, piece):
    with pytest.raises(TooLarge) as failure:
        get(publish(says_for_ever(start, piece)))
    assert failure.value.retry is False


def test_a_length_beyond_the_limit_is_refused_before_the_body(publish):
    with pytest.raises(TooLarge):
        get(publish(says_for_ever(answer(Content_Length="100001"), b"", pause=0.05)))


@pytest.mark.parametrize(
    "act",
    [
        says_nothing,
        says_for_ever(PLAIN, b"x", pause=0.01),
        says_for_ever(CHUNKED, b"1\r\nx\r\n", pause=0.01),
        says_for_ever(answer(Content_Length="5000"), b"x", pause=0.01),
        says_for_ever(b"HTTP/1.1 200 OK\r\nX: ", b"y", pause=0.01),
        says_for_ever(b"HTTP/1.1 200 OK\r\n", b"X: y\r\n", pause=0.01),
        says_for_ever(answer(Content_Length="5000"), b"", pause=0.01),
    ],
    ids=["never", "body", "chunks", "length", "one header", "headers", "no body"],
)
def test_a_slow_server_is_left_at_the_deadline(publish, act):
    started = time.monotonic()
    with pytest.raises(TooSlow) as failure:
        get(publish(act), total_seconds=0.15)
    assert 0.14 < time.monotonic() - started < 1
    assert failure.value.retry


def test_the_deadline_is_one_for_all_redirects(publish):
    def late(line, publisher):
        publisher.is_over.wait(0.08)
        line.sendall(answer("302 Found", Location="/data.csv"))

    publisher = publish(late)
    with pytest.raises(TooSlow):
        get(publisher, total_seconds=0.2)
    assert 1 < len(publisher.requests) < 4


def test_a_name_server_that_never_answers_is_left_at_the_deadline(publish):
    publisher = publish(says_nothing)
    started = time.monotonic()
    with pytest.raises(TooSlow):
        get(publisher, resolve=lambda _: publisher.is_over.wait(), connect_seconds=0.1)
    assert time.monotonic() - started < 1


def test_an_address_that_never_answers_is_left_after_the_time_to_connect(publish, monkeypatch):
    seconds = []

    def never(line, _address):
        seconds.append(line.gettimeout())
        raise TimeoutError

    monkeypatch.setattr(socket.socket, "connect", never)
    addresses = ["127.0.0.1"] * 4
    with pytest.raises(TooSlow):
        get(publish(says_nothing), resolve=lambda _: addresses, connect_seconds=0.8)
    assert len(seconds) == 4
    assert seconds[0] <= 0.2 < seconds[3] <= 0.8
