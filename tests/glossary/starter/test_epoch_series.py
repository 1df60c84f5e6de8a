"""Epoch AI's live series read its recorded files, as a reader of a few lines does.

What does not concern these series: users of a day and of a month (they are other rows), and which
fiscal quarters the chip counts rest on (Epoch AI makes calendar quarters of them).
"""

import csv
from collections import Counter
from datetime import date
from decimal import Decimal

import pytest
import yaml

from glossary.ingest.problems import DataRefused
from glossary.ingest.refreshing import address_on
from glossary.ingest.revisions import PointChange, RevisionKind
from glossary.values.points import Status
from tests.glossary.starter.recordings import SERIES, points, recording, revision, values

MODELS, HARDWARE, CENTERS = "notable-ai-models", "ml-hardware", "data-center-timelines"
OWNERS, CLUSTERS, INDEX = "ai-chip-owners", "gpu-clusters", "eci-scores"
REVENUE, USERS, ROUNDS = "ai-companies-revenue", "ai-companies-usage", "ai-companies-funding"
MEDIAN = "Compute estimate in H100e (median)"
FLOP, COST = "Training compute (FLOP)", "Training compute cost (2023 USD)"
SPEED, POWER = "Tensor-FP16/BF16 performance (FLOP/s)", "TDP (W)"

# The recordings of each series: a folder, then names from old to new.
READ = {
    "nvidia-compute-shipped": ("nvidia-compute-shipped", "2026-04-02"),
    "tpu-compute-shipped": ("tpu-compute-shipped", "2026-04-03"),
    "amd-compute-shipped": ("amd-compute-shipped", "2026-04-14"),
    "trainium-compute-shipped": (OWNERS, "2026-09-28"),
    "compute-owned-google": (OWNERS, "2026-09-28"),
    "compute-owned-amazon": (OWNERS, "2026-09-28"),
    "compute-owned-microsoft": (OWNERS, "2026-09-28"),
    "compute-owned-meta": (OWNERS, "2026-09-28"),
    "ai-data-center-power": (CENTERS, "2026-04-03", "2026-05-23", "2026-07-07"),
    "ai-data-center-sites": (CENTERS, "2026-04-03", "2026-05-23", "2026-07-07"),
    "largest-ai-data-center": (CENTERS, "2026-04-03", "2026-05-23", "2026-07-07"),
    "colossus-1-power": (CENTERS, "2026-04-03", "2026-05-23", "2026-07-07"),
    "colossus-2-power": (CENTERS, "2026-04-03", "2026-07-07"),
    "largest-ai-cluster": (CLUSTERS, "2025-11-01"),
    "fastest-ai-chip": (HARDWARE, "2025-11-01", "2026-04-22", "2026-07-19"),
    "hardware-efficiency-record": (HARDWARE, "2025-11-01", "2026-04-22", "2026-07-19"),
    "training-compute-record": (MODELS, "2025-12-02", "2026-05-02", "2026-07-19"),
    "training-cost-record": (MODELS, "2025-12-02", "2026-05-02", "2026-07-19"),
    "models-over-1e25": (MODELS, "2025-12-02", "2026-05-02", "2026-07-19"),
    "notable-models-by-quarter": (MODELS, "2025-12-02", "2026-05-02", "2026-07-19"),
    "ai-capability-record": (INDEX, "2025-12-19"),
    "openai-revenue": (REVENUE, "2026-01-16"),
    "anthropic-revenue": (REVENUE, "2026-01-16"),
    "chatgpt-weekly-users": (USERS, "2026-01-16", "2026-10-08"),
    "openai-valuation": (ROUNDS, "2025-12-14", "2026-01-16"),
    "anthropic-valuation": (ROUNDS, "2025-12-14", "2026-01-16"),
}
READINGS = [(slug, folder, day) for slug, (folder, *days) in READ.items() for day in days]


def lines(folder, day):
    """Read a recording with nothing of ours."""
    with recording(folder, f"{day}.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def read(slug, day):
    return values(slug, f"{day}.csv", folder=READ[slug][0])


def iso(text):
    """Write 3/31/2026 as 2026-03-31; other dates stay."""
    month, _, rest = text.partition("/")
    day, _, year = rest.partition("/")
    return f"{year}-{month:0>2}-{day:0>2}" if year else text


def shipped(slug, day):
    """Return the values of a release in the starter data."""
    with (SERIES / slug / f"{day}.csv").open(newline="") as file:
        return {row["period"]: Decimal(row["value"]) for row in csv.DictReader(file)}


def records(rows, day, value):
    """Return each value that is greater than all of earlier days, by its day."""
    found, most = {}, 0
    for row in sorted(rows, key=lambda row: (row[day], -value(row))):
        if value(row) > most:
            found[row[day]] = most = value(row)
    return found


def test_every_series_with_an_address_of_the_publisher_reads_a_recording():
    live = {
        file.parent.name
        for file in SERIES.glob("*/series.yaml")
        if yaml.safe_load(file.read_text()).get("fetch_url", "").startswith("https://epoch.ai/")
    }
    assert live == set(READ)


@pytest.mark.parametrize(("slug", "folder", "day"), READINGS)
def test_each_recording_is_read(slug, folder, day):
    assert points(slug, f"{day}.csv", folder=folder)


# --- chips sold and owned ---


@pytest.mark.parametrize("slug", ["nvidia-compute-shipped", "tpu-compute-shipped"])
def test_the_quarter_that_is_incomplete_is_left_out(slug):
    day = READ[slug][1]
    rows = lines(slug, day)
    assert [row["Incomplete"] for row in rows[-2:]] == ["", "checked"]
    expected = {iso(row["End date"]): Decimal(row[MEDIAN]) for row in rows[:-1]}
    assert read(slug, day) == expected
    assert list(expected)[-1] == "2025-12-31"


@pytest.mark.parametrize(
    ("slug", "last"),
    [
        ("nvidia-compute-shipped", "2026-03-19"),
        ("tpu-compute-shipped", "2026-03-31"),
        ("amd-compute-shipped", "2026-03-31"),
    ],
)
def test_the_file_continues_the_releases_that_are_shipped(slug, last):
    (point,) = (p for p in points(slug, f"{READ[slug][1]}.csv") if p.period == date(2025, 12, 31))
    assert point.value == shipped(slug, last)["2025-12-31"]
    assert point.low < point.value < point.high


def test_a_revision_of_the_shipments_is_the_one_that_the_publisher_made():
    slug = "nvidia-compute-shipped"
    before, after = shipped(slug, "2026-02-06"), read(slug, "2026-04-02")
    assert (before["2025-09-30"], after["2025-09-30"]) == (10_682_946, 10_703_369)


def test_a_file_without_the_flag_of_incomplete_quarters_is_refused_by_name():
    with pytest.raises(DataRefused, match="There is no column “Incomplete”"):
        points("nvidia-compute-shipped", "2026-02-06.csv")


@pytest.mark.parametrize(
    ("owner", "total"),
    [("Google", 5_049_814), ("Amazon", 2_448_673), ("Microsoft", 3_151_494), ("Meta", 1_842_317)],
)
def test_what_a_company_owns_is_added_up_over_the_makers(owner, total):
    rows = [row for row in lines(OWNERS, "2026-09-28") if row["Owner"] == owner]
    complete = [int(row[MEDIAN]) for row in rows if row["Incomplete"] != "True"]
    assert sum(complete) == total
    assert read(f"compute-owned-{owner.lower()}", "2026-09-28") == {"2025-10-01": total}


def test_the_chips_of_amazon_have_the_range_of_their_row():
    (point,) = points("trainium-compute-shipped", "2026-09-28.csv", folder=OWNERS)
    assert (point.low, point.value, point.high) == (907_525, 1_020_727, 1_164_343)


# --- data centers ---


def held(day, end):
    """Return what each site of a recording had at the end of a day."""
    rows = sorted(lines(CENTERS, day), key=lambda row: row["Date"])
    return {row["Data center"]: Decimal(row["Power (MW)"]) for row in rows if row["Date"] <= end}


@pytest.mark.parametrize(
    ("day", "end"),
    [("2026-04-03", "2026-03-31"), ("2026-05-23", "2026-04-30"), ("2026-07-07", "2026-06-30")],
)
def test_states_of_sites_are_added_up_in_three_shapes_of_the_file(day, end):
    power = held(day, end).values()
    assert read("ai-data-center-power", day)[end] == sum(power)
    assert read("largest-ai-data-center", day)[end] == max(power)
    assert read("ai-data-center-sites", day)[end] == sum(each > 0 for each in power)


def test_the_three_shapes_differ_in_the_order_and_number_of_columns():
    shapes = [list(lines(CENTERS, day)[0]) for day in READ["ai-data-center-power"][1:]]
    assert [(len(names), names[0]) for names in shapes] == [
        (12, "Date"),
        (15, "Date"),
        (14, "Data center"),
    ]


def test_plans_are_in_no_total_and_projected_for_a_site():
    assert max(row["Date"] for row in lines(CENTERS, "2026-04-03")) > "2026-04-03"
    assert max(read("ai-data-center-power", "2026-04-03")) == "2026-03-31"
    last = points("colossus-2-power", "2026-04-03.csv", folder=CENTERS)[-1]
    assert (last.period, last.value, last.status) == (date(2026, 5, 13), 1494, Status.PROJECTED)


def test_a_site_that_is_added_revises_every_month_since_it_opened():
    change = revision("ai-data-center-power", "2026-04-03.csv", "2026-07-07.csv", CENTERS)
    assert change.kind is RevisionKind.REVISION
    assert not change.vanished
    before, after = held("2026-04-03", "2025-12-31"), held("2026-07-07", "2025-12-31")
    assert set(after) - set(before) == {"Colossus 1", "Colossus 2", "Google Papillion"}
    (december,) = (each for each in change.changed if each.period == date(2025, 12, 31))
    assert isinstance(december, PointChange)
    assert (december.old.value, december.new.value) == (sum(before.values()), sum(after.values()))


def test_a_site_is_followed_under_its_old_and_its_new_name():
    change = revision("colossus-1-power", "2026-04-03.csv", "2026-07-07.csv", CENTERS)
    assert [point.period for point in change.added] == [date(2026, 5, 6), date(2026, 6, 15)]
    assert not change.changed
    assert read("colossus-2-power", "2026-07-07") == shipped("colossus-2-power", "2026-07-07")


# --- models, chips and clusters ---


@pytest.mark.parametrize("day", READ["training-compute-record"][1:])
def test_records_of_training_compute_are_those_of_the_file_without_its_dust(day):
    rows = [row for row in lines(MODELS, day) if row[FLOP]]
    expected = records(rows, "Publication date", lambda row: float(row[FLOP]))
    found = read("training-compute-record", day)
    assert {at: float(value) for at, value in found.items()} == {
        at: float(f"{value:.6e}") for at, value in expected.items()
    }
    assert found["2025-07-09"] == Decimal("5e26")  # 5.0000000000001e+26 in the file


def test_the_records_continue_the_release_that_is_shipped():
    slug = "training-compute-record"
    assert read(slug, "2026-07-19").items() <= shipped(slug, "2025-07-09").items()


def test_a_name_with_a_line_break_is_one_model():
    name = "GPT-3.5 (davinci-002)\n"
    assert name in [row["Model"] for row in lines(MODELS, "2026-07-19")]
    assert read("training-compute-record", "2026-07-19")["2022-03-15"] == Decimal("2.578e24")


def test_the_cost_of_a_training_run_is_revised():
    change = revision("training-cost-record", "2026-05-02.csv", "2026-07-19.csv", MODELS)
    (revised,) = change.changed
    assert revised.period == date(2025, 2, 27)
    assert (revised.old.value, revised.new.value) == (339_957_500, 366_010_600)


def test_models_from_a_limit_on_are_counted_by_their_days():
    rows = lines(MODELS, "2026-07-19")
    days = sorted(row["Publication date"] for row in rows if float(row[FLOP] or 0) >= 1e25)
    assert read("models-over-1e25", "2026-07-19") == {day: n for n, day in enumerate(days, 1)}


def test_the_quarter_that_runs_is_not_counted():
    rows = lines(MODELS, "2026-05-02")
    months = [row["Publication date"][:7] for row in rows]
    quarters = Counter(f"{m[:4]}-{(int(m[5:]) - 1) // 3 * 3 + 1:02}-01" for m in months)
    assert quarters.pop("2026-04-01") == 1
    assert read("notable-models-by-quarter", "2026-05-02") == quarters


@pytest.mark.parametrize("day", READ["fastest-ai-chip"][1:])
def test_chips_are_compared_by_speed_and_by_speed_for_each_watt(day):
    rows = [row for row in lines(HARDWARE, day) if row["Release date"] and row[SPEED]]
    fastest = records(rows, "Release date", lambda row: float(row[SPEED]) / 1e12)
    assert {at: float(value) for at, value in read("fastest-ai-chip", day).items()} == (
        pytest.approx(fastest)
    )
    rows = [row for row in rows if row[POWER]]
    best = records(rows, "Release date", lambda row: float(row[SPEED]) / float(row[POWER]) / 1e9)
    found = read("hardware-efficiency-record", day)
    assert {at: float(value) for at, value in found.items()} == pytest.approx(best, rel=1e-5)


def test_a_chip_that_the_publisher_removes_is_a_period_that_vanishes():
    change = revision("hardware-efficiency-record", "2026-04-22.csv", "2026-07-19.csv", HARDWARE)
    assert [(point.period, point.value) for point in change.vanished] == [
        (date(2024, 11, 15), 2500)
    ]
    assert not change.changed


def test_the_largest_cluster_exists_is_one_and_is_no_duplicate():
    rows = lines(CLUSTERS, "2025-11-01")
    for name, unwanted in ("Certainty", "Unlikely"), ("Possible Duplicate", "True"):
        assert unwanted in {row[name] for row in rows}
    sure = [
        row
        for row in rows
        if row["Certainty"] in ("Confirmed", "Likely")
        and (row["Status"], row["Single cluster?"]) == ("Existing", "Yes")
        and row["Possible Duplicate"] + row["Exclude"] == ""
    ]
    expected = records(sure, "First Operational Date", lambda row: float(row["H100 equivalents"]))
    found = read("largest-ai-cluster", "2025-11-01")
    assert {at: float(value) for at, value in found.items()} == pytest.approx(expected, rel=1e-5)
    assert found["2025-07-22"] == 275_796


def test_the_index_keeps_its_best_models_with_their_ranges():
    rows = [row for row in lines(INDEX, "2025-12-19") if row["date"]]
    expected = records(rows, "date", lambda row: round(float(row["eci"]), 1))
    found = points("ai-capability-record", "2025-12-19.csv", folder=INDEX)
    assert {p.period.isoformat(): float(p.value) for p in found} == expected
    anchors = [(p.period.isoformat(), p.value) for p in found if p.low is None]
    assert anchors == [("2024-06-20", 130), ("2025-08-07", 150)]


# --- companies ---


@pytest.mark.parametrize(("company", "newest"), [("OpenAI", 19), ("Anthropic", 7)])
def test_revenue_is_that_of_the_whole_company(company, newest):
    rows = [row for row in lines(REVENUE, "2026-01-16") if row["Company"] == company]
    assert {"Product/division revenue"} <= {row["Type"] for row in rows}
    expected = {
        row["Date"]: float(row["Annualized revenue (USD)"]) / 1e9
        for row in rows
        if row["Type"] in ("Annualized revenue", "Annual recurring revenue")
    }
    found = read(f"{company.lower()}-revenue", "2026-01-16")
    assert {at: float(value) for at, value in found.items()} == expected
    assert list(found.values())[-1] == newest


@pytest.mark.parametrize("day", READ["chatgpt-weekly-users"][1:])
def test_weekly_users_are_read_from_their_cells_and_not_from_names(day):
    rows = [row for row in lines(USERS, day) if row["Product"] == "ChatGPT"]
    expected = {
        row["Date"]: float(row["Active users"])
        for row in rows
        if (row["Active users time period"], row["Exclude from graph view"]) == ("Weekly", "")
    }
    found = read("chatgpt-weekly-users", day)
    assert {at: float(value) for at, value in found.items()} == expected
    assert found["2025-07-15"] == 770_000_000  # called “ChatGPT 700M WAU”
    assert "2025-10-14" not in found  # subscribers, excluded by the publisher
    assert "2025-03-28" not in found  # users of a day


def test_new_reports_of_users_are_appended():
    change = revision("chatgpt-weekly-users", "2026-01-16.csv", "2026-10-08.csv", USERS)
    assert change.kind is RevisionKind.APPEND
    assert [point.value / 1_000_000 for point in change.added] == [900, 920, 1000, 1200]


@pytest.mark.parametrize("company", ["OpenAI", "Anthropic"])
@pytest.mark.parametrize("day", READ["openai-valuation"][1:])
def test_a_valuation_is_of_a_closed_round_in_both_styles_of_dates(company, day):
    expected = {
        iso(row["Close date"]): float(valuation) / 1e9
        for row in lines(ROUNDS, day)
        if row["Company"] == company and row["Status"] == "Closed"
        if (valuation := row["Valuation (post-money)"])
    }
    found = read(f"{company.lower()}-valuation", day)
    assert {at: float(value) for at, value in found.items()} == expected


def test_a_round_that_closes_is_appended():
    change = revision("openai-valuation", "2025-12-14.csv", "2026-01-16.csv", ROUNDS)
    assert [(point.period, point.value) for point in change.added] == [(date(2025, 12, 11), 500)]
    assert (change.changed, change.vanished) == ((), ())


# --- papers and page views ---


def test_papers_are_submissions_with_their_correction_in_whole_months():
    rows = lines("arxiv-submissions", "2025-11-15")
    expected = {
        f"{row['month']}-01": int(row["submissions"]) + int(row["historical_delta"])
        for row in rows[:-1]
        if row["month"] >= "1992"
    }
    assert (rows[0]["month"], rows[-1]["month"]) == ("1991-07", "2025-11")
    assert values("arxiv-submissions", "2025-11-15.csv") == expected
    assert expected["1992-01-01"] == 193 - 105


def test_page_views_are_asked_up_to_the_running_month_and_read_up_to_the_last_whole_one():
    series = yaml.safe_load((SERIES / "chatgpt-page-views/series.yaml").read_text())
    assert address_on(series["fetch_url"], date(2026, 10, 8)).endswith("/20221101/20261001")
    read = values("chatgpt-page-views", "2026-10-08.json")
    assert read["2022-12-01"] == 1_882_964
    assert list(read.items())[-1] == ("2026-09-01", 1_811_003)
