"""Editors and clocks that link at the same moment, on real connections and threads."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection, transaction

from glossary.linking import standing
from glossary.linking.relinking import record, relink_all, relink_changed
from glossary.models import Mention, Term
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
        standing.hold()
        term = Term.objects.get(pk=pk)
        term.headword = headword
        term.slug = headword.lower()
        term.explanation = f"As {headword}, it follows alpha, beta and gamma."
        term.save()
        record(term)


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
