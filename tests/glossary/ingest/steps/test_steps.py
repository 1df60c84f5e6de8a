"""Each step alone: the table before it, and the cells after it."""

import json
from datetime import date

import pytest

from glossary.ingest.columns import missing_column
from glossary.ingest.point_reader import read_series
from glossary.ingest.problems import DataRefused
from glossary.ingest.steps.declaration import BadSteps, read_steps
from glossary.ingest.steps.frames import Context
from glossary.ingest.steps.publisher_file import mapping_of, read_by_steps, stages
from glossary.values.periods import Denotes, Frequency

TODAY = date(2026, 11, 28)
MONTHLY = Context(TODAY, Frequency.MONTHLY)
QUARTERLY = Context(TODAY, Frequency.QUARTERLY)
FISCAL = Context(TODAY, Frequency.QUARTERLY, Denotes.ENDING)
DAILY = Context(TODAY, Frequency.DAILY, Denotes.DAY)
SITES = "Site,Date,MW\nA,2026-08-03,10\nB,2026-09-30,5\nA,2026-10-01,12\nB,2026-11-10,50\n"


def read(content, steps, context=DAILY, name="file.csv"):
    listed = "\n".join(f"- {step}" for step in steps)
    return read_by_steps(content.encode(), name, "", read_steps(listed), context)[0]


def cells(content, *steps, context=DAILY):
    """Return the periods and values after the steps."""
    table = read(content, steps, context)
    return list(zip(table.texts("period"), table.texts("value"), strict=True))


def read_points(content, steps):
    table = read(content, steps, MONTHLY)
    return read_series(table, mapping_of(table), TODAY, MONTHLY.frequency).points


def lines(*texts):
    return "\n".join(texts) + "\n"


TAKEN = ("period: d", "value: v")
ROWS = lines("d,v,who,flag", "2026-01-01,1,X,", "2026-01-02,2,Y,checked", "2026-01-03,,Z,True")


@pytest.mark.parametrize(
    ("step", "kept"),
    [
        ("keep: {who: X}", ["1"]),
        ("keep: {who: [X, Y]}", ["1", "2"]),
        ("keep: {who: [X, Y], flag: checked}", ["2"]),
        ('leave out: {flag: [checked, "True"]}', ["1"]),
        ("leave out: {who: Nobody}", ["1", "2", ""]),
        ("filled: v", ["1", "2"]),
        ("filled: [v, flag]", ["2"]),
        ("at least: {v: 2}", ["2"]),
        ("at least: {v: 1.5}", ["2"]),
        ("at least: {v: -1e3}", ["1", "2"]),
        ("at least: {d: 2026-01-02}", ["2", ""]),
    ],
)
def test_which_rows_are_kept(step, kept):
    assert [value for _, value in cells(ROWS, step, *TAKEN)] == kept


@pytest.mark.parametrize(
    ("step", "said"),
    [
        ("link: data.csv", "“link”: write the end of the address"),
        ("link: 5", "“link” takes a text"),
        ("encoding: klingon", "“klingon” is not known. Known: utf-8"),
    ],
)
def test_a_list_or_an_encoding_that_cannot_be_used_is_refused(step, said):
    with pytest.raises(BadSteps, match=said):
        read_steps(f"- {step}\n- period: d\n- value: v")


@pytest.mark.parametrize(
    ("content", "steps"),
    [
        ('{"series":[{"rows":[["2024-01","12.5"],["2024-02",13]]}]}',
         ["records: /series/0/rows", 'period: "0"', 'value: "1"']),
        ('[["month","v"],["2024-01","12.5"],["2024-02","13"]]',
         ["period: month", "value: v"]),
        ('{"d":[{"t":"2024-01","v":["12.5",1]},{"t":"2024-02","v":["13",2]}]}',
         ["records: /d", "period: t", "value: v.0"]),
    ],
)  # fmt: skip
def test_lists_in_lists_are_read_by_their_numbers(content, steps):
    table = read(content, steps, name="f.json")
    made = list(zip(table.texts("period"), table.texts("value"), strict=True))
    assert made == [("2024-01", "12.5"), ("2024-02", "13")]


def test_days_to_come_are_left_out():
    rows = lines("d,v", "2026-11-28,1", "2026-11-29,2")
    assert cells(rows, "until today: d", *TAKEN) == [("2026-11-28", "1")]


def test_columns_that_are_periods_become_rows():
    wide = lines("Economy,H1 2025 AI Use,Q1 2026 AI Use,Rank", "US,26.3%,31.3%,24", "FR,40.9%,,5")
    step = 'unpivot: {ending: AI Use, periods: {H1 2025: "2025-06-30"}}'
    assert cells(wide, "keep: {Economy: US}", step) == [
        ("2025-06-30", "26.3%"),
        ("Q1 2026", "31.3%"),
    ]
    assert len(cells(wide, step)) == 3


def test_columns_whose_names_are_numbers_are_periods_too():
    wide = lines("Question ID,Answer,202619,202618", "7,Yes,23.8%,23.2%", "7,No,66.5%,S")
    made = cells(wide, 'keep: {Answer: "Yes"}', 'unpivot: {ending: ""}')
    assert made == [("202619", "23.8%"), ("202618", "23.2%")]
    with pytest.raises(DataRefused, match="No column's name is a number"):
        cells(lines("a,b", "1,2"), 'unpivot: {ending: ""}')


@pytest.mark.parametrize(
    ("written", "text", "period"),
    [
        ("YYYYMM", "2026090100", "2026-09"),
        ("YYYYMM", "202609", "2026-09"),
        ("YYYYMMDD", "20260930", "2026-09-30"),
        ("Mon-YY", "Aug-26p", "Aug 2026"),
        ("YYYYFF", "202524", "2025-11-30"),
        ("YYYYFF", "202619", "2026-09-20"),
        ("YYYYFF", "202626", "2027-01-03"),  # three weeks: 2026 has 53
        ("YYYYFF", "202701", "2027-01-17"),
        ("Mon-YY", "Jan-93", "Jan 1993"),
        ("seconds", "1778613011", "2026-05-12"),
    ],
)
def test_periods_are_read_as_they_are_written(written, text, period):
    rows = lines("t,v", f"{text},1")
    assert cells(rows, f"period: {{column: t, written: {written}}}", "value: v") == [(period, "1")]


def test_a_month_with_a_letter_is_preliminary():
    table = read(
        lines("t,v", "Aug-26p,1", "Jul-26r,2"), ["period: {column: t, written: Mon-YY}", "value: v"]
    )
    assert table.texts("status") == ["p", ""]


def test_month_13_is_the_year_and_left_out():
    rows = lines("y,m,t,v", "2025,M12,202512,1", "2025,M13,202513,2", "2025,A01,202513,2")
    assert cells(rows, "period: {column: t, written: YYYYMM}", "value: v") == [("2025-12", "1")]
    assert cells(rows, "period: {year: y, month: m}", "value: v") == [("2025-12", "1")]


def test_a_fortnight_that_no_year_has_is_refused():
    rows = lines("t,v", "202627,1")
    with pytest.raises(DataRefused, match="“202627” is not written as YYYYFF"):
        cells(rows, "period: {column: t, written: YYYYFF}", "value: v")


def test_year_and_quarter_are_joined_and_rows_of_the_year_left_out():
    rows = lines("y,q,v", "2025,Q03,1", "2025,4,2", "2025,Q05,9", "2025,A01,9")
    assert cells(rows, "period: {year: y, quarter: q}", "value: v") == [
        ("2025-Q3", "1"),
        ("2025-Q4", "2"),
    ]


@pytest.mark.parametrize(
    ("declared", "context", "text", "period"),
    [
        ("2025: 2024-02", FISCAL, "Q1 FY25", "2024-04-30"),
        ("2025: 2024-02", FISCAL, "FY2025-Q4", "2025-01-31"),
        ("2025: 2024-02", QUARTERLY, "1QFY26", "2025-Q1"),
        ("2024: 2024-04", FISCAL, "Q4 2024", "2025-03-31"),
        ("2024: 2024-04", QUARTERLY, "2023 Q1", "2023-Q2"),
        ("2026: 2025-10", FISCAL, "FQ2 '26", "2026-03-31"),
        ("2025: 2024-02", FISCAL, "FY24Q1", "2023-04-30"),
        ("2025: 2024-02", FISCAL, "FY2024Q1", "2023-04-30"),
        ("2025: 2024-02", FISCAL, "2023Q4", "2023-01-31"),
        ("2025: 2024-02", FISCAL, "Q1FY24", "2023-04-30"),
        ("2025: 2024-02", FISCAL, "1QFY24", "2023-04-30"),
        ("2025: 2024-02", FISCAL, "FY24-Q1", "2023-04-30"),
    ],
)
def test_fiscal_quarters_are_read_by_the_month_in_which_one_year_begins(
    declared, context, text, period
):
    step = f"period: {{column: q, fiscal: {{{declared}}}}}"
    assert cells(lines("q,v", f"{text},5"), step, "value: v", context=context) == [(period, "5")]
    for other in ("FY25", "20Q124"):
        with pytest.raises(DataRefused, match=f"Row 3, column “q”: “{other}” is no fiscal quarter"):
            cells(lines("q,v", f"{text},5", f"{other},6"), step, "value: v", context=context)


@pytest.mark.parametrize("text", ["S01", "Q1 2025", "January", ""])
def test_a_code_of_another_length_of_time_is_no_month(text):
    rows = lines("y,m,v", "2025,M12,1", f"2025,{text},2")
    with pytest.raises(DataRefused, match=f"Row 3, column “m”: “{text}” is no number of a month"):
        cells(rows, "period: {year: y, month: m}", "value: v")


def test_a_time_in_milliseconds_is_refused_and_not_taken_for_seconds():
    rows = lines("t,v", "999999999999,1")
    with pytest.raises(DataRefused, match="“999999999999” is not written as seconds"):
        cells(rows, "period: {column: t, written: seconds}", "value: v")


SHARES = Context(TODAY, percent_is_share=True)


@pytest.mark.parametrize(
    ("steps", "values"),
    [
        (["value: a", "digits: 2"], ["0.31", "0.20"]),
        (["value: [a, b]"], ["0.323", "0.21"]),
        (["value: {column: a, factor: 2}"], ["0.626", "0.40"]),
        (["value: a", "one row: sum"], ["0.313", "0.20"]),
        (["value: a", "running: sum"], ["0.313", "0.513"]),
    ],
)
def test_percentages_stay_shares_in_a_series_of_shares(steps, values):
    rows = lines("d,a,b", "2026-01-01,31.3%,0.01", "2026-02-01,20%,0.01")
    made = cells(rows, "period: d", *steps, context=SHARES)
    assert [value for _, value in made] == values


def test_dollars_and_euros_of_one_column_are_not_added():
    rows = lines("d,v", "2026-01-01,$5", "2026-02-01,€6")
    with pytest.raises(DataRefused, match=r"Column “v”: .* different signs: \$, €"):
        cells(rows, *TAKEN, "running: sum")


def test_a_value_may_be_a_sum_of_columns_or_a_multiple():
    rows = lines("d,a,b", "2026-01-01,10,-2", "2026-01-02,10,")
    assert cells(rows, "period: d", "value: [a, b]") == [("2026-01-01", "8"), ("2026-01-02", "")]
    factor = "value: {column: a, factor: 0.000001}"
    assert cells(rows, "period: d", factor)[0] == ("2026-01-01", "0.000010")


def test_a_value_may_be_divided_by_another_column():
    rows = lines("d,a,w", "2026-01-01,1e15,400", "2026-01-02,5,", "2026-01-03,5,0")
    per = "value: {column: a, per: w, factor: 1e-9}"
    assert [value for _, value in cells(rows, "period: d", per)] == ["2500.000000000", "", ""]


def test_digits_round_what_arithmetic_left_behind():
    rows = lines("d,v,a,b", "2026-01-01,2.97600000001e20,0.994,1e30", "2026-01-02,,-12345678,2")
    steps = [*TAKEN, "low: a", "high: b", "digits: 4"]
    table = read(rows, steps)
    assert table.texts("value") == ["297600000000000000000", ""]
    assert table.texts("low") == ["0.994", "-12350000"]
    assert table.texts("high") == ["1000000000000000000000000000000", "2"]


TWICE = lines("d,v", "2026-09-30,3", "2026-09-01,1", "2026-09-15,", "2026-10-02,5")


@pytest.mark.parametrize(
    ("how", "september"),
    [("first", "1"), ("last", "3"), ("min", "1"), ("max", "3"), ("sum", ""), ("count", "3")],
)
def test_one_row_is_made_for_each_period(how, september):
    made = cells(TWICE, *TAKEN, f"one row: {how}", context=MONTHLY)
    assert [value for _, value in made] == [september, "1" if how == "count" else "5"]


def test_a_sum_of_a_period_needs_all_its_numbers():
    rows = lines("d,v", "2026-10-01,5", "2026-10-31,2.5")
    assert cells(rows, *TAKEN, "one row: sum", context=MONTHLY) == [("2026-10-01", "7.5")]


def test_a_sum_of_a_quarter_in_a_series_of_endings_is_of_its_last_day():
    rows = lines("d,v", "2024-Q1,1", "2024-Q1,2")
    assert cells(rows, *TAKEN, "one row: sum", context=FISCAL) == [("2024-03-31", "3")]


def test_a_whole_sum_leaves_out_a_period_with_fewer_parts_than_before():
    rows = lines(
        "d,v,who", "2026-08-31,4,X", "2026-09-30,5,X", "2026-09-30,1,Y", "2026-10-31,6,X",
        "2026-10-31,7,Z", "2026-11-30,1,X", "2026-11-30,1,Y", "2026-11-30,2,Z",
    )  # fmt: skip
    whole = [("2026-08-01", "4"), ("2026-09-01", "6"), ("2026-11-01", "4")]
    assert cells(rows, *TAKEN, "one row: {whole sum: who}", context=MONTHLY) == whole
    with pytest.raises(BadSteps, match="name the column of the parts"):
        read_steps("- one row: whole sum")


@pytest.mark.parametrize(
    ("steps", "values"),
    [
        (["value: v", "one row: sum"], ["3 p", "7"]),
        (["value: v", "running: sum"], ["1", "3 p", "6 p", "10 p"]),
        (["value: {column: v, factor: 10}"], ["10", "20 p", "30", "40"]),
        (["value: [v, w]"], ["2", "3 p", "4", "5 f"]),
        (
            ["value: {column: w, factor: 2, per: v}"],
            ["2", "1 p", "0.6666666666666666666666666667", "0.5 f"],
        ),
        (["value: v", "digits: 1"], ["1", "2 p", "3", "4"]),
        (["value: v", "states: {each: who, total: sum}"], ["3 p", "7"]),
        (["value: v", "states: {each: who, total: count}"], ["2", "2"]),
        (["value: w", "status: s", "one row: sum"], ["2 p", "2 f"]),
    ],
)
def test_what_is_made_of_an_estimate_is_an_estimate(steps, values):
    rows = lines(
        "d,v,w,who,s", "2026-09-01,1 b,1,X,A", "2026-09-02,2 e,1,Y,P", "2026-10-01,3,1,Y,",
        "2026-10-02,4,1 f,X,final",
    )  # fmt: skip
    assert [value for _, value in cells(rows, "period: d", *steps, context=MONTHLY)] == values


def test_a_state_without_a_number_does_not_make_totals_less_sure():
    rows = lines("d,v,who,s", "2026-08-03,10,X,", "2026-09-04,,Y,planned", "2026-10-05,5,Z,planned")
    steps = ("value: v", "status: s", "states: {each: who, total: sum}")
    made = cells(rows, "period: d", *steps)
    assert [value for _, value in made] == ["10", "10", "15 f"]


def test_an_unknown_status_in_a_sum_is_refused():
    rows = lines("d,v,sure", "2026-09-01,1,quite")
    with pytest.raises(DataRefused, match="Row 2, column “sure”: “quite” is not a known status"):
        cells(rows, *TAKEN, "status: sure", "one row: sum", context=MONTHLY)


@pytest.mark.parametrize(
    ("flags", "values", "question"),
    [
        (["", "True"], "True", ""),
        (["", ""], "[checked, True]", ""),
        (["False", "no"], "True", ""),
        (["", "partial"], "True", "“flag” has words that “leave out” does not name: “partial”."),
        (["Yes", ""], "True", "“flag” has words that “leave out” does not name: “Yes”."),
        (["World", "US"], "World", ""),
        (["Earth", "US"], "World", "No row has “World” in “flag”, so none is left out."),
        (["12", "S"], "[S, ..]", ""),
        (["12", "13"], "S", ""),
    ],
)
def test_a_flag_that_may_be_renamed_is_asked_about(flags, values, question):
    rows = lines(
        "d,v,flag", f"2026-09-01,1,{flags[0]}", f"2026-10-01,2,{flags[1]}", "2026-11-01,3,"
    )
    quoted = values.replace("True", '"True"')
    table = read(rows, [f"leave out: {{flag: {quoted}}}", *TAKEN])
    assert table.questions == ((question,) if question else ())


@pytest.mark.parametrize(
    ("steps", "said"),
    [
        (["period: day", "value: MW"], "Row 3, column “MW”: “many” is not a number."),
        (["period: day", "value: MW", "one row: sum"], "Row 3, column “MW”: “many” is not"),
        (["period: MW", "value: MW", "whole periods: true"], "Row 3, column “MW”: “many” is no"),
        (["period: day", "value: Fine", "status: MW"], "Row 3, column “MW”: “many” is not a known"),
        (["period: {year: y, month: m}", "value: Fine"], "Row 3, column “y . m”: “2026-14” is not"),
    ],
)
def test_an_error_names_the_column_as_the_file_does(steps, said):
    rows = lines("day,MW,Fine,y,m", "2026-09-01,2026,1,2026,1", "2026-10-01,many,2,2026,14")
    with pytest.raises(DataRefused, match=said):
        read_points(rows, steps)


@pytest.mark.parametrize(
    ("step", "left_out"),
    [
        ("keep: {who: X}", "3 left out: row 3 (who “Y”); row 4 (who “Z”); row 5 (who is empty)"),
        (
            "filled: [v, who]",
            "2 left out: row 4 (v is empty, who “Z”); row 5 (v “4”, who is empty)",
        ),
        ("until today: d", ""),
        ("at least: {v: 4}", "3 left out: row 2 (v “1”); row 3 (v “2”); row 4 (v is empty)"),
    ],
)
def test_a_step_says_which_rows_it_left_out(step, left_out):
    rows = lines("d,v,who", "2026-09-01,1,X", "2026-09-02,2,Y", "2026-10-01,,Z", "2026-10-02,4,")
    *_, last = stages(rows.encode(), "f.csv", "", read_steps(f"- {step}"), MONTHLY)
    assert last.left_out == left_out


def test_columns_that_become_rows_are_not_left_out():
    rows = lines("who,2024,2025", "X,1,2", "Y,,")
    listed = '- unpivot: {ending: ""}\n- running: sum\n- at least: {value: 2}'
    read = stages(rows.encode(), "f.csv", "", read_steps(listed), MONTHLY)
    assert [stage.left_out for stage in read] == [
        "", "1 left out: row 3", "", "1 left out: row 2 (value “1”)"
    ]  # fmt: skip


def test_of_many_rows_left_out_three_are_named_and_the_others_counted():
    rows = lines("d,v", *(f"2026-09-{day:02},{day}" for day in range(1, 31)))
    listed = "- period: d\n- value: v\n- one row: last"
    *_, last = stages(rows.encode(), "f.csv", "", read_steps(listed), MONTHLY)
    assert last.left_out == (
        "29 left out: row 2 (period “2026-09-01”, value “1”); row 3 (period “2026-09-02”, value “2”);"
        " row 4 (period “2026-09-03”, value “3”); and 26 more"
    )


def test_a_whole_sum_says_which_periods_it_left_out():
    rows = lines("d,v,who", "2026-08-31,4,X", "2026-08-31,1,Y", "2026-09-30,5,X")
    listed = "- period: d\n- value: v\n- one row: {whole sum: who}"
    *_, last = stages(rows.encode(), "f.csv", "", read_steps(listed), MONTHLY)
    assert last.left_out == "1 left out: row 4 (who “X”)"


def test_a_month_that_is_not_over_is_left_out():
    rows = lines("d,v", "2026-10-31,1", "2026-11-27,2")
    assert cells(rows, *TAKEN, "whole periods: true", context=MONTHLY) == [("2026-10-31", "1")]
    rows = lines("d,v", "2026-Q3,1", "2026-Q4,2")
    assert cells(rows, *TAKEN, "whole periods: true", context=FISCAL) == [("2026-Q3", "1")]


def test_only_records_are_kept_of_a_running_maximum():
    rows = lines(
        "d,v", "2026-03-01,7", "2026-01-01,5", "2026-02-01,4", "2026-04-01,7", "2026-05-01,"
    )
    kept = [("2026-01-01", "5"), ("2026-03-01", "7")]
    assert cells(rows, *TAKEN, "running: maximum") == kept


def test_a_running_sum_of_counts_is_how_many_there_are_by_then():
    rows = lines("d", "2026-01-05", "2026-01-09", "2026-03-01")
    steps = ("period: d", "one row: count", "running: sum")
    assert cells(rows, *steps, context=MONTHLY) == [("2026-01-01", "2"), ("2026-03-01", "3")]


def test_a_running_sum_over_a_missing_number_is_refused():
    rows = lines("d,v", "2026-01-05,1", "2026-01-09,n/a", "2026-03-01,1")
    with pytest.raises(DataRefused, match="Row 3, column “v”: There is no number to add"):
        cells(rows, *TAKEN, "running: sum")
    kept = cells(rows, *TAKEN, "filled: value", "running: sum")
    assert kept == [("2026-01-05", "1"), ("2026-03-01", "2")]


def test_two_states_on_one_day_are_refused_unless_they_are_equal():
    steps = ("period: Date", "value: MW", "states: {each: Site, total: sum}")
    assert len(cells(SITES + "A,2026-08-03,10\n", *steps)) == 3
    with pytest.raises(DataRefused, match=r"Row 6.* “A” has two states on 2026-08-03"):
        cells(SITES + "A,2026-08-03,11\n", *steps)


@pytest.mark.parametrize(
    ("total", "values"),
    [("sum", ["10", "15", "17"]), ("max", ["10", "10", "12"]), ("count", ["1", "2", "2"])],
)
def test_the_last_state_of_each_site_is_added_up_at_the_ends_of_whole_months(total, values):
    made = cells(SITES, "period: Date", "value: MW", f"states: {{each: Site, total: {total}}}")
    assert made == list(zip(["2026-08-31", "2026-09-30", "2026-10-31"], values, strict=True))


# --- what companies file ---

FILED = "quarters: {start: start, end: end, value: val, filed: filed}"
YEAR_TO_DATE = lines(
    "start,end,val,filed",
    "2025-01-01,2025-03-31,10,2025-04-25",
    "2025-01-01,2025-06-30,25,2025-07-25",
    "2025-01-01,2025-09-30,45,2025-10-25",
    "2025-01-01,2025-12-31,70,2026-02-01",
    "2025-01-01,2025-03-31,11,2026-04-25",  # filed again, and changed
)


def test_sums_of_the_year_to_date_become_quarters():
    assert cells(YEAR_TO_DATE, FILED, context=QUARTERLY) == [
        ("2025-Q1", "11"),
        ("2025-Q2", "14"),
        ("2025-Q3", "20"),
        ("2025-Q4", "25"),
    ]


def test_a_quarter_that_is_filed_comes_before_a_difference():
    rows = YEAR_TO_DATE + "2025-04-01,2025-06-30,13,2025-07-25\n"
    assert cells(rows, FILED, context=QUARTERLY)[1] == ("2025-Q2", "13")


def test_of_two_quarters_that_end_on_one_day_the_last_filed_holds_in_any_order_of_rows():
    rows = ["2025-01-01,2025-03-31,10,2025-04-25", "2024-12-30,2025-03-31,12,2025-03-25"]
    for order in (rows, rows[::-1]):
        content = lines("start,end,val,filed", *order)
        assert cells(content, FILED, context=QUARTERLY) == [("2025-Q1", "10")]


def test_a_fiscal_quarter_is_the_calendar_quarter_with_most_of_its_days_or_ends_on_its_day():
    rows = lines("start,end,val,filed", "2026-04-27,2026-07-26,96,2026-08-26")
    assert cells(rows, FILED, context=QUARTERLY) == [("2026-Q2", "96")]
    assert cells(rows, FILED, context=FISCAL) == [("2026-07-26", "96")]


def test_twelve_months_that_are_no_fiscal_year_of_the_filing_make_no_quarter():
    rows = lines("start,end,val,filed", "2024-07-01,2025-06-30,90,2025-07-25")
    assert cells(rows, FILED, context=QUARTERLY) == []


# --- where the records are ---


def test_records_are_behind_a_pointer_and_objects_in_them_are_named_with_points():
    content = '{"a/b": {"list": [{"d": "2026-01-01", "p": {"in": 3, "out": "4"}, "tags": [1]}]}}'
    steps = ["records: /a~1b/list", "period: d", "value: p.out"]
    assert read(content, steps, name="file.json").texts("value") == ["4"]


def test_the_first_object_of_a_list_is_named_too():
    content = (
        '{"data": [{"d": "2026-01-01", "notes": [{"code": "P"}, {}]}, {"d": 2, "notes": [{}]}]}'
    )
    steps = ["records: /data", "period: d", "value: notes.0.code"]
    assert read(content, steps, name="file.json").texts("value") == ["P", ""]


def test_long_lists_and_lists_of_lists_in_records_make_no_columns():
    record = {"d": "2026-01-01", "v": 3, "vector": [0.5] * 501, "grid": [[1, 2], [3]], "of": [7, 8]}
    table = read(json.dumps({"l": [record]}), ["records: /l", "period: d", "value: of.1"])
    assert table.columns == ("d", "v", "of.0", "of.1", "period", "value")


def test_two_things_that_would_have_one_name_with_points_are_refused():
    content = '{"l": [{"d": "2026-01-01", "p.x": 1, "p": {"x": 3}}]}'
    with pytest.raises(DataRefused, match="names one thing twice"):
        read(content, ["records: /l", "period: d", "value: p.x"], name="file.json")


def test_a_pointer_to_nothing_is_refused_by_name():
    with pytest.raises(DataRefused, match="nothing at “units” of /data/units"):
        read('{"data": []}', ["records: /data/units", *TAKEN])


def test_the_header_is_in_the_row_that_is_named():
    rows = lines("Spending", "d,of,what", "d,v", "2026-01-01,5")
    assert cells(rows, "header: 3", *TAKEN) == [("2026-01-01", "5")]


# --- refusals ---


def test_a_column_that_the_publisher_renamed_is_refused_by_name():
    assert missing_column("Power (MW)", ["Date", "Power MW"]) == (
        "There is no column “Power (MW)”. Did you mean “Power MW”? Columns: “Date”, “Power MW”."
    )
    with pytest.raises(DataRefused, match="no column “Power”"):
        cells(SITES, "filled: Power", "period: Date", "value: MW")


def test_a_value_that_no_row_has_is_refused_with_the_nearest():
    with pytest.raises(DataRefused, match="No row has “Chekced” there"):
        cells(ROWS, "keep: {flag: Chekced}", *TAKEN)


def test_cells_that_are_no_numbers_or_dates_are_refused_by_row():
    with pytest.raises(DataRefused, match=r"Row 2, column “v”: “x” is not a number"):
        cells(lines("d,v", "2026-01-01,x"), *TAKEN, "running: sum")
    with pytest.raises(DataRefused, match=r"Row 2, column “d”"):
        cells(lines("d,v", "soon,1"), "until today: d", *TAKEN)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "Write 1 to 30 steps"),
        ("period: d", "Write 1 to 30 steps"),
        ("- perod: d", "“perod” is not a step. Did you mean “period”?"),
        ("- sums of: [a, b]", "“sums of” is not a step. Did you mean “sum of”?"),
        ("- period: d\n- sum of: [a, b]", "“sum of” is the only step"),
        ("- period", "is no step. Write NAME: OPTIONS, with a colon."),
        ("- keep: {flag: True}", "“keep”: write “True” as a text"),
        ("- keep: [flag]", "“keep”: write {NAME: VALUE}."),
        ("- period: {column: t, written: YY}", "“YY” is not known. Known: YYYYMM"),
        ("- period: {month: m}", "“year” is missing"),
        (
            "- period: {column: q, fiscal: {2025: 2021-02}}",
            "“period”: write one fiscal year and its",
        ),
        ("- period: {column: q, fiscal: February}", "“period”: write {NAME: VALUE}."),
        ("- period: {year: y, day: d}", "“period”: write year and quarter, or year and month"),
        ("- value: {column: v}", "“factor” is missing"),
        ("- value: {column: v, factor: .inf}", "“inf” is not a number"),
        ("- states: {each: Site, sum: MW}", "“sum” is not known"),
        ("- digits: 0", "“digits”: write how many digits are kept, 1 to 15."),
        ("- at least: {d: soon}", "“soon” is not a number"),
        ("- whole periods: no", "“whole periods”: write true."),
        ("- header: 0\n- period: d", "“header” takes the number of a row"),
        ("- period: d\n- sheet: One", "“sheet” comes once, before"),
        ("- sheet: One", "No step reads rows"),
        ("- {period: d, value: v}", "is no step"),
        ("[" * 2000, "cannot be read as YAML"),
        ("- a: b\n- keep: x: y", "Line 2, “- keep: x: y”, cannot be read as YAML"),
        ("- x: " + "x" * 10_000, "the limit is 10,000"),
    ],
)
def test_steps_that_cannot_be_read_are_refused_with_what_to_write(text, said):
    with pytest.raises(BadSteps) as error:
        read_steps(text)
    assert said in str(error.value)


def test_a_step_keeps_its_text():
    (step,) = read_steps("- keep: {Owner: [Google, Meta]}").steps
    assert step.text == "keep: {Owner: [Google, Meta]}"
