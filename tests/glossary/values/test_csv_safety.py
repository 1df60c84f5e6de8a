"""Cells that a spreadsheet would run: defused on export, exactly themselves on import."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from glossary.values.csv_safety import defuse, read_back

TRICKY = st.text(st.sampled_from(list("'=+-@\t\r\n 1.e\"a,;\ufeff\u200b\u00a0＝")), max_size=12)


@pytest.mark.parametrize(
    "cell",
    [
        "=1+1",
        '=HYPERLINK("http://evil.example","x")',
        "+cmd|' /C calc'!A0",
        "-2+3",
        "-5%",
        "@SUM(A1:A2)",
        "\t=1",
        "\r=1",
        "\n=1",
        "\tplain",
        "  =1",
        "\ufeff=1",
        "\ufeff \u200b@x",
        "\u00a0=1",
        "＝1+1",
        "-",
        "\ufeff-1",
    ],
)
def test_a_cell_that_would_run_gets_an_apostrophe(cell):
    assert defuse(cell) == f"'{cell}"
    assert read_back(f"'{cell}") == cell


@pytest.mark.parametrize("cell", ["-5", "+5", "-1.5e-7", ".5", "-.5", "1e27", "0", "-1234.50"])
def test_numbers_stay_numbers(cell):
    assert defuse(cell) == cell


@pytest.mark.parametrize("cell", ["", "GPT-4", "a=b", "'quoted'", "'", "O'Neill", "1-2", "−5"])
def test_ordinary_text_stays_as_it_is(cell):
    assert defuse(cell) == cell
    assert read_back(cell) == cell


def test_a_formula_that_has_apostrophes_already_comes_back_with_all_of_them():
    assert defuse("''=1") == "'''=1"
    assert read_back("'''=1") == "''=1"


def test_a_formula_that_another_program_defused_is_read_back():
    assert read_back("'=1+1") == "=1+1"


@settings(deadline=None, max_examples=300)
@given(st.text(max_size=30) | TRICKY)
def test_every_text_comes_back_exactly(cell):
    assert read_back(defuse(cell)) == cell


@settings(deadline=None, max_examples=300)
@given(TRICKY)
def test_nothing_that_is_exported_begins_with_a_sign_unless_it_is_a_number(cell):
    out = defuse(cell).lstrip(" \t\r\n\u00a0\ufeff\u200b")
    assert out[:1] not in {"=", "@", "＝"}
    assert out[:1] not in {"+", "-"} or -1e300 < float(out) < 1e300


def test_a_long_run_of_apostrophes_or_spaces_takes_no_time():
    assert defuse("'" * 1_000_000) == "'" * 1_000_000
    assert defuse("\ufeff" * 1_000_000 + "=").startswith("'")
