"""Headers on every route and status, and who may cache what."""

import pytest
from django.core.cache import cache
from django.test import Client

from glossary.charts import pictures
from glossary.models import Term
from glossary.terms import publishing
from newsletter.subscribers.forms import new_form_stamp
from tests.config.guards import GUARDS, KEPT, POLICY, guards
from tests.config.site import ROLES

pytestmark = pytest.mark.django_db

# What other sites may read, and the one page that they may show in a frame.
OPEN = {
    "glossary:calendar_atom",
    "glossary:calendar_ics",
    "glossary:data_feed",
    "glossary:glossary_csv",
    "glossary:glossary_json",
    "glossary:openapi",
    "glossary:search_json",
    "glossary:series_atom",
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
# Of these, other sites may show the pictures; no script may read them.
UNREAD = {"newsletter:issue_picture"}
PUBLIC = OPEN | {
    "glossary:calendar",
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
    "security_txt",
    "sitemap",
}


FRAMES = {
    "Content-Security-Policy": POLICY.replace("frame-ancestors 'none'", "frame-ancestors *"),
    "X-Frame-Options": None,
}
SVG = {
    "Content-Security-Policy": POLICY.replace(
        "style-src 'self'", f"style-src {pictures.style_source()}"
    )
}
PREVIEWS = {"Content-Security-Policy": f"{POLICY}; frame-src 'self'"}
PREVIEW = {
    "Content-Security-Policy": (
        "sandbox; default-src 'none'; style-src 'unsafe-inline'; "
        "img-src data: http://127.0.0.1:8000/static/mark-48.png; frame-ancestors 'self'"
    ),
    "X-Frame-Options": "SAMEORIGIN",
}
IN_FRAME = {
    "Content-Security-Policy": POLICY.replace("frame-ancestors 'none'", "frame-ancestors 'self'"),
    "X-Frame-Options": "SAMEORIGIN",
}
DESCRIBED = {
    "Link": '<http://127.0.0.1:8000/data/compute.metadata.json>; rel="describedby"; '
    'type="application/csvm+json"'
}
# What other guards these routes have, by the statuses that the view itself gives.
OTHER = {
    "admin:glossary_series_add": ({200}, PREVIEWS),
    "admin:glossary_series_change": ({200}, PREVIEWS),
    "admin:glossary_term_add": ({200}, PREVIEWS),
    "admin:glossary_term_change": ({200}, PREVIEWS),
    "admin:glossary_term_preview": ({200}, IN_FRAME),
    "admin:glossary_term_preview_new": ({200}, IN_FRAME),
    "admin:logout": ({200, 405}, {"Clear-Site-Data": '"cache"'}),
    "admin:newsletter_issue_add": ({200}, PREVIEWS),
    "admin:newsletter_issue_change": ({200}, PREVIEWS),
    "admin:newsletter_issue_preview_new": ({200}, PREVIEW),
    "glossary:series_csv": ({200}, DESCRIBED),
    "glossary:series_embed": ({200, 405}, FRAMES),
    "glossary:series_svg": ({200, 405}, SVG),
}


# As left over from a log-in that ended, or made up.
UNKNOWN_COOKIES = f"sessionid={'x' * 32}; csrftoken={'y' * 32}; messages=odd"


def expected_guards(answer):
    name, expected = answer.route.name, dict(GUARDS)
    if answer.status in (200, 301) and name in PUBLIC:
        expected["Cache-Control"] = KEPT
        if name in OPEN:
            expected["Cross-Origin-Resource-Policy"] = "cross-origin"
            if name not in UNREAD:
                expected["Access-Control-Allow-Origin"] = "*"
                expected["Access-Control-Expose-Headers"] = "ETag, Link"
    statuses, others = OTHER.get(name, ((), {}))
    if answer.status in statuses:
        expected |= others
    return {header: text for header, text in expected.items() if text}


@pytest.mark.parametrize("role", ROLES)
def test_every_answer_has_exactly_the_guards_of_its_route(answers, role):
    for answer in answers(role):
        where = f"{answer.method} {answer.route.path}: {answer.status}"
        assert guards(answer.headers) == expected_guards(answer), where


def test_only_the_pages_on_the_list_may_be_kept_by_others(answers):
    kept = {
        answer.route.name
        for answer in answers("anonymous")
        if "public" in answer.headers["Cache-Control"]
    }
    assert kept == PUBLIC


# What staff see more of than others. No cache keeps it.
FOR_STAFF = {"healthz", "metrics"}


@pytest.mark.parametrize("role", ROLES)
def test_public_routes_set_no_cookie_and_do_not_vary_by_it(answers, role):
    for answer in answers(role):
        if not answer.route.path.startswith("/admin/"):
            assert answer.cookies == [], answer.route.path
            if answer.route.name not in FOR_STAFF:
                assert "Cookie" not in answer.headers.get("Vary", ""), answer.route.path


@pytest.mark.parametrize(
    "path",
    ["/", "/glossary/pre-training/", "/glossary/no-such-term/", "/data/compute/", "/u/unknown",
     "/newsletter/1-first/", "/newsletter/9-none/", "/no/such/page/", "/admin", "/search/?q=%00"],
)  # fmt: skip
@pytest.mark.parametrize("method", ["get", "post"])
def test_no_public_answer_sets_or_deletes_a_cookie_whatever_cookie_came(site, client, path, method):
    client.cookies.load(UNKNOWN_COOKIES)
    assert getattr(client, method)(path).cookies.output() == ""


@pytest.mark.parametrize("name", sorted(PUBLIC))
def test_two_visitors_get_the_same_bytes(site, name):
    route = next(route for route in site if route.name == name)
    one = Client(
        headers={"user-agent": "Firefox", "accept-encoding": "gzip"}, REMOTE_ADDR="192.0.2.1"
    )
    two = Client(headers={"user-agent": "Lynx", "accept-encoding": "gzip"}, REMOTE_ADDR="192.0.2.2")
    two.cookies.load(f"visited=yes; {UNKNOWN_COOKIES}")
    first = one.get(route.path)
    cache.clear()
    second = two.get(route.path)
    assert first.content == second.content
    assert dict(first.headers) == dict(second.headers)


def test_each_error_status_is_guarded_and_kept_by_nobody(site, client, monkeypatch):
    def break_down(*_):
        raise RuntimeError("broken")

    answers = {
        400: client.get("/glossary/?q=%00"),
        403: client.post("/newsletter/subscribe/", headers={"sec-fetch-site": "cross-site"}),
        404: client.get("/nothing/here/"),
        405: client.post("/glossary/"),
        422: client.post("/newsletter/subscribe/", {"email": "wrong", "stamp": new_form_stamp()}),
    }
    monkeypatch.setattr("glossary.terms.contents.index_terms", break_down)
    client.raise_request_exception = False
    answers[500] = client.get("/glossary/")
    for status, answer in answers.items():
        assert answer.status_code == status
        assert guards(answer.headers) == GUARDS, status


# A page, a twin, a feed of each app, a dump, a picture.
REVALIDATED = [
    "/", "/glossary/pre-training/", "/glossary/pre-training.json", "/glossary.json",
    "/feeds/terms.atom", "/feeds/data.atom", "/feeds/issues.atom", "/glossary/pre-training.atom",
    "/data/compute/", "/data/compute.csv", "/newsletter/1-first/", "/newsletter/1-first.json",
    "/data/compute/card.png", "/data/compute/embed/", "/openapi.json", "/search.json",
]  # fmt: skip


def said(answer):
    """Return the headers that are not about the content; all pages differ by encoding."""
    content = ("Content-Type", "Content-Length", "Content-Disposition")
    found = {name: text for name, text in answer.headers.items() if name not in content}
    return {"Vary": "Accept-Encoding"} | found


@pytest.mark.parametrize("path", REVALIDATED)
def test_an_unchanged_page_is_not_sent_again(site, client, path):
    first, head = client.get(path), client.head(path)
    assert head.headers["ETag"] == first.headers["ETag"]
    for method in ("get", "head"):
        again = getattr(client, method)(path, headers={"if-none-match": first.headers["ETag"]})
        assert (again.status_code, again.content) == (304, b"")
        assert said(again) == said(first)
        since = {"if-modified-since": "Fri, 01 Jan 2100 00:00:00 GMT"}
        assert getattr(client, method)(path, headers=since).status_code == 200


def test_a_withdrawn_term_is_gone_from_a_feed_that_was_read_before(site, client):
    path = "/feeds/terms.atom"
    read = client.get(path)
    since = {"if-modified-since": read.headers["Last-Modified"]}
    publishing.withdraw(Term.objects.filter(slug="pre-training"))
    answer = client.get(path, headers=since | {"if-none-match": read.headers["ETag"]})
    assert answer.status_code == 200
    assert "Pre-Training" not in answer.text


@pytest.mark.parametrize(
    "path",
    ["/data/compute.csv", "/glossary/pre-training.json", "/search.json", "/feeds/data.atom"],
)
def test_scripts_of_other_sites_may_send_an_etag_back(site, client, path):
    answer = client.options(path, headers={"origin": "https://other.example"})
    assert answer.status_code == 204
    assert answer["Access-Control-Allow-Origin"] == "*"
    assert answer["Access-Control-Allow-Methods"] == "GET, HEAD"
    assert answer["Access-Control-Allow-Headers"] == "If-None-Match"
    assert client.get(path)["Access-Control-Expose-Headers"] == "ETag, Link"
    assert client.options("/glossary/").status_code == 405


@pytest.mark.parametrize(
    "path", ["/data/Compute/", "/data/COMPUTE.csv?asof=2026-11-20", "/data/Compute/embed/"]
)
def test_a_series_written_with_capitals_leads_to_its_own_address(site, client, path):
    answer = client.get(path)
    assert (answer.status_code, answer["Location"]) == (
        301,
        path.replace("Compute", "compute").replace("COMPUTE", "compute"),
    )
    assert client.get("/data/Nothing/").status_code == 404
