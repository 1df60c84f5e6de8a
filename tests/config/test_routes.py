"""The status of every address × role × method, compared with the table in routes.txt.

A new address without a row fails. `python -m tests.config.write_routes` writes the table; review
its changes like code.
"""

import os
from dataclasses import replace
from itertools import groupby
from pathlib import Path

import pytest

from tests.config.conftest import ask
from tests.config.site import NO_SUCH_ROW, ROLES, all_routes, client_for, make_site, odd_paths
from tests.databases import rolled_back

pytestmark = pytest.mark.django_db

TABLE = Path(__file__).with_name("routes.txt")
HEADING = f"# {'address':<74} " + " ".join(f"{role:>17}" for role in ROLES)
NOTE = "# statuses of GET, HEAD, POST"


def statuses(found):
    """Return "200/200/405" for each shape."""
    shapes = groupby(found, key=lambda answer: answer.route.shape)
    return {shape: "/".join(str(answer.status) for answer in group) for shape, group in shapes}


def read_table():
    lines = [line.split() for line in TABLE.read_text().splitlines() if not line.startswith("#")]
    return {line[0]: dict(zip(ROLES, line[1:], strict=True)) for line in lines}


@pytest.mark.skipif("WRITE_ROUTES" in os.environ, reason="the table is being written")
@pytest.mark.parametrize("role", ROLES)
def test_every_address_answers_each_role_as_the_table_says(answers, role):
    expected = {shape: columns[role] for shape, columns in read_table().items()}
    assert statuses(answers(role)) == expected


@pytest.mark.skipif("WRITE_ROUTES" not in os.environ, reason="only by write_routes")
def test_write_the_table(answers):
    columns = {role: statuses(answers(role)) for role in ROLES}
    rows = [
        f"{shape:<76} " + " ".join(f"{columns[role][shape]:>17}" for role in ROLES)
        for shape in columns["anonymous"]
    ]
    TABLE.write_text("\n".join([NOTE, HEADING, *rows]) + "\n")
    assert read_table().keys() == columns["superuser"].keys()


# A word, what only looks like digits, more digits than a column holds, and no row's.
ODD_IDS = ["x", "²", "9" * 20, NO_SUCH_ROW]


@pytest.fixture(scope="module")
def root(django_db_setup, django_db_blocker):
    """A superuser's browser and all routes of a small site."""
    with rolled_back(django_db_blocker):
        yield client_for("superuser"), all_routes(make_site())


@pytest.mark.parametrize("odd", ODD_IDS)
def test_no_address_breaks_on_an_odd_id(root, odd):
    client, routes = root
    asked = {path: route for route in routes for path in odd_paths(route, odd)}
    found = {path: ask(client, "get", replace(route, path=path)) for path, route in asked.items()}
    assert len(found) > 50
    assert [path for path, answer in found.items() if answer.status >= 500] == []
    histories = {path: answer.status for path, answer in found.items() if "/history/" in path}
    assert {path for path, status in histories.items() if status not in (404, 302)} == set()


def views_marked(attribute):
    from django.urls import get_resolver

    found = set()
    for shape, view in _views(get_resolver(), "/"):
        if getattr(view, attribute, False):
            found.add(shape)
    return found


def _views(resolver, prefix):
    for entry in resolver.url_patterns:
        shape = prefix + str(entry.pattern)
        if hasattr(entry, "url_patterns"):
            yield from _views(entry, shape)
        else:
            yield shape, entry.callback


def test_whoever_is_exempt_from_djangos_csrf_check_has_one_of_ours():
    exempt = {shape for shape in views_marked("csrf_exempt") if not shape.startswith("/admin/")}
    ours = views_marked("is_public_form") | views_marked("is_token_form")
    assert exempt == ours
    assert "/newsletter/subscribe/" in views_marked("is_public_form")


def test_no_admin_view_is_exempt_from_the_csrf_check():
    assert not {shape for shape in views_marked("csrf_exempt") if shape.startswith("/admin/")}
