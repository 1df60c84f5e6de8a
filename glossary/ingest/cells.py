"""Numbers as publishers write them in cells, read strictly.

An ambiguous cell is refused with a sentence that says what to write instead, because a wrong guess
would be a wrong number on every page. Numbers are matched against a pattern
before Decimal sees them, because Decimal also takes "NaN", "1_000" and "1e5000000".
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from glossary.ingest.workbooks import NO_RESULT
from glossary.values.numbers import RAISED_DIGITS, shifted

MAX_NUMBER_LENGTH = 80
MAX_EXPONENT = 60
MAX_SHOWN = 40

# How statistical offices and Excel write a missing number.
MISSING = frozenset(
    {"", "-", "--", "–", "—", "−", ".", "..", "...", "…", ":", "n/a", "na", "#n/a", "null", "none"}
)
# With the reason: confidential, not applicable, not available; Eurostat and British offices.
# Stars are of NASA and of offices that suppress a number.
MISSING_WITH_REASON = re.compile(r": ?[a-z]{1,2}|\[[cuxz]\]|\*{1,5}", re.IGNORECASE)

SHEET_ERROR = re.compile(r"#[A-Z][A-Z0-9_/]*[!?]")
NOT_COMPUTED = (
    "The formula has no stored result. Open the file in Excel or LibreOffice, save it, and import"
    " it again."
)

SPACES = " \u00a0\u2007\u2009\u202f"  # plain, no-break, figure, thin, narrow no-break
CURRENCY = r"US\$|[$€£¥₹₩]"
MINUS = "-−–"
NUMBER = re.compile(
    rf"""
    (?P<sign>[{MINUS}+]?) (?:(?P<before>{CURRENCY})[{SPACES}]?(?P<inner_sign>[{MINUS}+]?))?
    (?: (?P<whole>[1-9][0-9]{{0,2}} (?P<group>[,'’{SPACES}])[0-9]{{3}} (?:(?P=group)[0-9]{{3}})*
                | [0-9]+)
        (?:\.(?P<fraction>[0-9]+))?
      | \.(?P<bare_fraction>[0-9]+) )
    (?:[eE](?P<exponent>[{MINUS}+]?[0-9]{{1,3}}))?
    [{SPACES}]? (?P<after>%|{CURRENCY})?
    """,
    re.VERBOSE,
)
# Matches most cells, three times as fast as the pattern above.
PLAIN_NUMBER = re.compile(r"-?[0-9]{1,18}(?:\.[0-9]{1,18})?")
DECIMAL_COMMA = re.compile(r"[0-9]+(?:[.'’ ][0-9]{3})*,[0-9]+|[0-9]+(?:\.[0-9]{3}){2,}")
# Flags of statistical offices behind a number: break, definition, reliability; estimate, forecast.
FLAGS = r"[bdrsu]{0,2}[efp]{1,2}|[bdrsu]"
FLAGGED = re.compile(rf"(.*[^A-Za-z]) ({FLAGS})")
DOT_OF_THOUSANDS = re.compile(rf"[{MINUS}+]?(?:{CURRENCY})?[1-9][0-9]{{0,2}}\.[0-9]{{3}}")
SIGN_BEHIND = re.compile(rf"[{SPACES}]*(?:%|{CURRENCY})?[{SPACES}]*$")
BELOW_A_THOUSAND = re.compile(rf"[{MINUS}+]?(?:{CURRENCY})?[0-9]{{1,3}}")
HUGE_EXPONENT = re.compile(rf"[{MINUS}+]?[0-9.]+[eE][{MINUS}+]?[0-9]+")
WITH_LETTERS = re.compile(
    rf"[{MINUS}+]?(?:{CURRENCY})?[0-9][0-9.,]* ?"
    rf"(?:[\[(]?[^\W\d_{RAISED_DIGITS}]{{1,4}}[\])]?|[a-z]{{5,8}})"
    r"|[A-Za-z]{1,4}\$? ?[0-9][0-9.,]*"
)
# A mark of a footnote behind a number: 12.5*, 12.5 1), 12.5 [a], 12.5².
FOOTNOTED = re.compile(
    rf".*[0-9%] ?(?:[*†‡§{RAISED_DIGITS}]{{1,3}}|\(?[0-9a-z]{{1,2}}\)|\[[0-9a-z]{{1,2}}\])"
)
MAYBE_NEGATIVE = re.compile(rf"(?:{CURRENCY})?\(.*[0-9].*\)|.*[0-9] ?[{MINUS}]")
TOO_LARGE = f"is beyond what is read: exponents go from -{MAX_EXPONENT} to {MAX_EXPONENT}."
NO_NUMBER = "is not a number. Write one alone. Where there is none, leave the cell empty."
NO_NUMBERS: tuple[tuple[Callable[[str], re.Match[str] | None], str], ...] = (
    (SHEET_ERROR.fullmatch, "is an error of the spreadsheet. Correct the cell or empty it."),
    (HUGE_EXPONENT.fullmatch, TOO_LARGE),
    (
        MAYBE_NEGATIVE.fullmatch,
        "could be a negative number or a note. Write -5 for a negative one.",
    ),
    (
        WITH_LETTERS.fullmatch,
        "is not a number. Write the digits alone: a unit belongs to the series, a flag such as p"
        " into a column called status.",
    ),
    (
        DECIMAL_COMMA.search,
        "could be read two ways. Write a decimal point and no thousands separators: 1234.5",
    ),
    (FOOTNOTED.fullmatch, "seems to have the mark of a footnote. Write the number alone."),
)


class Unreadable(ValueError):
    """A cell or a whole column is ambiguous or unreadable; the message says what to write."""


@dataclass(frozen=True, slots=True)
class CellNumber:
    """A number read from a cell. `sign` is "%", a currency sign or empty; `flag` says how sure."""

    value: Decimal
    sign: str = ""
    is_grouped: bool = False
    flag: str = ""


def quote_cell(text: str) -> str:
    """Return a cell in quotation marks for a message, cut short, with all characters visible."""
    cut = text if len(text) <= MAX_SHOWN else text[: MAX_SHOWN - 1] + "…"
    visible = (c if c.isprintable() else f"\\u{ord(c):04x}" for c in cut)
    return f"“{''.join(visible)}”"


def is_missing(text: str) -> bool:
    text = text.strip()
    return text.casefold() in MISSING or MISSING_WITH_REASON.fullmatch(text) is not None


def read_number(text: str, comma_may_be_decimal: bool = False) -> CellNumber | None:
    """Return the number of a cell; None for a missing number. Raises Unreadable.

    "59.40%" is 59.40, because the unit of the series says percent. A comma separates thousands;
    with `comma_may_be_decimal` (files with semicolons or tabs) one comma alone is refused. So are
    numbers in parentheses: negative in accounts, notes or standard errors in statistics.
    """
    text = text.strip()
    if PLAIN_NUMBER.fullmatch(text):
        value = Decimal(text)
        return CellNumber(value or value.copy_abs())
    if is_missing(text):
        return None
    if len(text) <= MAX_NUMBER_LENGTH and (flagged := FLAGGED.fullmatch(text)):
        number = read_number(flagged[1], comma_may_be_decimal)
        return number and replace(number, flag=flagged[2])
    match = NUMBER.fullmatch(text) if len(text) <= MAX_NUMBER_LENGTH else None
    if (
        match is None
        or (match["sign"] and match["inner_sign"])
        or (match["before"] and match["after"])
    ):
        raise Unreadable(why_not_a_number(text))
    is_one_comma = match["group"] == "," and match["whole"].count(",") == 1
    if comma_may_be_decimal and is_one_comma and not match["fraction"]:
        raise Unreadable(
            f"{quote_cell(text)} could be read two ways: in a file not separated by commas, a comma"
            " is often the decimal mark. Write a decimal point and no thousands separators."
        )
    sign = match["before"] or match["after"] or ""
    return CellNumber(_value_of(match, text), sign, bool(match["group"]))


def in_one_unit(
    numbers: Sequence[CellNumber | None], *, percent_is_share: bool
) -> list[CellNumber | None]:
    """Return the numbers of one column in the unit of the series.

    59.4% becomes 0.594 if `percent_is_share`; missing numbers stay None. Raises Unreadable if they
    have different signs, such as $ and €.
    """
    signs = sorted({number.sign for number in numbers if number and number.value})
    if len(signs) > 1:
        said = ", ".join(sign or "none" for sign in signs)
        raise Unreadable(f"The numbers have different signs: {said}.")
    places = -2 if percent_is_share and "%" in signs else 0
    return [each and replace(each, value=shifted(each.value, places)) for each in numbers]


def is_number(text: str) -> bool:
    """Return whether a cell is a number, or was meant as one and reading refuses it.

    That is one with a decimal comma, an error of a spreadsheet, a formula without a result.
    """
    try:
        return read_number(text) is not None
    except Unreadable:
        if SHEET_ERROR.fullmatch(text):
            return True
        return not any(map(str.isalpha, text)) and DECIMAL_COMMA.search(text) is not None


def dot_of_thousands(texts: Sequence[str]) -> str:
    """Return a number such as 12.250 if in all numbers the point may separate thousands, or ""."""
    there = [text for text in texts if not is_missing(text)]
    there = [m[1] if (m := FLAGGED.fullmatch(text)) else text for text in there]
    there = [SIGN_BEHIND.sub("", text) for text in there]  # "12.250 € p" is "12.250"
    dotted = [text for text in there if DOT_OF_THOUSANDS.fullmatch(text)]
    whole = sum(BELOW_A_THOUSAND.fullmatch(text) is not None for text in there)
    return dotted[0] if dotted and len(dotted) + whole == len(there) else ""


def _value_of(match: re.Match[str], text: str) -> Decimal:
    exponent = int(re.sub(f"[{MINUS}]", "-", match["exponent"] or "0"))
    whole = re.sub(r"[^0-9]", "", match["whole"] or "0")
    fraction = match["fraction"] or match["bare_fraction"] or ""
    minus = "-" if (match["sign"] + (match["inner_sign"] or "")) in set(MINUS) else ""
    value = Decimal(f"{minus}{whole}.{fraction}e{exponent}")
    if abs(exponent) > MAX_EXPONENT or (value and abs(value.adjusted()) > MAX_EXPONENT):
        raise Unreadable(f"{quote_cell(text)} {TOO_LARGE}")
    return value or value.copy_abs()  # there is no minus zero


def why_not_a_number(text: str) -> str:
    """Return a message: what a cell is instead, and what to write."""
    if text == NO_RESULT:
        return NOT_COMPUTED
    if len(text) > MAX_NUMBER_LENGTH:
        return f"{quote_cell(text)} is too long for a number."
    said = next((said for fits, said in NO_NUMBERS if fits(text)), NO_NUMBER)
    return f"{quote_cell(text)} {said}"
