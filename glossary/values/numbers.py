"""Decimals as readers see them: "14.5 million", "$51.2bn", "5 × 10²⁶", "−3.4%".

Rounding is half away from zero (rule B of ISO 80000-1, annex B): a reader who checks 0.125 by
hand expects 0.13, and nothing here adds up rounded numbers, so the small bias does no harm. Every
number is rounded once, from its full value.

The typography is fixed: a comma between thousands, a true minus (U+2212), a space that does not
break between a number and the word after it, superscripts as separate characters.
"""

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal

NO_BREAK = "\u00a0"
MINUS = "\u2212"
SCALE_WORDS = {3: "thousand", 6: "million", 9: "billion", 12: "trillion"}
SHORT_SCALES = {3: "k", 6: "mn", 9: "bn", 12: "tn"}
SCALES = {word: power for words in (SCALE_WORDS, SHORT_SCALES) for power, word in words.items()}
RAISED_DIGITS, RAISED_MINUS = "⁰¹²³⁴⁵⁶⁷⁸⁹", "⁻"
RAISED = RAISED_DIGITS + RAISED_MINUS
RAISING = str.maketrans(f"0123456789-{MINUS}", RAISED + RAISED_MINUS)
LOWERING = str.maketrans(RAISED, f"0123456789{MINUS}")
NO_NUMBER = "n/a"

# A number beyond this is an error or an attack: printed out it would fill pages.
LARGEST_EXPONENT = 100
MOST_DIGITS = 120
DEFAULT_FIGURES = 3
# From a thousand trillion on, powers of ten say more than zeros; in a sentence also below this.
SCIENTIFIC_FROM = 15
SMALLEST_PLAIN = Decimal("0.0001")
BRIEF_WORDS_FROM = Decimal(10**6)
# From a million on a word is easier to read than digits; thousands are written out: 36,742.
READ_AS_WORDS = (12, 9, 6)

# Enough digits that no number within the limits above is rounded by accident.
EXACT = Context(prec=400, rounding=ROUND_HALF_UP)

CURRENCY_SIGN = re.compile(r"US\$|[$€£¥]")
CURRENCY_NAME = re.compile(
    r"(?:(?:constant|current) )?(?:[0-9]{4} )?(?:U\.?S\.? )?"
    r"(?:american |british |chinese |japanese |uk )?"
    r"(?:dollars?|usd|euros?|eur|pounds?(?: sterling)?|sterling|gbp|yen|jpy|yuan|renminbi)\b",
    re.IGNORECASE,
)


# Plurals that do not end in -s, and words that do and are no plurals.
SINGULARS = {
    "people": "person", "men": "man", "women": "woman", "children": "child", "times": "times",
    "series": "series", "species": "species", "news": "news", "gas": "gas",
}  # fmt: skip
END_OF_NOUN = re.compile(r" per | of | in | at | for | with |, | \(|/")
OWN_SCALE = re.compile(r"(thousand|million|billion|trillion)s?\b(?: of)? ?", re.IGNORECASE)


class UnprintableNumber(ValueError):
    """Not finite, or too large, too small or too long to print."""


@dataclass(frozen=True, slots=True)
class Affixes:
    """The text around a number: "$" and " per hour", or nothing and " megawatts"."""

    prefix: str = ""
    suffix: str = ""


@dataclass(frozen=True, slots=True)
class NumberStyle:
    """How a number is written. `decimals` and `significant` exclude each other."""

    decimals: int | None = None
    significant: int | None = None
    scale: int = 0  # the power of ten that is written as a word: 9 writes billions
    scientific: bool = False
    plain: bool = False  # digits for a machine: no commas, no words, an ASCII minus
    short: bool = False  # "bn" in place of " billion"
    signed: bool = False  # a plus before numbers above zero
    trim: bool = False  # no zeros at the end of the decimals


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number in the parts that are typeset differently: "5 × 10", "26" and "FLOP".

    `power` is "" unless the number ends in a power of ten.
    """

    number: str
    power: str
    unit: str

    @property
    def text(self) -> str:
        """The whole in one line: "5 × 10²⁶ FLOP"."""
        return f"{self.number}{raised(self.power)} {self.unit}".strip()


BARE = NumberStyle()
NO_AFFIXES = Affixes()


def check_size(value: Decimal) -> Decimal:
    """Return the value, or raise UnprintableNumber; a huge exponent is never expanded."""
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
    """Return the value in thousands, millions …: 45,000,000 is 45 million, not 45.000000."""
    if not scale:
        return value
    bare = EXACT.normalize(shifted(value, -scale))
    return bare if int(bare.as_tuple().exponent) <= 0 else rounded(bare, 0)


def digits_of(value: Decimal) -> tuple[int, ...]:
    return EXACT.normalize(value).as_tuple().digits


def decimals_of(value: Decimal) -> int:
    """Return how many decimals a number has, without zeros at the end."""
    return max(0, -int(EXACT.normalize(value).as_tuple().exponent))


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


def readable_decimals(value: Decimal, figures: int = DEFAULT_FIGURES) -> int:
    """Return the decimals for `figures` significant figures; the whole part keeps all digits."""
    if not value:
        return 0
    return max(0, figures - 1 - rounded_significant(value, figures).adjusted())


def readable_scale(value: Decimal) -> int:
    """Return the power of ten to write as a word, or 0 where digits or powers read better.

    999.96 million rounds to a thousand of them, and is a billion.
    """
    if not value or not READ_AS_WORDS[-1] <= value.adjusted() < SCIENTIFIC_FROM:
        return 0
    size = rounded_significant(value, DEFAULT_FIGURES).adjusted()
    return next(power for power in READ_AS_WORDS if size >= power)


def readable_style(value: Decimal, *, short: bool = False) -> NumberStyle:
    """Return the style of a number in a sentence: 178.9, 36,742, 4.93 million, 5 × 10²⁶."""
    if value and (value.copy_abs() < SMALLEST_PLAIN or value.adjusted() >= SCIENTIFIC_FROM):
        return NumberStyle(significant=2, scientific=True, trim=True)
    scale = readable_scale(value)
    decimals = readable_decimals(shifted(value, -scale), 3 if scale else 4)
    return NumberStyle(decimals=decimals, scale=scale, short=short, trim=True)


def brief_decimals(value: Decimal) -> int:
    """Return the decimals of rates and multiples: one below ten, none above: "3.4", "24"."""
    return 1 if abs(rounded(value, 1)) < 10 else 0


def brief_style(value: Decimal) -> NumberStyle:
    """Return the style of rates and multiples: 3.4, 24, 36,742, 4.93 million."""
    if value.copy_abs() >= BRIEF_WORDS_FROM:
        return readable_style(value)
    return NumberStyle(decimals=brief_decimals(value))


def format_number(value: Decimal, style: NumberStyle = BARE, affixes: Affixes = NO_AFFIXES) -> str:
    """Format a number with its affixes; the sign goes before a currency.

    Raises UnprintableNumber beyond 10¹⁰⁰.
    """
    amount = as_shown(check_size(value), style)
    digits, scale = _digits(amount, style), ""
    if style.scale in SCALE_WORDS and not style.plain and not style.scientific:
        word = f"{NO_BREAK}{SCALE_WORDS[style.scale]}"
        scale = SHORT_SCALES[style.scale] if style.short else word
    sign = "+" if style.signed and amount > 0 else ""
    if amount < 0:
        sign = "-" if style.plain else MINUS
    unit = singular(affixes.suffix) if digits == "1" and not scale else affixes.suffix
    # A unit is on the line of its number; after a scale word it may break, for phones.
    if unit.startswith(" ") and (style.short or not scale):
        unit = f"{NO_BREAK}{unit[1:]}"
    return f"{sign}{affixes.prefix}{digits}{scale}{unit}"


def as_shown(value: Decimal, style: NumberStyle) -> Decimal:
    """Return the value as the style shows it, in its scale and rounded to its digits."""
    amount = value if style.plain or style.scientific else scaled(value, style.scale)
    if style.scientific:
        usual = DEFAULT_FIGURES if style.decimals is None else style.decimals + 1
        return rounded_significant(amount, style.significant or usual)
    if style.significant is not None:
        return rounded_significant(amount, style.significant)
    return amount if style.decimals is None else rounded(amount, style.decimals)


def affixes_for(unit: str, short_unit: str, *, short: bool = False) -> Affixes:
    """Return the text around a number in this unit.

    A currency sign or a percent sign is used whenever the short unit has one: "$2.99 per hour",
    short "$2.99/h"; "70.1%". An index has no unit in a sentence. Other units follow the
    number as words.
    """
    if is_percent(unit, short_unit):
        return Affixes(suffix="%")
    if sign := CURRENCY_SIGN.match(short_unit):
        if short:
            return Affixes(prefix=sign.group(), suffix=short_unit[sign.end() :].strip())
        name = CURRENCY_NAME.match(unit)
        rest = unit[name.end() :].strip() if name else ""
        return Affixes(prefix=sign.group(), suffix=f" {rest}" if rest else "")
    word = "" if is_index(unit) else short_unit if short and short_unit else unit
    return Affixes(suffix=f" {word}" if word else "")


def is_percent(unit: str, short_unit: str) -> bool:
    return short_unit == "%" or unit.startswith("%") or unit.casefold().startswith("percent")


def is_index(unit: str) -> bool:
    return unit.casefold().startswith("index")


def own_scale(unit: str) -> int:
    """Return the power of ten that a unit begins with: 3 for "thousand claims", else 0."""
    found = OWN_SCALE.match(unit)
    return SCALES[found[1].casefold()] if found else 0


def unit_without(scale: int, unit: str) -> str:
    """Take a scale out of the unit that repeats it: "claims" of "thousand claims" with 3."""
    return OWN_SCALE.sub("", unit, count=1) if scale and own_scale(unit) == scale else unit


def names_unit(text: str, unit: str) -> bool:
    """Return whether a text has the unit in it: "Papers submitted to arXiv" has "papers"."""
    return f" {unit.casefold()} " in f" {text.casefold()} "


def singular(unit: str) -> str:
    """Put the noun of a unit in the singular: "company", "person in work", "US dollar per hour"."""
    end = END_OF_NOUN.search(unit)
    noun, rest = (unit[: end.start()], unit[end.start() :]) if end else (unit, "")
    before, space, word = noun.rpartition(" ")
    if word in SINGULARS:
        word = SINGULARS[word]
    elif word.endswith("ies"):
        word = f"{word[:-3]}y"
    elif word.endswith(("sses", "shes", "ches", "xes")):
        word = word[:-2]
    elif word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-1]
    return f"{before}{space}{word}{rest}"


def unit_in_scale(unit: str, scale: int) -> str:
    """Return a unit with its scale: "US dollars, billions", "FLOP, × 10²⁶", or "Billions" alone.

    `scale` is the power of ten that the numbers are to be multiplied by.
    """
    if not scale:
        return unit
    word = f"{SCALE_WORDS[scale]}s" if scale in SCALE_WORDS else times_ten(scale).strip(NO_BREAK)
    return f"{unit}, {word}" if unit else word.capitalize()


def times_ten(exponent: int) -> str:
    return f"{NO_BREAK}×{NO_BREAK}10{raised(exponent)}"


def raised(power: int | str) -> str:
    """Return an exponent in superscript characters: "²⁶" for 26 and for "26"."""
    return str(power).translate(RAISING)


def split_power(text: str) -> tuple[str, str]:
    """Split off a superscript exponent: "5 × 10²⁶" becomes "5 × 10" and "26"."""
    number = text.rstrip(RAISED)
    return number, lowered(text[len(number) :])


def shortened(text: str) -> str:
    """Return a formatted number with short scales: "$51.2bn" for "$51.2 billion"."""
    for power, word in SCALE_WORDS.items():
        text = text.replace(f"{NO_BREAK}{word}", SHORT_SCALES[power])
    return text


def lowered(exponent: str) -> str:
    return exponent.translate(LOWERING)


def machine_text(value: Decimal) -> str:
    """Return all digits as a program reads them: "51200000000", "-0.5"."""
    return f"{check_size(value):f}"


def _digits(amount: Decimal, style: NumberStyle) -> str:
    """Return "5 × 10²⁶" for 5E+26 in powers of ten, and "10²⁶" for 1E+26 without more digits."""
    # copy_abs, because abs() rounds to the 28 digits of the thread's own context.
    size = amount.copy_abs()
    if not style.scientific:
        text = f"{size:f}" if style.plain else f"{size:,f}"
        return _trimmed(text) if style.trim else text
    exponent = size.adjusted() if size else 0
    mantissa = f"{shifted(size, -exponent):f}"
    if style.trim or (style.significant is None and style.decimals is None):
        mantissa = _trimmed(mantissa)
    if not exponent:
        return mantissa
    return f"10{raised(exponent)}" if mantissa == "1" else f"{mantissa}{times_ten(exponent)}"


def _trimmed(digits: str) -> str:
    return digits.rstrip("0").rstrip(".") if "." in digits else digits
