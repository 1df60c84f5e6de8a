"""Importing many terms together: names that move between terms of one file, and query counts."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from glossary.exchange.import_formats import read_terms
from glossary.exchange.term_files import TermsRefused
from glossary.exchange.term_import import import_terms
from glossary.models import Alias, Citation, Relation, Term
from tests.builders import make_alias, make_category, make_term

pytestmark = pytest.mark.django_db
HEAD = "slug,headword,category,definition,aliases\n"


def take(text, **options):
    return import_terms(read_terms(text.encode(), "terms.csv"), **options)


def test_a_name_that_one_row_gives_up_may_be_taken_in_a_later_one():
    make_term("Token")
    take(HEAD + "token,Lexical unit,,,\nother,Token,X,Another thing.,\n")
    assert {term.headword: term.slug for term in Term.objects.all()} == {
        "Lexical unit": "token",
        "Token": "other",
    }


def test_a_headword_that_is_also_an_alias_of_its_term_stays_taken():
    make_alias(make_term("Token"), "token")
    with pytest.raises(TermsRefused, match="“TOKEN” is already a name of “Lexical unit”"):
        take(HEAD + "token,Lexical unit,,,token\nother,TOKEN,X,Another thing.,\n")


TWICE = {
    "two headwords": "a,Alpha,X,One.,\nb,ALPHA,X,Two.,\n",
    "two apostrophes": "a,Moore's law,X,One.,\nb,Moore’s law,X,Two.,\n",
    "a soft hyphen": "a,Compute,X,One.,\nb,Com\u00adpute,X,Two.,\n",
    "alias and headword": "a,Alpha,X,One.,Beta\nb,Beta,X,Two.,\n",
    "two aliases": "a,Alpha,X,One.,same\nb,Beta,X,Two.,Same\n",
}


@pytest.mark.parametrize("case", TWICE)
def test_two_new_terms_cannot_take_one_name(case):
    with pytest.raises(
        TermsRefused, match=r"row \d: (name|headword): “.+” is already a name of “.+”"
    ):
        take(HEAD + TWICE[case])
    assert not Term.objects.exists()


def test_a_term_cannot_be_renamed_to_what_another_is_called():
    make_term("Token")
    make_term("Model")
    with pytest.raises(TermsRefused, match="row 2: headword: “token” is already a name of “Token”"):
        take(HEAD + "model,token,,,\n")


def test_an_address_that_a_term_had_before_is_refused_with_its_name():
    term = make_term("Token")
    term.slug = "lexical-unit"
    term.save()
    with pytest.raises(
        TermsRefused, match="row 2: slug: /glossary/token/ is an earlier address of"
    ):
        take(HEAD + "token,Something else,X,One.,\n")


def test_a_scheduled_draft_that_a_file_publishes_is_scheduled_no_more(clock):
    make_term("Token", status="draft", publish_at="2026-12-24T12:00:00Z")
    take("slug,status\ntoken,published\n")
    assert Term.objects.get().publish_at is None


def many(count):
    rows = [
        f'term-{n},Term {n},X,What {n} is.,A text about term {(n + 1) % count}.,"alias {n}\n'
        f'T{n}x | abbreviation",term-{(n + 1) % count} | related | why,P | Paper {n}'
        for n in range(count)
    ]
    return "\n".join(
        ["slug,headword,category,definition,explanation,aliases,related,citations", *rows]
    )


def test_everything_new_has_its_history_with_the_reason():
    take(many(3))
    for model, count in ((Term, 3), (Alias, 6), (Relation, 3), (Citation, 3)):
        versions = model.history.all()
        assert [version.history_type for version in versions] == ["+"] * count
        assert versions.last().history_change_reason == "imported from terms.csv, row 2"


@pytest.mark.parametrize(("dry_run", "at_most"), [(True, 0), (False, 4)])
def test_queries_a_new_term(dry_run, at_most):
    make_category("X")
    counts = []
    for count in (10, 30):
        with CaptureQueriesContext(connection) as queries:
            take(many(count), dry_run=dry_run)
        counts.append(len(queries))
        Term.objects.all().delete()
    assert (counts[1] - counts[0]) / 20 <= at_most
