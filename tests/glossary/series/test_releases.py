"""Releases: only differences are kept, and every past release can be read as it was."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from glossary.ingest.plans import Stale, accept_release, plan_release
from glossary.ingest.problems import DataRefused
from glossary.models import Observation, Release, Series
from glossary.series.loading import load_as_of, load_release
from glossary.values.expectations import State
from tests.builders import make_series, release
from tests.glossary.mentions.test_relinking_races import at_once

pytestmark = pytest.mark.django_db


def values(series, day=None):
    loaded = load_as_of(Series.objects.with_page().get(pk=series.pk), day)
    return [str(point.value) for point in loaded.points] if loaded else None


def test_the_first_release_makes_a_series_public():
    series = make_series()
    assert not Series.objects.published().exists()
    release(series, "2024,10 2025,12")
    assert Series.objects.published().get() == series
    assert values(series) == ["10", "12"]


def test_a_release_stores_what_changed_and_nothing_else():
    series = make_series()
    release(series, "2022,1 2023,2 2024,3", "2025-01-01")
    second = release(series, "2022,1 2023,2.5 2024,3 2025,4", "2026-01-01")
    assert (second.kind, Observation.objects.count()) == ("revision", 5)
    assert (
        second.summary
        == "1 period added (2025); 1 of 3 periods changed, 2023 from 2 to 2.5 (+25.0%)."
    )


def test_as_of_reading_gives_each_release_as_it_was():
    series = make_series()
    release(series, "2023,1 2024,2", "2025-01-01")
    release(series, "2023,1 2024,3", "2025-06-01")
    release(series, "2024,3 2025,4 2023,1", "2026-01-01")
    assert values(series, date(2024, 12, 31)) is None
    assert values(series, date(2025, 5, 31)) == ["1", "2"]
    assert values(series, date(2025, 6, 1)) == ["1", "3"]
    assert values(series) == ["1", "3", "4"]


def test_the_same_numbers_again_are_no_release():
    series = make_series()
    release(series, "2024,10 2025,12.0", "2025-01-01")
    assert release(series, "2024,10.00 2025,12", "2026-01-01") is None
    assert Release.objects.count() == 1


def test_an_earlier_release_cannot_be_put_before_a_newer_one():
    series = make_series()
    release(series, "2024,10", "2026-01-01")
    with pytest.raises(DataRefused, match="Import releases in the order they came out"):
        release(series, "2024,11", "2025-01-01")


def test_a_release_day_in_the_future_is_refused_at_every_door():
    with pytest.raises(DataRefused, match="The release day 2999-01-01 is in the future"):
        release(make_series(), "2024,10", "2999-01-01")


def test_a_period_cannot_come_in_under_a_second_date():
    series = make_series(frequency="monthly")
    months = [f"2024-{month:02}-01,1" for month in range(1, 13)]
    release(series, " ".join(months), "2025-01-01")
    moved = [*months[:-1], "2024-12-31,1"]
    said = "2024-12-31 is in the period that the series has as 2024-12-01"
    with pytest.raises(DataRefused, match=said):
        release(series, " ".join(moved), "2026-01-01")
    assert release(series, " ".join([*months, "2025-01-31,1"]), "2026-01-01").kind == "append"


def test_two_that_planned_on_the_same_release_cannot_both_accept():
    series = make_series()
    release(series, "2024,10", "2025-01-01")
    series = Series.objects.with_page().get()
    plans = [
        plan_release(series, f"period,value\n2024,{number}".encode(), "x.csv", date(2026, 1, 1))
        for number in (11, 12)
    ]
    accept_release(plans[0])
    with pytest.raises(Stale):
        accept_release(plans[1])
    assert values(series) == ["11"]


def test_saving_a_copy_from_before_an_import_does_not_take_the_import_back():
    series = make_series()
    stale = Series.objects.get(pk=series.pk)
    release(series, "2024,10")
    stale.title = "Better title"
    stale.save()
    assert values(series) == ["10"]
    assert Series.objects.get().title == "Better title"


def test_a_release_and_its_slug_cannot_be_changed():
    series = make_series()
    first = release(series, "2024,10")
    with pytest.raises(ValueError, match="never changed"):
        first.save()
    series.slug = "other"
    with pytest.raises(Exception, match="The slug stays “compute”"):
        series.full_clean()


def test_the_database_keeps_one_current_value_a_period():
    series = make_series()
    first = release(series, "2024,10")
    with pytest.raises(IntegrityError), transaction.atomic():
        Observation.objects.create(
            series=series, period=date(2024, 1, 1), value=Decimal(11), first_in=first
        )


@pytest.mark.django_db(transaction=True)
def test_of_two_who_accept_a_release_at_the_same_moment_one_is_told():
    series = make_series()
    release(series, "2024,10")
    series = Series.objects.with_page().get()
    content, day = b"period,value\n2024,10\n2025,12\n", date(2026, 11, 20)
    planned = plan_release(series, content, "test.csv", day)

    def accept():
        try:
            return accept_release(planned).kind
        except Stale:
            return "stale"

    assert sorted(at_once(accept, accept)) == ["append", "stale"]
    assert values(series) == ["10", "12"]


@pytest.mark.parametrize(("name", "value"), [("unit", "index, 2020 = 100"), ("scale", 6)])
def test_unit_and_scale_stay_once_there_are_numbers(name, value):
    series = make_series()
    setattr(series, name, value)
    series.full_clean()  # nothing stands on it yet
    series.refresh_from_db()
    release(series, "2024,10")
    setattr(series, name, value)
    with pytest.raises(ValidationError, match="Make a new series"):
        series.full_clean()


@pytest.mark.parametrize(
    "number", ["0.1", "59.40", "12345678901234567890.12345678901234567890", "1E+27", "-1E-30"]
)
def test_numbers_are_kept_digit_for_digit(number):
    series = make_series()
    release(series, f"2024,{number}")
    assert Observation.objects.get().value == Decimal(number)
    assert str(Observation.objects.get().value) == str(Decimal(number))


def test_no_number_is_not_zero():
    series = make_series()
    release(series, "2023,1 2024, 2025,0")
    assert values(series) == ["1", "None", "0"]


numbers = st.one_of(
    st.none(),
    st.decimals(
        allow_nan=False, allow_infinity=False, places=3, min_value=-(10**18), max_value=10**18
    ),
)
edits = st.dictionaries(st.integers(0, 30), numbers, max_size=6)


def without_too_many_withdrawn(edit, known):
    """Leave at most a tenth of the known periods to be withdrawn: more would be refused."""
    withdrawn = [y for y, v in edit.items() if v is None and known.get(y) is not None]
    refused = withdrawn[len(known) // 10 :]
    return {year: value for year, value in edit.items() if year not in refused}


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(first=st.lists(numbers, min_size=1, max_size=25), later=st.lists(edits, max_size=5))
def test_random_series_and_random_edits_read_back_as_they_were_imported(first, later):
    """Also: storage grows with what changes, not with how long the series is."""
    with transaction.atomic():
        series = make_series("random")
        known = dict(enumerate(first))
        imported, changes = [], 0
        for number, edit in enumerate([{}, *later]):
            before = dict(known)
            edit = without_too_many_withdrawn(edit, known)
            known |= edit
            day = date(2025, 1, 1) + timedelta(days=number)
            rows = [f"{2000 + year},{'' if v is None else v}" for year, v in known.items()]
            made = release(series, " ".join(rows), day.isoformat())
            changes += sum(year not in before or before[year] != known[year] for year in edit)
            imported.append((made, dict(known)))
        for made, expected in imported:
            if made:
                points = load_release(series, made).points
                assert {p.period.year - 2000: p.value for p in points} == expected
        assert Observation.objects.filter(series=series).count() <= len(first) + changes
        transaction.set_rollback(True)


def test_the_state_follows_from_the_newest_release_and_the_rhythm():
    series = make_series(expected_days=90)
    release(series, "2024,10", "2025-01-15")
    release(series, "2024,10 2025,11", "2026-01-15")
    series = Series.objects.with_page().get()
    assert series.expected_on == date(2026, 4, 15)
    assert series.state(date(2026, 4, 14)) is State.FRESH
    assert series.state(date(2026, 4, 22)) is State.OVERDUE


def test_without_a_promise_the_frequency_says_when_and_an_ended_series_expects_nothing():
    series = make_series(frequency="annual")
    assert series.expected_on is None
    release(series, "2024,10", "2025-01-15")
    series = Series.objects.with_page().get()
    assert series.expected_on == date(2026, 1, 16)
    series.ended_on = date(2021, 1, 1)
    assert (series.expected_on, series.state(date(2026, 1, 1))) == (None, State.ENDED)


def test_a_file_that_ended_long_before_its_release_is_late_from_its_first_day():
    series = make_series(frequency="quarterly")
    release(series, "2024-10-01,9 2025-01-01,10", "2026-11-20")
    series = Series.objects.with_page().get()
    assert series.current_release.observed_until == date(2025, 1, 1)
    # Three quarters after March 31, 2025.
    assert series.expected_on == date(2026, 1, 1)
    assert series.state(date(2026, 11, 20)) is State.STALE


def test_records_without_a_rhythm_are_counted_from_their_release():
    series = make_series(frequency="irregular", denotes="day")
    release(series, "2024-03-09,10", "2026-11-20")
    assert Series.objects.with_page().get().expected_on == date(2027, 5, 22)


def test_a_projected_or_missing_value_is_no_newer_period():
    series = make_series()
    content = b"period,value,status\n2024,1,final\n2025,,final\n2026,3,projected\n2030,4,final\n"
    made = accept_release(plan_release(series, content, "x.csv", date(2026, 11, 20)))
    assert made.observed_until == date(2024, 1, 1)
