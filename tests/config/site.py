"""A small site with one row of each model, and all its addresses, for tests that visit them all."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from typing import Any

from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, User
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from config.models import LoginAttempt
from glossary.models import AboutText, CheckedAddress, Fetch, FormerSlug, Person
from glossary.series.downloads import MEDIA_TYPES
from newsletter import urls
from newsletter.mailing import signed_links
from newsletter.models import (
    ConsentEvent,
    Issue,
    Newsletter,
    ReaderAction,
    Subscriber,
    Subscription,
    Suppression,
)
from tests.builders import (
    make_alias,
    make_data_point,
    make_issue,
    make_newsletter,
    make_series,
    make_term,
    make_upload,
    release,
)

NO_SUCH_ROW = "999999"
ROLES = ("anonymous", "editor", "newsletter editor", "publisher", "superuser")
GROUPS = {
    "editor": "Editors",
    "newsletter editor": "Newsletter editors",
    "publisher": "Publishers",
}


@dataclass(frozen=True)
class Route:
    """`shape` is the pattern as written; `path` an address of that shape that exists."""

    shape: str
    name: str
    path: str


def make_site() -> dict[str, Any]:
    """Make one row of each model in admin and return them by "app_model", as admin names them."""
    term = make_term("Pre-Training")
    make_alias(term, "pretraining")
    series = make_series("compute")
    release(series, "2024,10 2025,12")
    newsletter = Newsletter.objects.default()
    newsletter.save()  # the one a migration made has no history yet
    now = datetime(2026, 11, 20, 14, tzinfo=UTC)
    issue = Issue.objects.create(
        newsletter=newsletter, number=1, subject="First", status="sent", sent_at=now
    )
    make_data_point(issue, series=series)
    other = make_newsletter("Data Letter")
    make_data_point(make_issue(1, "Depth", newsletter=other, sent_at=now), series=series)
    subscriber = Subscriber.objects.create(
        address="reader@example.com", address_key="reader@example.com"
    )
    subscription = Subscription.objects.create(
        subscriber=subscriber, newsletter=newsletter, status="active", confirmed_at=now
    )
    rows = [
        term,
        term.category,
        FormerSlug.objects.create(term=term, slug="before-training"),
        newsletter,
        issue,
        subscriber,
        ConsentEvent.objects.create(
            subscription=subscription, address_hash="0" * 64, kind="confirmed"
        ),
        Suppression.objects.create(address_hash="1" * 64, reason="refused"),
        ReaderAction.objects.record(ReaderAction.Kind.EXPORTED, None),
        User.objects.create_user("somebody"),
        Group.objects.first(),
        subscription,
        series,
        series.source,
        series.releases.get(),
        Fetch.objects.create(series=series),
        CheckedAddress.objects.create(url="https://example.org/"),
        make_upload(series),
        Person.objects.create(name="Ada Park"),
        AboutText.objects.create(section="method", text="How we work."),
        LoginAttempt.objects.create(name_key="2" * 64, network="192.0.2.1/32"),
        _log_entry(term),
    ]
    return {f"{row._meta.app_label}_{row._meta.model_name}": row for row in rows}


def _log_entry(term: Any) -> LogEntry:
    somebody = User.objects.get(username="somebody")
    LogEntry.objects.log_actions(somebody.pk, [term], 2, "Changed its headword.")
    return LogEntry.objects.get()


def addresses(rows: dict[str, Any]) -> dict[str, str]:
    """Give an existing address for each shape with parameters; admin's are made from its rows."""
    link = signed_links.sign(signed_links.Purpose.LEAVE, rows["newsletter_subscription"].pk)
    refuse = signed_links.sign(signed_links.Purpose.REFUSE, rows["newsletter_subscription"].pk)
    u, cut_off = r"/u/(?P<link>[^/]*)", urls.CUT_OFF.replace("^", "/", 1).removesuffix("$")
    return {
        "/glossary/<slug:slug>/": "/glossary/pre-training/",
        "/glossary/<slug:slug>/card/": "/glossary/pre-training/card/",
        "/glossary/<slug:slug>/changes/": "/glossary/pre-training/changes/",
        "/glossary/<slug:slug>.atom": "/glossary/pre-training.atom",
        "/glossary/field/<slug:slug>/": "/glossary/field/techniques-methods/",
        "/glossary/letter/<slug:slug>/": "/glossary/letter/p/",
        "/glossary/<slug:slug>.md": "/glossary/pre-training.md",
        "/glossary/<slug:slug>.json": "/glossary/pre-training.json",
        "/glossary/<slug:slug>/card.png": "/glossary/pre-training/card.png",
        "/data/<slug:slug>/": "/data/compute/",
        "/data/<slug:slug>/embed/": "/data/compute/embed/",
        "/data/<slug:slug>/card.png": "/data/compute/card.png",
        "/data/<slug:slug>.atom": "/data/compute.atom",
        **{f"/data/<slug:slug>.{ending}": f"/data/compute.{ending}" for ending in MEDIA_TYPES},
        "/newsletter/<issue:number>-<slug:slug>/": "/newsletter/1-first/",
        "/newsletter/<issue:number>-<slug:slug>/card.png": "/newsletter/1-first/card.png",
        "/newsletter/<issue:number>-<slug:slug>.json": "/newsletter/1-first.json",
        "/newsletter/<issue:number>-<slug:slug>/<slug:name>.png": "/newsletter/1-first/chart-1.png",
        **{
            f"/newsletter/<slug:newsletter>/<issue:number>-<slug:slug>{end}": (
                f"/newsletter/data-letter/1-depth{end}"
            )
            for end in ("/", "/card.png", ".json")
        },
        "/newsletter/<slug:newsletter>/": "/newsletter/data-letter/",
        "/newsletter/<slug:newsletter>.atom": "/newsletter/data-letter.atom",
        "/newsletter/<slug:newsletter>/<issue:number>-<slug:slug>/<slug:name>.png": (
            "/newsletter/data-letter/1-depth/chart-1.png"
        ),
        "/newsletter/confirm/<str:token>/": "/newsletter/confirm/unknown/",
        "/newsletter/confirm/<str:token>/again/": "/newsletter/confirm/unknown/again/",
        "/newsletter/mailed/<str:token>/": "/newsletter/mailed/unknown/",
        "/webhooks/<slug:provider>/": "/webhooks/postmark/",
        cut_off: "/newsletter/confirm/unknown/)",
        "/newsletter/refuse/<str:link>/": f"/newsletter/refuse/{refuse}/",
        u + "/?": f"/u/{link}",
        **{f"{u}/{step}/?": f"/u/{link}/{step}" for step in ("undo", "reason", "pause")},
        u + "/preferences/?": f"/u/{link}/preferences",
        "/dev/mail/<str:name>/": "/dev/mail/none/",
        "/dev/mail/<str:name>/html/": "/dev/mail/none/html/",
        "/admin/new-password/<str:uidb64>.<str:token>/": "/admin/new-password/MQ.x-y/",
        "/admin/forgotten/(sent|done)/": "/admin/forgotten/sent/",
        "/admin/r/<path:content_type_id>/<path:object_id>/": "/admin/r/999999/1/",
        "/admin/(?P<url>.*)": "/admin/no-such-page/",
    }


def all_routes(rows: dict[str, Any]) -> list[Route]:
    """Return every address of the site, once."""
    known = addresses(rows)
    return [
        Route(shape, name, known.get(shape) or _admin_path(shape, name, rows))
        for shape, name in _walk(get_resolver(), "/", "")
    ]


HOLE = re.compile(r"<[^>]+>|\(\[\^/\]\+\)|\(\?P<link>[^)]*\)")


def odd_paths(route: Route, odd: str) -> set[str]:
    """Return addresses of a shape in which one parameter or all are odd and the others 1."""
    holes = range(len(HOLE.findall(route.shape)))
    paths = set()
    for chosen in [*([hole] for hole in holes), list(holes)]:
        place = count()
        path = HOLE.sub(lambda _, c=chosen, at=place: odd if next(at) in c else "1", route.shape)
        paths.add(path.removesuffix("?"))
    return paths if holes else set()


def client_for(role: str) -> Client:
    """Return a browser logged in as a new member of the role's group; anonymous as nobody."""
    client = Client(raise_request_exception=False)
    if role == "superuser":
        client.force_login(User.objects.create_superuser("root"))
    elif role != "anonymous":
        user = User.objects.create_user("staff", is_staff=True)
        user.groups.add(Group.objects.get(name=GROUPS[role]))
        client.force_login(user)
    return client


def _walk(resolver: URLResolver, prefix: str, namespace: str) -> Any:
    for entry in resolver.url_patterns:
        shape = prefix + str(entry.pattern).removeprefix("^").removesuffix("\\Z").removesuffix("$")
        if isinstance(entry, URLResolver):
            inner = f"{namespace}{entry.namespace}:" if entry.namespace else namespace
            yield from _walk(entry, shape, inner)
        elif isinstance(entry, URLPattern):
            yield shape, f"{namespace}{entry.name or ''}"


def _admin_path(shape: str, name: str, rows: dict[str, Any]) -> str:
    """Fill an admin shape with its model's row, or with a number no row has."""
    model = shape.removeprefix("/admin/").replace("/", "_", 1).partition("/")[0]
    row = rows.get(model)
    pk = str(row.pk) if row is not None else NO_SUCH_ROW
    path = shape.replace("<path:object_id>", pk).replace("<id>", pk).replace("<int:pk>", pk)
    path = path.replace("<str:kind>/<int:version>", "alias/1")
    path = path.replace("<int:upload>", str(rows["glossary_upload"].pk))
    if "([^/]+)" in path and row is not None:
        path = path.replace("([^/]+)/history/([^/]+)", f"{pk}/history/{row.history.first().pk}")
    if "(?P<app_label>" in path:
        path = "/admin/glossary/"
    return path
