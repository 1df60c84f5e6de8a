"""Effects of new data on texts: shown before acceptance, stored as backlinks, judged as claims."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
from django.db import connection

from glossary.ingest.plans import accept_release, plan_release
from glossary.models import FigureUse, Series
from glossary.prose.figures.tokens import live_resolver
from glossary.prose.rendering import render
from glossary.series import figure_uses
from glossary.series.loading import views_for
from glossary.terms import publishing, text_problems
from newsletter.models import Issue
from tests.builders import make_newsletter, make_series, make_term, release

pytestmark = pytest.mark.django_db


@pytest.fixture
def series():
    series = make_series(decimals=1)
    release(series, "2023,5 2024,10", "2025-01-01")
    return series


def make_bound_term(
    headword="Compute", text="There were {{ compute }} in {{ compute | date }}.", **f
):
    term = make_term(headword, explanation=text, **f)
    figure_uses.record_figures(term)
    return term


def planned(series, rows):
    content = "period,value\n" + rows.replace(" ", "\n")
    fresh = Series.objects.with_page().get(pk=series.pk)
    return plan_release(fresh, content.encode(), "x.csv", date(2026, 1, 1))


def read(text):
    return render(text, live_resolver(views_for([text])))


def test_a_sentence_that_would_read_differently_is_shown_before_and_after(series):
    make_bound_term(
        text="Nothing here. There were {{ compute | nounit }} in {{ compute | date }}. End."
    )
    (change,) = planned(series, "2023,5 2024,10 2025,20").sentences
    assert change.title == "Compute"
    assert change.before == "There were 10.0 in 2024."
    assert change.after == "There were 20.0 in 2025."


def test_a_release_that_changes_no_word_shows_none(series):
    make_bound_term(text="In 2023 it was {{ compute | at 2023 }}.")
    plan_ = planned(series, "2023,5 2024,11")
    assert plan_.sentences == ()
    assert not plan_.needs_a_person


def test_drafts_and_other_texts_are_left_out(series):
    make_bound_term("Draft", status="draft")
    make_term("Plain")
    assert planned(series, "2023,5 2024,11").sentences == ()


def test_notes_of_other_series_are_shown_and_what_only_sounds_alike_is_not(series):
    for slug, notes in [
        ("other", f"There are {{{{ {series.slug} }}}} of them."),
        ("near", f"See {series.slug}, and {{{{ {series.slug}-2 }}}}."),
        ("bare", f"The word {series.slug} alone."),
    ]:
        release(make_series(slug, notes=notes), "2024,1")
    make_series("empty", notes=f"{{{{ {series.slug} }}}}")
    found = figure_uses.term_texts(series)
    assert [(text.title, text.path) for text in found] == [("Other", "/data/other/")]
    Series.objects.filter(pk=series.pk).update(notes=f"{{{{ {series.slug} }}}}")
    assert len(figure_uses.term_texts(series)) == 1


def test_an_unsent_issue_is_shown_and_a_sent_one_is_not(series):
    newsletter = make_newsletter()
    Issue.objects.create(
        newsletter=newsletter, number=1, subject="Draft", intro="It is {{ compute }}."
    )
    Issue.objects.create(
        newsletter=newsletter,
        number=2,
        subject="Sent",
        intro="It is {{ compute }}.",
        status="sent",
        sent_at="2025-02-01T00:00Z",
    )
    assert [change.title for change in planned(series, "2023,5 2024,11").sentences] == ["Issue 1"]


def test_a_live_page_reads_the_newest_release(series):
    text = "There were {{ compute | nounit }}."
    assert "10.0" in read(text)
    release(series, "2023,5 2024,12", "2026-01-01")
    assert "12.0" in read(text)


def test_a_claim_that_breaks_is_told_before_and_marked_after(series):
    term = make_bound_term(text="It grows. {{ assert compute | change 1y > 50% }}")
    use = FigureUse.objects.get()
    assert (use.is_claim, use.broken_in) == (True, None)
    plan_ = planned(series, "2023,5 2024,10 2025,11")
    assert plan_.needs_a_person
    assert plan_.broken[0].title == "Compute"
    newest = accept_release(plan_)
    use = FigureUse.objects.get()
    assert use.broken_in == newest
    assert "10" in use.finding
    assert "assert" not in read(term.explanation)


def test_a_claim_that_holds_again_is_unmarked(series):
    make_bound_term(text="{{ assert compute | change 1y > 50% }}")
    release(series, "2023,5 2024,10 2025,11", "2026-01-01")
    release(series, "2023,5 2024,10 2025,30", "2026-02-01")
    assert FigureUse.objects.get().broken_in is None


def test_backlinks_follow_the_text(series):
    term = make_bound_term()
    assert [use.token for use in term.figure_uses.all()] == ["compute", "compute | date"]
    term.explanation = "No figures any more."
    term.save()
    figure_uses.record_figures(term)
    assert not FigureUse.objects.exists()


def test_an_unknown_series_is_a_problem_with_a_suggestion(series):
    (problem,) = text_problems.problems("Line.\n\nThere were {{ compote }}.")
    assert problem.line == 3
    assert "compute" in problem.message
    assert text_problems.problems("There were {{ compute }}.") == ()


def test_a_term_with_a_figure_that_cannot_be_read_is_not_published(series):
    term = make_term("Broken", explanation="{{ nowhere }}", status="draft")
    with pytest.raises(publishing.Unfinished, match="no series “nowhere”"):
        publishing.publish([term])
    term.refresh_from_db()
    assert not term.is_published


def test_a_reader_never_sees_a_raw_token():
    for text in ("{{ nowhere }}", "{{ compute | at 1900 }}", "{{", "{{ a | b | c }}", "{{{{ x }}"):
        html = read(f"Before {text} after.")
        assert "{{" not in html
        assert "nowhere" not in html


@pytest.mark.django_db(transaction=True)
def test_an_import_and_a_save_at_once_leave_no_claim_judged_by_old_numbers():
    """On PostgreSQL the two used to deadlock, or to keep the old verdict."""
    series = make_series("race")
    release(series, "2024,1", "2025-01-01")
    term = make_term("Racer", explanation="{{ assert race < 5 }}")

    def save():
        figure_uses.record_figures(term)
        connection.close()

    def import_ten():
        release(series, "2024,10", "2026-01-01")
        connection.close()

    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(save), pool.submit(import_ten)]:
            done.result()
    use = FigureUse.objects.get()
    assert use.broken_in is not None
    assert "10" in use.finding
