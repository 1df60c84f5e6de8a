"""The newest value in words, which numbers moved, how a series is cited: without a database."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from glossary.models import Release, Series, Source
from glossary.prose.figures.series_view import SeriesView
from glossary.series.citation import citation
from glossary.series.latest import Change, latest, short_figure
from glossary.values.numbers import NO_BREAK
from glossary.values.periods import Denotes, Frequency
from glossary.values.points import Point, Status


def view(*values, slug="s", **fields):
    """Make a yearly series whose last value is that of 2025; a pair carries its status."""
    first = 2026 - len(values)
    points = []
    for year, value in enumerate(values, first):
        number, status = value if isinstance(value, tuple) else (value, Status.FINAL)
        decimal = None if number is None else Decimal(number)
        points.append(Point(date(year, 12, 31), decimal, status=status))
    defaults = {
        "title": slug.title(), "unit": "units", "released_on": date(2026, 1, 15),
        "path": f"/data/{slug}/", "frequency": Frequency.ANNUAL,
    }  # fmt: skip
    return SeriesView(slug=slug, points=tuple(points), **(defaults | fields))


@pytest.mark.parametrize(
    ("values", "fields", "number", "unit"),
    [
        (["14527340"], {"unit": "H100-equivalents"}, "14.5 million", "H100-equivalents"),
        (["51.2"], {"unit": "US dollars", "short_unit": "$", "scale": 9, "decimals": 1},
         "$51.2 billion", ""),
        (["2.99"], {"unit": "US dollars per hour", "short_unit": "$/h", "decimals": 2},
         "$2.99", "per hour"),
        (["59.4"], {"unit": "percent of people", "short_unit": "%", "decimals": 1}, "59.4%", ""),
        (["123.7"], {"unit": "index, 2000 = 100", "decimals": 1}, "123.7", "index, 2000 = 100"),
        (["1"], {"unit": "companies"}, "1", "company"),
        (["1595.5"], {"unit": "pounds sterling", "short_unit": "£", "decimals": 2}, "£1,595.50", ""),
        (["2195.0"], {"unit": "people", "scale": 3, "decimals": 1}, "2.2 million", "people"),
        (["612.3"], {"unit": "people", "scale": 3, "decimals": 1}, "612.3 thousand", "people"),
        (["155.00"], {"unit": "claims", "scale": 3, "decimals": 2}, "155 thousand", "claims"),
        (["1000.0"], {"unit": "US dollars", "short_unit": "$", "scale": 9, "decimals": 1},
         "$1 trillion", ""),
        (["999.96"], {"unit": "US dollars", "short_unit": "$", "scale": 9, "decimals": 1},
         "$1 trillion", ""),
        (["51.0"], {"unit": "US dollars", "short_unit": "$", "scale": 9, "decimals": 1},
         "$51.0 billion", ""),
        (["999960000"], {"unit": "claims"}, "1.00 billion", "claims"),
        (["1400"], {"unit": "megawatts", "short_unit": "MW"}, "1,400", "megawatts"),
        (["0"], {}, "0", "units"),
    ],
)  # fmt: skip
def test_a_figure_comes_in_two_parts(values, fields, number, unit):
    found = latest(view(*values, **fields))
    assert (found.number.replace("\u00a0", " "), found.unit) == (number, unit)


@pytest.mark.parametrize(
    ("value", "fields", "text"),
    [
        ("59.4", {"unit": "percent of people", "short_unit": "%", "decimals": 1}, "59.4%"),
        (
            "51",
            {"unit": "US dollars", "short_unit": "$", "scale": 9, "decimals": 1},
            "$51.0 billion",
        ),
        ("2.4", {"unit": "US dollars per hour", "short_unit": "$/h", "decimals": 2}, "$2.40"),
        ("1400", {"unit": "megawatts", "short_unit": "MW"}, "1,400 MW"),
        ("1400000", {"unit": "companies"}, "1.40 million"),
        ("123.7", {"unit": "index, 2000 = 100", "decimals": 1}, "123.7"),
        ("5E+26", {"unit": "floating-point operations", "short_unit": "FLOP"}, "5 × 10²⁶"),
    ],
)
def test_charts_repeat_a_figure_with_its_unit_where_that_is_short(value, fields, text):
    series = view(value, **fields)
    assert short_figure(series.in_unit(Decimal(value)), series).replace("\u00a0", " ") == text


def test_a_power_of_ten_is_kept_apart_to_be_raised():
    found = latest(view("5E+26", unit="FLOP"))
    assert (found.number.replace("\u00a0", " "), found.power) == ("5 × 10", "26")
    assert found.machine == "5" + 26 * "0"


@pytest.mark.parametrize(
    ("values", "fields", "words"),
    [
        (["10", "12"], {}, "Up 20% in a year"),
        (["10", None, "5"], {}, "Down 50% since 2023"),
        (["10", "10"], {}, "Unchanged in a year"),
        (["60", "66"], {"unit": "%", "short_unit": "%"}, "Up 6 percentage points in a year"),
        (["-4", "2"], {}, "Up 6 units in a year"),
        (["0", "7"], {}, "Up 7 units in a year"),
        (["0", "-1"], {}, "Down 1 unit in a year"),
        (["60", "61"], {"unit": "%"}, "Up 1 percentage point in a year"),
        (["10", "-100"], {}, "Down 110 units in a year"),
        (["0.1", "5"], {"unit": "%", "decimals": 1}, "Up 4.9 percentage points in a year"),
        (["1E-34", "5"], {}, "5 × 10³⁴ times as much in a year"),
        (["0.5", "51.2"], {"frequency": Frequency.IRREGULAR, "denotes": Denotes.DAY},
         "102 times as much in a year"),
    ],
)  # fmt: skip
def test_the_change_is_told_against_a_year_before_else_the_period_before(values, fields, words):
    assert latest(view(*values, **fields)).change.words.replace("\u00a0", " ") == words


@pytest.mark.parametrize(
    ("first", "words"),
    [
        (date(2025, 3, 1), "Up 20% in a year"),
        (date(2025, 3, 11), "Up 20% in a year"),
        (date(2025, 3, 12), "Up 20% since March 12, 2025"),
        (date(2025, 2, 1), "Up 20% since February 1, 2025"),
    ],
)
def test_without_a_rhythm_a_year_is_a_year_give_or_take_ten_days(first, words):
    points = (
        Point(first, Decimal(10)), Point(date(2025, 9, 1), Decimal(11)),
        Point(date(2026, 3, 1), Decimal(12)),
    )  # fmt: skip
    odd = view(frequency=Frequency.IRREGULAR, denotes=Denotes.DAY)
    assert latest(replace(odd, points=points)).change.words == words


def test_the_first_value_has_no_change():
    assert latest(view("7")).change is None


def test_a_projection_is_no_latest_value_unless_there_is_nothing_else():
    projected = ("945", Status.PROJECTED)
    assert latest(view("415", projected)).number == "415"
    only = latest(view(projected))
    assert (only.number, only.note) == ("945", "projected")


@pytest.mark.parametrize("values", [[], [None], ["1E+500"]])
def test_without_a_value_that_can_be_read_there_is_no_latest(values):
    assert latest(view(*values)) is None


def test_a_citation_names_the_publisher_first_and_the_release():
    source = Source(publisher="NBER & Co", title="Costs_of 5%", citation="NBER & Co, Costs.")
    series = Series(slug="costs", title="Costs {all}", source=source)
    found = citation(series, Release(released_on=date(2026, 2, 6)), "https://x.org/data/costs/")
    assert found.text == (
        "NBER & Co, Costs. Release of February 6, 2026. Series “Costs {all}” at AI Economy Pulse, "
        "https://x.org/data/costs/"
    )
    assert r"author = {{NBER \& Co}}" in found.bibtex
    assert r"howpublished = {Costs\_of 5\%}" in found.bibtex
    assert r"title = {{Costs \{all\}}}" in found.bibtex
    assert found.bibtex.startswith("@misc{costs-2026-02-06,")


def test_a_citation_says_what_is_known_of_the_day_of_release():
    source = Source(publisher="NBER", title="Costs")
    release = Release(released_on=date(2026, 2, 6), note="The day on which the file was copied.")
    found = citation(Series(slug="costs", source=source), release, "https://x.org/")
    assert "Release of February 6, 2026. The day on which the file was copied. Series" in found.text
    assert "note = {The day on which the file was copied. Read at AI Economy Pulse}" in found.bibtex


@pytest.mark.parametrize(
    ("text", "since", "said"),
    [
        ("up 3.8 percentage points", "December 31, 2025", "Up 3.8 points since Dec_2025"),
        ("up 3%", "September 2025", "Up 3% since Sep_2025"),
        ("up 3%", "Q1 2025", "Up 3% since Q1_2025"),
        ("unchanged", "the week of May 4, 2026", "Unchanged since the_week_of_May_4,_2026"),
    ],
)
def test_lists_say_a_change_in_few_words(text, since, said):
    assert Change(text, since, is_yearly=False).in_lists == said.replace("_", NO_BREAK)
