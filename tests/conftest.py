"""What all tests share: a frozen Monday morning, mail in memory, no rate left over."""

import gc

import pytest
import time_machine
from django.core.cache import cache

pytest.register_assert_rewrite("tests.bystanders")  # shows which columns differ

NOW = "2026-11-23 09:00:00+00:00"


def pytest_collection_finish():
    """Leave what was imported out of every later collection: it is most of the heap."""
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


@pytest.fixture(autouse=True)
def plain_passwords(settings):
    """Hash passwords fast; the real hasher costs a second a user."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(autouse=True)
def empty_cache():
    """What one test remembered is not to be found by the next."""
    cache.clear()


@pytest.fixture
def clock():
    """Stand still on Monday, 23 November 2026, 09:00 UTC; `clock.shift(seconds)` moves on."""
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller
