"""Fetching from a real local server. Other names than its own resolve through the policy."""

import gzip
import zlib
from datetime import timedelta
from random import Random

import pytest
import time_machine

from glossary.fetching.errors import AddressRefused, HttpError, TooLarge
from glossary.fetching.fetch import Fetched, NotModified, Wanted, fetch
from glossary.fetching.public_addresses import is_public
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
)


@pytest.fixture
def publish():
    yield from publishers()


# What a good server gives


def test_a_file_comes_with_its_type_and_validators(publish):
    publisher = publish(
        answer(
            body=CSV,
            Content_Type="text/csv; charset=utf-8",
            ETag='"v1"',
            Last_Modified="Mon, 01 Jun 2026 08:00:00 GMT",
        )
    )
    assert get(publisher) == Fetched(
        content=CSV,
        content_type="text/csv; charset=utf-8",
        etag='"v1"',
        last_modified="Mon, 01 Jun 2026 08:00:00 GMT",
        final_url=publisher.url(),
    )


def test_the_request_says_who_we_are_and_which_name_we_mean(publish):
    publisher = publish(answer(body=CSV))
    fetch(Wanted(publisher.url("/a b?q=é#part")), AGENT, policy_for(publisher))
    request = publisher.requests[0]
    assert request.startswith("GET /a%20b?q=%C3%A9 HTTP/1.1\r\n")
    assert f"\r\nHost: data.example:{publisher.port}\r\n" in request
    assert f"\r\nUser-Agent: {AGENT}\r\n" in request
    assert "Cookie" not in request
    assert "If-" not in request


@pytest.mark.parametrize(
    ("coding", "compressed"),
    [
        ("gzip", gzip.compress(CSV)),
        ("x-gzip", gzip.compress(CSV)),
        ("GZip", gzip.compress(CSV)),
        ("gzip", gzip.compress(CSV[:10]) + gzip.compress(CSV[10:])),
        ("gzip", gzip.compress(CSV) + b"\0" * 512),
        ("gzip", gzip.compress(CSV) + b"\0" * 80_000),
        ("deflate", zlib.compress(CSV)),
        ("deflate", zlib.compress(CSV)[2:-4]),
        ("identity", CSV),
    ],
    ids=[
        "gzip",
        "x-gzip",
        "capitals",
        "two members",
        "padded",
        "long padded",
        "zlib",
        "bare",
        "identity",
    ],
)
def test_compressed_files_are_unpacked(publish, coding, compressed):
    publisher = publish(answer(body=compressed, Content_Encoding=coding))
    assert get(publisher).content == CSV


@pytest.mark.parametrize("coding", ["gzip", "deflate"])
def test_a_large_compressed_file_arrives_whole(publish, coding):
    content = Random(3).randbytes(50_000) + b"0" * 250_000
    compressed = gzip.compress(content) if coding == "gzip" else zlib.compress(content)
    publisher = publish(answer(body=compressed, Content_Encoding=coding))
    assert get(publisher, max_bytes=len(content)).content == content


def test_chunks_are_joined(publish):
    assert get(publish(CHUNKED + b"6\r\nperiod\r\n3\r\n,va\r\n0\r\n\r\n")).content == b"period,va"


def test_a_body_without_a_length_ends_with_the_connection(publish):
    assert get(publish(PLAIN + CSV)).content == CSV


def test_a_file_of_exactly_the_limit_is_taken_and_one_byte_more_is_not(publish):
    publisher = publish(answer(body=b"x" * 1000), answer(body=b"x" * 1001))
    assert len(get(publisher, max_bytes=1000).content) == 1000
    with pytest.raises(TooLarge):
        get(publisher, max_bytes=1000)


def test_proxies_of_the_environment_are_ignored(publish, monkeypatch):
    publisher, trap = publish(answer(body=CSV)), publish(answer(body=b"trap"))
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{trap.port}")
    assert get(publisher).content == CSV
    assert trap.requests == []


# Not modified


def test_an_unchanged_file_is_not_sent_again(publish):
    publisher = publish(answer("304 Not Modified"))
    date = "Mon, 01 Jun 2026 08:00:00 GMT"
    wanted = Wanted(publisher.url(), etag='W/"v1"', last_modified=date)
    assert fetch(wanted, AGENT, policy_for(publisher)) == NotModified()
    assert '\r\nIf-None-Match: W/"v1"\r\n' in publisher.requests[0]
    assert f"\r\nIf-Modified-Since: {date}\r\n" in publisher.requests[0]


def test_not_modified_is_an_error_where_we_hold_nothing(publish):
    with pytest.raises(HttpError, match="304"):
        get(publish(answer("304 Not Modified")))


def test_validators_go_only_to_the_address_they_came_from(publish):
    publisher = publish(answer("302 Found", Location="/2026-06.csv"), answer(body=CSV))
    held = Wanted(publisher.url("/latest"), '"v1"', final_url=publisher.url("/2026-05.csv"))
    assert fetch(held, AGENT, policy_for(publisher)).content == CSV
    assert not any("If-None-Match" in request for request in publisher.requests)


def test_validators_follow_a_redirect_to_the_address_they_came_from(publish):
    publisher = publish(answer("302 Found", Location="/2026-05.csv"), answer("304 Not Modified"))
    held = Wanted(publisher.url("/latest"), '"v1"', final_url=publisher.url("/2026-05.csv"))
    assert fetch(held, AGENT, policy_for(publisher)) == NotModified()
    assert ["If-None-Match" in request for request in publisher.requests] == [False, True]


@pytest.mark.parametrize("etag", ['"a"\r\nX-Evil: 1', "\x00", "é", "x" * 201])
def test_validators_that_could_break_a_header_are_not_sent(publish, etag):
    publisher = publish(answer(body=CSV))
    fetch(Wanted(publisher.url(), etag=etag), AGENT, policy_for(publisher))
    assert "If-None-Match" not in publisher.requests[0]
    assert "Evil" not in publisher.requests[0]


@pytest.mark.parametrize("etag", ['"\x01"', '"\xe9"', '"' + "x" * 300 + '"', '"a\r\n b"'])
def test_validators_we_could_not_send_back_are_not_kept(publish, etag):
    assert get(publish(answer(body=CSV, ETag=etag))).etag == ""


# Redirects


def test_redirects_are_followed_to_the_final_address(publish):
    publisher = publish(
        answer("301 Moved Permanently", Location="/a"),
        answer("302 Found", Location="b?c=d"),
        answer("307 Temporary Redirect", Location="//other.example:{port}/e"),
        answer(body=CSV),
    )
    publisher.acts[2] = says(
        answer("308 Permanent Redirect", Location=f"//other.example:{publisher.port}/e é")
    )
    fetched = get(publisher)
    assert fetched.content == CSV
    assert fetched.final_url == f"http://other.example:{publisher.port}/e%20%E9"
    assert [request.split()[1] for request in publisher.requests] == [
        "/data.csv",
        "/a",
        "/b?c=d",
        "/e%20%E9",
    ]
    assert f"Host: other.example:{publisher.port}" in publisher.requests[3]


def test_a_redirect_loop_ends_after_three(publish):
    publisher = publish(answer("302 Found", Location="/data.csv"))
    with pytest.raises(AddressRefused, match="more than 3 times"):
        get(publisher)
    assert len(publisher.requests) == 4


@pytest.mark.parametrize(
    ("location", "why"),
    [
        ("http://127.0.0.1:{port}/", r"leads to 127\.0\.0\.1"),
        ("http://169.254.169.254:{port}/latest/", r"leads to 169\.254\.169\.254"),
        ("http://[::1]:{port}/", "leads to ::1"),
        ("http://[::ffff:10.0.0.1]:{port}/", "leads to ::ffff:10"),
        ("http://10.1.2.3:22/", "port 22"),
        ("http://data.example:6379/", "port 6379"),
        ("file:///etc/passwd", "must begin with"),
        ("javascript:alert(1)", "must begin with"),
        ("ftp://data.example/", "must begin with"),
        ("http://admin:pw@data.example:{port}/", "before an @"),
        ("http://[", "no address at all"),
        ("http://data.example:{port}/\x0bx", "control characters"),
        ("/next\r\n X-Evil: 1", "control characters"),
        ("/next\x00", "control characters"),
        ("/" + "x" * 2000, "longer than"),
    ],
)
def test_each_redirect_is_checked_like_a_first_address(publish, location, why):
    publisher = publish(b"")
    location = location.format(port=publisher.port)
    publisher.acts[:] = [says(answer("302 Found", Location=location)), says(answer(body=b"x"))]
    checked = []

    def open_once(address):
        checked.append(address)
        return len(checked) == 1 or is_public(address)

    def by_itself(host):
        return ["127.0.0.1"] if host == "data.example" else [host]

    with pytest.raises(AddressRefused, match=why) as refusal:
        get(publisher, is_allowed=open_once, resolve=by_itself)
    assert len(publisher.requests) == 1
    assert str(refusal.value).isprintable()


def test_a_second_header_smuggled_behind_a_location_is_not_sent_on(publish):
    publisher = publish(
        answer("302 Found", Location="/next\r\nX-Evil: 1"),
        answer(body=CSV),
    )
    assert get(publisher).content == CSV
    assert publisher.requests[1].startswith("GET /next HTTP/1.1\r\n")
    assert "Evil" not in publisher.requests[1]


def test_a_redirect_without_an_address_is_an_error(publish):
    with pytest.raises(HttpError, match="302 Found"):
        get(publish(answer("302 Found")))


# Statuses


@pytest.mark.parametrize(
    ("status", "retry", "advice"),
    [
        ("204 No Content", False, "204 No Content"),
        ("206 Partial Content", False, "206 Partial Content"),
        ("300 Multiple Choices", False, "300"),
        ("401 Unauthorized", False, "log-in"),
        ("403 Forbidden", False, "Ask the publisher"),
        ("404 Not Found", False, "Check the address"),
        ("408 Request Timeout", True, "408"),
        ("410 Gone", False, "new address"),
        ("418 \x1b[31mred", False, "418"),
        ("429 Too Many Requests", True, "too often"),
        ("500 Internal Server Error", True, "trouble of its own"),
        ("503 Service Unavailable", True, "trouble of its own"),
        ("799 Unknown", True, "799"),
    ],
)
def test_other_statuses_are_errors_that_say_what_to_do(publish, status, retry, advice):
    with pytest.raises(HttpError, match=advice) as failure:
        get(publish(answer(status, body=b"not data")))
    assert failure.value.retry is retry
    assert failure.value.status == int(status[:3])
    assert failure.value.retry_after is None
    assert str(failure.value).isprintable()


@pytest.mark.parametrize(
    ("retry_after", "pause"),
    [
        ("120", timedelta(minutes=2)),
        ("0", timedelta(0)),
        ("Mon, 23 Nov 2026 10:30:00 GMT", timedelta(minutes=90)),
        ("Mon, 23 Nov 2026 10:30:00 -0000", timedelta(minutes=90)),
        ("Mon, 23 Nov 2020 10:30:00 GMT", timedelta(0)),
        ("999999999", timedelta(days=1)),
        ("Fri, 31 Dec 9999 23:59:59 GMT", timedelta(days=1)),
        ("9" * 5000, None),
        ("-5", None),
        ("soon", None),
        ("Mon, 99 Nov 99999999999999999999 10:30:00 GMT", None),
        ("Mon, 23 Nov 2026 10:30:00 +9999", None),
    ],
)
def test_the_pause_that_a_server_asks_for_is_carried(publish, retry_after, pause):
    publisher = publish(answer("429 Too Many Requests", Retry_After=retry_after))
    with (
        time_machine.travel("2026-11-23 09:00:00+00:00", tick=False),
        pytest.raises(HttpError) as failure,
    ):
        get(publisher)
    assert failure.value.retry_after == pause
