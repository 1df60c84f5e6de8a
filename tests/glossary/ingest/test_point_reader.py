"""A table and a mapping to points: small samples of real files, and every problem at its row."""

import time
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from glossary.ingest.columns import Mapping, choose_mapping, read_roles
from glossary.ingest.guessing import guess_mapping
from glossary.ingest.point_reader import read_series
from glossary.ingest.problems import DataRefused
from glossary.ingest.tables import read_table
from glossary.values.periods import Denotes, Frequency
from glossary.values.points import Point, Status

RELEASED = date(2026, 4, 1)

VINTAGES = """vintage_date,source_commit,observation_date,h100e_median,h100e_p5,h100e_p95,incomplete
2026-02-06,70faa99,2025-09-30,46578,35897,60703,0
2026-02-06,70faa99,2025-12-31,118051,90981,153849,0
2026-03-31,81abc01,2025-09-30,66883,51547,87166,0
2026-03-31,81abc01,2025-12-31,138356,106631,180312,0
2026-03-31,81abc01,2026-03-31,150000,120000,190000,1
"""
CHIPS = """chip,quarter,median,min,max,n_quotes
A100,2021-Q2,3.4,3.4,4.1,3
A100,2021-Q3,3.4,3.4,3.4,2
H100,2021-Q2,4.4,1.99,5.0,5
"""
SHARES = """economy,period_end,share_percent
Norway,2025-06-30,45.30
Norway,2025-12-31,46.40
Côte d’Ivoire,2025-06-30,8.10
Côte d’Ivoire,2025-12-31,8.90
"""
POWER = """date,data_center,power_mw
2025-02-28,Colossus 1,361.0
2025-09-08,Colossus 1,
2025-02-28,Colossus 2,0.0
2026-05-13,Colossus 2,1494.0
"""
RECORDS = """date,value_flop,model,confidence
2010-09-26,1.7e+16,"KN5 LM + RNN 400/10 (WSJ)",Confident
2010-09-26,5.396e+16,RNN LM,Speculative
2025-07-09,5.0000000000001e+26,Grok 4,Speculative
"""
RAW = (
    "\ufeffMonth,Share of firms,Price,Provisional?\r\n"
    '5/31/24,59.40%,"$36,742",\r\n'
    '6/30/24,60.10%,"$37,015",checked\r\n'
)


def read(text, released_on=RELEASED, **choices):
    table = read_table(text.encode())
    guess = guess_mapping(table, read_roles(choices.get("columns", "")))
    return read_series(table, choose_mapping(guess.mapping, table.columns, **choices), released_on)


def refusal_of(text, **choices):
    with pytest.raises(DataRefused) as refused:
        read(text, **choices)
    return refused.value


def problems_of(text, **choices):
    return [str(problem) for problem in refusal_of(text, **choices).problems]


def test_a_plain_file_becomes_points_in_order():
    incoming = read("date,value\n2024-06-30,2\n2024-03-31,1.50\n")
    assert incoming.points == (
        Point(date(2024, 3, 31), Decimal("1.50")),
        Point(date(2024, 6, 30), Decimal(2)),
    )
    assert incoming.told == ()


def test_one_vintage_is_read_of_a_file_that_holds_several():
    points = read(VINTAGES, where=["vintage_date=2026-03-31"]).points
    assert [point.value for point in points] == [66883, 138356, 150000]
    assert points[-1] == Point(
        date(2026, 3, 31), Decimal(150000), Decimal(120000), Decimal(190000), Status.PROVISIONAL
    )
    assert len(read(VINTAGES, where=["vintage_date=2026-02-06"]).points) == 2


def test_one_chip_one_economy_one_data_center():
    assert [point.period for point in read(CHIPS, where=["chip=A100"]).points] == [
        date(2021, 4, 1),
        date(2021, 7, 1),
    ]
    assert read(SHARES, where=["economy=Côte d’Ivoire"]).points[0].value == Decimal("8.10")
    power = read(POWER, where=["data_center=Colossus 1"])
    assert [point.value for point in power.points] == [Decimal("361.0"), None]


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        (VINTAGES, "“vintage_date” tells them apart: choose one of its 2 values"),
        (CHIPS.replace("H100", "A100 SXM").replace("2021-Q3,3.4,3.4", "2021-Q3,3.4,3.3"), "pick"),
        (SHARES, "such as economy=Côte d’Ivoire"),
        (POWER, "such as data_center=Colossus 1"),
        ("date,value\n2024,1\n2024,2\n", "Choose which to pick: min, max, first or last."),
    ],
)
def test_two_rows_for_one_period_are_refused_with_what_tells_them_apart(text, hint):
    problems = problems_of(text)
    assert hint in problems[0]
    assert "is already in row 2" in problems[1]


@pytest.mark.parametrize(
    ("frequency", "denotes", "second", "is_one_period"),
    [
        ("monthly", "around", "2024-01-31", True),
        ("monthly", "around", "2024-02-01", False),
        ("monthly", "ending", "2024-01-31", False),
        ("monthly", "day", "2024-01-31", False),
        ("quarterly", "around", "2024-03-31", True),
        ("quarterly", "around", "2024-04-01", False),
        ("annual", "around", "2024-12-31", True),
        ("annual", "around", "2025-01-01", False),
        ("weekly", "around", "2024-01-02", False),
        ("irregular", "around", "2024-01-02", False),
    ],
)
def test_two_dates_in_one_month_quarter_or_year_are_one_period(
    frequency, denotes, second, is_one_period
):
    table = read_table(f"date,value\n2024-01-01,1\n{second},2\n".encode())
    kind = Frequency(frequency), Denotes(denotes)
    if not is_one_period:
        assert len(read_series(table, Mapping("date", "value"), RELEASED, *kind).points) == 2
        return
    with pytest.raises(DataRefused, match=f"{second} is in the same period as 2024-01-01 in row 2"):
        read_series(table, Mapping("date", "value"), RELEASED, *kind)
    picked = read_series(table, Mapping("date", "value", pick="max"), RELEASED, *kind)
    assert [str(point.period) for point in picked.points] == [second]


@pytest.mark.parametrize(
    ("pick", "value"), [("max", 5.396e16), ("min", 1.7e16), ("first", 1.7e16), ("last", 5.396e16)]
)
def test_a_record_is_picked_among_the_rows_of_one_day(pick, value):
    incoming = read(RECORDS, pick=pick)
    assert incoming.points[0].value == Decimal(int(value))
    assert len(incoming.points) == 2
    assert incoming.told[-1].startswith("1 period with several rows: ")


def test_picking_passes_over_rows_without_a_number():
    text = "date,value\n2024,\n2024,-3\n2024,-5\n2025,\n2025,n/a\n"
    assert [point.value for point in read(text, pick="max").points] == [-3, None]
    assert [point.value for point in read(text, pick="min").points] == [-5, None]
    assert [point.value for point in read(text, pick="first").points] == [None, None]


def test_the_traps_of_raw_files_are_read_and_told():
    incoming = read(RAW, date_format="M/D/YY", columns="value=Share of firms,status=Provisional?")
    assert incoming.points == (
        Point(date(2024, 5, 31), Decimal("59.40")),
        Point(date(2024, 6, 30), Decimal("60.10"), status=Status.PROVISIONAL),
    )
    assert incoming.told == (
        "The file began with a byte-order mark (UTF-8).",
        "Lines ended as on Windows (CRLF).",
        "% signs in “Share of firms” were left out.",
    )
    priced = read(RAW, date_format="M/D/YY", columns="value=Price")
    assert priced.points[0].value == 36742
    assert priced.told[-1] == "Thousands separators in “Price” were left out."


def test_a_two_digit_year_without_a_format_is_refused():
    assert problems_of(RAW, columns="value=Price")[0] == (
        "Row 2, column “Month”: “5/31/24” has a year of two digits."
        " Set the date format: M/D/YY or D/M/YY; or write all four digits."
    )


def test_a_period_after_the_release_is_projected_and_told():
    incoming = read(POWER, where=["data_center=Colossus 2"])
    assert [point.status for point in incoming.points] == [Status.FINAL, Status.PROJECTED]
    assert incoming.told == ("1 period projected.",)
    later = read(POWER, date(2026, 6, 1), where=["data_center=Colossus 2"])
    assert later.points[-1].status is Status.FINAL


@pytest.mark.parametrize(
    ("header", "cell", "status"),
    [
        ("incomplete", "0", Status.FINAL),
        ("incomplete", "", Status.FINAL),
        ("incomplete", "1", Status.PROVISIONAL),
        ("incomplete", "TRUE", Status.PROVISIONAL),
        ("Provisional?", "checked", Status.PROVISIONAL),
        ("is_projected", "1", Status.PROJECTED),
        ("status", "Preliminary", Status.PROVISIONAL),
        ("status", "projected", Status.PROJECTED),
        ("status", "final", Status.FINAL),
        ("obs_status", "p", Status.PROVISIONAL),
        ("obs_status", "A", Status.FINAL),
        ("obs_status", "E", Status.PROVISIONAL),
        ("obs_status", "M", Status.FINAL),
        ("obs_flag", "u", Status.FINAL),
        ("obs_flag", "bep", Status.PROVISIONAL),
        ("obs_flag", "f", Status.PROJECTED),
    ],
)
def test_how_sure_a_number_is(header, cell, status):
    text = f"date,value,{header}\n2024,1,{cell}\n"
    assert read(text, columns=f"status={header}").points[0].status is status


@pytest.mark.parametrize(("header", "cell"), [("complete", "1"), ("status", "maybe")])
def test_an_unknown_status_is_refused(header, cell):
    (problem,) = problems_of(f"date,value,{header}\n2024,1,{cell}\n", columns=f"status={header}")
    assert problem.startswith(f"Row 2, column “{header}”: “{cell}” is not a known status.")


def test_all_problems_are_named_with_row_and_column():
    text = (
        "date,value,low,high\n2024-01-31,NaN,,\nsoon,2,1,3\n2024-03-31,1e5000000,1,2\n"
        "2024-04-30,5,6,7\n2024-05-31,5,4,4\n2024-06-30,,9,8\n2024-06-30,1.234,,x\n"
    )
    named = [(problem.row, problem.column) for problem in refusal_of(text).problems]
    assert named == [
        (0, ""),
        (2, "value"),
        (3, "date"),
        (4, "value"),
        (5, "low"),
        (6, "high"),
        (7, "low"),
        (8, "date"),
        (8, "high"),
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("date,value\n1/2/2024,1\n2/3/2024,2\n", "could be read two ways"),
        ("date,value\n2024-01,1\n2024,2\n", "mixes lengths of time"),
        ("date,value\n2024,5%\n2025,0.06\n", "different signs: none, %"),
        ("date,value\n2024,$5\n2025,€6\n", "different signs: $, €"),
        ('date;value\n2024;"1,234"\n2025;2\n', "not separated by commas"),
        ("date\tvalue\n2024\t1,234\n2025\t2\n", "not separated by commas"),
        ("date,value\n2024,1\nSource: BLS,\n", "Row 3, column “date”: “Source: BLS” is not"),
        ("date,value\n,1\n", "Row 2, column “date”: There is no date."),
    ],
)
def test_what_could_be_read_two_ways_is_refused(text, message):
    table = read_table(text.encode())
    with pytest.raises(DataRefused) as refused:
        read_series(table, Mapping("date", "value"), RELEASED)
    assert message in str(refused.value)


def test_one_bound_makes_no_band_and_that_is_said():
    incoming = read("date,value,low,high\n2024,5,4,6\n2025,5,4,\n2026,5,,6\n")
    assert [(p.low, p.high) for p in incoming.points] == [(4, 6), (None, None), (None, None)]
    assert "2 rows with one bound: no band was taken there." in incoming.told
    (only,) = read("date,value,low\n2024,5,4\n", columns="low=low").points
    assert only.low is None


def test_zero_needs_no_sign_to_stand_among_percentages():
    assert [p.value for p in read("date,value\n2024,0\n2025,5%\n").points] == [0, 5]


def test_a_condition_that_no_row_meets_names_the_nearest_value():
    (problem,) = problems_of(CHIPS, where=["chip=A10O"])
    assert problem == "Column “chip”: No row has “A10O” there. Did you mean “A100”?"


def test_a_mapping_to_columns_that_are_not_there_is_refused():
    (problem,) = problems_of(CHIPS, columns="value=medain")
    assert problem.startswith("There is no column “medain”. Did you mean “median”?")


def test_more_than_fifty_problems_are_cut_with_a_count():
    text = "date,value\n" + "".join(f"{1900 + n},x\n" for n in range(200))
    table = read_table(text.encode())
    with pytest.raises(DataRefused) as refused:
        read_series(table, Mapping("date", "value"), RELEASED)
    assert [problem.row for problem in refused.value.problems] == list(range(2, 52))
    assert str(refused.value).endswith("and 150 more problems")


@pytest.mark.parametrize("cell", ["x", "1", "1e5000000"])
def test_a_long_file_full_of_problems_is_refused_soon(cell):
    text = "date,value\n" + f"2024-03-31,{cell}\n" * 40_000
    start = time.process_time()
    assert refusal_of(text).left_out > 39_000
    assert time.process_time() - start < 5


@settings(deadline=None, max_examples=50)
@given(
    st.dictionaries(
        st.dates(date(1900, 1, 1), RELEASED),
        st.decimals(allow_nan=False, allow_infinity=False, places=3, min_value=-1e9, max_value=1e9),
        min_size=1,
    )
)
def test_what_is_written_as_csv_is_read_as_it_was(values):
    text = "date,value\n" + "".join(f"{day},{value}\n" for day, value in values.items())
    assert {point.period: point.value for point in read(text).points} == values
