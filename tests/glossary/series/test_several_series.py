"""What is asked about one series or term is answered from its own rows, with others beside it."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from glossary.models import FigureUse, Series, TermSeries
from glossary.series import contents
from glossary.series.as_of import Refusal, find_release
from glossary.series.figure_uses import recheck_claims, record_figures, term_texts
from glossary.series.freshness import shown_series
from tests.builders import make_category, make_series, make_term, make_upload, release
from tests.bystanders import unchanged

pytestmark = pytest.mark.django_db


@pytest.fixture
def compute():
    series = make_series("compute")
    release(series, "2024,10 2025,12")
    return series


@pytest.fixture
def power(compute):
    """A series beside it, with newer and larger values."""
    series = make_series("power", category=make_category("Power"))
    release(series, "2025,50 2026,70", "2026-02-15")
    return series


def show(term, series, position=0):
    return TermSeries.objects.create(term=term, series=series, position=position)


# --- Texts that read a series ---------------------------------------------------------------------


def test_recording_a_term_leaves_what_others_read(compute, power):
    other = make_term("Power", explanation="{{ power }}, {{ assert power > 60 }}")
    term = make_term("Chip", explanation="{{ compute }}")
    record_figures(other, term)
    term.explanation = "{{ power }}"
    with unchanged(*other.figure_uses.all()):
        record_figures(term)
    assert [(use.series, use.token) for use in term.figure_uses.all()] == [(power, "power")]


def test_judging_a_series_leaves_claims_about_others_and_plain_figures(compute, power):
    term = make_term("Chip", explanation="{{ compute }} {{ assert compute > 11 }}")
    record_figures(term, make_term("Power", explanation="{{ assert power > 60 }}"))
    FigureUse.objects.filter(series=power).update(finding="As it was found before.")
    broken = release(compute, "2024,10 2025,9", "2026-02-15")
    others = FigureUse.objects.exclude(series=compute, is_claim=True)
    with unchanged(*others):
        recheck_claims(Series.objects.get(pk=compute.pk))
    claim = FigureUse.objects.get(series=compute, is_claim=True)
    assert (claim.broken_in, "9" in claim.finding) == (broken, True)
    release(compute, "2024,10 2025,8", "2026-03-15")
    recheck_claims(Series.objects.get(pk=compute.pk))
    claim.refresh_from_db()
    assert (claim.broken_in, "8" in claim.finding) == (broken, True)


def test_texts_that_read_a_series_are_published_and_name_it_whole(compute, power):
    reads = make_term("Reads", explanation="{{ compute }} and {{ compute | first }}")
    draft = make_term("Draft", explanation="{{ compute }}", status="draft")
    record_figures(reads, draft, make_term("Other", explanation="{{ power }}"))
    Series.objects.filter(pk=compute.pk).update(notes="Mine: {{ compute }}.")
    Series.objects.filter(pk=power.pk).update(notes="See {{ compute }}.")
    more = make_series("compute-more", notes="Only {{ compute-more }}.")
    release(more, "2024,1")
    found = [(text.title, text.path) for text in term_texts(compute)]
    assert found == [("Reads", "/glossary/reads/"), ("Power", "/data/power/")]


def test_terms_that_use_a_series_show_or_read_it(compute, power):
    shows, reads = (
        make_term("Shows", explanation=""),
        make_term("Reads", explanation="{{ compute }}"),
    )
    show(shows, compute)
    show(make_term("Elsewhere"), power)
    record_figures(reads, make_term("Other", explanation="{{ power }}"))
    record_figures(make_term("Claims", explanation="{{ assert compute > 1 }}"))
    assert set(contents.terms_that_use(compute)) == {shows, reads}


# --- Pages of one series or term ------------------------------------------------------------------


def test_a_term_is_glanced_at_by_the_first_series_it_lists(compute, power):
    term = make_term("Chip")
    show(make_term("Other"), compute)
    assert contents.at_a_glance(term) is None
    show(term, power, position=1)
    glance = contents.at_a_glance(term)
    assert (glance.series, glance.latest.number) == (power, "70")
    show(term, compute, position=0)
    assert contents.at_a_glance(term).series == compute


def test_a_file_that_waits_holds_up_its_own_series_only(compute, power):
    make_upload(power, is_fetched=True)
    make_upload(compute)  # by hand, not fetched
    found = {series.slug: series.holdup for series in shown_series()}
    assert (found["compute"], found["power"]) == ("", "checking")


# --- As of a day ----------------------------------------------------------------------------------


def test_the_day_after_tomorrow_has_not_come_anywhere(compute, clock):
    today = date(2026, 11, 23)
    assert find_release("compute", f"{today + timedelta(days=1)}").is_newest
    with pytest.raises(Refusal, match="has not come yet") as refused:
        find_release("compute", f"{today + timedelta(days=2)}")
    assert refused.value.status == 400


def test_a_day_has_the_newest_release_of_its_series_up_to_then(compute, power):
    first = compute.releases.get()
    second = release(compute, "2024,10 2025,13", "2026-03-01")
    asked = {
        day: find_release("compute", day).release
        for day in ("2026-01-15", "2026-02-28", "2026-03-01")
    }
    assert asked == {"2026-01-15": first, "2026-02-28": first, "2026-03-01": second}
    assert find_release("compute", "2026-02-28").load().view.points[-1].value == Decimal(12)
    with pytest.raises(
        Refusal, match=r"On January 14, 2026 nothing .*\?asof=2026-01-15"
    ) as refused:
        find_release("compute", "2026-01-14")
    assert refused.value.status == 404
