"""Which column is what: typed, and kept as JSON."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from glossary.ingest.columns import (
    PICKS,
    BadMapping,
    Mapping,
    choose_mapping,
    missing_columns,
    read_roles,
    role_text,
)
from glossary.ingest.tables import read_table


def table_of(*lines):
    return read_table("\n".join(lines).encode())


GUESSED = Mapping("date", "value", "low", "high")
NAMES = ("date", "value", "low", "high", "median", "chip", "a=b", "Revenue, total")


def test_what_is_typed_changes_the_guess_and_nothing_else():
    mapping = choose_mapping(GUESSED, NAMES, "value=median, low=", ["chip=A100"], "max", "M/D/YY")
    assert mapping == Mapping(
        "date", "median", "", "high", "", (("chip", "A100"),), "max", "M/D/YY"
    )
    assert choose_mapping(GUESSED, NAMES) == GUESSED


@pytest.mark.parametrize("where", ["", "where="])
def test_pick_and_where_can_be_cleared(where):
    kept = choose_mapping(GUESSED, NAMES, where=["chip=A100"], pick="max")
    assert choose_mapping(kept, NAMES) == kept
    assert choose_mapping(kept, NAMES, where=[where], pick="none") == GUESSED


def test_a_column_may_be_called_where():
    assert choose_mapping(GUESSED, [*NAMES, "where"], where=["where="]).where == (("where", ""),)


@pytest.mark.parametrize("column", ["Revenue, total", 'The "value"', "a=b", "median"])
def test_a_role_is_written_as_it_is_read(column):
    assert read_roles(role_text("value", column)) == {"value": column}


def test_a_mapping_can_be_typed_whole():
    assert choose_mapping(None, NAMES, 'period=date,"value=Revenue, total"') == Mapping(
        "date", "Revenue, total"
    )


@pytest.mark.parametrize(
    ("text", "pair"),
    [
        ("chip=A100", ("chip", "A100")),
        ("a=b=c", ("a=b", "c")),
        ("chip=x=y", ("chip", "x=y")),
        ("chip=", ("chip", "")),
        ("unknown = 1", ("unknown", "1")),
    ],
)
def test_a_condition_is_split_at_the_column_it_names(text, pair):
    assert choose_mapping(GUESSED, NAMES, where=[text]).where == (pair,)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"columns": "date"}, "must be ROLE=COLUMN"),
        ({"columns": "vale=median"}, "with a role of: period, value"),
        ({"columns": "low=a,low=b"}, "named twice"),
        ({"columns": '"value=x'}, "quotation marks"),
        ({"columns": "value="}, "needs a column for the period and one for the value"),
        ({"where": ["A100"]}, "must be COLUMN=VALUE"),
        ({"where": ["=A100"]}, "must be COLUMN=VALUE"),
        ({"where": [f"chip={'A' * 5000}"]}, "is too long"),
        ({"where": ["chip=A100"] * 11}, "11 conditions are too many; the limit is 10"),
        ({"pick": "mean"}, "Pick min, max, first or last"),
        ({"date_format": "%m/%d/%y"}, "Date formats: M/D/YYYY, D/M/YYYY, M/D/YY, D/M/YY"),
    ],
)
def test_what_is_typed_wrong_is_refused_with_what_can_be_typed(arguments, message):
    with pytest.raises(BadMapping) as bad:
        choose_mapping(GUESSED, NAMES, **arguments)
    assert message in str(bad.value)


def test_columns_that_a_table_has_not_are_named_with_the_nearest_and_with_all():
    table = table_of("quarter,median,median", "2024-Q1,1,2")
    assert missing_columns(Mapping("quater", "median", where=(("chip", "A"),)), table) == [
        "There is no column “quater”. Did you mean “quarter”? Columns: “quarter”, “median”, “median”.",
        "2 columns are called “median”: which is the value?",
        "There is no column “chip”. Columns: “quarter”, “median”, “median”.",
    ]
    assert missing_columns(Mapping("quarter", "value"), table_of("quarter,value", "2024,1")) == []


def test_of_many_columns_only_the_first_are_named():
    table = table_of(",".join(f"c{n}" for n in range(60)), "1")
    (said, _) = missing_columns(Mapping("date", "value"), table)
    assert said.endswith("“c10”, “c11” and 48 more.")


@settings(deadline=None)
@given(
    st.builds(
        Mapping,
        *[st.text(min_size=1, max_size=20)] * 2,
        *[st.text(max_size=20)] * 3,
        st.lists(st.tuples(st.text(max_size=9), st.text(max_size=9)), max_size=3).map(tuple),
        st.sampled_from(PICKS),
    )
)
def test_every_mapping_comes_back_from_json(mapping):
    assert Mapping.from_json(mapping.to_json()) == mapping


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ("[]", "must be an object"),
        ('{"period": "date"}', "must be an object that names"),
        ('{"period": "date", "value": 5}', "“value” must be a short text"),
        ('{"period": "date", "value": ""}', "needs a column"),
        ('{"period": "date", "value": "v", "pik": ""}', "“pik” is not known. Did you mean “pick”?"),
        ('{"period": "date", "value": "v", "where": {"a": "b"}}', "must be a list of pairs"),
        ('{"period": "date", "value": "v", "where": [["a"]]}', "must be a list of pairs"),
        (json.dumps({"period": "d", "value": "v", "where": [["a", "b"]] * 11}), "list of pairs"),
        (json.dumps({"period": "d", "value": "v" * 300}), "must be a short text"),
    ],
)
def test_json_that_is_no_mapping_is_refused(text, message):
    with pytest.raises(BadMapping) as bad:
        Mapping.from_json(text)
    assert message in str(bad.value)
