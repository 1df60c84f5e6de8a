"""Small series by hand for the tests of figures: every frequency, gaps, ranges, projections."""

from datetime import date
from decimal import Decimal

from glossary.prose.figures.series_view import SeriesView
from glossary.values.periods import Denotes, Frequency
from glossary.values.points import Point, Status


def point(day, value, low=None, high=None, status=Status.FINAL):
    def number(text):
        return None if text is None else Decimal(text)

    return Point(date.fromisoformat(day), number(value), number(low), number(high), status)


def nearly(one, other, digits=20):
    """Compare to so many digits: roots and logarithms end somewhere, and readings with the 12th."""
    return abs(one - other) <= Decimal(1).scaleb(-digits) * max(abs(one), abs(other), 1)


def make_view(slug="jobs", points=(), **fields):
    defaults = {
        "title": "Open jobs",
        "unit": "jobs",
        "released_on": date(2026, 5, 12),
        "path": f"/data/{slug}/",
        "publisher": "Bureau of Examples",
    }
    return SeriesView(slug=slug, points=tuple(points), **(defaults | fields))


REVENUE = make_view(
    "revenue",
    [
        point("2024-07-28", "26.3"),
        point("2024-10-27", "30.8"),
        point("2025-01-26", "35.6"),
        point("2025-04-27", "39.1"),
        point("2025-07-27", "41.1"),
        point("2025-10-26", "51.2"),
    ],
    title="Data center revenue",
    unit="US dollars",
    short_unit="$",
    scale=9,
    decimals=1,
    frequency=Frequency.QUARTERLY,
    denotes=Denotes.ENDING,
)
CHIPS = make_view(
    "chips",
    [
        point("2024-03-31", "1000000", "900000", "1100000"),
        point("2024-06-30", "1414214"),
        point("2024-09-30", "2000000"),
        point("2024-12-31", "2828427"),
        point("2025-03-31", "4000000"),
        point("2025-06-30", None),
        point("2025-09-30", "8000000"),
        point("2025-12-31", "11313709"),
        point("2026-03-31", "14510043", "12640579", "16519167", Status.PROVISIONAL),
    ],
    unit="H100-equivalents",
    short_unit="H100e",
    frequency=Frequency.QUARTERLY,
    denotes=Denotes.ENDING,
)
PRICES = make_view(
    "prices",
    [point(f"{2024 + i // 12}-{i % 12 + 1:02d}-01", f"{100 + i * i}.25") for i in range(17)],
    unit="index, December 2000 = 100",
    decimals=1,
    frequency=Frequency.MONTHLY,
)
USERS = make_view(
    "users",
    [point("2023-12-31", "60"), point("2024-12-31", "63"), point("2025-12-31", "66.15")],
    unit="percent of people",
    short_unit="%",
    decimals=1,
    frequency=Frequency.ANNUAL,
)
POWER = make_view(
    "power",
    [
        point("2024-04-24", "0.0"),
        point("2024-09-02", "181.0"),
        point("2025-03-06", "361.0"),
        point("2025-09-17", "348.0"),
        point("2026-09-01", "1494.0", status=Status.PROJECTED),
    ],
    unit="megawatts",
    short_unit="MW",
    denotes=Denotes.DAY,
)
COMPUTE = make_view(
    "compute",
    [
        point("2020-05-28", "3.14e+23"),
        point("2023-03-15", "2.1e+25"),
        point("2025-07-09", "5.0000000000001e+26"),
    ],
    unit="FLOP",
    denotes=Denotes.DAY,
)
RENT = make_view(
    "rent",
    [point("2024-10-01", "2.89", "2.49", "3.29"), point("2025-01-01", "2.99", "1.98", "12.29")],
    unit="US dollars per chip-hour",
    short_unit="$/h",
    decimals=2,
    frequency=Frequency.QUARTERLY,
)
PROFIT = make_view(
    "profit",
    [
        point("2023-01-01", "-4"),
        point("2024-01-01", "0"),
        point("2025-01-01", "2"),
        point("2026-01-01", "-0.5"),
    ],
    unit="euros",
    short_unit="€",
    scale=6,
    decimals=1,
    frequency=Frequency.ANNUAL,
)
JOBS = make_view(
    "jobs",
    [point("2024-01-01", "980.0"), point("2025-01-01", "2195.0")],
    unit="people",
    scale=3,
    decimals=1,
    frequency=Frequency.ANNUAL,
)
SHARE = make_view("share", [point("2025-06-30", "0.034")], unit="share", decimals=3)
EMPTY = make_view("empty", [point("2025-01-01", None)])
AHEAD = make_view("ahead", [point("2030-01-01", "5", status=Status.PROJECTED)])

ALL = {
    view.slug: view
    for view in (
        REVENUE, CHIPS, PRICES, USERS, POWER, COMPUTE, RENT, PROFIT, JOBS, SHARE, EMPTY, AHEAD,
    )
}  # fmt: skip
