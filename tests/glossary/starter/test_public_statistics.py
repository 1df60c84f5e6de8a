"""Prices, jobs, productivity, construction and use of AI, from statistical offices.

Of the Bureau of Labor Statistics no answer to a single series was recorded. The files here have its
shape, and the values that the St. Louis Fed's copies of the same series (header `observation_date`,
or `DATE` until 2024) had on those days. That service's own files are not fetched, so how it writes a
missing number or a quarter concerns no series. Of the Census Bureau no workbook was recorded: those
here are made up in the documented shape.
"""

import csv
import io
import json
from decimal import Decimal

import pytest
import yaml
from openpyxl import Workbook

from glossary.ingest.problems import DataRefused
from glossary.values.points import Status
from tests.glossary.starter.recordings import (
    SERIES,
    points,
    points_in,
    recording,
    revision,
    values,
)

# --- Bureau of Labor Statistics ---


def answered(slug, name):
    """Return (year, period, value, codes of footnotes) of an answer, newest first as it is."""
    (series,) = json.loads(recording(slug, name).read_text())["Results"]["series"]
    return [
        (row["year"], row["period"], row["value"], [note.get("code") for note in row["footnotes"]])
        for row in series["data"]
    ]


def made_up(rows):
    data = [
        {
            "year": year,
            "period": period,
            "value": value,
            "footnotes": [{"code": code} if code else {}],
        }
        for year, period, value, code in rows
    ]
    return json.dumps({"Results": {"series": [{"data": data}]}}).encode()


def test_producer_prices_are_read_with_the_months_that_are_preliminary():
    rows = answered("us-hosting-prices", "2025-07-30.json")
    read = points("us-hosting-prices", "2025-07-30.json")
    assert [(f"{p.period:%Y}", f"{p.period:M%m}", p.value) for p in reversed(read)] == [
        (year, month, Decimal(value)) for year, month, value, _ in rows
    ]
    flagged = [f"{p.period:%Y-%m}" for p in read if p.status is Status.PROVISIONAL]
    assert flagged == ["2025-03", "2025-04", "2025-05", "2025-06"]
    assert [codes for *_, codes in rows[:5]] == [["P"], ["P"], ["P"], ["P"], [None]]


def test_producer_prices_are_revised_and_a_month_is_added():
    found = revision("us-hosting-prices", "2025-06-20.json", "2025-07-30.json")
    assert [f"{point.period:%Y-%m}" for point in found.added] == ["2025-06"]
    assert [
        (f"{change.period:%Y-%m}", str(change.old.value), str(change.new.value))
        for change in found.changed
    ] == [
        ("2025-02", "119.580", "122.218"),
        ("2025-03", "118.306", "121.880"),
        ("2025-04", "120.067", "122.102"),
        ("2025-05", "121.742", "124.185"),
    ]


def test_productivity_is_revised_a_month_later():
    found = revision("us-productivity", "2025-08-10.json", "2025-09-05.json")
    (change,) = found.changed
    assert (change.old.value, change.new.value) == (Decimal("115.877"), Decimal("116.143"))
    assert f"{change.period}" == "2025-04-01"
    assert not found.added
    newest = answered("us-productivity", "2025-09-05.json")[0]
    assert newest[:3] == ("2025", "Q02", "116.143")


def test_a_month_without_prices_is_missing_and_not_zero():
    """The government was shut down in October 2025."""
    rows = answered("us-electricity-price", "2026-08-16.json")
    assert ("2025", "M10", "-") in [row[:3] for row in rows]
    read = values("us-electricity-price", "2026-08-16.json")
    assert read["2025-10-01"] is None
    assert [read["2025-09-01"], read["2025-11-01"]] == [Decimal("0.188"), Decimal("0.189")]
    found = revision("us-electricity-price", "2026-06-14.json", "2026-08-16.json")
    assert [str(point.value) for point in found.added] == ["0.198", "0.197"]
    assert not found.changed


@pytest.mark.parametrize(
    ("slug", "part", "yearly"),
    [
        ("us-labor-share", "Q", "Q05"),
        ("us-labor-share", "Q", "A01"),
        ("us-computer-design-jobs", "M", "M13"),
        ("us-hosting-jobs", "M", "M13"),
    ],
)
def test_rows_of_a_whole_year_are_left_out(slug, part, yearly):
    rows = [
        ("2026", f"{part}02", "22.5", "P"),
        ("2026", f"{part}01", "11.5", ""),
        ("2025", yearly, "99", ""),
    ]
    read = points_in(made_up(rows), slug, "2026-11-28.json")
    assert [point.value for point in read] == [Decimal("11.5"), Decimal("22.5")]


def test_a_refusal_of_the_service_is_no_empty_series():
    """Without a key it answers 25 questions a day, and then a list without series."""
    content = b'{"status": "REQUEST_NOT_PROCESSED", "Results": {}}'
    with pytest.raises(DataRefused, match="nothing at “series”"):
        points_in(content, "us-productivity", "2026-11-28.json")


# --- Census Bureau ---


def workbook(sheet, rows):
    book = Workbook()
    book.active.title = "Notes"
    page = book.create_sheet(sheet)
    for row in rows:
        page.append(row)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


CONSTRUCTION = workbook(
    "Private SA",
    [
        ["Value of Private Construction Put in Place - Seasonally Adjusted Annual Rate"],
        ["(Millions of dollars. Details may not add to totals due to rounding.)"],
        [" "],
        ["Date", "Total\nPrivate", "Data\ncenter", "Computer/\nelectronic/\nelectrical"],
        ["Aug-26p", 1000003, 70003, 50003],
        ["Jul-26r", 1000002, 70002, 50002],
        ["Jun-26", 1000001, 70001, 50001],
        ["Dec-13", 900000, None, 10117],
        ["p Preliminary  r Revised"],
        ["Source: made up"],
    ],
)


@pytest.mark.parametrize(
    ("slug", "read"),
    [
        ("us-data-center-construction", {6: "70.001", 7: "70.002", 8: "70.003"}),
        ("us-chip-plant-construction", {6: "50.001", 7: "50.002", 8: "50.003", 12: "10.117"}),
    ],
)
def test_construction_is_read_below_three_rows_and_above_the_notes(slug, read):
    found = points_in(CONSTRUCTION, slug, "2026-10-02.xlsx")
    assert {point.period.month: point.value for point in found} == {
        month: Decimal(value) for month, value in read.items()
    }
    assert {p.period.month for p in found if p.status is Status.PROVISIONAL} == {8}


def survey(question, columns):
    """Make the sheet of estimates: a column for each cycle, newest first, values as texts."""
    yes, no, expecting = zip(*columns.values(), strict=True)
    return workbook(
        "Response Estimates",
        [
            ["Question ID", "Question", "Answer ID", "Answer", *columns],
            [question, "Did this business use AI?", 1, "Yes", *yes],
            [question, "Did this business use AI?", 2, "No", *no],
            ["24", "Will it be using AI?", 1, "Yes", *expecting],
            [],
            ["Source: made up"],
        ],
    )


@pytest.mark.parametrize("question", ["7", 7], ids=["text", "number"])
def test_firms_using_ai_are_read_from_the_new_question_alone(question):
    """Before November 17, 2025 the same numbers of questions were asked with other words.

    Those columns hold a point in this file. They are no missing values of this series.
    """
    cycles = {
        "202619": ("71.8%", "20.5%", "77.6%"),
        "202618": ("71.2%", "S", "77.3%"),
        "202524": ("61.3%", "30.0%", "S"),
        "202523": (".", ".", "."),
        "202319": (".", ".", "."),
    }
    content = survey(question, cycles)
    using = points_in(content, "us-firms-using-ai", "2026-09-24.xlsx")
    assert {f"{point.period}": str(point.value) for point in using} == {
        "2025-11-30": "61.3",
        "2026-09-06": "71.2",
        "2026-09-20": "71.8",
    }
    expecting = points_in(content, "us-firms-expecting-ai", "2026-09-24.xlsx")
    assert [str(point.value) for point in expecting] == ["77.3", "77.6"]


def test_the_old_question_of_firms_is_not_joined():
    texts = (SERIES / "us-firms-using-ai/2026-09-24.csv").read_text().splitlines()
    assert texts[1] == "2025-11-30,17.3"
    assert len(texts) == 23


# --- Eurostat, Energy Information Administration ---

EUROPE = {"size_emp": "GE10", "indic_is": "E_AI_TANY", "geo": "EU27_2020"}


def test_european_firms_are_one_row_of_many():
    content = recording("eu-firms-using-ai", "2026-03-28.csv").read_text()
    rows = list(csv.DictReader(io.StringIO(content)))
    kept = [row for row in rows if EUROPE.items() <= row.items()]
    assert len(rows) == 6
    assert [(row["TIME_PERIOD"], row["OBS_VALUE"]) for row in kept] == [("2025", "19.95")]
    assert values("eu-firms-using-ai", "2026-03-28.csv") == {"2025-01-01": Decimal("19.95")}


def test_european_firms_are_read_in_the_shape_of_the_address_too():
    """The recording has two columns for each dimension; the address answers with codes alone."""
    content = (
        "DATAFLOW,LAST UPDATE,freq,size_emp,nace_r2,indic_is,unit,geo,TIME_PERIOD,OBS_VALUE,OBS_FLAG\r\n"
        "ESTAT:ISOC_EB_AI(1.0),01/01/26 11:00:00,A,GE10,C10-S951_X_K,E_AI_TANY,PC_ENT,EU27_2020,2023,61.5,b\r\n"
        "ESTAT:ISOC_EB_AI(1.0),01/01/26 11:00:00,A,GE10,C10-S951_X_K,E_AI_TANY,PC_ENT,EU27_2020,2025,71.5,e\r\n"
    )
    found = points_in(content.encode(), "eu-firms-using-ai", "2026-03-28.csv")
    assert [(f"{p.period:%Y}", str(p.value), p.status) for p in found] == [
        ("2023", "61.5", Status.FINAL),
        ("2025", "71.5", Status.PROVISIONAL),
    ]


def test_commercial_electricity_is_one_sector_without_the_thirteenth_month():
    content = recording("us-commercial-electricity-price", "2018-07-19.csv").read_text()
    rows = [row for row in csv.DictReader(io.StringIO(content)) if row["MSN"] == "ESCMUUS"]
    months = {row["YYYYMM"]: row["Value"] for row in rows if not row["YYYYMM"].endswith("13")}
    assert len(months) == len(rows) - 1
    read = values("us-commercial-electricity-price", "2018-07-19.csv")
    assert {day.replace("-", "")[:6]: str(value) for day, value in read.items()} == months


def test_a_price_that_is_not_available_is_left_out():
    content = b"MSN,YYYYMM,Value\nESCMUUS,202608,71.5\nESCMUUS,202609,Not Available\n"
    found = points_in(content, "us-commercial-electricity-price", "2026-11-28.csv")
    assert [f"{point.period:%Y-%m}" for point in found] == ["2026-08"]


# --- all ---


@pytest.mark.parametrize(
    "slug",
    [
        "openrouter-tokens",
        "us-computer-design-jobs",
        "us-electricity-price",
        "us-hosting-jobs",
        "us-hosting-prices",
        "us-labor-share",
        "us-productivity",
    ],
)
def test_what_is_asked_for_a_few_years_or_days_keeps_the_older_ones(slug):
    about = yaml.safe_load((SERIES / slug / "series.yaml").read_text())
    assert "append only" in about["steps"]
