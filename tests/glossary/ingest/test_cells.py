"""Numbers in cells: what is accepted, and errors that say what to write."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from glossary.ingest.cells import CellNumber, Unreadable, is_missing, quote_cell, read_number

NUMBERS = [
    ("0", "0"),
    ("42", "42"),
    ("007", "7"),
    ("100.000", "100.000"),
    (".5", "0.5"),
    ("-3.4", "-3.4"),
    ("−3.4", "-3.4"),
    ("+3", "3"),
    ("-0", "0"),
    ("-0.00", "0.00"),
    (" 12 ", "12"),
    ("1,234.5", "1234.5"),
    ("1,234,567", "1234567"),
    ("1 234 567.8", "1234567.8"),
    ("1\u00a0234", "1234"),
    ("1\u2009234", "1234"),
    ("1\u202f234", "1234"),
    ("1'234.5", "1234.5"),
    ("1’234’567", "1234567"),
    ("59.40%", "59.40"),
    ("59.4 %", "59.4"),
    ("-0.3%", "-0.3"),
    ("$36,742", "36742"),
    ("-$5", "-5"),
    ("$-5", "-5"),
    ("US$1,234.50", "1234.50"),
    ("€5", "5"),
    ("5 €", "5"),
    ("1.7e+16", "17000000000000000"),
    ("5.0000000000001e+26", "500000000000010000000000000"),
    ("1E-9", "0.000000001"),
    ("1e60", "1" + "0" * 60),
    ("2e−3", "0.002"),
    ("$ 36,742", "36742"),
    ("–3.4", "-3.4"),
]
NOT_NUMBERS = [
    ("NaN", "leave the cell empty"),
    ("-nan", "leave the cell empty"),
    ("inf", "leave the cell empty"),
    ("-Infinity", "leave the cell empty"),
    ("∞", "leave the cell empty"),
    ("1e61", "exponents go from"),
    ("1e5000000", "exponents go from"),
    ("1e-5000000", "exponents go from"),
    ("9" * 62, "exponents go from"),
    ("1" + "0" * 5000, "too long"),
    ("€1.234,5", "two ways"),
    ("1,5", "two ways"),
    ("0,123", "two ways"),
    ("1,23,456", "two ways"),
    ("1.234.567", "two ways"),
    ("(123)", "Write -5"),
    ("($1,234.50)", "Write -5"),
    ("1,234 567", "two ways"),
    ("$(12.3)", "Write -5"),
    ("12.3-", "Write -5"),
    ("USD 1,234", "a unit belongs to the series"),
    ("12 zł", "a unit belongs to the series"),
    ("10–15", "Write one alone. Where there is none, leave the cell empty"),
    ("<5", "Write one alone. Where there is none, leave the cell empty"),
    ("1'234,5", "two ways"),
    ("12.5 1)", "footnote"),
    ("12.5²", "footnote"),
    ("12.5*", "footnote"),
    ("59.4% [a]", "footnote"),
    ("$1.2bn", "a unit belongs to the series"),
    ("1.2 million", "a unit belongs to the series"),
    ("1'23.4", "not a number"),
    ("1_000", "not a number"),
    ("١٢٣", "not a number"),
    ("１２", "not a number"),
    ("0x10", "not a number"),
    ("--5", "not a number"),
    ("-$-5", "not a number"),
    ("$5%", "not a number"),
    ("1.2.3", "not a number"),
    ("5.", "not a number"),
    ("1.2 bn", "a unit belongs to the series"),
    ("12.3 (p)", "a flag such as p into a column called status"),
    ("12.3p", "a flag such as p into a column called status"),
    ("~5", "not a number"),
    ("=1+1", "not a number"),
    ("5\u202e", "\\u202e"),
    ("5\x00", "\\u0000"),
    ("n.a.", "not a number"),
]


@pytest.mark.parametrize(("text", "value"), NUMBERS)
def test_a_number_is_read(text, value):
    assert read_number(text).value == Decimal(value)
    assert not read_number(text).value.is_signed() or Decimal(value) < 0


@pytest.mark.parametrize(("text", "why"), NOT_NUMBERS)
def test_what_is_no_number_is_refused_with_a_reason(text, why):
    with pytest.raises(Unreadable, match=why.replace("\\", "\\\\")):
        read_number(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "  ",
        "-",
        "–",
        "—",
        "..",
        ".",
        "N/A",
        "n/a",
        "NULL",
        ":",
        "--",
        "#N/A",
        ": c",
        ":z",
        "[x]",
    ],
)
def test_what_stands_for_no_number_is_missing_never_zero(text):
    assert is_missing(text)
    assert read_number(text) is None


def test_signs_and_separators_are_remembered():
    assert read_number("59.40%") == CellNumber(Decimal("59.40"), "%")
    assert read_number("$36,742") == CellNumber(Decimal(36742), "$", is_grouped=True)


def test_a_flag_behind_a_number_is_kept_apart():
    assert read_number("12.3 p") == CellNumber(Decimal("12.3"), flag="p")
    assert read_number("1,234.5 bep").flag == "bep"
    assert read_number(": u") is None


def test_a_comma_is_refused_where_it_may_be_the_decimal_mark():
    assert read_number("1,234").value == 1234
    with pytest.raises(Unreadable, match="not separated by commas"):
        read_number("1,234", comma_may_be_decimal=True)
    assert read_number("4,281.353", comma_may_be_decimal=True).value == Decimal("4281.353")
    assert read_number("1,234,567", comma_may_be_decimal=True).value == 1234567


def test_digits_are_kept_beyond_the_precision_of_arithmetic():
    assert str(read_number("1." + "3" * 50).value) == "1." + "3" * 50


@settings(deadline=None)
@given(
    st.decimals(allow_nan=False, allow_infinity=False, min_value=-1e15, max_value=1e15, places=4)
)
def test_what_python_prints_is_read_back(value):
    assert read_number(f"{value:f}").value == value
    assert read_number(f"{value:,f}").value == value


@settings(deadline=None, max_examples=300)
@given(st.text(st.sampled_from(list("0123456789.,-+−eE%$€() 'nNaAiI\u2009_x")), max_size=20))
def test_any_text_is_a_finite_number_missing_or_unreadable(text):
    try:
        number = read_number(text)
    except Unreadable:
        return
    assert number is None or number.value.is_finite()


def test_what_is_quoted_in_a_message_is_short_and_visible():
    assert quote_cell("a\x00\u202eb") == "“a\\u0000\\u202eb”"
    assert len(quote_cell("x" * 10_000)) < 50
