"""Decimals as readers see them: "14.5 million", "$51.2bn", "5 × 10²⁶", "−3.4%".

Rounding is half away from zero (rule B of ISO 80000-1, annex B): a reader who checks 0.125 by
hand expects 0.13, and nothing here adds up rounded numbers, so the small bias does no harm. Every
number is rounded once, from its full value.

The typography is fixed: a comma between thousands, a true minus (U+2212), a space that does not
break between a number and the word behind it, superscripts that are characters of their own.
"""

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal

NO_BREAK = "\u00a0"
MINUS = "\u2212"
SCALE_WORDS = {3: "thousand", 6: "million", 9: "billion", 12: "trillion"}
SHORT_SCALES = {3: "k", 6: "mn", 9: "bn", 12: "tn"}
SUPERSCRIPTS = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")
NO_NUMBER = "n/a"

# A number beyond this is a slip or an attack: printed out it would fill pages.
LARGEST_EXPONENT = 100
MOST_DIGITS = 120
DEFAULT_FIGURES = 3

# Wide enough that nothing within the limits above is ever rounded by accident.
EXACT = Context(prec=400, rounding=ROUND_HALF_UP)

CURRENCY_SIGN = re.compile(r"US\$|[$€£¥]")
CURRENCY_NAME = re.compile(
    r"(?:(?:constant|current) )?(?:[0-9]{4} )?(?:U\.?S\.? )?"
    r"(?:dollars?|usd|euros?|eur|pounds?|gbp|yen|jpy|yuan)\b",
    re.IGNORECASE,
)


class UnprintableNumber(ValueError):
    """Not finite, or so large, so small or so long that no reader could take it in."""


@dataclass(frozen=True, slots=True)
class Affixes:
    """What stands around a number: "$" and " per hour", or nothing and " megawatts"."""

    prefix: str = ""
    suffix: str = ""


@dataclass(frozen=True, slots=True)
class Style:
    """How a number is written. `decimals` and `significant` exclude each other."""

    decimals: int | None = None
    significant: int | None = None
    scale: int = 0  # the power of ten that a word stands for: 9 writes billions
    scientific: bool = False
    plain: bool = False  # digits for a machine: no commas, no words, an ASCII minus
    short: bool = False  # "bn" in place of " billion"
    signed: bool = False  # a plus before what is above zero


BARE = Style()
NO_AFFIXES = Affixes()


def check_size(value: Decimal) -> Decimal:
    """Return the value, or raise UnprintableNumber; never expands an exponent to find out."""
    if not value.is_finite():
        raise UnprintableNumber("the number is not finite")
    if value and abs(value.adjusted()) > LARGEST_EXPONENT:
        raise UnprintableNumber(f"the number is beyond 10 to the power of {LARGEST_EXPONENT}")
    exponent = value.as_tuple().exponent
    if len(value.as_tuple().digits) > MOST_DIGITS or abs(int(exponent)) > 2 * MOST_DIGITS:
        raise UnprintableNumber(f"the number has more than {MOST_DIGITS} digits")
    return value


def shifted(value: Decimal, places: int) -> Decimal:
    """Multiply by a power of ten, exactly."""
    return EXACT.scaleb(value, Decimal(places))


def scaled(value: Decimal, scale: int) -> Decimal:
    """Count in thousands, millions …: 45,000,000 is 45 million, not 45.000000."""
    if not scale:
        return value
    bare = EXACT.normalize(shifted(value, -scale))
    return bare if int(bare.as_tuple().exponent) <= 0 else rounded(bare, 0)


def rounded(value: Decimal, decimals: int) -> Decimal:
    """Round half away from zero; negative `decimals` round tens, hundreds, and so on."""
    return EXACT.quantize(value, Decimal((0, (1,), -decimals)))


def rounded_significant(value: Decimal, digits: int) -> Decimal:
    """Round to significant digits: 9.96 to two is 10, not 10.0."""
    if not value:
        return Decimal(0)
    decimals = digits - 1 - value.adjusted()
    result = rounded(value, decimals)
    return result if result.adjusted() == value.adjusted() else rounded(value, decimals - 1)


def readable_decimals(value: Decimal) -> int:
    """Decimals that leave three figures, and never fewer than the whole part has."""
    return max(0, DEFAULT_FIGURES - 1 - value.adjusted()) if value else 0


def brief_decimals(value: Decimal) -> int:
    """Decimals for rates and multiples: one below ten, none above, so "3.4" but "24"."""
    return 1 if abs(rounded(value, 1)) < 10 else 0


def write(value: Decimal, style: Style = BARE, affixes: Affixes = NO_AFFIXES) -> str:
    """Write a number with what stands around it; the sign stands before a currency.

    Raises UnprintableNumber beyond 10¹⁰⁰.
    """
    amount = as_shown(check_size(value), style)
    scale = "" if style.plain else _scale_word(style)
    return (
        f"{_sign(amount, style)}{affixes.prefix}{_digits(amount, style)}{scale}"
        f"{_suffix(affixes.suffix, spaced=bool(scale) and not style.short)}"
    )


def as_shown(value: Decimal, style: Style) -> Decimal:
    """Round once, in the scale that will be shown."""
    amount = value if style.plain or style.scientific else scaled(value, style.scale)
    if style.scientific:
        return rounded_significant(amount, style.significant or _mantissa_digits(style))
    if style.significant is not None:
        return rounded_significant(amount, style.significant)
    return amount if style.decimals is None else rounded(amount, style.decimals)


def affixes_for(unit: str, short_unit: str, *, short: bool = False) -> Affixes:
    """Say what stands around a number in this unit.

    A currency sign or a percent sign is used whenever the short unit has one: "$2.99 per hour",
    short "$2.99/h"; "70.1%". An index has no unit that a sentence could hold. Everything else
    follows the number as a word.
    """
    if is_percent(unit, short_unit):
        return Affixes(suffix="%")
    if sign := CURRENCY_SIGN.match(short_unit):
        rest = short_unit[sign.end() :].strip() if short else _after_currency(unit)
        return Affixes(prefix=sign.group(), suffix=rest if not rest or short else f" {rest}")
    word = "" if is_index(unit) else short_unit if short and short_unit else unit
    return Affixes(suffix=f" {word}" if word else "")


def is_percent(unit: str, short_unit: str) -> bool:
    return short_unit == "%" or unit.startswith("%") or unit.casefold().startswith("percent")


def is_index(unit: str) -> bool:
    return unit.casefold().startswith("index")


def machine_text(value: Decimal) -> str:
    """Write digits as a program reads them, all of them: "51200000000", "-0.5"."""
    return f"{check_size(value):f}"


def _after_currency(unit: str) -> str:
    name = CURRENCY_NAME.match(unit)
    return unit[name.end() :].strip() if name else ""


def _mantissa_digits(style: Style) -> int:
    return DEFAULT_FIGURES if style.decimals is None else style.decimals + 1


def _digits(amount: Decimal, style: Style) -> str:
    if style.scientific:
        exact = style.significant is None and style.decimals is None
        return _power_of_ten(amount.copy_abs(), trim=exact)
    # copy_abs, because abs() rounds to the 28 digits of the thread's own context.
    size = amount.copy_abs()
    return f"{size:f}" if style.plain else f"{size:,f}"


def _power_of_ten(amount: Decimal, *, trim: bool) -> str:
    """Write 5E+26 as "5 × 10²⁶"; `trim` drops zeros that only fill up the digits."""
    exponent = amount.adjusted() if amount else 0
    mantissa = f"{shifted(amount, -exponent):f}"
    if trim and "." in mantissa:
        mantissa = mantissa.rstrip("0").rstrip(".")
    power = f"{NO_BREAK}×{NO_BREAK}10{str(exponent).translate(SUPERSCRIPTS)}"
    return f"{mantissa}{power if exponent else ''}"


def _sign(amount: Decimal, style: Style) -> str:
    """Give the sign of what is shown: −0.04 rounded to one decimal is 0.0, not −0.0."""
    if amount < 0:
        return "-" if style.plain else MINUS
    return "+" if style.signed and amount > 0 else ""


def _scale_word(style: Style) -> str:
    if style.scientific or style.scale not in SCALE_WORDS:
        return ""
    if style.short:
        return SHORT_SCALES[style.scale]
    return f"{NO_BREAK}{SCALE_WORDS[style.scale]}"


def _suffix(suffix: str, *, spaced: bool) -> str:
    """Tie the unit to the number; behind a scale word the line may break, or phones overflow."""
    if suffix.startswith(" ") and not spaced:
        return f"{NO_BREAK}{suffix[1:]}"
    return suffix
