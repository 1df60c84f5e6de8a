"""What a starter series ships is what its steps read in the recorded file, for the periods of both.

A recording is an excerpt. Where it was cut within a period, a sum or the last row differs, and the
series has a test of its own.
"""

import csv
from decimal import Decimal

import pytest

from tests.glossary.starter.recordings import SERIES, values

ENCODINGS = {"ai-use-france": "mac-roman"}


def shipped(slug, day):
    with (SERIES / slug / f"{day}.csv").open(encoding="utf-8") as file:
        return {row["period"]: Decimal(row["value"]) for row in csv.DictReader(file)}


@pytest.mark.parametrize(
    ("slug", "first", "last", "year"),
    [
        ("amazon-capex", "2025-01-01", "2025-10-01", "131.819"),
        ("oracle-capex", "2024-08-31", "2025-05-31", "21.215"),
        ("oracle-capex", "2025-08-31", "2026-05-31", "55.663"),
    ],
)
def test_quarters_without_a_recorded_file_add_up_to_the_annual_report(slug, first, last, year):
    """The sum of an annual report is what the company printed, independent of the quarters."""
    quarters = shipped(slug, "2026-08-21")
    found = [value for period, value in quarters.items() if first <= period <= last]
    assert (len(found), sum(found)) == (4, Decimal(year))


@pytest.mark.parametrize(
    ("slug", "recorded", "day", "periods"),
    [
        ("ai-use-france", "2026-05-06.csv", "2026-05-07", 3),
        ("alphabet-backlog", "2026-08-05.json", "2026-08-05", 14),
        ("alphabet-capex", "2026-08-05.json", "2026-08-05", 14),
        ("chatgpt-share", "2026-10-08.csv", "2026-10-08", 18),
        ("eu-firms-using-ai", "2026-03-28.csv", "2026-03-28", 1),
        ("meta-capex", "2026-08-06.json", "2026-08-06", 13),
        ("microsoft-backlog", "2026-08-06.json", "2026-08-06", 14),
        ("microsoft-capex", "2026-08-06.json", "2026-08-06", 8),
        ("nvidia-revenue", "2026-08-26.json", "2026-08-26", 6),
        ("us-ai-job-postings", "2026-05-11.csv", "2026-05-11", 4),
        ("us-ai-job-postings", "2026-07-21.csv", "2026-07-21", 6),
        ("us-electricity-price", "2026-06-14.json", "2026-06-14", 11),
        ("us-electricity-price", "2026-08-16.json", "2026-08-16", 13),
        ("us-github-pushes", "2026-01-27.csv", "2026-01-27", 15),
        ("us-hosting-prices", "2025-06-20.json", "2025-06-20", 12),
        ("us-hosting-prices", "2025-07-30.json", "2025-07-16", 13),
        ("us-job-postings", "2026-08-19.csv", "2026-08-19", 7),
        ("us-productivity", "2025-08-10.json", "2025-08-10", 10),
        ("us-productivity", "2025-09-05.json", "2025-09-05", 10),
    ],
)
def test_a_series_ships_what_its_steps_read(slug, recorded, day, periods):
    read = values(slug, recorded, ENCODINGS.get(slug, ""))
    ours = {period: value for period, value in shipped(slug, day).items() if period in read}
    assert ours == {period: value for period, value in read.items() if period in ours}
    assert len(ours) == periods
