"""Texts that were correct when published and no longer are."""

from html import unescape

import pytest
from django.contrib.auth.models import User

from glossary.models import Term
from glossary.terms import publishing, text_problems
from tests.builders import make_alias, make_series, make_term, release
from tests.bystanders import unchanged
from tests.glossary.admin.test_series import form_data

pytestmark = pytest.mark.django_db
YEARS = " ".join(f"{year},{year}" for year in range(2011, 2026))
OLDEST = "It was {{ compute | at 2011 }}."


@pytest.fixture
def series():
    series = make_series("compute")
    release(series, YEARS)
    return series


@pytest.fixture
def editor(client):
    client.force_login(User.objects.create_superuser("root"))
    return client


def make_read_term(headword, explanation, **fields):
    term = make_term(headword, explanation=explanation, **fields)
    publishing.record_texts([term])
    return term


def broken():
    return [term.headword for term in Term.objects.with_broken_text()]


def test_a_release_without_a_number_marks_the_texts_that_name_it(series):
    make_read_term("Named", OLDEST)
    make_read_term("Drafted", OLDEST, status="draft")
    make_term("Elsewhere", explanation="[[Nobody]]")  # reads no series: it waits for the night
    with unchanged(make_read_term("Whole", "It is {{ compute }}.")):
        release(series, YEARS.removeprefix("2011,2011 "), "2026-02-01")
        assert broken() == ["Named"]
        release(series, YEARS, "2026-03-01")
        assert broken() == []


def test_a_series_whose_frequency_changes_marks_the_texts_that_read_it(editor, series):
    make_read_term("Named", "It grew {{ compute | change 14m }}.")
    with unchanged(make_read_term("Whole", "It is {{ compute }}.")):
        page = f"/admin/glossary/series/{series.pk}/change/"
        assert editor.post(page, form_data(frequency="monthly")).status_code == 302
    assert broken() == ["Named"]


LOSSES = {
    "deleted": lambda term: term.delete(),
    "renamed": lambda term: Term.objects.filter(pk=term.pk).update(
        headword="Piece", headword_key="piece"
    ),
    "called otherwise": lambda term: term.aliases.all().delete(),
}


@pytest.mark.parametrize("loss", LOSSES)
def test_a_name_that_went_is_noticed_in_the_night(loss):
    token = make_term("Token", status="draft")
    make_alias(token, "bit")
    name = "bit" if loss == "called otherwise" else "Token"
    make_term("Names it", explanation=f"A [[{name}]].")
    with unchanged(make_term("Whole", explanation="[[Names it]]"), make_term("Plain")):
        assert text_problems.record_all_broken() == ""
        LOSSES[loss](token)
        assert text_problems.record_all_broken() == "1 published text found broken or whole again"
        assert text_problems.record_all_broken() == ""
    assert broken() == ["Names it"]


def test_looking_is_no_edit():
    term = make_term("Token", explanation="[[Nobody]]")
    before = term.history.count(), term.updated_at
    text_problems.record_all_broken()
    term.refresh_from_db()
    assert (term.history.count(), term.updated_at) == before


def test_a_corrected_or_withdrawn_text_is_marked_no_more():
    corrected, withdrawn, left = (
        make_term(name, explanation="[[Nobody]]") for name in ("Corrected", "Withdrawn", "Left")
    )
    text_problems.record_all_broken()
    corrected.explanation = "Nobody"
    with publishing.saving(corrected):
        corrected.save(update_fields=["explanation"])
    publishing.withdraw([withdrawn])
    assert broken() == [left.headword]


def test_the_form_says_what_is_broken_and_counts_no_such_figure_as_bound(editor, series):
    text = "It is {{ compute }}.\n\nIt was {{ nothing-such }}, see [[Nobody]]."
    page = editor.get(f"/admin/glossary/term/{make_term(explanation=text).pk}/change/").text
    for part in (
        "1 bound",
        "1 broken",
        "<li>Line 3: There is no series “nothing-such”",
        "<li>Line 3: [[Nobody]]: no term has this name",
    ):
        assert part in unescape(page)
    page = editor.get(f"/admin/glossary/term/{make_term('Whole').pk}/change/").text
    assert "broken" not in page
