"""Numbers and dates as publishers write them in cells, read strictly.

An ambiguous cell is refused with a sentence that says what to write instead, because a wrong guess
would be a wrong number on every page. Numbers are matched against a pattern
before Decimal sees them, because Decimal also takes "NaN", "1_000" and "1e5000000".
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from glossary.ingest.workbooks import NO_RESULT

MAX_NUMBER_LENGTH = 80
MAX_EXPONENT = 60
MAX_SHOWN = 40

# How statistical offices and Excel write a missing number.
MISSING = frozenset(
    {"", "-", "–", "—", "−", ".", "..", "...", "…", ":", "n/a", "na", "#n/a", "null", "none"}
)
NOT_FINITE = re.compile(r"[-+−]?(?:s?nan|inf|infinity|∞)", re.IGNORECASE)

SHEET_ERROR = re.compile(r"#[A-Z][A-Z0-9_/]*[!?]")
NOT_COMPUTED = (
    "The formula has no stored result. Open the file in Excel or LibreOffice, save it, and import"
    " it again."
)

SPACES = " \u00a0\u2007\u2009\u202f"  # plain, no-break, figure, thin, narrow no-break
CURRENCY = r"US\$|[$€£¥₹₩]"
NUMBER = re.compile(
    rf"""
    (?P<sign>[-+−]?) (?P<before>{CURRENCY})? (?P<inner_sign>[-+−]?)
    (?: (?P<whole>[1-9][0-9]{{0,2}} (?P<group>[,{SPACES}])[0-9]{{3}} (?:(?P=group)[0-9]{{3}})*
                | [0-9]+)
        (?:\.(?P<fraction>[0-9]+))?
      | \.(?P<bare_fraction>[0-9]+) )
    (?:[eE](?P<exponent>[-+−]?[0-9]{{1,3}}))?
    [{SPACES}]? (?P<after>%|{CURRENCY})?
    """,
    re.VERBOSE,
)
# Matches most cells, three times as fast as the pattern above.
PLAIN_NUMBER = re.compile(r"-?[0-9]{1,18}(?:\.[0-9]{1,18})?")
DECIMAL_COMMA = re.compile(r"[0-9]+(?:[.' ][0-9]{3})*,[0-9]+|[0-9]+(?:\.[0-9]{3}){2,}")
HUGE_EXPONENT = re.compile(r"[-+−]?[0-9.]+[eE][-+−]?[0-9]+")
IN_PARENTHESES = re.compile(r"\(.*[0-9].*\)")


class Unreadable(ValueError):
    """A cell or a whole column is ambiguous or unreadable; the message says what to write."""


@dataclass(frozen=True, slots=True)
class CellNumber:
    """A number read from a cell. `sign` is "%", a currency sign or empty."""

    value: Decimal
    sign: str = ""
    is_grouped: bool = False


def quote_cell(text: str) -> str:
    """Quote a cell for a message, shortened and with all characters visible."""
    cut = text if len(text) <= MAX_SHOWN else text[: MAX_SHOWN - 1] + "…"
    visible = (c if c.isprintable() else f"\\u{ord(c):04x}" for c in cut)
    return f"“{''.join(visible)}”"


def is_missing(text: str) -> bool:
    return text.strip().casefold() in MISSING


def read_number(text: str, comma_may_be_decimal: bool = False) -> CellNumber | None:
    """Read one cell; None for a missing number. Raises Unreadable.

    "59.40%" is 59.40, because the unit of the series says percent. A comma separates thousands;
    with `comma_may_be_decimal` (files with semicolons or tabs) every comma is refused. So are
    numbers in parentheses: negative in accounts, notes or standard errors in statistics.
    """
    text = text.strip()
    if PLAIN_NUMBER.fullmatch(text):
        value = Decimal(text)
        return CellNumber(value if value else value.copy_abs())
    if is_missing(text):
        return None
    match = NUMBER.fullmatch(text) if len(text) <= MAX_NUMBER_LENGTH else None
    if match is None or not _has_one_sign_each(match):
        raise Unreadable(why_not_a_number(text))
    if match["group"] == "," and comma_may_be_decimal:
        raise Unreadable(
            f"{quote_cell(text)} could be read two ways: in a file not separated by commas, a comma"
            " is often the decimal mark. Write a decimal point and no thousands separators."
        )
    sign = match["before"] or match["after"] or ""
    return CellNumber(_value_of(match, text), sign, bool(match["group"]))


def _has_one_sign_each(match: re.Match[str]) -> bool:
    """Return whether there is at most one of plus and minus, and one of currency and percent."""
    is_signed_twice = match["sign"] and match["inner_sign"]
    is_sign_misplaced = match["inner_sign"] and not match["before"]
    return not (is_signed_twice or is_sign_misplaced or (match["before"] and match["after"]))


def _value_of(match: re.Match[str], text: str) -> Decimal:
    exponent = int((match["exponent"] or "0").replace("−", "-"))
    if abs(exponent) > MAX_EXPONENT:
        raise Unreadable(_too_large(text))
    whole = re.sub(r"[^0-9]", "", match["whole"] or "0")
    fraction = match["fraction"] or match["bare_fraction"] or ""
    minus = "-" if (match["sign"] + match["inner_sign"]) in ("-", "−") else ""
    value = Decimal(f"{minus}{whole}.{fraction}e{exponent}")
    if not value:
        return value.copy_abs()  # there is no minus zero
    if abs(value.adjusted()) > MAX_EXPONENT:
        raise Unreadable(_too_large(text))
    return value


def _too_large(text: str) -> str:
    return f"{quote_cell(text)} is beyond what is read: exponents go from -{MAX_EXPONENT} to 60."


def why_not_a_number(text: str) -> str:
    """Say what a cell is instead, and what to write."""
    if len(text) > MAX_NUMBER_LENGTH:
        return f"{quote_cell(text)} is too long for a number."
    if text == NO_RESULT:
        return NOT_COMPUTED
    if SHEET_ERROR.fullmatch(text):
        return f"{quote_cell(text)} is an error of the spreadsheet. Correct the cell or empty it."
    if NOT_FINITE.fullmatch(text):
        return f"{quote_cell(text)} is not a number. Where there is none, leave the cell empty."
    if HUGE_EXPONENT.fullmatch(text):
        return _too_large(text)
    if IN_PARENTHESES.fullmatch(text):
        return (
            f"{quote_cell(text)} could be a negative number or a note. Write -5 for a negative one."
        )
    if DECIMAL_COMMA.search(text):
        return (
            f"{quote_cell(text)} could be read two ways."
            " Write a decimal point and no thousands separators: 1234.5"
        )
    return f"{quote_cell(text)} is not a number."


class DateFormat(StrEnum):
    """The order of numeric dates; the separator may be slash, point or hyphen."""

    GUESSED = ""
    MONTH_FIRST = "M/D/YYYY"
    DAY_FIRST = "D/M/YYYY"
    MONTH_FIRST_SHORT = "M/D/YY"
    DAY_FIRST_SHORT = "D/M/YY"

    @property
    def is_month_first(self) -> bool:
        return self.value.startswith("M")

    @property
    def is_short(self) -> bool:
        return self.value.endswith("/YY")


class Grain(StrEnum):
    """The length of time that a written date names."""

    DAY = "a day"
    MONTH = "a month"
    QUARTER = "a quarter"
    YEAR = "a year"
    FISCAL_YEAR = "a fiscal year"


Dated = tuple[date, Grain]
MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september",
    "october", "november", "december",
)  # fmt: skip
MONTH_NUMBERS = (
    {name: n for n, name in enumerate(MONTHS, 1)}
    | {name[:3]: n for n, name in enumerate(MONTHS, 1)}
    | {"sept": 9}
)
FIRST_YEAR, LAST_YEAR = 1800, 2199
# POSIX strptime: 69 to 99 are 19xx, 00 to 68 are 20xx.
PIVOT = 69
MAX_DATE_LENGTH = 40
WRITE_ISO = "Write dates as 2024-05-31, 2024-05, 2024-Q2 or 2024."
TWO_DIGITS = (
    "has a year of two digits. Set the date format: M/D/YY or D/M/YY; or write all four digits."
)

BY_NUMBERS = re.compile(r"([0-9]{1,2})([/.-])([0-9]{1,2})\2([0-9]{4}|[0-9]{2})")
SHORT_YEAR = re.compile(r"(?:[0-9]{1,2}[ -])?[A-Za-z]{3,9}\.?[ ,'’-]+[0-9]{2}")
SPAN_OF_YEARS = re.compile(r"([0-9]{4})[-/–]([0-9]{4}|[0-9]{2})")
FISCAL = re.compile(r"FY.*|F?[QH][1-4][ -]?FY.*", re.IGNORECASE)


def read_dates(
    texts: Sequence[str], date_format: str = "", is_annual: bool = False
) -> list[Dated | Unreadable]:
    """Read a column of dates; return the first day and the length, or an error, for each cell.

    2004-05 is a fiscal year, named by its end, where in every row the second number is the next
    year's; one such text alone is a month unless the series `is_annual`. Raises Unreadable when
    the column is ambiguous: 3/4/2024 if no other date tells months from days, or years among
    months.
    """
    if fiscal_years := _fiscal_years(texts, is_annual):
        return fiscal_years
    chosen = DateFormat(date_format)
    order = chosen if chosen else _order_that_fits(texts)
    read = [_read_date(text, order, chosen) for text in texts]
    _refuse_mixed_grains(texts, read)
    return read


def _fiscal_years(texts: Sequence[str], is_annual: bool) -> list[Dated | Unreadable]:
    """Return the years, or nothing where a row says otherwise or all rows may be one month."""
    years: list[Dated | Unreadable] = []
    for text in texts:
        match = SPAN_OF_YEARS.fullmatch(text.strip()[:MAX_DATE_LENGTH])
        year = int(match[1]) + 1 if match else 0
        if match is None or not str(year).endswith(match[2]) or not FIRST_YEAR < year <= LAST_YEAR:
            return []
        years.append((date(year, 1, 1), Grain.FISCAL_YEAR))
    may_be_month = len(set(years)) == 1 and re.fullmatch(r"[0-9]{4}-(0[1-9]|1[0-2])", texts[0])
    return [] if may_be_month and not is_annual else years


def _read_date(text: str, order: DateFormat, chosen: DateFormat) -> Dated | Unreadable:
    text = text.strip()
    if not text:
        return Unreadable("There is no date.")
    if len(text) <= MAX_DATE_LENGTH:
        if match := BY_NUMBERS.fullmatch(text):
            return _read_by_numbers(text, match, order, chosen)
        for pattern, read in PATTERNS:
            if match := pattern.fullmatch(text):
                return read(match) or Unreadable(
                    f"{quote_cell(text)} is not a date of the calendar."
                )
    return Unreadable(_why_not_a_date(text))


def is_unreadable_date(text: str) -> bool:
    return isinstance(_read_date(text, DateFormat.GUESSED, DateFormat.GUESSED), Unreadable)


def _why_not_a_date(text: str) -> str:
    if FISCAL.fullmatch(text):
        return (
            f"{quote_cell(text)} is a fiscal period. Use a column with the date on which it ends."
        )
    if SHORT_YEAR.fullmatch(text):
        return f"{quote_cell(text)} has a year of two digits. {WRITE_ISO}"
    return f"{quote_cell(text)} is not a date. {WRITE_ISO}"


def _read_by_numbers(
    text: str, match: re.Match[str], order: DateFormat, chosen: DateFormat
) -> Dated | Unreadable:
    is_short = len(match[4]) == 2
    if is_short and not chosen.is_short:
        return Unreadable(f"{quote_cell(text)} {TWO_DIGITS}")
    if chosen and not is_short and chosen.is_short:
        return Unreadable(f"{quote_cell(text)} does not fit the date format {chosen}.")
    day = _in_order(match, order.is_month_first)
    if day is None:
        said = f"does not fit the date format {chosen}" if chosen else "is not a date"
        return Unreadable(f"{quote_cell(text)} {said}.")
    return day, Grain.DAY


def _in_order(match: re.Match[str], is_month_first: bool) -> date | None:
    first, second = int(match[1]), int(match[3])
    month, day = (first, second) if is_month_first else (second, first)
    year = int(match[4])
    if len(match[4]) == 2:
        year += 1900 if year >= PIVOT else 2000
    return _date(year, month, day)


def _order_that_fits(texts: Sequence[str]) -> DateFormat:
    """Return the one order of month and day that fits all numeric dates."""
    found = (BY_NUMBERS.fullmatch(text.strip()[:MAX_DATE_LENGTH]) for text in texts)
    matches = [match for match in found if match and len(match[4]) == 4]
    pairs = [(_in_order(m, True), _in_order(m, False)) for m in matches]
    possible = [(us, other) for us, other in pairs if us or other]
    fits_month_first = all(us for us, _ in possible)
    fits_day_first = all(other for _, other in possible)
    if fits_month_first and fits_day_first and any(us != other for us, other in possible):
        unclear = next(m[0] for m, (us, other) in zip(matches, pairs, strict=True) if us != other)
        raise Unreadable(
            f"{quote_cell(unclear)} could be read two ways: month first or day first, and no date"
            " in the column tells. Set the date format: M/D/YYYY or D/M/YYYY."
        )
    if possible and not fits_month_first and not fits_day_first:
        raise Unreadable("Some dates have the month first, others the day. " + WRITE_ISO)
    return DateFormat.MONTH_FIRST if fits_month_first else DateFormat.DAY_FIRST


def _refuse_mixed_grains(texts: Sequence[str], read: Sequence[Dated | Unreadable]) -> None:
    """Refuse years among months: the total of 2024 would become the month 2024-01."""
    examples: dict[Grain, str] = {}
    for text, each in zip(texts, read, strict=True):
        if not isinstance(each, Unreadable):
            examples.setdefault(each[1], text)
    if len(examples) > 1:
        parts = [f"{quote_cell(text.strip())} is {grain}" for grain, text in examples.items()]
        raise Unreadable(
            f"The column mixes lengths of time: {', '.join(parts)}. Keep rows of one length."
        )


def _date(year: int, month: int, day: int) -> date | None:
    if not FIRST_YEAR <= year <= LAST_YEAR:
        return None
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _dated(day: date | None, grain: Grain) -> Dated | None:
    return None if day is None else (day, grain)


def _iso_day(match: re.Match[str]) -> Dated | None:
    return _dated(_date(int(match[1]), int(match[3]), int(match[4])), Grain.DAY)


def _iso_month(match: re.Match[str]) -> Dated | None:
    return _dated(_date(int(match[1]), int(match[2]), 1), Grain.MONTH)


def _quarter(match: re.Match[str]) -> Dated | None:
    return _dated(_date(int(match["year"]), int(match["quarter"]) * 3 - 2, 1), Grain.QUARTER)


def _year(match: re.Match[str]) -> Dated | None:
    return _dated(_date(int(match[1]), 1, 1), Grain.YEAR)


def _named_month(match: re.Match[str]) -> Dated | None:
    month = MONTH_NUMBERS.get(match["month"].casefold(), 0)
    day = match.groupdict().get("day")
    grain = Grain.DAY if day else Grain.MONTH
    return _dated(_date(int(match["year"]), month, int(day or 1)), grain)


_YEAR, _DAY, _MONTH = "(?P<year>[0-9]{4})", "(?P<day>[0-9]{1,2})", r"(?P<month>[A-Za-z]{3,9})\.?"
# Midnight is accepted; another time belongs to the day of some time zone.
_MIDNIGHT = r"(?:[T ]00:00(?::00(?:\.0{1,9})?)?(?:Z|[+]00:00)?)?"
PATTERNS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], Dated | None]], ...] = (
    (re.compile(r"([0-9]{4})([-/])([0-9]{1,2})\2([0-9]{1,2})" + _MIDNIGHT), _iso_day),
    (re.compile(r"([0-9]{4})-([0-9]{1,2})"), _iso_month),
    (re.compile(r"([0-9]{4})[ -]?[Mm]([0-9]{1,2})"), _iso_month),
    (re.compile(_YEAR + r"[ -]?[Qq](?P<quarter>[1-4])"), _quarter),
    (re.compile(r"[Qq](?P<quarter>[1-4])[ -]?" + _YEAR), _quarter),
    (re.compile(r"([0-9]{4})"), _year),
    (re.compile(_MONTH + r"[ -]" + _YEAR), _named_month),
    (re.compile(_DAY + r"[ -]" + _MONTH + r",?[ -]" + _YEAR), _named_month),
    (re.compile(_MONTH + r" " + _DAY + r",? " + _YEAR), _named_month),
)
