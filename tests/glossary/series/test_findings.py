"""The sentence above a chart: which one a course of values gets, and that it is true."""

import re
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glossary.prose.figures.spans import months_before
from glossary.series.findings import LONGEST, Sentence, finding
from glossary.series.latest import latest
from glossary.values.periods import Denotes, Frequency
from glossary.values.points import Point, Status
from tests.glossary.series_views import make_view, point

PROVISIONAL, PROJECTED = Status.PROVISIONAL, Status.PROJECTED
MONEY = {"unit": "US dollars", "short_unit": "$", "scale": 9, "decimals": 1}
SHARE = {"unit": "percent of firms", "short_unit": "%", "decimals": 1}
DAYS = {"frequency": Frequency.IRREGULAR, "denotes": Denotes.DAY}


def yearly(*values, since=2020, **fields):
    """Make a series of one value a year; None is a year without one."""
    points = [point(f"{since + i}-01-01", value) for i, value in enumerate(values)]
    return make_view(points=points, **({"frequency": Frequency.ANNUAL, "unit": "sites"} | fields))


def on_days(*points, **fields):
    return make_view(points=[point(*each) for each in points], **DAYS, **fields)


def monthly(values, **fields):
    last = date(2026, 6, 1)
    days = [months_before(last, len(values) - 1 - i) for i in range(len(values))]
    points = [Point(day, value and Decimal(value)) for day, value in zip(days, values, strict=True)]
    return make_view(points=points, frequency=Frequency.MONTHLY, **fields)


CHANGES = [
    (yearly("40", "51"), "Up 28% in a year, to 51 sites in 2021"),
    (yearly("51", "40"), "Down 22% in a year, to 40 sites in 2021"),
    (yearly("40", "60", "51"), "Down 15% in a year, to 51 sites in 2022"),
    (yearly("4", "51"), "Up 13-fold in a year, to 51 sites in 2021"),
    (yearly("51.2", "96.2", **MONEY), "Up 88% in a year, to $96.2 billion in 2021"),
    (yearly("13.5", "20", **SHARE), "Up 6.5 points in a year, to 20.0% in 2021"),
    (yearly("20", "19", **SHARE), "Down 1.0 points in a year, to 19.0% in 2021"),
    (yearly("100", "109.6", unit="index, 2017 = 100"), "Up 9.6% in a year, to 110 points in 2021"),
    # Below zero no percentage has a meaning.
    (yearly("-4", "-1", **MONEY), "Up $3.0 billion in a year, to −$1.0 billion in 2021"),
    (yearly("2", "-1", **MONEY), "Down $3.0 billion in a year, to −$1.0 billion in 2021"),
    (yearly("0", "425"), "Up from 0 to 425 sites in a year"),
    (yearly("425", "0"), "Down 100% in a year, to 0 sites in 2021"),
    # Of the first and the last value only; what came between may have differed.
    (yearly("5", "5"), "Unchanged in a year, at 5 sites in 2021"),
    (yearly("20000", "20001"), "Almost unchanged in a year, at 20,001 sites in 2021"),
    # Without a value a year before, the first one is compared.
    (yearly("40", None, "51"), "Up 28% in 2 years, to 51 sites in 2022"),
    (yearly("40", "51", None), "Up 28% in a year, to 51 sites in 2021"),
]
TIMES = [
    ("2026-06-15", "2026-06-22", "in 7 days"),
    ("2026-06-15", "2026-06-16", "in 1 day"),
    ("2026-01-01", "2026-06-01", "in 5 months"),
    ("2026-01-01", "2026-06-20", "in less than 6 months"),
    ("2025-01-01", "2026-06-13", "in 17 months"),
    ("2025-06-20", "2026-06-15", "in a year"),
    ("2023-06-15", "2026-06-15", "in 3 years"),
    ("2022-03-01", "2026-06-15", "in more than 4 years"),
    ("2022-09-01", "2026-06-15", "in less than 4 years"),
    ("2010-09-26", "2025-07-09", "in 15 years"),
]
NOT_OBSERVED = [
    ([], "No value yet"),
    ([("2024-01-01", None)], "No value yet"),
    ([("2024-01-01", "5")], "5 MW in 2024, the only value so far"),
    ([("2024-01-01", "5", PROVISIONAL)], "5 MW in 2024, the only value so far (provisional)"),
    ([("2030-01-01", "5", PROJECTED)], "Projected at 5 MW in 2030"),
    (
        [("2030-01-01", "5", PROJECTED), ("2031-01-01", "7", PROJECTED)],
        "Projected to rise to 7 MW in 2031",
    ),
    (
        [("2024-01-01", "5"), ("2030-01-01", "7", PROJECTED), ("2035-01-01", "4", PROJECTED)],
        "5 MW in 2024, projected to fall to 4 MW in 2035",
    ),
    (
        [("2024-01-01", "5"), ("2025-01-01", "7"), ("2026-01-01", "99", PROJECTED)],
        "Up 40% in a year, to 7 MW in 2025",
    ),
    (
        [("2024-01-01", "5"), ("2025-01-01", "7", PROVISIONAL)],
        "Up 40% in a year, to 7 MW in 2025 (provisional)",
    ),
    (
        [("2024-01-01", "5", PROVISIONAL), ("2025-01-01", "7")],
        "Up 40% in a year, to 7 MW in 2025 (provisional)",
    ),
]
RISING = [100 + i for i in range(72)]
RECORDS = [
    (RISING, "the highest in 5 years"),
    ([*RISING[::-1]], "the lowest in 5 years"),
    ([500, *RISING], "the highest since June 2020"),
    (RISING[:60], ""),
    ([*RISING[:30], None, *RISING[31:]], ""),  # what was not published may have been higher
    ([*RISING[:-1], 161], ""),
]


def sentence(view, subject="", **fields):
    return finding(view, subject, **fields).text.replace("\xa0", " ")


def compared(view, subject="", **fields):
    return [each.isoformat()[:4] for each in finding(view, subject, **fields).compared]


def test_the_compared_values_are_those_of_the_sentence():
    view = yearly("1", "20", None, "300", "400")
    assert compared(view) == ["2023", "2024"]
    assert compared(view, is_log=True) == ["2020", "2024"]
    # The growth does not fit, so the change in a year is told.
    assert sentence(view, "S" * 80, is_log=True) == "Up 33% in a year"
    assert compared(view, "S" * 80, is_log=True) == ["2023", "2024"]
    assert compared(yearly("100", None, "200")) == ["2020", "2022"]
    assert compared(yearly("100")) == []
    ahead = replace(view.points[-1], period=date(2025, 1, 1), status=PROJECTED)
    assert compared(replace(view, points=(*view.points, ahead))) == ["2023", "2024"]
    assert compared(yearly("1", "1e400")) == []


@pytest.mark.parametrize(("view", "said"), CHANGES)
def test_the_newest_value_is_compared_with_that_of_a_year_before(view, said):
    assert sentence(view) == said


@pytest.mark.parametrize(("first", "last", "time"), TIMES)
def test_the_time_is_as_long_as_is_said(first, last, time):
    said = sentence(on_days((first, "40"), (last, "50"), unit="sites"))
    assert f"Up 25% {time}, to 50 sites" in said


@pytest.mark.parametrize(("points", "said"), NOT_OBSERVED)
def test_what_nobody_observed_is_not_told_as_observed(points, said):
    rows = [point(day, value, status=status[0] if status else Status.FINAL)
            for day, value, *status in points]  # fmt: skip
    view = make_view(points=rows, frequency=Frequency.ANNUAL, unit="MW")
    assert sentence(view) == said


@pytest.mark.parametrize(("values", "said"), RECORDS)
def test_a_record_is_called_so_only_over_years_without_a_hole(values, said):
    found = sentence(monthly(values, unit="index"))
    assert found.partition(", ")[2].partition(", ")[2] == said


def test_growth_over_years_is_told_for_a_logarithmic_scale():
    records = on_days(
        ("2010-09-26", "5.4e16"), ("2015-01-01", "1e20"), ("2025-07-09", "5e26"), unit="FLOP"
    )
    told = "Records grew 9.26 billion-fold in 15 years, or 4.7-fold a year"
    assert sentence(records, "Records", is_log=True) == told
    slow = on_days(("1900-01-01", "1"), ("2000-01-01", "100"), unit="sites")
    assert sentence(slow, is_log=True) == "Up 100-fold in 100 years, or 4.7% a year"
    short = on_days(("2025-01-01", "1"), ("2026-06-01", "100"), unit="sites")
    assert sentence(short, is_log=True).startswith("Up 100-fold in 17 months, to 100")
    shrunk = on_days(("2020-01-01", "100"), ("2026-01-01", "1"), unit="sites")
    assert sentence(shrunk, is_log=True).startswith("Down 99% in 6 years, to 1 site on")


@pytest.mark.parametrize(
    ("view", "subject", "said"),
    [
        (
            yearly("40", "51"),
            "Data centers",
            "Data centers rose 28% in a year, to 51 sites in 2021",
        ),
        (yearly("51", "40"), "Sites", "Sites fell 22% in a year, to 40 in 2021"),
        (yearly("4", "51"), "Sites", "Sites grew 13-fold in a year, to 51 in 2021"),
        (yearly("5", "5"), "Sites", "Sites showed no net change in a year, at 5 in 2021"),
        (yearly("0", "425"), "Sites", "Sites rose from 0 to 425 in a year"),
        (
            yearly("13.5", "20", **SHARE),
            "of EU firms used AI",
            "20.0% of EU firms used AI in 2021, up 6.5 points in a year",
        ),
        (
            on_days(("2025-06-15", "20"), ("2026-06-15", "17"), **SHARE),
            "of US firms use AI",
            "17.0% of US firms use AI, down 3.0 points in a year",
        ),
    ],
)
def test_a_subject_makes_it_a_sentence(view, subject, said):
    assert sentence(view, subject) == said


def test_a_unit_that_the_subject_names_is_not_repeated():
    view = yearly("4000", "4400", unit="papers")
    assert sentence(view, "Papers on AI") == "Papers on AI rose 10% in a year, to 4,400 in 2021"
    assert sentence(view, "Newspapers").endswith(", to 4,400 papers in 2021")


def test_twice_as_much_is_doubled():
    view = yearly("22.4", "44.9", **MONEY)
    assert sentence(view, "Capital expenditure").startswith("Capital expenditure doubled in")
    assert sentence(view) == "Up 100% in a year, to $44.9 billion in 2021"


def test_what_is_too_long_loses_its_period_and_then_its_value():
    view = yearly("40", "51", unit="sites with a grid connection")
    lengths = (4, 26, 44, 160)
    assert [sentence(view, "S" * length).lstrip("S") for length in lengths] == [
        " rose 28% in a year, to 51 sites with a grid connection in 2021",
        " rose 28% in a year, to 51 sites with a grid connection",
        " rose 28% in a year",
        "Up 28% in a year",
    ]


def test_a_number_that_cannot_be_printed_makes_no_sentence():
    assert finding(yearly("1", "1e400")) == Sentence()


# --- what holds of any series ---

NUMBERS = st.integers(-50, 50).map(Decimal) | st.decimals(-(10**6), 10**13, places=2)
STEPS = st.tuples(st.integers(1, 900), NUMBERS | st.none(), st.sampled_from(list(Status)))
UNITS = st.sampled_from(
    [("sites", ""), ("US dollars", "$"), ("percent of firms", "%"), ("index, 2017 = 100", "")]
)
UP, DOWN = re.compile(r"\b(up|rose|grew)\b", re.I), re.compile(r"\b(down|fell)\b", re.I)


def made(steps, unit, short_unit, frequency):
    """Make a series whose points lie so many days apart."""
    days = [date(2000, 1, 1) + timedelta(sum(days for days, _, _ in steps[: i + 1]))
            for i in range(len(steps))]  # fmt: skip
    points = [Point(day, value, status=status)
              for day, (_, value, status) in zip(days, steps, strict=True)]  # fmt: skip
    return make_view(points=points, unit=unit, short_unit=short_unit, frequency=frequency)


@given(
    st.lists(STEPS, max_size=8),
    UNITS,
    st.sampled_from(["", "Sites", "of US firms use AI"]),
    st.sampled_from(list(Frequency)),
    st.booleans(),
)
def test_a_finding_is_short_and_agrees_with_its_values(steps, unit, subject, frequency, is_log):
    view = made(steps, *unit, frequency)
    said = finding(view, subject, is_log=is_log).text
    known = [each for each in view.points if each.value is not None]
    observed = [each for each in known if each.status is not PROJECTED]
    assert 0 < len(said) <= LONGEST
    assert not said.endswith(".")
    assert ("rojected" in said) <= (len(observed) < 2)
    if len(observed) < 2:
        assert not UP.search(said)
        assert not DOWN.search(said)
        return
    years = {str(each.period.year) for each in observed}
    assert set(re.findall(r"\b20[0-9]{2}\b", said)) <= years
    newest = latest(view)
    assert f"{newest.number} " in f"{said} " or not re.search(", (to|at) ", said)
    # “In a year” may be half a year off where values lie so far apart.
    a_year = [each for each in observed if 180 < (observed[-1].period - each.period).days < 550]
    compared = {each.value for each in a_year} if "in a year" in said else {observed[0].value}
    last = observed[-1].value
    assert bool(UP.search(said)) <= any(each < last for each in compared)
    assert bool(DOWN.search(said)) <= any(each > last for each in compared)
