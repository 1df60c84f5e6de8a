"""Which new data are plausible, and which a person must check."""

from datetime import date
from decimal import Decimal

import pytest

from glossary.ingest.revisions import compare_points, unusual_periods
from glossary.values.points import Point


def points_of(text):
    """Read "2024:10 2025:12(11,13) 2026:-", where - is no number."""
    return tuple(map(point_of, text.split()))


def point_of(text):
    year, _, numbers = text.partition(":")
    value, _, bounds = numbers.partition("(")
    low, high = bounds.rstrip(")").split(",") if bounds else ("-", "-")
    read = [None if each == "-" else Decimal(each) for each in (value, low, high)]
    return Point(date(int(year), 1, 1), *read)


@pytest.mark.parametrize(
    ("old", "new", "is_calm"),
    [
        ("2024:10 2025:12", "2024:10 2025:12 2026:15", True),
        ("2024:10 2025:12", "2024:10 2025:17.9", True),
        ("2024:10 2025:12", "2024:10 2025:18.1", False),
        ("2024:10 2025:12", "2024:10 2025:5.9", False),
        ("2024:10 2025:12", "2024:10 2025:-", False),
        ("2024:10 2025:0", "2024:10 2025:0.001", False),
        ("2024:10 2025:-", "2024:10 2025:12", False),
        ("2024:10 2025:0", "2024:10 2025:0.0", True),
        ("2024:10(9,11)", "2024:10(8,12)", True),
        ("2024:10(9,11)", "2024:10(4,11)", False),
        ("2024:10(9,11)", "2024:10(9,17)", False),
        ("2024:10(9,11)", "2024:10(9,-)", False),
        ("2024:10", "2024:10(9,11)", False),
        ("2024:10", "2024:10 2025:100", True),
        ("2024:10", "2024:10 2025:100.1", False),
        ("2024:10", "2024:10 2025:1", True),
        ("2024:10", "2024:10 2025:0.99", False),
        ("2024:10", "2024:10 2025:0", False),
        ("2024:10", "2024:10 2025:-10", False),
        ("2024:-10", "2024:-10 2025:-20", True),
        ("2024:0", "2024:0 2025:0", True),
        ("2024:0", "2024:0 2025:1", False),
        ("2024:10", "2024:10 2025:-", True),
        ("2024:10", "2024:10 2025:- 2026:1000", False),
        ("2024:1", "2024:1 2025:8 2026:64", True),
        ("2024:10", "2023:1000 2024:10", False),
        ("2024:1 2025:1000", "2024:1 2025:1000 2026:1001", True),
        ("2024:5e26", "2024:5e26 2025:6e27", False),
    ],
)
def test_steps_and_revisions_of_a_usual_size_need_no_person(old, new, is_calm):
    incoming = points_of(new)
    unusual = unusual_periods(compare_points(points_of(old), incoming), incoming)
    assert (unusual == []) is is_calm


@pytest.mark.parametrize(
    ("old", "new", "years"),
    [
        ("2024:10", "2024:10 2025:1000 2026:1001", [2025]),
        ("2024:10", "2023:1000 2024:10", [2023]),
        ("2024:10 2025:11", "2024:10 2025:1 2026:100", [2025, 2026]),
    ],
)
def test_the_periods_with_an_unusual_step_are_named(old, new, years):
    incoming = points_of(new)
    unusual = unusual_periods(compare_points(points_of(old), incoming), incoming)
    assert [day.year for day in unusual] == years
