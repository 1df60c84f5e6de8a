"""Kept pages: the bytes that Django would send, sent without Django, never private, never old."""

import re
from datetime import date, datetime
from itertools import product
from zoneinfo import ZoneInfo

import pytest
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import OperationalError, close_old_connections
from django.test import RequestFactory

from config import content_stamp, page_cache
from config.page_cache import Answer, Content, Page, PageCache, Shelf, in_front_of
from glossary.models import Fetch, Series, Term
from glossary.series.freshness import LOOKED_WITHIN
from glossary.terms import publishing
from tests.builders import make_series, make_term, release
from tests.config.page_caches import (
    BROWSER,
    MEGABYTE,
    Django,
    Site,
    ask,
    forget_writes,
    request,
)
from tests.config.site import client_for
from tests.config.test_headers import PUBLIC

pytestmark = pytest.mark.django_db

TERM = "/glossary/pre-training/"
# With the ways in which browsers, programs and crawlers ask.
CODINGS = ["", "gzip", BROWSER, "gzip;q=0", "br;q=0, gzip"]


@pytest.fixture(autouse=True)
def forgotten():
    """Forget which hosts are allowed, which some tests change."""
    page_cache._site.cache_clear()


@pytest.fixture(autouse=True)
def kept_open():
    """Keep the connection of the test's transaction, as Django's own test client does."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def kept(site):
    """A page cache in front of a small site."""
    return Site()


def route_of(site, name):
    return next(route for route in site if route.name == name)


# --- the same answer ---


@pytest.mark.one_database
@pytest.mark.parametrize("name", sorted(PUBLIC))
def test_a_kept_page_is_the_bytes_that_django_sends(site, kept, name):
    path, django = route_of(site, name).path, get_wsgi_application()
    etag = dict(ask(django, request(path)).headers).get("ETag", '"none"')
    known = [etag, f"W/{etag}", f'"other", {etag}', "*", '"other"', "nonsense"]
    ways = [*((coding, "") for coding in CODINGS), *((BROWSER, tag) for tag in known)]
    for method, (coding, tag) in product(("GET", "HEAD"), ways):
        headers = {"HTTP_IF_NONE_MATCH": tag} if tag else {}
        environ = request(path, method, HTTP_ACCEPT_ENCODING=coding, **headers)
        assert ask(kept.cache, environ) == ask(django, environ), (method, coding, tag)
    assert len(kept.django.asked) == 1


def test_what_is_not_public_goes_to_django_each_time(site, kept):
    others = [route for route in site if route.name not in PUBLIC]
    assert len(others) > 100
    for route in others:
        for _ in range(2):
            environ = request(route.path)
            ask(kept.cache, environ)
            assert kept.django.asked[-1] is environ, route.path


@pytest.mark.parametrize("name", sorted(PUBLIC))
def test_parameters_that_a_view_does_not_read_share_its_page(site, kept, name):
    path = route_of(site, name).path
    junk = f"{path}?utm_source=mail&utm_medium=%C3%A9&page_=2&&fbclid=1"
    plain = kept.get(path)
    assert ask(get_wsgi_application(), request(junk)) == plain
    assert kept.get(junk) == plain
    assert len(kept.django.asked) == 1


def test_parameters_that_a_view_reads_have_pages_of_their_own(kept):
    found, other = kept.get("/search/?q=training"), kept.get("/search/?q=none")
    assert found.body != other.body
    assert kept.renders("/search/?utm_id=1&q=none&q=training") == 0
    assert kept.renders("/search/?q=training&page=2") == 1
    assert kept.renders(f"{TERM}?q=training") == 1
    assert kept.renders(f"{TERM}?q=another") == 0


def test_old_addresses_lead_on_from_memory(kept):
    moved = kept.get("/glossary/before-training/")
    assert moved.status.startswith("301")
    assert kept.renders("/glossary/before-training/") == 0
    assert kept.get("/glossary/before-training/") == moved
    capitals = kept.get("/data/COMPUTE/?utm_id=1&asof=2026-11-20")
    assert dict(capitals.headers)["Location"] == "/data/compute/?asof=2026-11-20"


# --- what is passed on ---

HOSTILE = {
    "a form": ("/newsletter/subscribe/", {"method": "POST"}),
    "OPTIONS": ("/glossary.json", {"method": "OPTIONS"}),
    "an unknown method": (TERM, {"method": "BREW"}),
    "a body": (TERM, {"CONTENT_LENGTH": "20000"}),
    "a chunked body": (TERM, {"HTTP_TRANSFER_ENCODING": "chunked"}),
    "a condition that fails": (TERM, {"HTTP_IF_MATCH": '"other"'}),
    "a time that fails": (TERM, {"HTTP_IF_UNMODIFIED_SINCE": "Mon, 23 Nov 2020 09:00:00 GMT"}),
    "another host": (TERM, {"HTTP_HOST": "evil.example"}),
    "no host": (TERM, {"HTTP_HOST": ""}),
    "a broken host": (TERM, {"HTTP_HOST": "test\x00server"}),
    "a prefix": (TERM, {"SCRIPT_NAME": "/elsewhere"}),
    "NUL in the path": ("/", {"PATH_INFO": "/glossary/\x00/"}),
    "a percent in the path": ("/", {"PATH_INFO": "/glossary/%00/"}),
    "broken UTF-8 in the path": ("/", {"PATH_INFO": "/glossary/\xff/"}),
    "a line break in the path": ("/", {"PATH_INFO": f"{TERM}\n"}),
    "no path": ("/", {"PATH_INFO": ""}),
    "a long path": (f"/glossary/{'a' * 600}/", {}),
    "NUL in the query": (f"{TERM}?utm_source=%00", {}),
    "broken UTF-8 in the query": (f"{TERM}?utm_source=%FF", {}),
    "bytes in the query": ("/search/", {"QUERY_STRING": "q=\xc3\xa9"}),
    "a long query": (f"{TERM}?utm_source={'a' * 9000}", {}),
    "many parameters": (f"{TERM}?{'a=1&' * 60}", {}),
    "a control character in a cookie": (TERM, {"HTTP_COOKIE": r'seen="\012"'}),
    "a static file": ("/static/css/site.css", {}),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_what_is_no_plain_request_for_a_page_goes_to_django_unchanged(kept, kind):
    path, odd = HOSTILE[kind]
    kept.get(TERM)
    for _ in range(2):
        environ = request(path, odd.get("method", "GET"))
        environ |= {name: text for name, text in odd.items() if name != "method"}
        before = {name: text for name, text in environ.items() if name != "PATH_INFO"}
        answer = ask(kept.cache, environ)
        assert kept.django.asked[-1] is environ
        assert answer.status[:3] != "500"
        assert {name: environ[name] for name in before} == before
    assert kept.renders(TERM) == 0


def test_no_host_header_at_all_goes_to_django(kept):
    environ = RequestFactory().get(TERM).environ
    assert "HTTP_HOST" not in environ
    ask(kept.cache, environ)
    assert kept.django.asked == [environ]


def test_a_proxy_that_is_not_ours_changes_nothing(kept):
    plain = kept.get(TERM)
    forwarded = {"HTTP_X_FORWARDED_PROTO": "https", "HTTP_X_FORWARDED_HOST": "evil.example"}
    assert kept.get(TERM, **forwarded, HTTP_X_FORWARDED_FOR="1.2.3.4") == plain
    assert len(kept.django.asked) == 1


def test_https_and_http_have_pages_of_their_own(site, settings):
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    settings.SECURE_HSTS_SECONDS, settings.SECURE_SSL_REDIRECT = 60, True
    kept = Site()
    for _ in range(2):
        assert kept.get(TERM, HTTP_X_FORWARDED_PROTO="http").status.startswith("301")
        assert kept.get(TERM).status.startswith("301")
        secure = kept.get(TERM, HTTP_X_FORWARDED_PROTO="https, http")
        assert ("Strict-Transport-Security", "max-age=60") in secure.headers
    # A redirect to https may name any address, so it is not kept.
    assert len(kept.django.asked) == 5


def test_hosts_have_pages_of_their_own_however_they_are_written(site, settings):
    settings.ALLOWED_HOSTS = ["testserver", ".example.org"]
    kept = Site()
    assert [kept.renders("/", HTTP_HOST=host) for host in ("testserver", "TestServer:8000")] == [
        1,
        0,
    ]
    assert [kept.renders("/", HTTP_HOST=host) for host in ("a.example.org", "b.example.org")] == [
        1,
        1,
    ]
    assert kept.get("/", HTTP_HOST="example.com").status.startswith("400")


# --- nothing private, no error ---


def test_an_editor_sees_drafts_and_visitors_do_not(site, kept, settings):
    make_term("Secret Draft", status="draft")
    editor = client_for("editor").cookies[settings.SESSION_COOKIE_NAME].value
    session = {"HTTP_COOKIE": f"theme=dark; {settings.SESSION_COOKIE_NAME}={editor}"}
    path = "/glossary/secret-draft/"
    for _ in range(2):
        assert kept.get(path).status.startswith("404")
        assert b"What Secret Draft means" in kept.get(path, **session).body
    assert ask(get_wsgi_application(), request(TERM, **session)) == kept.get(TERM)


def test_cookies_of_others_do_not_matter(kept):
    plain = kept.get(TERM)
    assert kept.get(TERM, HTTP_COOKIE='theme=dark; _ga="GA1.1"; odd') == plain
    assert len(kept.django.asked) == 1


def test_a_page_with_an_address_is_not_kept(kept):
    from newsletter.subscribers.forms import sealed_address

    path = f"/newsletter/subscribe/check-your-mail/?to={sealed_address('reader@example.org')}"
    assert b"reader@example.org" in kept.get(path).body
    assert kept.renders(path) == 1
    assert b"reader@example.org" not in kept.get("/newsletter/subscribe/check-your-mail/").body


def test_a_missing_page_is_kept_for_some_seconds(kept):
    missing = kept.get("/glossary/no-such-term/")
    assert missing.status.startswith("404")
    assert kept.renders("/glossary/no-such-term/") == 0
    kept.seconds.passed += page_cache.MISSING_SECONDS + 0.1
    assert kept.renders("/glossary/no-such-term/") == 1
    assert kept.get("/glossary/no-such-term/") == missing


def test_many_missing_pages_displace_no_page(kept):
    kept.get(TERM)
    for number in range(130):
        kept.get(f"/no/such/page/{number}")
    assert kept.cache._missing.used <= page_cache.MISSING_BYTES
    assert kept.renders(TERM) == 0


def test_a_page_that_breaks_is_rendered_each_time(kept, monkeypatch):
    def break_down(*_):
        raise RuntimeError("broken")

    with monkeypatch.context() as broken:
        broken.setattr("glossary.terms.contents.index_terms", break_down)
        for _ in range(2):
            assert kept.get("/glossary/").status.startswith("500")
    assert len(kept.django.asked) == 2
    assert kept.get("/glossary/").status == "200 OK"


def answering(**headers):
    """A site whose term page has other headers."""
    django = get_wsgi_application()

    def application(environ, start_response):
        response = django(environ, start_response)
        response.cookies.load(headers.get("Cookie", ""))
        for name, text in headers.items():
            response[name] = text
        return response

    return application


@pytest.mark.parametrize(
    "headers",
    [{"Cache-Control": "public, max-age=60"}, {"Cache-Control": "private"}, {"Cookie": "a=b"},
     {"Vary": "Accept-Encoding, Cookie"}],
)  # fmt: skip
def test_only_pages_marked_as_public_are_kept(site, headers):
    kept = Site(application=answering(**headers))
    assert kept.renders(TERM) >= 1
    assert kept.renders(TERM) >= 1
    assert kept.cache._pages.used == 0


def test_a_large_glossary_is_streamed_by_django(site, kept, monkeypatch):
    monkeypatch.setattr("glossary.terms.contents.MOST_LISTED", 1)
    for _ in range(2):
        whole = kept.get("/glossary.json", HTTP_ACCEPT_ENCODING="gzip")
        assert ("Content-Encoding", "gzip") in whole.headers
        assert "HTTP_ACCEPT_ENCODING" in kept.django.asked[-1]
        unchanged = kept.get("/glossary.json", HTTP_IF_NONE_MATCH=whole.etag)
        assert unchanged.status.startswith("304")


# --- never old ---


def test_a_change_is_seen_a_second_later(kept):
    make_term("Bystander", slug="bystander")
    assert b"More about Pre-Training" in kept.get(TERM).body
    assert b"More about Bystander" in kept.get("/glossary/bystander/").body
    forget_writes()
    Term.objects.filter(slug="pre-training").update(definition="Changed by nobody's save.")
    kept.seconds.passed += page_cache.LOOK_SECONDS
    assert b"Changed by nobody&#x27;s save." in kept.get(TERM).body
    assert b"More about Bystander" in kept.get("/glossary/bystander/").body
    forget_writes()
    publishing.withdraw(Term.objects.filter(slug="pre-training"))
    kept.seconds.passed += page_cache.LOOK_SECONDS
    assert kept.get(TERM).status.startswith("404")


@pytest.fixture
def shown(site):
    """Two terms that each show a series."""
    for slug in ("power", "price"):
        release(make_series(slug), "2024,10 2025,12")
        term = make_term(slug.title(), explanation=f"Now {{{{ {slug} }}}}.")
        term.shown_series.create(series=Series.objects.get(slug=slug))


POWER, PRICE = "/glossary/power/", "/glossary/price/"


def test_a_release_renews_the_pages_that_show_its_series(kept, shown):
    others = [kept.get(path) for path in (PRICE, TERM)]
    assert b"12" in kept.get(POWER).body
    assert kept.renders("/data/price/") == 1
    forget_writes()
    release(Series.objects.get(slug="power"), "2024,10 2025,77", "2026-02-15")
    kept.seconds.passed += page_cache.LOOK_SECONDS
    assert b"77" in kept.get(POWER).body
    assert kept.renders(POWER) == 0
    assert [kept.renders(path) for path in (PRICE, TERM)] == [0, 0]
    assert [kept.get(path) for path in (PRICE, TERM)] == others
    assert kept.renders("/data/price/") == 1  # which does not say what it shows


def test_a_series_that_a_term_names_shows_from_its_first_release(kept):
    series = make_series("power")
    make_term("Power", explanation="Now {{ power }}.").shown_series.create(series=series)
    assert b"Live Data" not in kept.get(POWER).body
    forget_writes()
    release(series, "2024,10 2025,12")
    kept.seconds.passed += page_cache.LOOK_SECONDS
    assert b"Live Data" in kept.get(POWER).body


def test_the_stamp_is_looked_up_once_a_second(kept, django_assert_num_queries):
    kept.get(TERM)
    with django_assert_num_queries(0):
        kept.get(TERM)
    kept.seconds.passed += page_cache.LOOK_SECONDS
    with django_assert_num_queries(1):
        kept.get(TERM)
        kept.get(TERM)


def test_a_page_begun_before_a_change_is_not_taken_for_the_new_one(site):
    """The change comes while Django renders what was before it."""
    django = get_wsgi_application()
    during = []

    def application(environ, start_response):
        response = django(environ, start_response)
        for change in during:
            change()
        return response

    kept = Site(application=application)
    kept.get("/about/")
    forget_writes()
    during.append(lambda: Term.objects.update(definition="Changed meanwhile."))
    assert b"What Pre-Training means" in kept.get(TERM).body
    during.clear()
    kept.seconds.passed += page_cache.LOOK_SECONDS
    assert b"Changed meanwhile." in kept.get(TERM).body


def test_a_page_is_rendered_anew_after_some_minutes(kept):
    kept.get(TERM)
    kept.seconds.passed += page_cache.KEPT_SECONDS - 1
    assert kept.renders(TERM) == 0
    kept.seconds.passed += 2
    assert kept.renders(TERM) == 1


def test_a_new_day_has_new_pages_and_new_stamps_of_forms(site, clock):
    from newsletter.subscribers.forms import new_form_stamp

    kept = Site()
    monday = new_form_stamp()
    assert monday.encode() in kept.get("/newsletter/subscribe/").body
    clock.shift(15 * 3600 - 1)  # the last second of the day
    kept.seconds.passed += page_cache.LOOK_SECONDS
    assert monday.encode() in kept.get("/newsletter/subscribe/").body
    assert len(kept.django.asked) == 1
    clock.shift(1)
    kept.seconds.passed += page_cache.LOOK_SECONDS
    tuesday = kept.get("/newsletter/subscribe/").body
    assert new_form_stamp().encode() in tuesday
    assert monday.encode() not in tuesday


def test_the_form_of_a_kept_page_can_be_sent(site, client, clock):
    from newsletter.models import SignupRequest

    kept = Site()
    kept.get(TERM)
    clock.shift(14 * 3600)
    [stamp, *_] = re.findall(rb'name="stamp" value="([^"]+)"', kept.get(TERM).body)
    form = {"email": "new@example.org", "stamp": stamp.decode(), "page": TERM}
    answer = client.post("/newsletter/subscribe/", form, headers={"sec-fetch-site": "same-origin"})
    assert answer.status_code == 303
    assert SignupRequest.objects.filter(address="new@example.org").exists()


@pytest.mark.one_database
@pytest.mark.parametrize("zone", ["UTC", "Pacific/Auckland"])
def test_no_public_page_changes_within_a_day(site, clock, settings, zone):
    """A week after the issue, two days after the publisher was asked, and at no moment special."""
    settings.TIME_ZONE = zone
    django = get_wsgi_application()
    for day in ("2026-11-27", "2026-11-28", "2027-11-01"):
        noon = datetime.fromisoformat(f"{day} 12:00:00+00:00")
        Fetch.objects.update(worked_at=noon - LOOKED_WITHIN)
        ends = []
        for at in ("00:00:01", "23:59:59"):
            clock.move_to(datetime.fromisoformat(f"{day} {at}").replace(tzinfo=ZoneInfo(zone)))
            asked = {name: request(route_of(site, name).path) for name in sorted(PUBLIC)}
            ends.append({name: ask(django, environ) for name, environ in asked.items()})
        assert [name for name in PUBLIC if ends[0][name] != ends[1][name]] == []


def test_without_the_database_pages_that_were_read_lately_are_read(kept, monkeypatch):
    def fail():
        raise OperationalError("the server is restarting")

    kept.get(TERM)
    with monkeypatch.context() as down:
        down.setattr(content_stamp, "current", fail)
        kept.seconds.passed += page_cache.LOOK_SECONDS
        assert kept.renders(TERM) == 0
        kept.seconds.passed += page_cache.KEPT_SECONDS
        assert kept.renders(TERM) == 1
    kept.seconds.passed += page_cache.LOOK_SECONDS
    kept.get(TERM)
    assert kept.renders(TERM) == 0


# --- how much, how often, whether at all ---


def page(size):
    answer = Answer("200 OK", [], b"x" * (size - 4000))
    return Page({"": answer}, "", answer, (content_stamp.ALL,))


OLD, NEW = (Content(date(2026, 11, 23), {content_stamp.ALL: stamp}) for stamp in ("old", "new"))


def test_the_page_that_was_not_read_for_longest_goes_first():
    shelf = Shelf(100_000, Site(application=Django()).seconds)
    for name in "abcdefghij":
        shelf.put(name, OLD, page(10_000), 60)
    assert shelf.get("a", OLD) is not None
    shelf.put("k", OLD, page(10_000), 60)
    assert [name for name in "abcdefghijk" if shelf.get(name, OLD) is None] == ["b"]
    assert shelf.used == 100_000
    shelf.put("a", NEW, page(5_000), 60)
    assert shelf.used == 95_000
    assert shelf.get("a", OLD) is None


def test_a_page_that_would_displace_many_is_not_kept():
    shelf = Shelf(80_000)
    shelf.put("small", OLD, page(10_000), 60)
    shelf.put("large", OLD, page(10_001), 60)
    assert shelf.get("large", OLD) is None
    assert shelf.get("small", OLD) is not None


def test_pages_stay_within_their_room(site):
    kept = Site(room=MEGABYTE // 4)
    for number in range(40):
        kept.get(f"/search/?q=token{number}")
        assert kept.get(TERM).status == "200 OK"
    assert 0 < kept.cache._pages.used <= MEGABYTE // 4
    assert len([each for each in kept.django.asked if each["PATH_INFO"] == TERM]) == 1


def test_one_setting_switches_it_off(settings):
    django = Django()
    settings.PAGE_CACHE = 0
    assert in_front_of(django) is django
    settings.PAGE_CACHE = 2
    assert isinstance(in_front_of(django), PageCache)


def test_processes_share_pages_where_they_share_a_cache(shown, settings):
    pages = {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "pages"}
    settings.CACHES = settings.CACHES | {"pages": pages}
    one, two = Site(), Site()
    rendered = one.get(TERM, HTTP_ACCEPT_ENCODING=BROWSER)
    assert two.get(TERM, HTTP_ACCEPT_ENCODING=BROWSER) == rendered
    assert two.django.asked == []
    one.get("/glossary/no-such-term/")
    assert two.renders("/glossary/no-such-term/") == 1
    one.get(POWER), one.get(PRICE)
    forget_writes()
    release(Series.objects.get(slug="power"), "2024,10 2025,77", "2026-02-15")
    two.seconds.passed += page_cache.LOOK_SECONDS
    assert [two.renders(path) for path in (TERM, POWER, PRICE)] == [0, 1, 0]
    forget_writes()
    Term.objects.update(definition="Changed.")
    two.seconds.passed += page_cache.LOOK_SECONDS
    assert two.renders(TERM) == 1
