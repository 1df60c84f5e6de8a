"""Series that are sums of others: of the periods that all have, made when a summand changes."""

from datetime import date
from decimal import Decimal

import pytest

from glossary.ingest.steps.declaration import BadSteps, read_steps
from glossary.ingest.sums import add_up_changed, total
from glossary.ingest.withdrawals import withdraw_release
from glossary.models import Fetch, Series, Upload
from glossary.series.loading import load_as_of
from glossary.values.periods import Frequency
from glossary.values.points import Point, Status
from tests.builders import make_series, release
from tests.bystanders import unchanged

STEPS = "- sum of: [alpha, beta]"


def point(day, value, status=Status.FINAL):
    return Point(date.fromisoformat(day), Decimal(value), status=status)


def held(series):
    loaded = load_as_of(Series.objects.with_page().get(pk=series.pk))
    return [(str(p.period), str(p.value)) for p in loaded.points] if loaded else None


def test_periods_that_all_have_are_added_whatever_day_they_end_on():
    alpha = [point("2026-03-31", "1.5"), point("2026-06-30", "2"), point("2026-09-30", "3")]
    beta = [point("2026-03-29", "10"), point("2026-06-28", "20", Status.PROVISIONAL)]
    assert total([alpha, beta], Frequency.QUARTERLY) == [
        point("2026-03-31", "11.5"),
        point("2026-06-30", "22", Status.PROVISIONAL),
    ]


def test_what_is_projected_or_missing_is_not_added():
    alpha = [point("2026-03-31", "1"), Point(date(2026, 6, 30), None)]
    beta = [point("2026-03-31", "2", Status.PROJECTED), point("2026-06-30", "2")]
    assert total([alpha, beta], Frequency.QUARTERLY) == []


def test_two_quarters_of_one_company_are_no_sum_of_two_companies():
    alpha = [point("2023-07-02", "1"), point("2023-10-01", "2"), point("2023-12-31", "3")]
    assert total([alpha, [point("2023-09-30", "10")]], Frequency.QUARTERLY) == [
        point("2023-09-30", "11")
    ]
    assert total([alpha, [point("2023-12-31", "10")]], Frequency.QUARTERLY) == []
    assert total([alpha, []], Frequency.QUARTERLY) == []


@pytest.mark.parametrize("text", ["- sum of: alpha", "- sum of: [a, a]", f"{STEPS}\n- period: d"])
def test_a_sum_has_two_series_or_more_and_no_other_step(text):
    with pytest.raises(BadSteps, match="“sum of” is the only step"):
        read_steps(text)
    assert read_steps(STEPS).sum_of == ("alpha", "beta")


@pytest.mark.django_db
def test_a_sum_is_made_when_all_its_summands_are_there_and_when_one_changes(clock):
    both = make_series("both", steps=STEPS)
    alpha, beta, other = (make_series(slug) for slug in ("alpha", "beta", "other"))
    release(alpha, "2024,1 2025,2", "2026-01-15")
    release(other, "2024,50", "2026-01-15")
    assert add_up_changed() == ""
    release(beta, "2024,10 2025,20", "2026-01-15")
    with unchanged(alpha, beta, other, *other.observations.all()):
        assert add_up_changed() == "1 sum of series made"
    assert held(both) == [("2024-01-01", "11"), ("2025-01-01", "22")]
    assert both.releases.get().is_automatic
    assert add_up_changed() == ""
    clock.shift(60)
    release(beta, "2024,10 2025,21", "2026-02-15")
    assert add_up_changed() == "1 sum of series made"
    assert held(both) == [("2024-01-01", "11"), ("2025-01-01", "23")]


@pytest.mark.django_db
def test_a_sum_that_loses_a_period_waits_for_a_person(clock):
    both, alpha, beta = make_series("both", steps=STEPS), make_series("alpha"), make_series("beta")
    for series in (alpha, beta):
        release(series, "2024,1 2025,2", "2026-01-15")
    add_up_changed()
    clock.shift(60)
    release(beta, "2025,2", "2026-02-15")
    assert add_up_changed() == ""
    assert Upload.objects.get().series == both
    assert len(held(both)) == 2


@pytest.mark.django_db
def test_a_release_that_a_person_withdrew_leaves_the_sum_too(clock):
    both, alpha, beta = make_series("both", steps=STEPS), make_series("alpha"), make_series("beta")
    for series in (alpha, beta):
        release(series, "2024,1 2025,2", "2026-01-15")
    add_up_changed()
    clock.shift(60)
    wrong = release(beta, "2024,1 2025,2.5", "2026-02-15")
    add_up_changed()
    assert held(both)[-1] == ("2025-01-01", "4.5")
    clock.shift(60)
    with unchanged(alpha, *alpha.observations.all()):
        withdraw_release(beta, wrong.pk, "A wrong file.")
        assert add_up_changed() == "1 sum of series made"
    assert held(both)[-1] == ("2025-01-01", "4")
    withdraw_release(beta, beta.releases.get().pk, "All of it.")
    assert add_up_changed() == ""
    assert "beta has no values" in Fetch.objects.get(series=both).problem


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"scale": 9}, "beta has another unit or scale"),
        ({"unit": "dollars"}, "beta has another unit or scale"),
        ({"frequency": "monthly"}, "beta is monthly, and the sum annual."),
    ],
)
def test_what_is_not_counted_alike_is_not_added_and_editors_read_why(clock, fields, said):
    both, other = make_series("both", steps=STEPS), make_series("other")
    release(make_series("alpha"), "2024,1", "2026-01-15")
    beta = make_series("beta", **fields)
    release(beta, "2024-01-01,1", "2026-01-15")
    with unchanged(other):
        assert add_up_changed() == ""
    assert held(both) is None
    fetch = Fetch.objects.get(series=both)
    assert said in fetch.problem
    assert add_up_changed() == ""
    assert Fetch.objects.get(series=both).failures == 1, "it is tried again after a pause"
    Series.objects.filter(pk=beta.pk).update(unit="units", scale=0, frequency="annual")
    clock.shift(3600)
    assert add_up_changed() == "1 sum of series made"
