"""Every selector and format, on small series; every mistake, with what to write instead."""

import json
import time
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from glossary.prose.figures.readings import Reading, read_figure
from glossary.prose.problems import FigureProblem
from glossary.values.periods import Frequency
from glossary.values.points import Status
from tests.glossary.series_views import ALL, CHIPS, REVENUE, make_view, nearly, point


def shown(token, series=ALL):
    reading = read_figure(token, series)
    assert isinstance(reading, Reading), reading
    return reading.shown.replace("\u00a0", " ")


def problem(token, series=ALL):
    answer = read_figure(token, series)
    assert isinstance(answer, FigureProblem), answer
    return answer.message


@pytest.mark.parametrize(
    ("token", "expected"),
    [
        # which period
        ("revenue", "$51.2 billion"),
        (" revenue ", "$51.2 billion"),
        ("revenue | latest", "$51.2 billion"),
        ("revenue | first", "$26.3 billion"),
        ("revenue | min", "$26.3 billion"),
        ("revenue | max", "$51.2 billion"),
        ("revenue | at 2024-10-27", "$30.8 billion"),
        ("revenue | at October 2024", "$30.8 billion"),
        ("chips | at 2024-Q4", "2,828,427 H100-equivalents"),
        ("chips | at December 2024", "2,828,427 H100-equivalents"),
        ("users | at 2024", "63.0%"),
        ("users | at December 2024", "63.0%"),
        ("prices | at 2024-03", "104.3"),
        ("power", "348 megawatts"),
        ("power | projected", "1,494 megawatts"),
        ("power | at 2026 | projected", "1,494 megawatts"),
        ("power | max", "361 megawatts"),
        ("power | max | projected", "1,494 megawatts"),
        ("ahead | projected", "5 jobs"),
        # what of it
        ("revenue | date", "quarter to October 26, 2025"),
        ("power | max | date", "March 6, 2025"),
        ("prices | date", "May 2025"),
        ("users | first | date", "2023"),
        ("chips | low", "12,640,579 H100-equivalents"),
        ("chips | high | mn 1dp", "16.5 million H100-equivalents"),
        ("chips | range", "12,640,579 to 16,519,167 H100-equivalents"),
        ("chips | range | mn 1dp", "12.6 to 16.5 million H100-equivalents"),
        ("chips | at 2024-Q1 | range | mn 1dp short", "0.9 to 1.1mn H100e"),
        ("rent | range", "$1.98 to $12.29 per chip-hour"),
        ("revenue | change 1y", "+66%"),
        ("revenue | change 1y | words", "up 66%"),
        ("revenue | change 1y | 1dp", "+66.2%"),
        ("revenue | change 1y | nounit", "+66"),
        ("revenue | change 1y abs", "+$20.4 billion"),
        ("revenue | change 1y abs | words", "up $20.4 billion"),
        ("revenue | at 2025-07-27 | change 1y | 0dp", "+56%"),
        ("revenue | ratio 1y", "1.7 times"),
        ("revenue | ratio 1y | words 2sf", "1.7-fold"),
        ("revenue | ratio 1y | 2dp", "1.66 times"),
        ("chips | ratio 2y", "15 times"),
        ("chips | ratio 2y | 1dp nounit", "14.5"),
        ("revenue | ratio 1y | short", "1.7×"),
        ("users | change 1y", "+3.2 percentage points"),
        ("users | change 1y | words", "up 3.2 percentage points"),
        ("users | change 1y | nounit", "+3.2"),
        ("users | change 1y | pct", "+5.0%"),
        ("users | change 1y | 0dp", "+3 percentage points"),
        ("users | change 1y abs", "+3.2 percentage points"),
        ("users | change 1y abs | 2dp short", "+3.15 pp"),
        ("users | cagr", "5.0%"),
        ("users | cagr | words", "up 5.0% a year"),
        ("users | cagr 1y | 2dp", "5.00%"),
        ("chips | at 2025-Q1 | cagr 1y", "300%"),
        ("chips | at 2025-Q1 | doubling-time", "6.0 months"),
        ("chips | doubling-time 1y", "6.4 months"),
        ("chips | at 2025-Q1 | doubling-time | 0dp", "6 months"),
        ("users | doubling-time", "14 years"),
        ("power | change 12m abs", "+167 megawatts"),
        ("power | change 6m | words", "down 3.6%"),
        ("prices | change 1y abs", "+240.0 points"),
        ("profit | change 1y abs", "−€2.5 million"),
        ("profit | at 2025 | change 1y abs | words", "up €2.0 million"),
        ("profit | change 1y | words", "down €2.5 million"),
        ("profit | at 2025 | change 1y", "+€2.0 million"),
        # how to write it
        ("revenue | bn 0dp", "$51 billion"),
        ("revenue | usd bn 1dp", "$51.2 billion"),
        ("revenue | short", "$51.2bn"),
        ("revenue | mn", "$51,200 million"),
        ("revenue | tn", "$0.0512 trillion"),
        ("revenue | 2sf", "$51 billion"),
        ("revenue | nounit", "51.2 billion"),
        ("revenue | plain", "51200000000"),
        ("revenue | sci", "$5.12 × 10¹⁰"),
        ("chips | mn", "14.5 million H100-equivalents"),
        ("chips | short mn 1dp", "14.5mn H100e"),
        ("chips | short", "14,510,043 H100e"),
        ("chips | 3sf nounit", "14,500,000"),
        ("compute", "5 × 10²⁶ FLOP"),
        ("compute | 2sf", "5.0 × 10²⁶ FLOP"),
        ("compute | nounit", "5 × 10²⁶"),
        ("compute | first | sci 1dp", "3.1 × 10²³ FLOP"),
        ("users | pct 1dp", "66.2%"),
        ("users | nounit", "66.2"),
        ("share", "0.034 share"),
        ("share | pct", "3.4%"),
        ("rent", "$2.99 per chip-hour"),
        ("rent | short", "$2.99/h"),
        ("rent | usd 1dp", "$3.0 per chip-hour"),
        ("profit", "−€0.5 million"),
        ("profit | plain", "-500000"),
        ("power | first", "0 megawatts"),
        ("jobs", "2.2 million people"),
        ("jobs | first", "980 thousand people"),
        ("jobs | 1dp", "2,195.0 thousand people"),
        ("jobs | 3sf", "2.20 million people"),
        ("jobs | short", "2.2mn people"),
        ("jobs | plain", "2195000"),
        ("jobs | change 1y abs | words", "up 1.22 million people"),
        # spelling
        ("REVENUE | MAX", None),
        ("revenue|MAX|BN 0DP", "$51 billion"),
        ("revenue \\| first", "$26.3 billion"),
        ("revenue\n| change\n1y", "+66%"),
    ],
)  # fmt: skip
def test_figures_read_as_an_editor_would_write_them(token, expected):
    if expected is None:
        assert "did you mean “revenue”?" in problem(token)
    else:
        assert shown(token) == expected


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        ("4", "2195", "4 to 2,195 thousand people"),
        ("1204", "2195", "1.2 to 2.2 million people"),
        ("0", "2195", "0 to 2.2 million people"),
        ("-4", "0", "−4 to 0 thousand people"),
    ],
)
def test_a_range_is_in_the_next_scale_if_both_ends_are(low, high, expected):
    jobs = replace(ALL["jobs"], points=(point("2025-01-01", low, low, high),))
    assert shown("jobs | range", {"jobs": jobs}) == expected


@pytest.mark.parametrize(
    ("token", "said"),
    [
        ("", "no series is named; write {{ series-slug }}"),
        ("revenu", "There is no series “revenu”; did you mean “revenue”?"),
        ("zzz", "There is no series “zzz”."),
        ("revenue max", "“max” needs a | before it: {{ revenue | max }}"),
        ("$x", "is not a series; write its slug"),
        ("revenue |", "a | has nothing after it"),
        ("revenue || max", "a | has nothing after it"),
        ("revenue | latst", "“latst” is not known here; did you mean “latest”?"),
        ("revenue | qqqqqq", "“qqqqqq” is not known here; which period: at, first, latest"),
        ("revenue | 5dp", "“5dp” is not known here; did you mean"),
        ("revenue | 5000000dp", "is not known here"),
        ("revenue | max 1dp", "“max” does not take “1dp”; put a | before a format"),
        ("revenue | at 2024-10-27 short", "is not a period; write 2024, 2024-Q4"),
        ("revenue | at", "“” is not a period"),
        ("revenue | min | max", "“min” and “max” both say which period"),
        ("revenue | low | high", "“low” and “high” cannot both be shown"),
        ("revenue | change", "“change” needs a span; write “change 1y”"),
        ("revenue | change one", "“one” is not a span"),
        ("revenue | ratio 1y abs", "“ratio” does not take “abs”"),
        ("revenue | change 1y | usd", "“usd” does not fit a change in percent; take it out"),
        ("revenue | words", "“words” does not fit a value"),
        ("revenue | date | short", "“short” does not fit a date"),
        ("revenue | 1dp 2sf", "“dp” and “sf” contradict each other"),
        ("revenue | bn sci", "“bn” and “sci” contradict each other; keep one"),
        ("revenue | plain short", "“short” and “plain” contradict each other"),
        ("chips | usd", "“usd” fits series in dollars; this one is in H100-equivalents"),
        ("profit | usd", "“usd” fits series in dollars; this one is in euros"),
        ("chips | pct", "“pct” fits shares and percentages; this series is in H100-equivalents"),
        ("users | bn", "a percentage does not go with mn, bn or tn"),
        ("rent | mn", "too small for that scale"),
        ("share | 1dp", "with 1dp it would read 0; ask for more digits"),
        ("revenue | at 2024-Q4", "2024-Q4 is not a period of the series; the nearest with a value: "
         "quarter to October 27, 2024 (at 2024-10-27), quarter to January 26, 2025 (at 2025-01-26)"),
        ("revenue | at 2031", "the nearest with a value: quarter to October 26, 2025"),
        ("chips | at 2025-Q2", "2025-Q2 has no value there; the nearest with a value: quarter to March 31, 2025"),
        ("prices | at 2024", "2024 has 12 values (January 2024 (at 2024-01-01), February 2024 (at 2024-02-01), "
         "March 2024 (at 2024-03-01), April 2024 (at 2024-04-01) and 8 more); name one of them"),
        ("power | at 2026", "2026 is a projection; write | projected to show it"),
        ("ahead", "the series has no value yet; write | projected for its projections"),
        ("empty", "the series has no value yet"),
        ("revenue | low", "has no low bound"),
        ("revenue | range", "has no range"),
        ("revenue | change 5y", "there is no period 5 years before quarter to October 26, 2025"),
        ("chips | change 3q", "has no value; name another span"),
        ("profit | at 2025 | change 1y | pct", "the earlier value is 0, so a change in percent has no meaning; write “change … abs”"),
        ("profit | at 2024 | ratio 1y", "the earlier value is below zero, so a ratio"),
        ("profit | cagr", "needs values above zero at both ends"),
        ("power | at 2024-09-02 | cagr", "is less than a year, too short for a yearly rate"),
        ("revenue | first | cagr", "is less than a year"),
        ("rent | doubling-time", "at least 3 values and there are 2"),
        ("power | doubling-time", "above zero"),
        ("revenue | {{ max", "a { or } is between"),
        ("revenue | " + "x" * 200, "more than 200 characters"),
    ],
)  # fmt: skip
def test_every_mistake_says_what_to_write_instead(token, said):
    assert said in problem(token)


def test_a_sentence_that_asks_ends_with_its_question_mark():
    assert problem("revenue | chnge 1y").endswith("did you mean “change”?")


def test_a_reading_keeps_all_that_an_issue_needs():
    reading = read_figure(" chips |  change 1y ", ALL)
    assert reading == Reading(
        token="chips | change 1y",
        shown="+263%",
        value=Decimal("262.75107500"),
        unit="percent",
        period=date(2026, 3, 31),
        period_label="quarter to March 31, 2026",
        slug="chips",
        released_on=date(2026, 5, 12),
        status=Status.PROVISIONAL,
        machine="262.75107500",
        since=date(2025, 3, 31),
        since_label="quarter to March 31, 2025",
    )


@pytest.mark.parametrize(
    ("token", "machine"),
    [
        ("revenue", "51200000000"),
        ("compute", "500000000000010000000000000"),
        ("revenue | date", "2025-10-26"),
        ("chips | range", "12640579/16519167"),
        ("revenue | ratio 1y", "1.66233766234"),
    ],
)
def test_programs_get_the_full_value_in_the_unit(token, machine):
    assert read_figure(token, ALL).machine == machine


@pytest.mark.parametrize("token", ["revenue", "chips | range", "revenue | date", "chips | cagr"])
def test_a_reading_survives_json(token):
    reading = read_figure(token, ALL)
    assert Reading.from_json(json.loads(json.dumps(reading.as_json()))) == reading


def test_slugs_without_data_at_hand_are_suggested_too():
    answer = read_figure("gpu-rent", {}, known=["gpu-rents", "other"])
    assert answer == FigureProblem("There is no series “gpu-rent”; did you mean “gpu-rents”?")


def test_a_tiny_value_is_never_shown_as_zero_by_default():
    for value, text in [("0.0042", "0.0042 jobs"), ("0.0000000042", "4.2 × 10⁻⁹ jobs")]:
        assert shown("jobs", {"jobs": make_view(points=[point("2025-01-01", value)])}) == text


@pytest.mark.parametrize("value", ["1e5000000", "-1e5000000", "1e-5000000", "NaN", "Infinity"])
@pytest.mark.parametrize(
    "what",
    ["", "| min", "| change 1y", "| ratio 1y", "| cagr", "| doubling-time", "| sci", "| plain"],
)
def test_a_monstrous_value_is_a_problem_and_takes_no_time(value, what):
    points = [point("2023-01-01", "1"), point("2024-01-01", "2"), point("2025-01-01", "3")]
    series = {"jobs": make_view(points=points, frequency=Frequency.ANNUAL)}
    hit = {
        "jobs": replace(
            series["jobs"], points=tuple(replace(p, value=Decimal(value)) for p in points)
        )
    }
    assert isinstance(read_figure(f"jobs {what}", series), Reading)
    started = time.process_time()
    assert isinstance(read_figure(f"jobs {what}", hit), FigureProblem)
    assert time.process_time() - started < 1


def test_percent_of_no_change_and_of_hardly_any():
    points = [
        point("2024-01-01", "100"),
        point("2025-01-01", "100"),
        point("2026-01-01", "100.001"),
    ]
    series = {"jobs": make_view(points=points, frequency=Frequency.ANNUAL)}
    assert shown("jobs | at 2025 | change 1y | words", series) == "unchanged"
    assert shown("jobs | change 1y | words", series) == "almost unchanged"
    assert shown("jobs | change 1y", series) == "+0.001%"


@pytest.mark.parametrize(
    ("old", "new", "what", "text"),
    [
        ("10000", "4", "ratio 1y", "0.0004 times"),
        ("10000", "4", "ratio 1y | words", "0.0004-fold"),
        ("10000", "4", "ratio 1y | 1dp", "0.0004 times"),
        ("1000", "67.89", "ratio 1y", "0.068 times"),
        ("1000", "67.89", "ratio 1y | 2dp", "0.07 times"),
        ("1e9", "3", "ratio 1y", "3 × 10⁻⁹ times"),
        ("10", "0", "ratio 1y", "0.0 times"),
        ("10000", "4", "change 1y | words", "down 99.96%"),
        ("10000", "4", "change 1y | words 0dp", "down 99.96%"),
        ("10000", "4", "change 1y", "−99.96%"),
        ("10000", "4", "change 1y | 2sf", "−99.96%"),
        ("100", "5", "change 1y | 1sf", "−95%"),
        ("1000000", "5000", "change 1y | words", "down 99.5%"),
        ("1000000000", "1", "change 1y | words", "down more than 99.9%"),
        ("1000000000", "1", "change 1y", "−99.9999999%"),
        ("10000", "4", "cagr", "−99.96%"),
        ("10", "0", "change 1y | words", "down 100%"),
        ("10", "20", "change 1y | words", "up 100%"),
        ("100000", "100031", "change 1y", "+0.031%"),
        ("10", "99", "change 1y | words", "up 890%"),
        ("0.5", "51.2", "change 1y", "102 times as much"),
        ("0.5", "51.2", "change 1y | words 1dp", "102.4 times as much"),
        ("0.5", "51.2", "change 1y | nounit", "+10,140"),
        ("17", "5e11", "change 1y | words", "29.4 billion times as much"),
        ("1e-20", "5", "change 1y | words", "5 × 10²⁰ times as much"),
        ("1e-20", "5", "change 1y | pct", "+5 × 10²²%"),
        ("1e-20", "5", "cagr | 1dp", "5.0 × 10²²%"),
        ("1e-20", "5", "ratio 1y | words", "5 × 10²⁰-fold"),
        ("10", "-100", "change 1y | words", "down 110 jobs"),
        ("-5", "3", "change 1y", "+8 jobs"),
    ],
)
def test_what_is_left_never_reads_as_nothing_and_a_change_never_as_none(old, new, what, text):
    points = [point("2024-01-01", old), point("2025-01-01", new)]
    series = {"jobs": make_view(points=points, frequency=Frequency.ANNUAL)}
    assert shown(f"jobs | {what}", series) == text


def test_one_of_several_values_in_a_year_is_taken_when_the_others_are_missing():
    points = [point("2025-02-01", None), point("2025-08-01", "7")]
    assert shown("jobs | at 2025", {"jobs": make_view(points=points)}) == "7 jobs"


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.decimals("0.01", "1e12", places=2), min_size=5, max_size=12),
    st.integers(0, 4),
)
def test_selectors_agree_with_each_other(values, digits):
    points = [point(f"{2000 + i}-01-01", str(value)) for i, value in enumerate(values)]
    series = {"jobs": make_view(points=points, frequency=Frequency.ANNUAL)}

    def value(what):
        return read_figure(f"jobs | {what}", series).value

    assert value("min") == min(values)
    assert value("max") == max(values)
    assert value("change 1y abs") == values[-1] - values[-2]
    assert nearly(value("change 1y | pct"), (value("ratio 1y") - 1) * 100, digits=9)
    assert nearly(value("cagr 1y"), value("change 1y | pct"), digits=9)
    text = shown(f"jobs | {digits}dp nounit", series) if round(values[-1], digits) else "0"
    assert abs(Decimal(text.replace(",", "")) - values[-1]) <= Decimal(1).scaleb(-digits)


@settings(deadline=None, max_examples=200)
@given(st.text(alphabet="chipsrevnu |{}\\\"'<>0123456789-atdpsf\n\u0660é", max_size=220))
def test_whatever_is_typed_is_a_reading_or_a_problem(token):
    assert isinstance(read_figure(token, ALL), Reading | FigureProblem)


def test_a_projection_is_never_the_base_or_the_answer_unasked():
    latest = replace(CHIPS.points[-1], period=date(2026, 6, 30), status=Status.PROJECTED)
    series = {"chips": replace(CHIPS, points=(*CHIPS.points, latest))}
    assert read_figure("chips", series).period == date(2026, 3, 31)
    assert read_figure("chips | projected", series).status is Status.PROJECTED
    assert REVENUE.visible(projected=False) == REVENUE.points
