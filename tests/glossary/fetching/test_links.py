"""The newest file of a list, by the numbers in its name; with none or two of them, none."""

import json

import pytest

from glossary.fetching.connecting import STRICT, target_of
from glossary.fetching.errors import AddressRefused, NoLink
from glossary.fetching.fetch import NotModified, Wanted, fetch, next_target
from glossary.fetching.links import BadPattern, newest_link, read_pattern
from tests.glossary.publisher import AGENT, CSV, answer, policy_for, publishers, says

publish = pytest.fixture(publishers)

BASE = "https://data.example/files/"
PATTERN = "Use_Q{quarter}{year}*.csv"
LISTING = b"""<html><title>Index of /files</title><a href="../">Parent</a>
<a href="Use_Q42025.csv">Use_Q42025.csv</a> <A HREF='Use_Q12026_Update.csv#top'>new</A>
<a href="Use_Q12026_Update.csv">again</a> <a href="Use_Q92026.csv">no quarter</a>
<a href="http://[broken">x</a> <a>none</a> <a href="Use_Q22026.pdf">a picture</a></html>"""


@pytest.mark.parametrize(
    ("content", "pattern", "address"),
    [
        (LISTING, PATTERN, f"{BASE}Use_Q12026_Update.csv"),
        (LISTING, "Use_Q{quarter}{year}.csv", f"{BASE}Use_Q42025.csv"),
        (LISTING, "data.example/files/Use_Q{quarter}{year}*.csv", f"{BASE}Use_Q12026_Update.csv"),
        (b'["wave 2.csv","wave 10.csv","wave 9.csv"]', "wave%20{number}.csv", f"{BASE}wave%2010.csv"),
        (b'["AI Use_2026.csv"]', "AI Use_{year}.csv", f"{BASE}AI%20Use_2026.csv"),
        (b'["a-2.csv","b-10.csv","c-9.csv"]', "*{number}.csv", f"{BASE}b-10.csv"),
        (
            b'<base target="_top"><base href="/new/"><base href="/x/"><a href="Use_Q12026.csv">1</a>',
            PATTERN,
            "https://data.example/new/Use_Q12026.csv",
        ),
        (
            b'\xef\xbb\xbf{"files":[{"u":"/r_2026_06/a_2026-06-26.csv"},{"u":"/r_2026_06/a_2026-07-01.csv"}]}',
            "r_{year}_{month}/a_{year}-{month}-{day}.csv",
            "https://data.example/r_2026_06/a_2026-06-26.csv",
        ),
    ],
)  # fmt: skip
def test_the_newest_address_that_fits_is_taken(content, pattern, address):
    assert newest_link(content, BASE, pattern) == address


@pytest.mark.parametrize(
    ("content", "pattern", "said"),
    [
        (LISTING, "Share_{year}.csv", "No address in the list at .* ends like Share_{year}.csv"),
        (b"[]", PATTERN, "No address"),
        (b"[1, null, true]", PATTERN, "No address"),
        (b'["a/Use_Q12026.csv","b/Use_Q12026.csv"]', PATTERN, "2 addresses .* are as new, such as"),
        (b'["Use_Q12026.csv",', PATTERN, "not JSON"),
        (b"[" * 100_000, PATTERN, "not JSON"),
        (b'<a href="Use_Q12026.csv">1</a><![x[', PATTERN, "not HTML that can be read"),
        (b"<![]>", PATTERN, "not HTML that can be read"),
    ],
)
def test_none_or_two_that_are_as_new_are_refused(content, pattern, said):
    with pytest.raises(NoLink, match=said):
        newest_link(content, BASE, pattern)


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        ("data.csv", "with one of {year}, {quarter}"),
        ("*.csv", "with one of {year}"),
        ("**{year}.csv", r"\* once"),
        ("{yaer}.csv", "{yaer} is not known"),
    ],
)
def test_a_pattern_that_cannot_tell_the_newest_is_refused(pattern, said):
    with pytest.raises(BadPattern, match=said):
        read_pattern(pattern)


def test_long_addresses_do_not_hide_the_file():
    hostile = f'["{"1" * 20_000}", "{"1/" * 20_000}", "Use_Q12026.csv"]'.encode()
    assert newest_link(hostile, BASE, "*{number}.csv") == f"{BASE}Use_Q12026.csv"


def test_the_file_is_fetched_from_the_list_and_later_only_if_it_is_new(publish):
    publisher = publish(
        answer(body=b'["Use_Q12026.csv"]'),
        answer(body=CSV, ETag='"one"'),
        answer(body=b'["Use_Q12026.csv"]'),
        answer("304 Not Modified"),
        answer(body=b'["Use_Q12026.csv", "Use_Q22026.csv"]'),
        answer(body=CSV, ETag='"one"'),
    )
    url, policy = publisher.url("/list"), policy_for(publisher)
    found = fetch(Wanted(url, link=PATTERN), AGENT, policy)
    assert (found.content, found.final_url) == (CSV, publisher.url("/Use_Q12026.csv"))
    known = Wanted(url, found.etag, found.last_modified, found.final_url, PATTERN)
    assert isinstance(fetch(known, AGENT, policy), NotModified)
    assert fetch(known, AGENT, policy).final_url == publisher.url("/Use_Q22026.csv")
    conditional = ["If-None-Match" in request for request in publisher.requests]
    assert conditional == [False, False, False, True, False, False]


def test_a_list_does_not_lead_down_to_http():
    with pytest.raises(AddressRefused, match=r"data\.example links from https down to http"):
        next_target(target_of("https://data.example/"), "http://data.example/1", STRICT, "links")


@pytest.mark.parametrize("start", ["http://inside.example", "http://u:p@data.example"])
def test_a_list_leads_to_no_address_that_is_not_public(publish, start):
    publisher = publish(answer(), answer(body=CSV))
    listed = json.dumps([f"{start}:{publisher.port}/Use_Q12026.csv"]).encode()
    publisher.acts[0] = says(answer(body=listed))
    inside = {"inside.example": "10.0.0.1"}
    policy = policy_for(publisher, resolve=lambda host: [inside.get(host, "127.0.0.1")])
    with pytest.raises(AddressRefused):
        fetch(Wanted(publisher.url("/list"), link=PATTERN), AGENT, policy)
    assert len(publisher.requests) == 1
