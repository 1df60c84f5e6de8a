"""Capital expenditure, revenue and backlog of companies, from lists of filings by the SEC.

The recordings have the objects of its list of all facts of a company, in the shape of its list of
one fact. Of Amazon and Oracle nothing was recorded: their files here are made up in that shape.
The User-Agent that the SEC asks for is set for all fetching, and tested there.
"""

import json
from decimal import Decimal
from itertools import groupby

import pytest

from tests.glossary.starter.recordings import points_in, recording, values

THOUSAND_MILLION = Decimal(10) ** 9


def billions(number):
    return Decimal(number) / THOUSAND_MILLION


def facts(slug, name):
    """Return the facts of a recording by their days; of facts filed again the last."""
    listed = json.loads(recording(slug, name).read_text())["units"]["USD"]
    listed.sort(key=lambda fact: fact["filed"])
    return {(fact.get("start"), fact["end"]): billions(fact["val"]) for fact in listed}


def read(slug, *rows):
    """Read a made-up list of (start, end, millions of dollars, day of filing)."""
    listed = [
        {
            "start": start,
            "end": end,
            "val": millions * 10**6,
            "fy": 2026,
            "fp": "Q1",
            "filed": filed,
        }
        for start, end, millions, filed in rows
    ]
    content = json.dumps({"units": {"USD": listed}}).encode()
    found = points_in(content, slug, "2026-11-28.json")
    return {point.period.isoformat(): point.value for point in found}


def test_alphabet_files_the_year_to_date_and_quarters_are_differences():
    filed = facts("alphabet-capex", "2026-08-05.json")
    for year in (2023, 2024, 2025):
        ends = [f"{year}-03-31", f"{year}-06-30", f"{year}-09-30", f"{year}-12-31"]
        first, half, nine_months, all_year = (filed[f"{year}-01-01", end] for end in ends)
        quarters = [first, half - first, nine_months - half, all_year - nine_months]
        read = values("alphabet-capex", "2026-08-05.json")
        assert [read[f"{year}-{month}-01"] for month in ("01", "04", "07", "10")] == quarters
    assert read["2026-04-01"] == Decimal("80.598") - Decimal("35.674") == Decimal("44.924")
    assert len(read) == 14


def test_the_year_of_a_filing_is_not_the_year_of_the_fact():
    """The first quarter of 2025 comes again in a filing of fiscal 2026, and is one period."""
    listed = json.loads(recording("alphabet-capex", "2026-08-05.json").read_text())["units"]["USD"]
    years = [fact["fy"] for fact in listed if fact["end"] == "2025-03-31"]
    assert years == [2025, 2026]
    assert values("alphabet-capex", "2026-08-05.json")["2025-01-01"] == Decimal("17.197")


def test_what_meta_restated_holds():
    listed = json.loads(recording("meta-capex", "2026-08-06.json").read_text())["units"]["USD"]
    first_quarter = [fact["val"] for fact in listed if fact["end"] == "2023-03-31"]
    assert first_quarter == [6_842_000_000, 6_823_000_000]
    read = values("meta-capex", "2026-08-06.json")
    assert read["2023-01-01"] == Decimal("6.823")
    assert read["2023-10-01"] == Decimal("27.045") - Decimal("19.453")
    assert list(read)[-1] == "2026-01-01"


def test_microsoft_never_files_a_fourth_quarter_and_dates_are_of_the_calendar():
    filed = facts("microsoft-capex", "2026-08-06.json")
    read = values("microsoft-capex", "2026-08-06.json")
    assert ("2026-04-01", "2026-06-30") not in filed
    year, nine_months = (filed["2025-07-01", end] for end in ("2026-06-30", "2026-03-31"))
    assert read["2026-04-01"] == year - nine_months == Decimal("35.802")
    assert read["2026-01-01"] == filed["2026-01-01", "2026-03-31"] == Decimal("30.876")
    assert list(read) == [
        "2024-07-01", "2024-10-01", "2025-01-01", "2025-04-01",
        "2025-07-01", "2025-10-01", "2026-01-01", "2026-04-01",
    ]  # fmt: skip


def test_nvidias_quarters_end_on_their_own_days_and_filed_ones_come_before_differences():
    filed = facts("nvidia-revenue", "2026-08-26.json")
    read = values("nvidia-revenue", "2026-08-26.json")
    assert list(read) == [
        "2025-04-27", "2025-07-27", "2025-10-26", "2026-01-25", "2026-04-26", "2026-07-26",
    ]  # fmt: skip
    year, nine_months = (filed["2025-01-27", end] for end in ("2026-01-25", "2025-10-26"))
    assert read["2026-01-25"] == year - nine_months == Decimal("68.127")
    half = filed["2026-01-26", "2026-07-26"]
    assert half - read["2026-04-26"] == Decimal("96.222")  # rounded otherwise than
    assert read["2026-07-26"] == filed["2026-04-27", "2026-07-26"] == Decimal("96.221")


@pytest.mark.parametrize(
    ("slug", "name", "last"),
    [
        ("microsoft-backlog", "2026-08-06.json", Decimal(684)),
        ("alphabet-backlog", "2026-08-05.json", Decimal("519.5")),
    ],
)
def test_a_backlog_is_of_a_day_without_a_start(slug, name, last):
    filed = facts(slug, name)
    read = values(slug, name)
    assert read == {end: value for (_, end), value in sorted(filed.items(), key=lambda f: f[0][1])}
    assert {start for start, _ in filed} == {None}
    assert read["2026-06-30"] == last


def test_a_day_that_was_filed_twice_is_one_period():
    """Microsoft filed June 30, 2024 again in an 8-K, whose fiscal year and period are empty."""
    listed = json.loads(recording("microsoft-backlog", "2026-08-06.json").read_text())
    days = [fact["end"] for fact in listed["units"]["USD"]]
    assert [day for day, same in groupby(days) if len(list(same)) == 2] == ["2024-06-30"]
    assert len(values("microsoft-backlog", "2026-08-06.json")) == len(days) - 1


def test_amazon_files_quarters_the_year_to_date_and_twelve_months():
    assert read(
        "amazon-capex",
        ("2025-01-01", "2025-03-31", 10_000, "2025-05-01"),
        ("2024-04-01", "2025-03-31", 70_000, "2025-05-01"),
        ("2025-01-01", "2025-06-30", 25_000, "2025-08-01"),
        ("2025-04-01", "2025-06-30", 15_000, "2025-08-01"),
        ("2024-07-01", "2025-06-30", 75_000, "2025-08-01"),
        ("2025-01-01", "2025-09-30", 45_000, "2025-10-31"),
        ("2025-07-01", "2025-09-30", 20_000, "2025-10-31"),
        ("2024-10-01", "2025-09-30", 80_000, "2025-10-31"),
        ("2025-01-01", "2025-12-31", 75_000, "2026-02-06"),
    ) == {"2025-01-01": 10, "2025-04-01": 15, "2025-07-01": 20, "2025-10-01": 30}


def test_oracles_quarters_are_dated_by_their_ends():
    assert read(
        "oracle-capex",
        ("2025-06-01", "2025-08-31", 8_000, "2025-09-10"),
        ("2025-06-01", "2025-11-30", 20_000, "2025-12-11"),
        ("2025-06-01", "2026-02-28", 36_000, "2026-03-11"),
        ("2025-06-01", "2026-05-31", 55_000, "2026-06-22"),
    ) == {"2025-08-31": 8, "2025-11-30": 12, "2026-02-28": 16, "2026-05-31": 19}
