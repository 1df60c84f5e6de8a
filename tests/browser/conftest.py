"""Real browsers against a real server, with the starter content and a worker that mails."""

import os
import re
import sqlite3
from contextlib import ExitStack, closing
from functools import cache
from io import StringIO

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.core import mail
from django.core.management import call_command
from django.db import connection
from playwright.sync_api import expect

from tests.browser.engines import ENGINES
from tests.browser.engines.chromium import Chromium
from tests.browser.engines.page import PATIENCE
from tests.builders import make_newsletter, make_office

# Playwright runs an event loop in this thread; the database is not used from it.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
expect.set_options(timeout=PATIENCE * 1000)

PASSWORD = "a long enough password"


def pytest_collection_modifyitems(items):
    for item in items:
        if "tests/browser/" in item.path.as_posix():
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def started():
    """Returns an engine of a class. Each is started once, and ends with the process of the tests."""
    with ExitStack() as ends:

        @cache
        def start(kind):
            engine = kind()
            ends.callback(engine.close)
            return engine

        yield start


@pytest.fixture
def chromium(started):
    """Playwright's own browser, for what only it can do: no script, touch, requests held back."""
    return started(Chromium).browser


@pytest.fixture(params=ENGINES, ids=lambda engine: engine.__name__)
def engine(request, started):
    """Each engine of readers that is on this machine."""
    if not request.param.find():
        pytest.skip(f"needs {request.param.package}")
    return started(request.param)


@pytest.fixture
def anywhere(engine):
    """A page in each engine, as wide as a desk."""
    page = engine.page()
    page.resize(1280, 900)
    yield page
    page.close()


@pytest.fixture(scope="session")
def loaded():
    """The loaded database, kept in memory: importing it for each test would take most of the time."""
    with closing(sqlite3.connect(":memory:")) as snapshot:
        yield snapshot


@pytest.fixture
def site(live_server, settings, transactional_db, loaded):
    """The address of a running site with the starter content; its mail carries that address."""
    settings.SITE_URL = live_server.url
    connection.ensure_connection()
    if loaded.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
        loaded.backup(connection.connection)
    else:
        load_starter_content()
        connection.connection.backup(loaded)
    return live_server.url


def load_starter_content():
    # Tests with real transactions empty the database, what migrations put there included.
    make_newsletter()
    make_office()
    call_command("importdata", "glossary/starter/series", stdout=StringIO())
    call_command("importterms", "glossary/starter/terms", stdout=StringIO())
    call_command("importissues", "newsletter/starter/issues", stdout=StringIO())


@pytest.fixture
def editor(site):
    """A member of the group Editors, as an operator would make one."""
    group, _ = Group.objects.get_or_create(name="Editors")
    group.permissions.set(Permission.objects.filter(content_type__app_label="glossary"))
    user = User.objects.create_user("edith", password=PASSWORD, is_staff=True)
    user.groups.add(group)
    return user


def link_in_last_mail(part):
    """Let the worker run, and return the whole link that holds `part` in the newest mail."""
    call_command("db_worker", "--batch", "--no-startup-delay", verbosity=0)
    return re.search(rf"^(http\S*{part}\S*)$", mail.outbox[-1].body, re.M)[1]
