"""Editors and clocks that link at the same moment, on real connections and threads."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Barrier, Event

import pytest
from django.contrib.admin import site
from django.db import connection, transaction

from glossary.mentions import linked_names
from glossary.mentions.relinking import record_links, relink_all, relink_changed
from glossary.models import Mention, Term
from glossary.terms import publishing
from tests.builders import make_term

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*acts):
    together = Barrier(len(acts))

    def run(act):
        try:
            together.wait(timeout=30)
            return act()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def rename(pk, headword):
    """Do what saving in admin does."""
    with transaction.atomic():
        linked_names.hold()
        term = Term.objects.get(pk=pk)
        term.headword = headword
        term.slug = headword.lower()
        term.explanation = f"As {headword}, it follows alpha, beta and gamma."
        term.save()
        record_links(term)


def test_the_clock_publishes_while_an_editor_saves_the_same_term():
    """Saving locks the names, then the term; the clock must lock in the same order."""
    term = make_term("One", status="draft", publish_at=datetime(2020, 1, 1, tzinfo=UTC))
    is_held = Event()

    def save():
        with transaction.atomic():
            linked_names.hold()
            is_held.set()
            wait_until_somebody_waits()
            saved = Term.objects.get(pk=term.pk)
            saved.explanation = "As saved."
            saved.save()
            record_links(saved)

    def publish():
        is_held.wait(timeout=30)
        return publishing.publish_due()

    assert at_once(save, publish) == [None, "1 scheduled term published"]
    term.refresh_from_db()
    assert (term.status, term.explanation) == ("published", "As saved.")


def test_a_term_is_deleted_while_a_text_is_linked_to_it():
    compute = make_term("Compute")
    relink_changed()
    text = make_term("Text", explanation="Much compute.")
    is_linked = Event()

    def link():
        with transaction.atomic():
            record_links(text)
            is_linked.set()
            wait_until_somebody_waits()

    def delete():
        is_linked.wait(timeout=30)
        site._registry[Term].delete_model(None, compute)

    at_once(link, delete)
    relink_changed()
    assert [term.headword for term in Term.objects.all()] == ["Text"]
    assert not Mention.objects.exists()


def wait_until_somebody_waits():
    """PostgreSQL shows who waits; on SQLite the second writer waits at BEGIN."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            for _ in range(2000):
                cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
                if cursor.fetchone()[0]:
                    return


def test_renaming_and_relinking_at_once_neither_fail_nor_leave_a_page_behind():
    terms = [make_term(name, explanation="alpha, beta, gamma") for name in ("One", "Two", "Three")]
    relink_changed()
    names = ("Alpha", "Beta", "Gamma")
    acts = [
        lambda term=term, name=name: rename(term.pk, name)
        for term, name in zip(terms, names, strict=True)
    ]
    at_once(*acts, relink_changed, relink_changed)
    relink_changed()
    links = Mention.objects.linked().values_list("in_term__headword", "shown")
    wanted = {(page, name.lower()) for page in names for name in names if page != name}
    assert set(links) == wanted
    assert len(links) == 6
    assert relink_all() == 0, "nothing is left to do"
