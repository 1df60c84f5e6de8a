"""The index by which PostgreSQL finds a part of an address, where the site may make it."""

import logging

import pytest
from django.db import connection

from newsletter.models import Subscriber
from newsletter.subscribers import address_search
from tests.builders import make_subscriber

pytestmark = pytest.mark.django_db

INDEX = "subscriber_address_part"
on_postgresql = pytest.mark.skipif("connection.vendor != 'postgresql'", reason="PostgreSQL only")


def run(*statements):
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
        return cursor.fetchall() if cursor.description else []


def has_index():
    return run(f"SELECT to_regclass('{INDEX}')") != [(None,)]


@on_postgresql
def test_migrate_makes_the_index_and_a_search_uses_it():
    assert has_index()
    run("SET LOCAL enable_seqscan = off", "SET LOCAL enable_indexscan = off")
    found = address_search.matching(Subscriber.objects.all(), "oann")
    assert INDEX in found.explain()


@on_postgresql
def test_a_role_without_the_right_is_told_how_and_can_go_on(caplog):
    kept = make_subscriber("joanna@example.org")
    run("DROP EXTENSION pg_trgm CASCADE", "CREATE ROLE modest", "SET ROLE modest")
    with caplog.at_level(logging.WARNING):
        address_search.install("default")
    run("RESET ROLE")
    assert "CREATE EXTENSION pg_trgm, then run migrate again" in caplog.text
    assert not has_index()
    assert list(address_search.matching(Subscriber.objects.all(), "oann")) == [kept]
    address_search.install("default")
    address_search.install("default")  # again, which changes nothing
    assert has_index()


def test_other_databases_need_no_index(caplog):
    if connection.vendor == "sqlite":
        address_search.install("default")
    assert not caplog.text
