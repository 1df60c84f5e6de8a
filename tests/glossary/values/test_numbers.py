"""Decimals are written as readers expect them, and can be read back within the rounding."""

from decimal import Decimal, localcontext
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from glossary.values import numbers
from glossary.values.numbers import (
    Affixes,
    NumberStyle,
    UnprintableNumber,
    affixes_for,
    brief_decimals,
    format_number,
    machine_text,
    raised,
    readable_decimals,
    readable_style,
    rounded,
    rounded_significant,
    split_power,
    unit_in_scale,
    unit_without,
)

WORDS = {"thousand": 3, "million": 6, "billion": 9, "trillion": 12}
SCALES = {**WORDS, "k": 3, "mn": 6, "bn": 9, "tn": 12}

values = st.decimals(
    min_value=Decimal("-1e30"), max_value=Decimal("1e30"), allow_nan=False, allow_infinity=False, places=8
)  # fmt: skip


def read_back(text):
    """Read what write wrote, by the plainest means."""
    text = text.replace("\u2212", "-").replace(",", "").replace("+", "")
    number, power = split_power(text)
    if power:
        mantissa = number.removesuffix("10").removesuffix("\u00a0×\u00a0")
        return Decimal({"": 1, "-": -1}.get(mantissa, mantissa)).scaleb(
            int(power.replace("−", "-"))
        )
    for word, power in SCALES.items():
        if text.endswith(word):
            return Decimal(text.removesuffix(word).removesuffix("\u00a0")).scaleb(power)
    return Decimal(text)


@pytest.mark.parametrize(
    ("value", "style", "shown"),
    [
        ("1234567.5", NumberStyle(), "1,234,567.5"),
        ("1234", NumberStyle(), "1,234"),
        ("999", NumberStyle(), "999"),
        ("-3.4", NumberStyle(), "−3.4"),
        ("0.125", NumberStyle(decimals=2), "0.13"),
        ("-0.125", NumberStyle(decimals=2), "−0.13"),
        ("2.5", NumberStyle(decimals=0), "3"),
        ("3.5", NumberStyle(decimals=0), "4"),
        ("-0.04", NumberStyle(decimals=1), "0.0"),
        ("0.04", NumberStyle(decimals=1, signed=True), "0.0"),
        ("66.2", NumberStyle(decimals=0, signed=True), "+66"),
        ("51200000000", NumberStyle(scale=9, decimals=1), "51.2\u00a0billion"),
        ("51200000000", NumberStyle(scale=9, decimals=1, short=True), "51.2bn"),
        ("999950000", NumberStyle(scale=6, decimals=1), "1,000.0\u00a0million"),
        ("1234567", NumberStyle(significant=2), "1,200,000"),
        ("9.96", NumberStyle(significant=2), "10"),
        ("0.00123", NumberStyle(significant=2), "0.0012"),
        ("5.0000000000001e26", NumberStyle(scientific=True), "5\u00a0×\u00a010²⁶"),
        ("2.1e25", NumberStyle(scientific=True), "2.1\u00a0×\u00a010²⁵"),
        ("5e26", NumberStyle(scientific=True, significant=2), "5.0\u00a0×\u00a010²⁶"),
        ("9.999e9", NumberStyle(scientific=True), "10¹⁰"),
        ("-1.5e-12", NumberStyle(scientific=True), "−1.5\u00a0×\u00a010⁻¹²"),
        ("5", NumberStyle(scientific=True), "5"),
        ("0", NumberStyle(scientific=True), "0"),
        ("-1234567.50", NumberStyle(plain=True), "-1234567.50"),
    ],
)
def test_numbers_are_written_for_readers(value, style, shown):
    assert format_number(Decimal(value), style) == shown


@pytest.mark.parametrize(
    ("unit", "short_unit", "short", "prefix", "suffix"),
    [
        ("US dollars", "$", False, "$", ""),
        ("2023 US dollars", "$", False, "$", ""),
        ("US dollars per hour", "$/h", False, "$", " per hour"),
        ("US dollars per hour", "$/h", True, "$", "/h"),
        ("euros", "€", False, "€", ""),
        ("percent of people", "%", False, "", "%"),
        ("percent", "", False, "", "%"),
        ("pounds sterling", "£", False, "£", ""),
        ("pounds sterling per tonne", "£", False, "£", " per tonne"),
        ("British pounds", "£", False, "£", ""),
        ("megawatts", "MW", False, "", " megawatts"),
        ("megawatts", "MW", True, "", " MW"),
        ("megawatts", "", True, "", " megawatts"),
        ("index, December 2000 = 100", "", False, "", ""),
        ("", "", False, "", ""),
    ],
)
def test_a_unit_says_what_stands_around_the_number(unit, short_unit, short, prefix, suffix):
    assert affixes_for(unit, short_unit, short=short) == Affixes(prefix, suffix)


@pytest.mark.parametrize(
    ("unit", "one"),
    [
        ("companies", "1 company"),
        ("units", "1 unit"),
        ("metric tons of CO2", "1 metric ton of CO2"),
        ("kilowatt-hours per person", "1 kilowatt-hour per person"),
        ("people in work", "1 person in work"),
        ("processes", "1 process"),
        ("licenses", "1 license"),
        ("boxes, large", "1 box, large"),
        ("GPUs", "1 GPU"),
        ("FLOP/s", "1 FLOP/s"),
        ("TFLOPS", "1 TFLOPS"),
        ("gas", "1 gas"),
        ("compute", "1 compute"),
    ],
)
def test_of_one_a_unit_has_the_singular(unit, one):
    affixes = affixes_for(unit, "")
    assert format_number(Decimal(1), NumberStyle(), affixes).replace("\u00a0", " ") == one
    assert format_number(Decimal(2), NumberStyle(), affixes).replace("\u00a0", " ") == f"2 {unit}"
    assert unit in format_number(Decimal(1), NumberStyle(decimals=1), affixes)
    assert unit in format_number(Decimal(10**6), NumberStyle(scale=6), affixes)


@pytest.mark.parametrize(
    ("scale", "unit", "bare"),
    [
        (3, "thousand claims", "claims"),
        (3, "Thousands of claims", "claims"),
        (9, "billion US dollars", "US dollars"),
        (3, "million claims", "million claims"),
        (0, "thousand claims", "thousand claims"),
        (6, "millionaires", "millionaires"),
    ],
)
def test_a_scale_is_not_said_twice(scale, unit, bare):
    assert unit_without(scale, unit) == bare


def test_the_sign_stands_before_the_currency_and_the_unit_does_not_break_off():
    dollars, watts = Affixes("$"), Affixes(suffix=" megawatts")
    assert format_number(Decimal(-3), NumberStyle(), dollars) == "−$3"
    assert format_number(Decimal(45), NumberStyle(), watts) == "45\u00a0megawatts"
    # After a scale word the line may break, or a narrow phone would scroll sideways.
    assert (
        format_number(Decimal(45_000_000), NumberStyle(scale=6), watts)
        == "45\u00a0million megawatts"
    )


@pytest.mark.parametrize(
    "attack", ["1e5000000", "-1e5000000", "1e-5000000", "NaN", "Infinity", "0e-5000000", "1" * 121]
)
def test_a_number_no_reader_could_take_in_is_refused_before_it_is_expanded(attack):
    for act in (format_number, machine_text):
        with pytest.raises(UnprintableNumber):
            act(Decimal(attack))


def test_three_figures_remain_and_the_whole_part_is_never_cut():
    assert [
        readable_decimals(Decimal(text)) for text in ("0", "0.0669", "1.39", "14.5", "1234")
    ] == [0, 4, 2, 1, 0]
    assert [brief_decimals(Decimal(text)) for text in ("9.94", "9.96", "66", "-3")] == [1, 0, 0, 1]


@settings(deadline=None)
@given(values, st.integers(0, 4), st.sampled_from([0, 3, 6, 9, 12]), st.booleans())
def test_what_is_written_reads_back_within_half_a_last_place(value, decimals, scale, short):
    with localcontext(prec=200):  # 28 digits, the default, are fewer than were written
        back = read_back(
            format_number(value, NumberStyle(decimals=decimals, scale=scale, short=short))
        )
        assert abs(back - value) <= Decimal("0.5").scaleb(scale - decimals)


@settings(deadline=None)
@given(values.filter(bool), st.integers(1, 6))
def test_significant_digits_keep_the_relative_error_small(value, digits):
    most = abs(value) * Decimal(5).scaleb(-digits)
    assert abs(read_back(format_number(value, NumberStyle(significant=digits))) - value) <= most
    assert (
        abs(
            read_back(format_number(value, NumberStyle(significant=digits, scientific=True)))
            - value
        )
        <= most
    )
    coefficient = rounded_significant(value, digits).normalize().as_tuple().digits
    assert len(coefficient) <= digits


@settings(deadline=None)
@given(values, st.integers(-3, 4))
def test_rounding_is_symmetrical_and_settled_after_once(value, decimals):
    once = rounded(value, decimals)
    assert rounded(once, decimals) == once
    assert rounded(value.copy_negate(), decimals) == once.copy_negate()


@settings(deadline=None)
@given(values)
def test_digits_for_programs_are_exact(value):
    assert Decimal(machine_text(value)) == value
    assert Decimal(format_number(value, NumberStyle(plain=True))) == value


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("0", "0"),
        ("178.949", "178.9"),
        ("36742", "36,742"),
        ("999999.6", "1,000,000"),
        ("4930000", "4.93\u00a0million"),
        ("-51.2E9", "−51.2\u00a0billion"),
        ("9.9996", "10"),
        ("5.04E26", "5\u00a0×\u00a010²⁶"),
        ("9.99E25", "10²⁶"),
        ("1E15", "10¹⁵"),
        ("0.0001", "0.0001"),
        ("-1E-9", "−10⁻⁹"),
    ],
)
def test_numbers_in_sentences(value, expected):
    assert format_number(Decimal(value), readable_style(Decimal(value))) == expected


@pytest.mark.parametrize(
    ("unit", "scale", "expected"),
    [
        ("US dollars", 0, "US dollars"),
        ("US dollars", 9, "US dollars, billions"),
        ("FLOP", 26, "FLOP, ×\u00a010²⁶"),
        ("", 6, "Millions"),
        ("", -9, "×\u00a010⁻⁹"),
    ],
)
def test_a_unit_says_its_scale(unit, scale, expected):
    assert unit_in_scale(unit, scale) == expected


@given(st.integers(-400, 400))
def test_an_exponent_is_raised_and_taken_off_again(exponent):
    typed = str(exponent).replace("-", "\u2212")
    assert raised(exponent) == raised(typed)
    assert split_power(f"5 × 10{raised(exponent)}") == ("5 × 10", typed)


def test_superscripts_are_listed_in_one_place():
    """Four tables of them had drifted: one knew no minus."""
    root = Path(numbers.__file__).parents[2]
    modules = (path for room in ("glossary", "newsletter") for path in (root / room).rglob("*.py"))
    listing = [
        path.name for path in modules if "⁴⁵" in path.read_text() or "⁴-⁹" in path.read_text()
    ]
    assert listing == ["numbers.py"]
