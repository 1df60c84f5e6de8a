"""Job postings, tokens, chatbots, pushes and use of AI, from companies that publish what they count.

Indeed's file GenAI_posting.csv, which its README still names, is gone and read by no series. The
addresses of its two projects name the branches that were seen, main and master. Anthropic's index
has new names of files at each release, and no series.
"""

import csv
import io
import json
from decimal import Decimal

import pytest
import yaml

from glossary.fetching.links import newest_link
from glossary.ingest.problems import DataRefused
from glossary.ingest.steps.declaration import read_steps
from tests.glossary.starter.recordings import SERIES, points_in, recording, revision, values


def rows(slug, name):
    with recording(slug, name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_share_of_postings_that_mention_ai_is_of_the_last_day_of_each_month():
    days = {
        row["date"]: Decimal(row["AI_share_postings"])
        for row in rows("us-ai-job-postings", "2026-07-21.csv")
        if row["jobcountry"] == "US"
    }
    ends = ["2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30", "2026-05-31", "2026-06-30"]
    read = values("us-ai-job-postings", "2026-07-21.csv")
    assert read == {end: days[end] for end in ends}
    assert f"{read['2026-06-30']:.2f}" == "5.88"


def test_all_months_of_the_share_are_estimated_again():
    found = revision("us-ai-job-postings", "2026-05-11.csv", "2026-07-21.csv")
    assert len(found.changed) == 4
    april = found.changed[-1]
    assert (f"{april.old.value:.3f}", f"{april.new.value:.3f}") == ("5.354", "5.411")
    assert [f"{point.period}" for point in found.added] == ["2026-05-31", "2026-06-30"]
    assert not found.vanished


def test_all_postings_are_read_and_not_new_ones_and_no_month_that_is_not_over():
    days = {
        row["date"]: Decimal(row["indeed_job_postings_index_SA"])
        for row in rows("us-job-postings", "2026-08-19.csv")
        if row["variable"] == "total postings"
    }
    read = values("us-job-postings", "2026-08-19.csv")
    assert list(read)[-1] == "2026-07-31"
    assert read == {day: days[day] for day in read}
    assert "2026-08-14" in days


def test_tokens_of_a_day_are_those_of_all_models_and_others():
    """The recording has seven of the 51 rows of a day, so it is no whole day."""
    sums = {}
    for row in rows("openrouter-tokens", "2026-10-08.csv"):
        sums[row["date"]] = sums.get(row["date"], 0) + int(row["total_tokens"])
    assert b"\r\n" in recording("openrouter-tokens", "2026-10-08.csv").read_bytes()
    assert values("openrouter-tokens", "2026-10-08.csv") == {
        day: Decimal(tokens) / 10**12 for day, tokens in sums.items()
    }


def test_the_days_that_are_shipped_are_told_by_the_share_of_each_row():
    with (SERIES / "openrouter-tokens/2026-10-08.csv").open(encoding="utf-8") as file:
        totals = {row["period"]: Decimal(row["value"]) for row in csv.DictReader(file)}
    for row in rows("openrouter-tokens", "2026-10-08.csv"):
        total = Decimal(row["total_tokens"]) / Decimal(row["share_of_daily_tokens"])
        assert round(total) == totals[row["date"]] * 10**12
    assert len(totals) == 3


def test_months_before_chatbots_were_counted_are_rows_of_zeros_and_left_out():
    counted = {
        f"{row['Date']}-01": Decimal(row["ChatGPT"])
        for row in rows("chatgpt-share", "2026-10-08.csv")
        if row["ChatGPT"] != "0"
    }
    read = values("chatgpt-share", "2026-10-08.csv")
    assert read == counted
    assert (min(read), read["2026-09-01"]) == ("2025-04-01", Decimal("80.47"))


def test_a_month_of_chatbots_that_is_not_over_is_left_out():
    content = recording("chatgpt-share", "2026-10-08.csv").read_bytes()
    found = points_in(content, "chatgpt-share", "2026-09-30.csv")
    assert f"{found[-1].period}" == "2026-08-01"


def test_chatbots_are_found_by_name_and_the_other_shape_of_one_month_is_refused():
    swapped = b'"Date","Claude","ChatGPT"\n2026-08,22.5,71.5\n2026-09,21.5,72.5\n'
    found = points_in(swapped, "chatgpt-share", "2026-10-08.csv")
    assert [str(point.value) for point in found] == ["71.5", "72.5"]
    one_month = b'"AI Chatbot","Market Share Perc. (Sept 2026)"\n"ChatGPT",80.47\n'
    with pytest.raises(DataRefused, match="no column “ChatGPT”"):
        points_in(one_month, "chatgpt-share", "2026-10-08.csv")


def test_pushes_are_of_one_economy_beside_the_sum_of_europe():
    pushes = {
        (row["year"], row["quarter"]): Decimal(row["git_pushes"]) / 10**6
        for row in rows("us-github-pushes", "2026-01-27.csv")
        if row["iso2_code"] == "US"
    }
    read = values("us-github-pushes", "2026-01-27.csv")
    assert list(read.values()) == list(pushes.values())
    assert (len(read), read["2025-07-01"]) == (15, Decimal("34.494395"))


@pytest.mark.parametrize(
    ("slug", "economy"),
    [
        ("ai-use-france", "France"),
        ("ai-use-india", "India"),
        ("ai-use-united-arab-emirates", "United Arab Emirates"),
        ("ai-use-united-states", "United States"),
    ],
)
def test_waves_of_ai_use_are_columns_and_are_dated_by_their_ends(slug, economy):
    """The file is in Mac Roman, because of Türkiye, and has percent signs."""
    content = recording("ai-use-france", "2026-05-06.csv").read_bytes()
    assert b"T\x9frkiye" in content
    lines = csv.DictReader(io.StringIO(content.decode("mac_roman")))
    (row,) = (each for each in lines if each["Economy"] == economy)
    cells = [
        Decimal(row[f"{wave} AI Diffusion"].rstrip("%"))
        for wave in ("H1 2025", "H2 2025", "Q1 2026")
    ]
    found = points_in(content, slug, "2026-05-07.csv", "mac-roman")
    assert [(f"{point.period}", point.value) for point in found] == list(
        zip(["2025-06-30", "2025-12-31", "2026-03-31"], cells, strict=True)
    )


def test_the_newest_wave_of_ai_use_is_found_in_the_publishers_list():
    data = "https://raw.githubusercontent.com/microsoft/ai-diffusion-report/main/data"
    names = ("AI_Diffusion_Q12026_Update.csv", "AI_Diffusion_Q22026_Update.csv", "US")
    listed = [
        {"name": name, "path": f"data/{name}", "download_url": f"{data}/{name}",
         "html_url": f"https://github.com/microsoft/ai-diffusion-report/blob/main/data/{name}"}
        for name in names
    ]  # fmt: skip
    series = yaml.safe_load((SERIES / "ai-use-france" / "series.yaml").read_text())
    pattern = read_steps(yaml.safe_dump(series["steps"])).link
    found = newest_link(json.dumps(listed).encode(), series["fetch_url"], pattern)
    assert found == f"{data}/{names[1]}"


def test_a_later_wave_of_ai_use_is_one_more_column():
    content = b"Economy,Q1 2026 AI Diffusion,Q2 2026 AI Diffusion\nFrance,61.5%,71.5%\n"
    found = points_in(content, "ai-use-france", "2026-09-01.csv")
    assert [f"{point.period}" for point in found] == ["2026-03-31", "2026-06-30"]
