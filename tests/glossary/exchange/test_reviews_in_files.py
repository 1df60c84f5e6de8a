"""Who a file names as reviewer, and what an imported edit does to a review."""

from datetime import date

import pytest

from glossary.exchange.import_formats import read_terms
from glossary.exchange.report import STALE
from glossary.exchange.term_files import TermsRefused
from glossary.exchange.term_import import import_terms
from glossary.models import Person, Term
from tests.builders import make_citation, make_office, make_person, make_term
from tests.bystanders import unchanged
from tests.glossary.exchange.test_exchange import written

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

REVIEW, TODAY = date(2026, 11, 1), date(2026, 11, 23)


@pytest.fixture
def token():
    """A reviewed term with a source."""
    term = make_term("Token", explanation="One.", reviewed_on=REVIEW)
    make_citation(term, url="")
    return term


def take(head, *cells, name="terms.csv"):
    """Import one row of a sheet; return its line of the report. A second term stays as it is."""
    bystander = make_term("Bystander", reviewed_on=REVIEW)
    content = f"{head}\n{','.join(cells)}\n"
    with unchanged(bystander):
        report = import_terms(read_terms(content.encode(), name))
    bystander.delete()
    return report.lines[0]


def refused(head, *cells):
    with pytest.raises(TermsRefused) as problems:
        take(head, *cells)
    Term.objects.filter(slug="bystander").delete()
    return str(problems.value)


@pytest.mark.parametrize(
    ("head", "cells"),
    [
        ("slug,headword", ("token", "Tokens")),
        ("slug,definition", ("token", "New.")),
        ("slug,explanation", ("token", "Two.")),
        ("slug,citations", ("token", "")),
        ("slug,citations", ("token", "arXiv | Another paper")),
        ("slug,definition,reviewed_on", ("token", "New.", "2026-11-01")),
    ],
    ids=["headword", "definition", "explanation", "no source", "a source", "the same review"],
)
def test_an_imported_edit_reopens_the_review_and_the_report_says_so(token, head, cells):
    changes = take(head, *cells).changes
    assert changes["reviewed_on"] == "2026-11-01 → nothing"
    assert changes["reviewed_by"] == "AI Economy Pulse editorial office → nothing"
    token.refresh_from_db()
    assert (token.review, token.reopened_on) == ((None, None), TODAY)


@pytest.mark.parametrize(
    ("head", "cells"),
    [
        ("slug,category", ("token", "Models")),
        ("slug,aliases", ("token", "subword")),
        ("slug,drafting", ("token", "By hand.")),
        ("slug,citations", ("token", "arXiv | A paper | | 2026-11-20")),
    ],
    ids=["category", "alias", "how drafted", "day a source was read"],
)
def test_what_is_no_text_leaves_the_review(token, head, cells):
    assert "reviewed_on" not in take(head, *cells).changes
    token.refresh_from_db()
    assert token.reviewed_on == REVIEW


def test_an_edit_with_another_review_is_reviewed(token):
    make_person("Ada")
    head = "slug,definition,reviewed_on,reviewed_by"
    take(head, "token", "New.", "2026-11-20", "Ada")
    token.refresh_from_db()
    assert (str(token.reviewed_on), str(token.reviewed_by)) == ("2026-11-20", "Ada")
    assert token.history.count() == 2
    assert not take(head, "token", "New.", "2026-11-20", "Ada").changes


def test_the_same_file_again_does_not_bring_the_old_review_back(token):
    edited = ("slug,definition,reviewed_on,reviewed_by", "token", "New.", "2026-11-01")
    take(*edited, "editorial office")
    again = take(*edited, "editorial office")
    assert (again.changes, again.remarks) == ({}, (STALE,))
    token.refresh_from_db()
    assert (token.review, token.reopened_on) == ((None, None), TODAY)
    assert token.history.count() == 2


def test_a_review_after_the_edit_ends_the_reopening(token, clock):
    take("slug,definition", "token", "New.")
    clock.shift(86_400)
    take("slug,reviewed_on,reviewed_by", "token", "2026-11-24", "editorial office")
    token.refresh_from_db()
    assert (str(token.reviewed_on), token.reopened_on) == ("2026-11-24", None)


def test_a_text_that_was_reopened_is_exported_without_its_review(token):
    take("slug,definition", "token", "New.")
    before = written("zip")
    Term.objects.all().delete()
    import_terms(read_terms(before, "terms.zip"))
    assert Term.objects.get().review == (None, None)


def test_an_unknown_name_is_refused_with_what_to_do(token):
    said = refused("slug,reviewed_by,responsible", "token", "Nobody Known", "Ada")
    assert said == (
        "terms.csv, row 2: reviewed_by: “Nobody Known” is not among the people of this site. Add "
        "them in admin under People, or write “editorial office” for the office.\n"
        "terms.csv, row 2: responsible: “Ada” is not among the people of this site. Add them in "
        "admin under People, or write “editorial office” for the office."
    )
    assert Person.objects.count() == 1


def test_without_an_office_the_word_for_it_is_refused_too():
    Person.objects.all().delete()
    row = "slug,headword,category,definition,responsible\na,A,X,One.,editorial office\n"
    with pytest.raises(TermsRefused, match="“editorial office” is not among the people"):
        import_terms(read_terms(row.encode(), "terms.csv"))


@pytest.mark.parametrize(
    ("head", "cells"),
    [
        ("slug,headword,category,definition,reviewed_on", ("a", "A", "X", "One.", "2026-11-01")),
        ("slug,reviewed_on,reviewed_by", ("token", "2026-11-01", "")),
        ("slug,reviewed_on,reviewed_by", ("token", "", "editorial office")),
    ],
    ids=["a new term", "no person", "no day"],
)
def test_half_a_review_is_refused(token, head, cells):
    said = refused(head, *cells)
    assert said == (
        "terms.csv, row 2: A review has a day and a person: give both reviewed_on and "
        "reviewed_by, or neither."
    )


def test_half_of_a_review_that_cannot_be_read_is_said_once(token):
    said = refused("slug,reviewed_on,reviewed_by", "token", "yesterday", "")
    assert said == "terms.csv, row 2: reviewed_on: “yesterday” is not a day such as 2026-11-23."


@pytest.mark.parametrize("emptied", ["reviewed_on", "reviewed_by"])
def test_an_empty_cell_takes_the_whole_review_away(token, emptied):
    take(f"slug,{emptied}", "token", "")
    token.refresh_from_db()
    assert (token.review, token.reopened_on) == ((None, None), None)


def test_the_office_goes_by_its_own_name_in_exports(token):
    make_office().__class__.objects.filter(is_office=True).update(name="The desk of X")
    assert "The desk of X" in written("csv").decode()
    assert not take("slug,reviewed_by", "token", "editorial office").changes
