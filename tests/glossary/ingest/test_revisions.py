"""What an incoming file changes, and its summary in one line."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from glossary.ingest.revisions import (
    PointChange,
    RevisionKind,
    compare_points,
    difference_text,
    size_text,
)
from glossary.values.points import Point, Status


def point(year, value, **fields):
    return Point(date(year, 1, 1), None if value is None else Decimal(value), **fields)


def year_of(day):
    return str(day.year)


OLD = (point(2022, "100"), point(2023, "200"), point(2024, "-50"))

CASES = [
    ((), OLD, RevisionKind.FIRST, "First release: 3 periods, 2022 to 2024."),
    ((), OLD[:1], RevisionKind.FIRST, "First release: 1 period, 2022."),
    (OLD, OLD, RevisionKind.UNCHANGED, "Nothing changed: 3 periods."),
    (OLD, OLD[::-1], RevisionKind.UNCHANGED, "Nothing changed: 3 periods."),
    (OLD, (*OLD, point(2025, "1")), RevisionKind.APPEND, "1 period added (2025)."),
    (
        OLD,
        (*OLD, point(2025, "1"), point(2026, "2")),
        RevisionKind.APPEND,
        "2 periods added (2025 to 2026).",
    ),
    (
        OLD,
        (point(2022, "110"), point(2023, "205"), OLD[2], point(2025, "1")),
        RevisionKind.REVISION,
        "1 period added (2025); 2 of 3 periods changed, most 2022 from 100 to 110 (+10.0%).",
    ),
    (
        OLD,
        (OLD[0], OLD[1], point(2024, "-75")),
        RevisionKind.REVISION,
        "1 of 3 periods changed, 2024 from −50 to −75.",
    ),
    (OLD, OLD[1:], RevisionKind.REVISION, "1 period vanished."),
    (
        (point(2022, "0"),),
        (point(2022, "1234567.5"),),
        RevisionKind.REVISION,
        "1 of 1 period changed, 2022 from 0 to 1,234,567.5.",
    ),
    (
        (point(2022, "5e26"),),
        (point(2022, "4.5e26"),),
        RevisionKind.REVISION,
        "1 of 1 period changed, 2022 from 5.000e+26 to 4.500e+26 (−10.0%).",
    ),
    ((point(2022, None),), (point(2022, "1"),), RevisionKind.REVISION, "1 of 1 period changed."),
    (OLD, (*OLD[:2], point(2024, None)), RevisionKind.REVISION, "1 value withdrawn."),
    (
        OLD,
        (point(2022, None), point(2023, "210"), point(2024, None)),
        RevisionKind.REVISION,
        "1 of 3 periods changed, 2023 from 200 to 210 (+5.0%); 2 values withdrawn.",
    ),
    (
        (point(2022, "1", status=Status.PROJECTED),),
        (point(2022, "1"),),
        RevisionKind.REVISION,
        "1 period now final.",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("current", "incoming", "kind", "said"), CASES)
def test_a_difference_has_a_kind_and_is_said_in_one_line(current, incoming, kind, said):
    difference = compare_points(current, incoming)
    assert difference.kind is kind
    assert difference_text(difference, year_of) == said


@pytest.mark.parametrize(
    ("old", "new", "is_percent", "size"),
    [
        ("78.3", "80.4", True, "+2.1 percentage points"),
        ("80.4", "78.3", True, "−2.1 percentage points"),
        ("0.1", "-1", True, "−1.1 percentage points"),
        ("3", "4", True, "+1 percentage point"),
        ("0", "5", True, "+5 percentage points"),
        ("78.3", "80.4", False, "+2.7%"),
        ("100", "0", False, "−100.0%"),
        ("100", "999", False, "+899.0%"),
        ("100", "1400", False, "14 times as much"),
        ("1e-33", "1", False, "10³³ times as much"),
        ("1e-60", "1e60", False, ""),
        ("0.1", "-1", False, ""),
        ("-50", "-75", False, ""),
        ("0", "5", False, ""),
        ("5", "5.0", False, ""),
        ("5", None, True, ""),
    ],
)
def test_the_size_of_a_change_is_told_as_everywhere(old, new, is_percent, size):
    change = PointChange(point(2024, old), point(2024, new))
    assert size_text(change, is_percent=is_percent).replace("\u00a0", " ") == size


def test_the_largest_change_of_percentages_has_the_most_points():
    difference = compare_points(
        [point(2023, "0.1"), point(2024, "78.3")], [point(2023, "0.2"), point(2024, "80.4")]
    )
    said = difference_text(difference, year_of, is_percent=True).replace("\u00a0", " ")
    assert said.endswith("most 2024 from 78.3 to 80.4 (+2.1 percentage points).")


def test_periods_are_called_by_their_day_unless_told_otherwise():
    assert (
        difference_text(compare_points((), OLD[:1])) == "First release: 1 period, January 1, 2022."
    )


def test_the_same_number_written_otherwise_is_no_change():
    assert (
        compare_points([point(2024, "1.0")], [point(2024, "1.00")]).kind is RevisionKind.UNCHANGED
    )


def test_a_change_of_bounds_alone_is_a_revision_without_a_size():
    difference = compare_points(
        [point(2024, "1", low=Decimal(0))], [point(2024, "1", low=Decimal("0.5"))]
    )
    assert [change.absolute for change in difference.changed] == [0]
    assert difference.kind is RevisionKind.REVISION


def test_a_change_of_status_stands_apart_from_changes_of_numbers():
    difference = compare_points(
        [point(2024, "1", status=Status.PROVISIONAL), point(2025, "1", status=Status.PROVISIONAL)],
        [point(2024, "1"), point(2025, "2")],
    )
    assert [change.period.year for change in difference.status_changed] == [2024, 2025]
    assert [change.period.year for change in difference.changed] == [2025]


def test_the_largest_change_is_found_absolute_and_relative():
    difference = compare_points(
        [point(2022, "1000"), point(2023, "1"), point(2024, "0")],
        [point(2022, "900"), point(2023, "3"), point(2024, "50")],
    )
    assert difference.largest_absolute.period.year == 2022
    assert difference.largest_absolute.absolute == -100
    assert difference.largest_relative.period.year == 2023
    assert difference.largest_relative.relative == 2


def test_changes_are_exact_beyond_the_precision_of_arithmetic():
    old, new = "1" + "0" * 50, "1" + "0" * 49 + "1"
    assert compare_points([point(2024, old)], [point(2024, new)]).changed[0].absolute == 1


def test_an_empty_file_loses_everything():
    assert compare_points(OLD, ()).vanished == tuple(OLD)
    assert compare_points((), ()).kind is RevisionKind.UNCHANGED


SERIES = st.dictionaries(
    st.integers(1900, 1930),
    st.none() | st.decimals(allow_nan=False, allow_infinity=False, places=2, min_value=-999, max_value=999),
).map(lambda values: [point(year, value) for year, value in values.items()])  # fmt: skip


@settings(deadline=None, max_examples=100)
@given(SERIES, SERIES)
def test_a_difference_applied_to_the_old_points_gives_the_new_ones(current, incoming):
    difference = compare_points(current, incoming)
    held = {each.period: each for each in current}
    for each in difference.vanished:
        del held[each.period]
    held |= {each.period: each for each in difference.added}
    held |= {change.period: change.new for change in difference.changed}
    assert held == {each.period: each for each in incoming}
    assert (difference.kind is RevisionKind.UNCHANGED) == (held == {p.period: p for p in current})
    assert difference_text(difference, year_of).endswith(".")
