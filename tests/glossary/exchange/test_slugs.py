"""Which term a row without a slug is about, and the address that a new one gets."""

import json

import pytest

from glossary.exchange.import_formats import read_terms
from glossary.exchange.term_files import TermsRefused
from glossary.exchange.term_import import import_terms
from glossary.models import Term
from tests.builders import make_term

pytestmark = pytest.mark.django_db


def take(*headwords, dry_run=False):
    terms = [{"headword": each, "category": "X", "definition": "One."} for each in headwords]
    return import_terms(read_terms(json.dumps(terms).encode(), "terms.json"), dry_run)


@pytest.mark.parametrize(
    ("headwords", "slugs"),
    [
        (["C", "C++", "C#"], ["c", "c-plus-plus", "c-sharp"]),
        (["C#", "C++", "C"], ["c-sharp", "c-plus-plus", "c"]),
        (["RD", "R&D", "R.D."], ["rd", "rd-2", "rd-3"]),
        (["GPT-4+"], ["gpt-4-plus"]),
        (["a" * 119, "a." + "a" * 118], ["a" * 119, "a" * 114 + "-2"]),
    ],
)
def test_names_that_would_share_an_address_get_one_each(headwords, slugs):
    assert [line.slug for line in take(*headwords, dry_run=True).lines] == slugs
    take(*headwords)
    assert [Term.objects.get(headword=each).slug for each in headwords] == slugs
    assert len(take(*headwords).unchanged) == len(headwords)


def test_an_address_that_a_term_has_or_had_is_not_proposed():
    moved = make_term("Moved", slug="r-d")
    moved.slug = "moved"
    moved.save()
    make_term("Here", slug="rd")
    assert [line.slug for line in take("R-D", "RD").lines] == ["r-d-2", "rd-2"]
    assert Term.objects.get(slug="moved").headword == "Moved"


def test_a_row_without_a_slug_is_about_the_term_with_its_headword():
    make_term("Lexical Unit", slug="token")
    (line,) = take("lexical-unit").lines
    assert (line.slug, line.is_new) == ("token", False)


def test_one_headword_twice_is_refused_with_both_rows():
    with pytest.raises(TermsRefused) as refused:
        take("Token", "TOKEN")
    assert str(refused.value).startswith(
        "terms.json, term 2: The slug “token” is also that of terms.json, term 1."
    )


def test_a_headword_without_latin_letters_needs_a_slug_unless_its_term_exists():
    with pytest.raises(TermsRefused, match="“模型” has no letters for an address: give it a slug"):
        take("模型")
    make_term("模型", slug="model")
    assert not take("模型").created
