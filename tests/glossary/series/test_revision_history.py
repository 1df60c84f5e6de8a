"""How much first values are revised, and how far apart releases come: mostly without a database."""

from datetime import date

import pytest
from django.core.cache import cache

from glossary.series.revision_history import Version, against_usual, first_prints, history_text
from glossary.values.periods import Denotes, Frequency
from glossary.values.points import Status
from tests.builders import make_series, release
from tests.glossary.series_views import make_view, point

# Each line is a release: its day, then the values it brought, "2023:10" for the year 2023.
STEADY = """
2024-02-10 2021:90 2022:95
2024-05-12 2023:100
2024-08-08 2023:101 2024:200
2024-11-06 2024:208 2025:300
2025-02-10 2025:297 2026:400
"""
POINTS = {"unit": "percent", "short_unit": "%", "decimals": 1}


def versions(text):
    return [
        Version(point(f"{year}-12-31", value or None), number, date.fromisoformat(day))
        for number, (day, *brought) in enumerate(map(str.split, text.strip().splitlines()), 1)
        for year, _, value in (each.partition(":") for each in brought)
    ]


def told(text, expected=None, newest=None, **fields):
    found = versions(text)
    view = make_view(**({"frequency": Frequency.ANNUAL, "unit": "units"} | fields))
    said = history_text(found, newest or found[-1].release, expected, view)
    return said.replace("\u00a0", " ")


def prints(text):
    found = first_prints(versions(text), text.strip().count("\n") + 1)
    return [(each.first.period.year, *map(int, each.step)) for each in found]


def test_first_values_are_compared_with_what_they_became():
    assert told(STEADY).startswith(
        "All 3 values first published here were revised later: usually by 1.0%, most for 2024, up 4.0%."
    )


def test_what_the_series_began_with_and_what_is_new_has_no_first_print():
    assert prints(STEADY) == [(2023, 100, 101), (2024, 200, 208), (2025, 300, 297)]


@pytest.mark.parametrize(
    ("release", "why"),
    [
        ("2025-03-01 2019:70 2020:80", "older than what is known"),
        ("2025-03-01 2022:96", "a revision of the beginning"),
        ("2025-03-01 2023:", "withdrawn: the last value counts"),
    ],
)
def test_other_values_are_no_first_prints(release, why):
    with_it = [each for each in prints(f"{STEADY}{release}\n2025-04-01 2027:1") if each[0] < 2026]
    assert with_it == prints(STEADY), why


def test_a_projection_is_no_first_print():
    before = versions(STEADY)
    ahead = Version(point("2030-12-31", "9", status=Status.PROJECTED), 2, date(2024, 5, 12))
    assert first_prints([ahead, *before], 5) == first_prints(before, 5)


def test_a_quarter_that_ends_on_a_day_has_its_article():
    fields = {"frequency": Frequency.QUARTERLY, "denotes": Denotes.ENDING}
    assert "most for the quarter to December 31, 2024, up 4.0%." in told(STEADY, **fields)


def test_percentages_are_told_in_points():
    rows = "2024-01-10 2020:1\n2024-02-10 2021:10\n2024-03-10 2021:10.4 2022:12\n"
    rows += "2024-04-10 2022:12.2 2023:20\n2024-05-10 2023:19"
    assert told(rows, **POINTS).startswith(
        "All 3 values first published here were revised later: "
        "usually by 0.4 percentage points, most for 2023, down 1.0 percentage points."
    )


def test_below_zero_the_unit_is_used():
    rows = "2024-01-10 2020:1\n2024-02-10 2021:-10\n2024-03-10 2021:-12 2022:5\n"
    rows += "2024-04-10 2022:6 2023:20\n2024-05-10 2023:23"
    assert "usually by 2 million euros, most for 2023, up 15%." in told(
        rows, unit="euros", scale=6, decimals=0
    )


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("2024-01-10 2020:1\n2024-02-10 2021:2 2022:3\n2024-03-10 2021:4",
         "Too few values to say how much this number is usually revised: 2 so far, 3 are needed."),
        ("2024-01-10 2020:1",
         "Too few values to say how much this number is usually revised: 0 so far, 3 are needed."),
        ("2024-01-10 2020:1\n2024-02-10 2021:2 2022:3 2023:4\n2024-03-10 2024:4",
         "None of the 3 values first published here was revised later."),
        ("2024-01-10 2020:1\n2024-02-10 2021:2 2022:3 2023:4\n2024-03-10 2022:6",
         "1 of the 3 values first published here was revised later: 2022, up 100%."),
        ("2024-01-10 2020:1\n2024-02-10 2021:2 2022:3 2023:4\n2024-03-10 2022:6 2023:5",
         "2 of the 3 values first published here were revised later: most for 2022, up 100%."),
    ],
)  # fmt: skip
def test_with_few_values_or_revisions_it_says_only_what_is_known(rows, said):
    assert told(rows).startswith(said)


@pytest.mark.parametrize(
    ("rows", "expected", "said"),
    [
        (STEADY, 92, "Releases came 88 to 96 days apart; one is expected every 92 days."),
        (STEADY, None, "Releases came 88 to 96 days apart."),
        ("2024-01-01 2020:1\n2024-01-08 2021:1\n2024-01-15 2022:1", 7,
         "Releases came 7 days apart; one is expected every 7 days."),
        ("2024-01-01 2020:1\n2024-01-08 2021:1", 7, "3 are needed."),
    ],
)  # fmt: skip
def test_it_says_how_far_apart_releases_came(rows, expected, said):
    assert told(rows, expected).endswith(said)


@pytest.mark.parametrize(
    ("newest", "how"),
    [
        ("2026:404", "within its usual revision"),
        ("2026:404 2027:500", "within its usual revision"),
        ("2026:414", "3.5 times its usual revision"),
        ("2022:190", "100 times its usual revision"),
        ("2027:500", ""),
    ],
)
def test_a_revision_is_compared_with_those_before_it(newest, how):
    rows = versions(f"{STEADY}2025-05-10 {newest}")
    assert against_usual(6, rows, make_view()) == how


def test_a_revision_after_few_others_is_not_compared():
    few = STEADY.partition("2025-02-10")[0]
    rows = versions(f"{few}2025-02-10 2024:201")
    assert against_usual(5, rows, make_view()) == "too few revisions before it to say what is usual"


@pytest.mark.django_db
def test_the_data_page_says_it_beside_the_releases_from_one_query(
    client, django_assert_max_num_queries
):
    series = make_series()
    release(series, "2020,1 2021,2", "2025-01-10")
    release(series, "2020,1 2021,2 2022,4 2023,8 2024,16", "2025-06-10")
    release(series, "2020,1 2021,2 2022,5 2023,8 2024,16", "2025-11-10")
    page = client.get("/data/compute/").text.replace("\u00a0", " ")
    section = page.partition("Releases and revisions")[2].partition("<ol")[0]
    assert "1 of the 3 values first published here was revised later: 2022, up 25%." in section
    assert "Releases came 151 to 153 days apart; one is expected every 366 days." in section
    with django_assert_max_num_queries(9):
        client.get("/data/compute/")
    cache.clear()
    with django_assert_max_num_queries(10):
        client.get("/data/compute/")
