"""Headers on every route and every status, and what may be kept by whom."""

import pytest
from django.test import Client

from newsletter.subscribers.forms import new_stamp
from tests.config.site import all_routes, client_for, make_site

pytestmark = pytest.mark.django_db

EXPECTED = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}
# What other sites may read, and the one page that they may show in a frame.
OPEN = {
    "glossary:data_feed",
    "glossary:glossary_csv",
    "glossary:glossary_json",
    "glossary:openapi",
    "glossary:search_json",
    "glossary:series_card_png",
    "glossary:series_csv",
    "glossary:series_embed",
    "glossary:series_json",
    "glossary:series_metadata_json",
    "glossary:series_png",
    "glossary:series_svg",
    "glossary:site_card_png",
    "glossary:term_atom",
    "glossary:term_card_png",
    "glossary:term_json",
    "glossary:term_md",
    "glossary:terms_feed",
    "newsletter:issue_card_png",
    "newsletter:issue_json",
    "newsletter:issue_picture",
    "newsletter:issues_feed",
}
FRAMED = {"glossary:series_embed"}
PUBLIC = OPEN | {
    "glossary:card",
    "glossary:category",
    "glossary:data",
    "glossary:home",
    "glossary:index",
    "glossary:search",
    "glossary:suggest",
    "glossary:letter",
    "glossary:llms_txt",
    "glossary:series",
    "glossary:term",
    "glossary:term_changes",
    "newsletter:archive",
    "newsletter:issue",
    "newsletter:subscribe",
    "newsletter:check_mail",
    "about",
    "favicon",
    "privacy",
    "robots",
    "sitemap",
}


def assert_guarded(answer, where="", name_of_route=""):
    expected = dict(EXPECTED)
    if name_of_route in OPEN:
        expected["Cross-Origin-Resource-Policy"] = "cross-origin"
    if name_of_route in FRAMED:
        expected["X-Frame-Options"] = None
    for name, value in expected.items():
        assert answer.headers.get(name) == value, f"{name} at {where}"
    assert "camera=()" in answer.headers["Permissions-Policy"], where
    policy = answer.headers["Content-Security-Policy"]
    frames = "frame-ancestors *" if name_of_route in FRAMED else "frame-ancestors 'none'"
    for part in ("default-src 'none'", "script-src 'self'", frames):
        assert part in policy, where
    assert "unsafe" not in policy, where
    kept = answer.headers["Cache-Control"]
    assert kept == "private, no-store" or kept.startswith("public, max-age="), where


@pytest.mark.parametrize("role", ["anonymous", "superuser"])
def test_every_route_is_guarded(role):
    client = client_for(role)
    for route in all_routes(make_site()):
        if route.name != "admin:logout":
            assert_guarded(client.get(route.path), route.path, route.name)


def test_only_the_pages_on_the_list_may_be_kept_by_others():
    client = client_for("anonymous")
    routes = all_routes(make_site())
    kept = {
        route.name
        for route in routes
        if "public" in client.get(route.path).headers["Cache-Control"]
    }
    assert kept == PUBLIC


def test_public_routes_set_no_cookie_and_do_not_vary_by_it():
    client = client_for("anonymous")
    for route in all_routes(make_site()):
        if route.name.startswith("admin:"):
            continue
        answer = client.get(route.path)
        assert not answer.cookies, route.path
        assert "Cookie" not in answer.headers.get("Vary", ""), route.path


@pytest.mark.parametrize("name", sorted(PUBLIC))
def test_two_visitors_get_the_same_bytes(name):
    route = next(route for route in all_routes(make_site()) if route.name == name)
    one = Client(
        headers={"user-agent": "Firefox", "accept-encoding": "gzip"}, REMOTE_ADDR="192.0.2.1"
    )
    two = Client(headers={"user-agent": "Lynx", "accept-encoding": "gzip"}, REMOTE_ADDR="192.0.2.2")
    two.cookies.load("visited=yes")
    first, second = one.get(route.path), two.get(route.path)
    assert first.content == second.content
    assert dict(first.headers) == dict(second.headers)


def test_each_error_status_is_guarded_and_kept_by_nobody(client, monkeypatch):
    make_site()

    def break_down(*_):
        raise RuntimeError("broken")

    answers = {
        400: client.get("/glossary/?q=%00"),
        403: client.post("/newsletter/subscribe/", headers={"sec-fetch-site": "cross-site"}),
        404: client.get("/nothing/here/"),
        405: client.post("/glossary/"),
        422: client.post("/newsletter/subscribe/", {"email": "wrong", "stamp": new_stamp()}),
    }
    monkeypatch.setattr("glossary.terms.index.index_terms", break_down)
    client.raise_request_exception = False
    answers[500] = client.get("/glossary/")
    for status, answer in answers.items():
        assert answer.status_code == status
        assert_guarded(answer, status)
        assert answer.headers["Cache-Control"] == "private, no-store"


def test_https_is_announced_for_a_year(client, settings):
    settings.SECURE_HSTS_SECONDS = 31536000
    answer = Client().get("/robots.txt", secure=True)
    assert answer.headers["Strict-Transport-Security"].startswith("max-age=31536000")


def test_an_unchanged_page_is_not_sent_again(client):
    make_site()
    first = client.get("/glossary/pre-training/")
    again = client.get("/glossary/pre-training/", headers={"if-none-match": first.headers["ETag"]})
    assert again.status_code == 304
    assert not again.content
