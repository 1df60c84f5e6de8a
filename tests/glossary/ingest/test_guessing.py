"""Which column is what, by names and contents, and when a person is asked instead."""

from dataclasses import replace

import pytest

from glossary.ingest.columns import Mapping
from glossary.ingest.guessing import ChoiceNeeded, Guess, guess_mapping
from glossary.ingest.problems import DataRefused
from glossary.ingest.tables import read_table
from glossary.values.periods import Denotes


def table_of(*lines):
    return read_table("\n".join(lines).encode())


@pytest.mark.parametrize(
    ("lines", "mapping"),
    [
        (["date,value", "2000-12-01,100.000"], Mapping("date", "value")),
        (
            ["date,value,low_p5,high_p95,incomplete", "2024-03-31,5,4,6,0"],
            Mapping("date", "value", "low_p5", "high_p95", "incomplete"),
        ),
        (
            ["vintage_date,observation_date,h100e_median,h100e_p5,h100e_p95", "2026-02-06,2024-03-31,5,4,6"],
            Mapping("observation_date", "h100e_median", "h100e_p5", "h100e_p95"),
        ),
        (
            ["chip,quarter,median,min,max,n_quotes", "A100,2021-Q2,3.4,3.4,4.1,3"],
            Mapping("quarter", "median", "min", "max"),
        ),
        (["economy,period_end,share", "Norway,2025-06-30,45.30"], Mapping("period_end", "share")),
        (["date,value_flop,model", "2010-09-26,1.7e+16,RNN"], Mapping("date", "value_flop")),
        (["date,power,min_power,max_power", "2024,2,1,3"], Mapping("date", "power", "min_power", "max_power")),
        (["Year,Lower,Estimate,Upper", "2024,1,2,3"], Mapping("Year", "Estimate", "Lower", "Upper")),
        (["Year,Jobs,lower CI,upper CI", "2024,2,1,3"], Mapping("Year", "Jobs", "lower CI", "upper CI")),
        (["period,value,value_min,value_max", "2024,2,1,3"], Mapping("period", "value", "value_min", "value_max")),
        (["period,x,conf.low,conf.high", "2024,2,1,3"], Mapping("period", "x", "conf.low", "conf.high")),
        (["TIME_PERIOD,OBS_VALUE,OBS_STATUS", "2024-Q1,3,p"], Mapping("TIME_PERIOD", "OBS_VALUE", status="OBS_STATUS")),
        (["when,how much", "May 2024,3"], Mapping("when", "how much")),
        (["Jahr,Preis", "2023,3", "2024,4"], Mapping("Jahr", "Preis")),
        (["month,price", "1/2/2024,3"], Mapping("month", "price")),
        (["month,price", "5/31/24,3"], Mapping("month", "price")),
        (["date,value", "soon,NaN"], Mapping("date", "value")),
        (["date;price", '2026-01-01;"3,7"'], Mapping("date", "price")),
        (["id,date,count", "1,2024-05-31,3"], Mapping("date", "count")),
        (["#,year,jobs", "1,2024,60", "2,2025,61"], Mapping("year", "jobs")),
        (["Obs,Year,Employed", "1,2021,60.3", "2,2022,61.1"], Mapping("Year", "Employed")),
        (["country_code,year,jobs,notes", "36,2024,60,"], Mapping("year", "jobs")),
        (["date,year,month,price", "2024-05-31,2024,5,3"], Mapping("date", "price")),
        (["date,value", "2024,1", "2025,2", "2026,3"], Mapping("date", "value")),
        (["Date,Reference month,x", "2024-04-30,2024-04,4"], Mapping("Date", "x")),
        (["Mois,Valeur,Statut", "2024-05,3,provisoire"], Mapping("Mois", "Valeur", status="Statut")),
        (["Period,Data_value,Decimals", "2024-04,5,1"], Mapping("Period", "Data_value")),
        (["year,Currency,Country", "2024,5,DE"], Mapping("year", "Currency")),
        (["year,Adjustment,place", "2024,5,DE"], Mapping("year", "Adjustment")),
        (["year,decimals,Jobs", "2024,1,5"], Mapping("year", "Jobs")),
        (["Year,Value,Value Footnotes", "2024,5,1"], Mapping("Year", "Value")),
        (["date,value,last_year", "2024,5,6"], Mapping("date", "value")),
        (["date,value,moving_average", "2024,5,6"], Mapping("date", "value")),
        (["date,value,number_reported", "2024,5,6"], Mapping("date", "value")),
        (['month, value', '2024-05, "1,200"'], Mapping("month", "value")),
    ],
)  # fmt: skip
def test_the_columns_of_a_file_are_guessed(lines, mapping):
    assert guess_mapping(table_of(*lines)) == Guess(mapping)


@pytest.mark.parametrize(
    ("lines", "role", "columns"),
    [
        (["model,score", "GPT-4,5"], "period", ["model", "score"]),
        (["date,model", "2024-05-31,GPT-4"], "value", ["date", "model"]),
        (["Date,Open,High,Low,Close", "2026-01-05,2,4,1,3"], "value", ["Open", "High", "Low", "Close"]),
        (["Date,High,Low", "2026-01-05,4,1"], "value", ["High", "Low"]),
        (["Date,Index,Inflation", "2026-01-01,120.1,", "2026-02-01,121,0.7"], "value", ["Index", "Inflation"]),
        (["period,jobs,low_share,high_share", "2024,9,1,2"], "value", ["jobs", "low_share", "high_share"]),
        (["period,price,low", "2024,9,1"], "value", ["price", "low"]),
        (["date,price,volume", "2024,,9", "2025,,8"], "value", ["price", "volume"]),
        (["date,power_mw,cost_bn", "2024-04-24,0.0,0.0"], "value", ["power_mw", "cost_bn"]),
        (["year,n_jobs,share", "2024,5,6"], "value", ["n_jobs", "share"]),
        (["date,Actual,Estimate", "2024-05,5,6"], "value", ["Actual", "Estimate"]),
        (["date,Close,Value", "2024-05-31,5,600"], "value", ["Close", "Value"]),
        (["year,Mean,Median", "2024,5,6"], "value", ["Mean", "Median"]),
        (["date,Estimate,Actual rate", "2024,5,6"], "value", ["Estimate", "Actual rate"]),
        (["Year,Jobs,Places", "2024,1,60", "2025,2,61"], "value", ["Jobs", "Places"]),
        (["month,preliminary,revised", "2024-01,5,6"], "value", ["preliminary", "revised"]),
        (["date,value,value_usd", "2024,1,2"], "value", ["value", "value_usd"]),
        (["Start Date,End Date,x", "2025-11-01,2026-01-31,4"], "period", ["Start Date", "End Date"]),
        (["month,quarter,x", "2024-05,2024-Q2,4"], "period", ["month", "quarter"]),
        (["Date,Reference month,x", "2024-05-14,2024-04,4"], "period", ["Date", "Reference month"]),
        (["Code,No. Obs,Series Start", "A1,3,2024-01"], "value", ["Code", "No. Obs", "Series Start"]),
        (["year,Currency,late", "2024,5,"], "value", ["Currency", "late"]),
        (["year,Units,Currency", "2024,5,6"], "value", ["Units", "Currency"]),
        (["year,Rank,Maker", "2024,1,A"], "value", ["year", "Rank", "Maker"]),
        (["name,After,x", "X,2022,7.1"], "period", ["name", "After", "x"]),
        (["date,2024", "2023-05-31,7"], "value", ["2024"]),
        (["date,2024-05-01,2024-06-01", "2024-03,7,8"], "value", ["2024-05-01", "2024-06-01"]),
    ],
)  # fmt: skip
def test_a_guess_that_would_be_a_choice_is_asked(lines, role, columns):
    with pytest.raises(ChoiceNeeded) as asked:
        guess_mapping(table_of(*lines))
    assert (asked.value.role, list(asked.value.columns)) == (role, columns)


def test_what_is_typed_leaves_the_rest_to_be_guessed():
    table = table_of("date,a_median,a_p5,a_p95,b_median,status", "2024,2,1,3,9,p")
    (whole,) = [guess_mapping(table, {"value": "a_median"}).mapping]
    assert whole == Mapping("date", "a_median", "a_p5", "a_p95", "status")
    assert guess_mapping(table, {"value": "b_median"}).mapping.low == ""
    assert guess_mapping(table, {"value": "a_median", "low": ""}).mapping.high == ""


def test_the_low_and_high_of_a_day_are_no_interval():
    table = table_of("Date,Open,High,Low,Close,Volume", "2026-01-05,10,11,9.5,10.5,1000")
    guess = guess_mapping(table, {"value": "Close"})
    assert guess.mapping == Mapping("Date", "Close")
    assert guess.told[0].startswith("“High” was not taken for a bound")


@pytest.mark.parametrize("price", ["Close", "Last price", "settle"])
def test_the_range_of_a_trading_day_is_no_band(price):
    table = table_of(f"Date,{price},Low,High", "2026-01-05,10.5,9.5,11")
    assert guess_mapping(table, {"period": "Date", "value": price}).mapping == Mapping(
        "Date", price
    )


def test_a_band_and_a_status_are_taken_where_period_and_value_are_typed():
    table = table_of("date,ref_date,x,y,OBS_STATUS", "2024,2024,1,2,P")
    guess = guess_mapping(table, {"period": "date", "value": "x"})
    assert guess.mapping == Mapping("date", "x", status="OBS_STATUS")


def test_a_bound_without_the_other_is_not_taken_and_said():
    guess = guess_mapping(table_of("period,value,low_share_of_others", "2024,10,1"))
    assert guess.mapping == Mapping("period", "value")
    assert "“low_share_of_others” was not taken for a bound" in guess.told[0]


def test_of_a_start_and_an_end_a_series_of_endings_takes_the_end():
    table = table_of("Start Date,End Date,revenue", "2025-11-01,2026-01-31,41")
    assert guess_mapping(table, denotes=Denotes.ENDING).mapping.period == "End Date"


def test_a_first_sheet_of_one_column_names_the_other_sheets():
    table = replace(table_of("Contents", "Table 1"), told=("Other sheets: “Data”.",))
    with pytest.raises(
        DataRefused, match=r"Other sheets: “Data”\. Move the one to read to the fro"
    ):
        guess_mapping(table)
    with pytest.raises(DataRefused, match="There is only one column"):
        guess_mapping(table_of("date value", "2024 5"))


@pytest.mark.parametrize("row", ["2024-01-01,10", "1/2/2024,$5", "2024,1.5,7%", "5,May 2024"])
def test_a_first_row_of_data_is_not_taken_for_a_header(row):
    with pytest.raises(
        DataRefused, match=r"Row 1, .*The first row holds data, not names"
    ) as refused:
        guess_mapping(table_of(row, row))
    assert not isinstance(refused.value, ChoiceNeeded)
