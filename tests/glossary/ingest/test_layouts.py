"""Periods in columns, or in two columns: what becomes one period a row, and what stays as it is."""

import time

import pytest

from glossary.ingest import layouts
from glossary.ingest.layouts import read_periods_table
from glossary.ingest.problems import DataRefused


def table_of(*lines):
    return read_periods_table("\n".join(lines).encode(), "file.csv")


@pytest.mark.parametrize(
    "lines",
    [
        ["date,2024-05-01,2024-06-01", "2024-03,7,8"],
        ["month,2023,2024", "2024-03,7,8"],
        ["when,Rate 2023,Rate 2024", "2024-03,7,8"],
        ["when,Rate 2023,Rate 2024", "YTD,7,8", "2024-03,7,8"],
        ["when,Rate 2023,Rate 2024", "202403,7,8"],
        ["when,Rate 2023,Rate 2024", "202403,7,8", "202404,7,8", "Total,7,8"],
        ["date,2015,2020", "202401,5,6"],
        ["date,Base 2015,Base 2020", "20240131,5,6"],
        ["date,Base 2015,Base 2020", "01.2024,5,6"],
        ["Country,Rate 2023,Cost 2024", "X,7,8"],
        ["2021,2022", "7,8"],
        ["Country,2024", "X,7"],
        ["Country,2024,2024", "X,7,8"],
        ["Country,1,2", "X,7,8"],
        ["Country,Jan,Feb", "X,7,8"],
        ["Year,M1,M2,M3", "2023,7,8,9"],
        ["year,month,value", "2024,13,1"],
        ["year,month,value", "2024,2024-05,1"],
        ["year,month,value", "Total,5,1"],
        ["date,year,month,value", "2024-05-31,2024,5,1"],
        ["year,quarter,value", "2024,5,1"],
    ],
)
def test_what_may_be_something_else_stays_as_it_is(lines):
    assert list(table_of(*lines).columns) == lines[0].split(",")


@pytest.mark.parametrize("amounts", [("200155", "533"), ("200101", "533"), ("7", "2011")])
def test_an_amount_that_could_be_a_date_leaves_years_behind_one_name_periods(amounts):
    rows = [f"{area},{amount},7,8" for area, amount in zip("XY", amounts, strict=True)]
    table = table_of("area,pop,Rate 2023,Rate 2024", *rows)
    assert table.columns == ("area", "pop", "period", "value")


def test_months_by_number_are_months_where_all_twelve_are_there_or_with_two_digits():
    months = [f"M{number}" for number in range(1, 13)]
    table = table_of(",".join(["Year", *months]), ",".join(["2023", *"123456789123"]))
    assert [row.cells[0] for row in table.rows][:2] == ["2023-01", "2023-02"]
    assert table_of("Year,M01,M02", "2023,7,8").columns == ("period", "value")


def test_other_columns_stay_beside_periods_and_an_empty_cell_is_no_row():
    table = table_of("Country,2023,Unit,2024", "X,1,kg,", "Y,,kg,n/a")
    assert table.columns == ("Country", "Unit", "period", "value")
    assert [(row.number, row.cells, row.column) for row in table.rows] == [
        (2, ("X", "kg", "2023", "1"), "2023"),
        (3, ("Y", "kg", "2024", "n/a"), "2024"),
    ]


def test_a_short_row_keeps_its_period_in_the_joined_column():
    table = table_of("year,month,value,note", "2024,1,5", "2024,2,6,x")
    assert table.columns[-1] == "year and month"
    assert table.texts("year and month") == ["2024-01", "2024-02"]


def test_only_cells_of_columns_called_like_parts_of_a_year_are_read_as_such(monkeypatch):
    read = []

    def noted(table, name):
        read.append(name)
        return parts_of(table, name)

    parts_of = layouts._parts
    monkeypatch.setattr(layouts, "_parts", noted)
    table = table_of("country,year,value,month", "X,2024,5,Jan", "X,2024,6,Feb")
    assert table.texts("year and month") == ["2024-01", "2024-02"]
    assert set(read) == {"month"}


def test_a_table_that_would_grow_too_big_is_refused_soon():
    years = ",".join(str(year) for year in range(1800, 2190))
    lines = [f"Country,{years}", *[f"C{n}{',1' * 390}" for n in range(1000)]]
    start = time.process_time()
    with pytest.raises(DataRefused, match=r"390,000 values are too many\. Keep only rows you need"):
        table_of(*lines)
    assert len(table_of(*lines[:500]).rows) == 499 * 390
    assert time.process_time() - start < 5
