"""Requests to the whole site, once per worker: every address, role and method; a backup."""

import logging
from contextlib import nullcontext
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from unittest.mock import patch

import pytest
from django.db import transaction
from django.template.response import SimpleTemplateResponse

from config.models import Bucket
from tests.backups import ENDING, run
from tests.config.site import Route, all_routes, client_for, make_site
from tests.databases import rolled_back

METHODS = ("get", "head", "post")
# A HEAD runs the view of its GET, whose page was just rendered: once is enough.
NO_PAGE = {"head": patch.object(SimpleTemplateResponse, "rendered_content", "")}


@dataclass(frozen=True)
class Answer:
    """The response of a route, without the body."""

    route: Route
    method: str
    status: int
    headers: dict[str, str]
    cookies: list[str]


@pytest.fixture(scope="session")
def answers(django_db_setup, django_db_blocker):
    """A function from a role to the responses of every route."""

    @cache
    def walk(role):
        logging.disable(logging.WARNING)  # hundreds of refusals, each with its traceback
        with rolled_back(django_db_blocker):
            routes, client = all_routes(make_site()), client_for(role)
            found = [ask(client, method, route) for route in routes for method in METHODS]
        logging.disable(logging.NOTSET)
        return found

    return walk


@pytest.fixture(scope="module")
def site(django_db_setup, django_db_blocker):
    """The routes of a small site shared by all tests of a module."""
    with rolled_back(django_db_blocker):
        yield all_routes(make_site())


def ask(client, method, route):
    """Send one request and undo its changes, log-outs included."""
    cookies = client.cookies.output(header="", sep=";")
    with transaction.atomic(), NO_PAGE.get(method, nullcontext()):
        answer = getattr(client, method)(route.path)
        transaction.set_rollback(True)
    client.cookies.load(cookies)
    return Answer(route, method, answer.status_code, dict(answer.headers), sorted(answer.cookies))


@pytest.fixture
def folder(settings):
    """The folder of backups."""
    return Path(settings.BACKUP_DIR)


@pytest.fixture
def backup(folder):
    """The backup of a database with one row, to which another was added since."""
    Bucket.objects.create(key="before")
    run("backup")
    Bucket.objects.create(key="after")
    [path] = folder.iterdir()
    older = path.with_name(f"backup-20261101T020000Z.{ENDING}")
    return path.rename(older)
