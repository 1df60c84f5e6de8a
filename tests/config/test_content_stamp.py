"""The stamp changes with every committed change of what public pages show, and with nothing else."""

import re
from functools import partial
from threading import Event, Thread

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection, transaction

from config.content_stamp import PUBLIC_MODELS, current
from config.models import Bucket, ContentStamp
from glossary.models import Term
from newsletter.models import Subscriber, Subscription
from tests.builders import make_term
from tests.config.page_caches import forget_writes
from tests.config.site import all_routes, client_for, make_site
from tests.config.test_headers import PUBLIC


def is_new(change) -> bool:
    before = current()
    forget_writes()
    change()
    return current() != before


@pytest.mark.django_db
def test_every_table_that_public_pages_read_is_registered():
    read, tables = set(), {model._meta.db_table for model in apps.get_models(True)}

    def note(execute, sql, *rest):
        read.update(re.findall(r'"(\w+)"', sql))
        return execute(sql, *rest)

    routes, client = all_routes(make_site()), client_for("anonymous")
    with connection.execute_wrapper(note):
        for route in routes:
            if route.name in PUBLIC:
                client.get(route.path)
    registered = {model._meta.db_table for model in PUBLIC_MODELS}
    assert len(read & tables) > 20
    assert read & tables - registered == {"glossary_fetch"}  # changes too often


@pytest.mark.django_db
def test_a_write_to_any_public_table_makes_a_new_stamp():
    make_site()
    filled = [model for model in PUBLIC_MODELS if model._base_manager.exists()]
    assert len(filled) > 15
    for model in filled:
        row = model._base_manager.first()
        same = model._base_manager.filter(pk=row.pk)
        assert is_new(partial(same.update, **{model._meta.pk.attname: row.pk})), model


@pytest.mark.django_db
def test_every_way_to_write_makes_a_new_stamp():
    one, two = make_term("One"), make_term("Two")
    bystander = Term.objects.values().get(pk=make_term("Three").pk)
    terms = Term.objects.filter(pk__in=[one.pk, two.pk])
    assert is_new(one.save)
    assert is_new(lambda: terms.update(definition="Another."))
    assert is_new(lambda: Term.objects.bulk_update([one, two], ["definition"]))
    category = {"category": one.category, "definition": "d"}
    more = [Term(headword=name, slug=name, headword_key=name, **category) for name in ("x", "y")]
    assert is_new(lambda: Term.objects.bulk_create(more))
    assert is_new(one.delete)
    assert Term.objects.values().get(pk=bystander["id"]) == bystander


@pytest.mark.django_db
def test_what_changes_nothing_public_leaves_the_stamp():
    rows = make_site()
    assert not is_new(lambda: Bucket.objects.create(key="a"))
    assert not is_new(lambda: Subscriber.objects.update(status="ok"))
    assert not is_new(lambda: Subscription.objects.update(status="active"))
    assert not is_new(lambda: Term.objects.filter(pk=0).update(definition="of no term"))
    assert not is_new(lambda: list(Term.objects.all()))
    assert is_new(rows["glossary_term"].save)


@pytest.mark.django_db(transaction=True)
def test_a_change_that_is_rolled_back_leaves_the_stamp():
    term = make_term("One")

    def undone():
        with transaction.atomic():
            term.save()
            transaction.set_rollback(True)

    def done_after_a_part_was_undone():
        with transaction.atomic():
            with transaction.atomic():
                term.save()
                transaction.set_rollback(True)
            term.save()

    assert not is_new(undone)
    assert is_new(done_after_a_part_was_undone)
    assert is_new(term.save)


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has one writer at a time")
def test_no_writer_waits_for_another_and_each_makes_a_new_stamp():
    one, two = make_term("One"), make_term("Two")
    has_written, may_end = Event(), Event()

    def long_import():
        with transaction.atomic():
            one.save()
            has_written.set()
            may_end.wait(10)
            one.save()
        connection.close()

    thread = Thread(target=long_import)
    thread.start()
    has_written.wait(10)
    assert is_new(two.save)

    def end():
        may_end.set()
        thread.join()

    assert is_new(end)
    assert ContentStamp.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_migrate_makes_triggers_and_row_again():
    """As after Django remakes a table on SQLite, which drops its triggers."""
    term = make_term("One")
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("DROP TRIGGER glossary_term_is_public_UPDATE")
        else:
            cursor.execute("DROP TRIGGER glossary_term_is_public ON glossary_term")
    ContentStamp.objects.all().delete()
    call_command("migrate", verbosity=0)
    assert len(current()) == 1
    assert is_new(term.save)
