"""What all tests share: a frozen Monday morning, mail in memory, no rate or file left over."""

import gc
from itertools import count

import pytest
import time_machine
from django.conf import settings
from django.core.cache import caches
from django.test import override_settings

from tests.databases import own_copy

pytest.register_assert_rewrite("tests.bystanders")  # shows which columns differ

NOW = "2026-11-23 09:00:00+00:00"
NUMBERS = count(1)
# The real hasher costs a second a user.
FAST_HASHER = "django.contrib.auth.hashers.MD5PasswordHasher"


def pytest_addoption(parser):
    parser.addoption(
        "--only-database",
        action="store_true",
        help="run only tests that may differ from one database to another",
    )


def pytest_collection_modifyitems(config, items):
    if config.getoption("only_database"):
        config.hook.pytest_deselected(items=[item for item in items if not may_differ(item)])
        items[:] = [item for item in items if may_differ(item)]


def may_differ(item):
    """Tell whether the test asks the database, and is not about something else."""
    if item.get_closest_marker("one_database"):
        return False
    return item.get_closest_marker("django_db") or "django_db_setup" in item.fixturenames


def pytest_collection_finish():
    """Exclude all imported objects from garbage collection: they are most of the heap."""
    gc.freeze()
    gc.set_threshold(500_000, 20, 100)


@pytest.fixture(scope="session", autouse=True)
def run_folder(tmp_path_factory, django_test_environment):
    """Give the run a folder for all it writes, and passwords a hasher that is fast."""
    folder = tmp_path_factory.mktemp("data")
    static = folder / "static"
    static.mkdir()
    with override_settings(STATIC_ROOT=static, PASSWORD_HASHERS=[FAST_HASHER]):
        yield folder


@pytest.fixture(autouse=True)
def data_dir(run_folder):
    """Give each test a DATA_DIR of its own, so that none touches the arming file of a real site."""
    settings.DATA_DIR = run_folder / str(next(NUMBERS))
    settings.DATA_DIR.mkdir()
    settings.BACKUP_DIR = settings.DATA_DIR / "backups"


@pytest.fixture(scope="session")
def django_db_setup(request, tmp_path_factory, run_folder, django_db_blocker):
    """Replace pytest-django's fixture of this name: workers share one migration."""
    worker = getattr(request.config, "workerinput", None)
    shared = tmp_path_factory.getbasetemp()
    if worker:
        shared = shared.parent
    with django_db_blocker.unblock(), own_copy(worker["workerid"] if worker else "only", shared):
        yield


@pytest.fixture(autouse=True)
def empty_cache():
    """Clear the cache, so that no test sees values of another."""
    for cache in caches.all():
        cache.clear()


@pytest.fixture
def clock():
    """Freeze the time at Monday, 23 November 2026, 09:00 UTC; `clock.shift(seconds)` moves on."""
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller
