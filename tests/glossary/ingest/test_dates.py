"""Dates in cells: what is accepted, how long they last, and errors that say what to write."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from glossary.ingest.cells import Unreadable
from glossary.ingest.dates import Grain, read_dates

DATES = [
    ("2024-05-31", date(2024, 5, 31)),
    ("2024/5/31", date(2024, 5, 31)),
    ("2024-05-31T00:00:00Z", date(2024, 5, 31)),
    ("2024-05-31 00:00:00", date(2024, 5, 31)),
    ("2024-05", date(2024, 5, 1)),
    ("2021-Q2", date(2021, 4, 1)),
    ("2021Q4", date(2021, 10, 1)),
    ("2021 q1", date(2021, 1, 1)),
    ("Q3 2021", date(2021, 7, 1)),
    ("Q3/2021", date(2021, 7, 1)),
    ("2021/Q3", date(2021, 7, 1)),
    ("3Q2021", date(2021, 7, 1)),
    ("2024-H1", date(2024, 1, 1)),
    ("2024-S2", date(2024, 7, 1)),
    ("H2 2024", date(2024, 7, 1)),
    ("2024-W01", date(2024, 1, 1)),
    ("2025W01", date(2024, 12, 30)),
    ("2020-W53", date(2020, 12, 28)),
    ("2024", date(2024, 1, 1)),
    ("May 2024", date(2024, 5, 1)),
    ("Sept 2024", date(2024, 9, 1)),
    ("Dec-2024", date(2024, 12, 1)),
    ("31 May 2024", date(2024, 5, 31)),
    ("31-May-2024", date(2024, 5, 31)),
    ("May 31, 2024", date(2024, 5, 31)),
    ("MAY 31 2024", date(2024, 5, 31)),
    ("5/31/2024", date(2024, 5, 31)),
    ("31/5/2024", date(2024, 5, 31)),
    ("31.05.2024", date(2024, 5, 31)),
    ("2/2/2024", date(2024, 2, 2)),
    ("2024.05.31", date(2024, 5, 31)),
    ("5/31/2024 0:00", date(2024, 5, 31)),
    ("05/31/2024 12:00:00 AM", date(2024, 5, 31)),
    ("31MAY2024", date(2024, 5, 31)),
    ("31st May 2024", date(2024, 5, 31)),
    ("31. Mai 2024", date(2024, 5, 31)),
    ("31 de mayo de 2024", date(2024, 5, 31)),
    ("2024/05", date(2024, 5, 1)),
    ("05/2024", date(2024, 5, 1)),
    ("2024 MAY", date(2024, 5, 1)),
    ("2024May", date(2024, 5, 1)),
    ("März 2024", date(2024, 3, 1)),
    ("janv. 2024", date(2024, 1, 1)),
    ("Dezember 2024", date(2024, 12, 1)),
    ("févr. 2024", date(2024, 2, 1)),
    ("2024年5月", date(2024, 5, 1)),
    ("2024년 5월", date(2024, 5, 1)),
    ("2024年", date(2024, 1, 1)),
    ("2024Q03", date(2024, 7, 1)),
    ("Q3, 2024", date(2024, 7, 1)),
    ("Q3/24", date(2024, 7, 1)),
    ("3Q24", date(2024, 7, 1)),
    ("2H24", date(2024, 7, 1)),
    ("2024 W1", date(2024, 1, 1)),
]
NOT_DATES = [
    ("", "no date"),
    ("FY23Q1", "fiscal"),
    ("Q1 FY24", "fiscal"),
    ("5/31/24", "two digits"),
    ("May-24", "two digits"),
    ("31 May 24", "two digits"),
    ("2024-02-30", "calendar"),
    ("2024-13", "calendar"),
    ("2024-W53", "calendar"),
    ("2024-H3", "not a date"),
    ("H1 FY24", "fiscal"),
    ("Smarch 2024", "not a date"),
    ("99/99/2024", "not a date"),
    ("0024-05-01", "calendar"),
    ("9999", "calendar"),
    ("2024-05-31T23:00:00Z", "not a date"),
    ("45443", "Excel's number of the day 2024-05-31"),
    ("Q1", "has no year"),
    ("2024 II", "not a date"),
    ("2024-05-31 to 2024-06-30", "not a date"),
    ("today", "not a date"),
    ("202405", "not a date"),
    ("24-May", "not a date"),
    ("12.2024", "not a date"),
    ("Table 12", "not a date"),
    ("Q1 2024/25", "fiscal"),
    ("1990s", "not a date"),
    ("2024p", "Write 2024 alone"),
    ("2024 Q1 (p)", "Write 2024 Q1 alone"),
    ("May 2024*", "Write May 2024 alone"),
    ("２０２４", "not a date"),
    ("2024-05-31\u202e", "\\u202e"),
    ("9" * 10_000, "not a date"),
]


def days_of(*arguments):
    return [each if isinstance(each, Unreadable) else each[0] for each in read_dates(*arguments)]


@pytest.mark.parametrize(("text", "day"), DATES)
def test_a_date_is_read(text, day):
    assert days_of([text]) == [day]


@pytest.mark.parametrize(
    ("texts", "grain"),
    [
        (["2024-05-31", "31 May 2024"], Grain.DAY),
        (["2024-05", "May 2024", "2024M05", "2024m5"], Grain.MONTH),
        (["2024-Q2", "Q2 2024"], Grain.QUARTER),
        (["2024"], Grain.YEAR),
        (["2004-05", "2005-06"], Grain.FISCAL_YEAR),
        (["1999-00", "2000-01"], Grain.FISCAL_YEAR),
        (["2024-25"], Grain.FISCAL_YEAR),
        (["2004/05"], Grain.FISCAL_YEAR),
        (["FY2024", "FY 24", "FY2023-24", "2024年度"], Grain.FISCAL_YEAR),
        (["2004-2005", "2005–06"], Grain.FISCAL_YEAR),
        (["2004-05", "2004-05"], Grain.MONTH),
        (["2004-05", "2005-06", "2006-06"], Grain.MONTH),
    ],
)
def test_a_date_has_a_length(texts, grain):
    assert {each[1] for each in read_dates(texts)} == {grain}


def test_a_fiscal_year_is_named_by_its_end():
    assert days_of(["2008-09", "2009-10", "2010-11"]) == [date(y, 1, 1) for y in (2009, 2010, 2011)]
    assert days_of(["1999-2000"]) == [date(2000, 1, 1)]
    assert days_of(["2011-12"], "", True) == [date(2012, 1, 1)]
    assert days_of(["2011-12"]) == [date(2011, 12, 1)]


@pytest.mark.parametrize(("text", "why"), NOT_DATES)
def test_what_is_no_date_is_refused_with_a_reason(text, why):
    (read,) = read_dates([text])
    assert isinstance(read, Unreadable)
    assert why in str(read)


def test_one_date_that_fits_one_order_only_decides_the_column():
    assert days_of(["3/4/2024", "3/14/2024"]) == [date(2024, 3, 4), date(2024, 3, 14)]
    assert days_of(["3/4/2024", "14/4/2024"]) == [date(2024, 4, 3), date(2024, 4, 14)]


def test_dates_that_fit_both_orders_are_refused():
    with pytest.raises(Unreadable, match=r"“1/2/2024” could be read two ways.*M/D/YYYY"):
        read_dates([f"1/{n}/2024" for n in range(1, 13)])


def test_dates_of_both_orders_in_one_column_are_refused():
    with pytest.raises(Unreadable, match="Some dates have the month first"):
        read_dates(["13/1/2024", "1/13/2024"])


@pytest.mark.parametrize(
    ("text", "date_format", "day"),
    [
        ("3/4/2024", "M/D/YYYY", date(2024, 3, 4)),
        ("3/4/2024", "D/M/YYYY", date(2024, 4, 3)),
        ("3/4/24", "M/D/YY", date(2024, 3, 4)),
        ("3.4.24", "D/M/YY", date(2024, 4, 3)),
        ("3/4/68", "M/D/YY", date(2068, 3, 4)),
        ("3/4/69", "M/D/YY", date(1969, 3, 4)),
        ("2024-03-04", "D/M/YY", date(2024, 3, 4)),
        ("31 Jan 24", "D/M/YY", date(2024, 1, 31)),
        ("Jan-24", "M/D/YY", date(2024, 1, 1)),
        ("Dez 98", "D/M/YY", date(1998, 12, 1)),
    ],
)
def test_a_date_format_decides(text, date_format, day):
    assert days_of([text], date_format) == [day]


@pytest.mark.parametrize(
    ("text", "date_format"),
    [("13/1/2024", "M/D/YYYY"), ("1/1/24", "M/D/YYYY"), ("1/1/2024", "M/D/YY")],
)
def test_a_date_that_does_not_fit_the_format_is_unreadable(text, date_format):
    assert isinstance(read_dates([text], date_format)[0], Unreadable)


def test_dates_without_marks_between_are_read_where_the_column_is_known_to_hold_dates():
    assert days_of(["20240531"], "", False, True) == [date(2024, 5, 31)]
    january, wrong = days_of(["202401", "202414"], "", False, True)
    assert january == date(2024, 1, 1)
    assert "not a date of the calendar" in str(wrong)


def test_a_bad_date_does_not_hide_the_good_ones():
    read = read_dates(["2024-01-31", "soon", "2024-03-31"])
    assert [isinstance(each, Unreadable) for each in read] == [False, True, False]


def test_totals_of_years_among_months_are_refused():
    with pytest.raises(Unreadable, match=r"“2024-01” is a month, “2024” is a year"):
        read_dates(["2024-01", "2024-02", "2024"])


@settings(deadline=None)
@given(st.dates(date(1800, 1, 1), date(2199, 12, 31)))
def test_every_date_is_read_in_every_unmistakable_spelling(day):
    spellings = [f"{day}", f"{day:%d %B} {day.year}", f"{day:%b} {day.day}, {day.year}"]
    assert days_of(spellings) == [day] * 3


@settings(deadline=None, max_examples=300)
@given(st.lists(st.text(st.sampled_from(list("0123456789/-. QqMay")), max_size=12), max_size=5))
def test_any_column_is_dates_or_unreadable(texts):
    try:
        read = read_dates(texts)
    except Unreadable:
        return
    assert len(read) == len(texts)
    assert all(isinstance(each, tuple | Unreadable) for each in read)
