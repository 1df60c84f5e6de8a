"""Dates as publishers write them in cells, read strictly: each with its length of time."""

import re
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from enum import StrEnum
from itertools import pairwise

from glossary.ingest.cells import Unreadable, quote_cell
from glossary.ingest.eras import with_common_years


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
    WEEK = "a week"
    MONTH = "a month"
    QUARTER = "a quarter"
    HALF_YEAR = "a half-year"
    YEAR = "a year"
    FISCAL_YEAR = "a fiscal year"


Dated = tuple[date, Grain]
# Of each month the names and abbreviations: English, German, French, Spanish, Italian, Portuguese,
# Dutch, Danish and Swedish.
MONTH_NAMES = (
    "january jan januar januari jänner jän janvier janv enero ene gennaio gen janeiro",
    "february feb februar februari febr février févr fév febrero febbraio fevereiro fev",
    "march mar märz mär mrz mars marts marzo março maart mrt",
    "april apr avril avr aprile abril abr",
    "may mai maj mei mayo maggio mag maio",
    "june jun juni juin junio giugno giu junho",
    "july jul juli juillet juil julio luglio lug julho",
    "august aug augusti augustus août agosto ago",
    "september sep sept septembre septiembre settembre set setembro",
    "october oct oktober okt octobre octubre ottobre ott outubro out",
    "november nov novembre noviembre novembro",
    "december dec dezember dez décembre déc diciembre dicembre dic dezembro",
)
MONTH_NUMBERS = {name: n for n, names in enumerate(MONTH_NAMES, 1) for name in names.split()}
FIRST_YEAR, LAST_YEAR = 1800, 2199
# POSIX strptime: 69 to 99 are 19xx, 00 to 68 are 20xx.
PIVOT = 69
MAX_DATE_LENGTH = 40
WRITE_ISO = "Write dates as 2024-05-31, 2024-05, 2024-Q2 or 2024."
TWO_DIGITS = (
    "has a year of two digits. Set the date format: M/D/YY or D/M/YY; or write all four digits."
)

_DAY = r"(?P<day>[0-9]{1,2})(?:st|nd|rd|th|\.)?"
_MONTH = rf"(?P<month>{'|'.join(sorted(MONTH_NUMBERS, key=len, reverse=True))})\.?"
_BETWEEN = "(?: de |[ ,-]{0,2})"
# Trimestre in Romance languages, kvartal in Nordic ones.
_Q, _QUARTER = "[QTK]", "(?:er|e|º|o|st|nd|rd|th)? ?(?:quarter|trimestre|kwartaal|quartal|kvartal)"
QUARTER_PART = re.compile(
    rf"{_Q}0?(?P<quarter>[1-4])|(?P<first>[1-4])(?:Q|\.? ?{_QUARTER})", re.IGNORECASE
)
BY_NUMBERS = re.compile(r"([0-9]{1,2})([/.-])([0-9]{1,2})\2([0-9]{4}|[0-9]{2})")
SHORT_YEAR = re.compile(rf"((?:{_DAY}[ -])?{_MONTH})[ ,'’-]+(?P<year>[0-9]{{2}})", re.IGNORECASE)
SPAN_OF_YEARS = re.compile(r"([0-9]{4})[-/–]([0-9]{4}|[0-9]{2})")
FISCAL = re.compile(
    r".*FY.*|FQ.*|F?[QH][1-4][ -]?[0-9]{4}[/-][0-9]{2,4}|[0-9]{4}[/-][0-9]{2,4}[ -]?[QH][1-4]",
    re.IGNORECASE,
)
WEEK_ENDING = re.compile(r"^(?:week ending|week to|w/e)[ :]*(?=[0-9])", re.IGNORECASE)
FIRST_DAY_OF_EXCEL = date(1899, 12, 30)
# Midnight is left out; another time belongs to the day of some time zone.
MIDNIGHT = re.compile(
    r"[T ](?:0?0:00(?::00(?:\.0{1,9})?)?(?:Z| ?UTC|[+-][01][0-9]:?[0-5][0-9])?|12:00(?::00)? AM)$"
)
# 202405, 20240531, 2024.05, Wikimedia's 2024053100: as numbers anything; 202413 is the whole year.
COMPACT = re.compile(r"^((?:18|19|20|21)[0-9]{2})(?:13|\.?([0-9]{2})(?:([0-9]{2})(?:00)?)?)$")
COMPACT_MONTH = re.compile(r"^(0[1-9]|1[0-2])\.((?:18|19|20|21)[0-9]{2})$")
# Behind a date: 2024p, 2024 (est.), 2024*, 2024 1), 2024 YTD.
MARKED = re.compile(
    r"(.*[0-9]) ?(?:[*†‡§¹²³]{1,3}|[(\[]?(?!s$|IV$|I+$)[A-Za-z][A-Za-z.]{0,9}[)\]]?"
    r"|[(\[]?[0-9]{1,2}[)\]])"
)


def read_dates(
    texts: Sequence[str],
    date_format: str = "",
    is_annual: bool = False,
    may_be_compact: bool = False,
) -> list[Dated | Unreadable]:
    """Read a column of dates; return the first day and the length, or an error, for each cell.

    2004-05 is a fiscal year, named by its end, where in every row the second number is the next
    year's; one such text alone is a month unless the series `is_annual`. 202405 is one only where
    it `may_be_compact`, in a column that is known to hold dates. Raises Unreadable when the column
    is ambiguous: 3/4/2024 if no other date tells months from days, or years among months.
    """
    texts = [with_common_years(WEEK_ENDING.sub("", MIDNIGHT.sub("", t.strip()))) for t in texts]
    if may_be_compact:
        texts = [COMPACT_MONTH.sub(r"\2-\1", COMPACT.sub(_with_hyphens, t)) for t in texts]
    if fiscal_years := _fiscal_years(texts, is_annual):
        return fiscal_years
    chosen = DateFormat(date_format or _format_of_months(texts))
    order = chosen if chosen else _order_that_fits(texts)
    read = [_read_date(text, order, chosen) for text in texts]
    _refuse_mixed_grains(texts, read)
    return read


def _with_hyphens(match: re.Match[str]) -> str:
    return "-".join(filter(None, match.groups()))


def _format_of_months(texts: Sequence[str]) -> str:
    """Return the format of Nov-23, Dec-23, Jan-24 where they run on over a new year, else nothing.

    Every step is one month, or every one a quarter, so that the numbers cannot be days.
    """
    found = [SHORT_YEAR.fullmatch(text[:MAX_DATE_LENGTH]) for text in texts]
    months = [
        full_year(int(match["year"])) * 12 + MONTH_NUMBERS[match["month"].casefold()]
        for match in found
        if match and not match["day"]
    ]
    steps = {after - before for before, after in pairwise(months)}
    is_run = len(months) == len(texts) and len(steps) == 1 and steps <= {1, 3, -1, -3}
    runs_over = len({(month - 1) // 12 for month in months}) > 1
    return DateFormat.MONTH_FIRST_SHORT if is_run and runs_over else ""


def is_date(text: str, may_be_compact: bool = False) -> bool:
    """Return whether a cell is a date, or one that could be read two ways."""
    try:
        (read,) = read_dates([text], may_be_compact=may_be_compact)
    except Unreadable:
        return True
    return is_read_with_format(read)


def is_read_with_format(read: Dated | Unreadable) -> bool:
    """Return whether it is a date, or would be one if the date format of the series were set."""
    return not isinstance(read, Unreadable) or TWO_DIGITS in str(read)


def without_mark(text: str) -> str:
    """Return the date in front of a mark, as 2024 of “2024p”; "" for a text without one."""
    match = MARKED.fullmatch(text.strip()) if len(text) <= MAX_DATE_LENGTH else None
    return match[1] if match and is_date(match[1]) else ""


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
        if match := SHORT_YEAR.fullmatch(text):
            if not chosen.is_short:
                return Unreadable(f"{quote_cell(text)} {TWO_DIGITS}")
            text = f"{match[1]} {full_year(int(match['year']))}"
        for pattern, read in PATTERNS:
            if match := pattern.fullmatch(text):
                return read(match) or Unreadable(
                    f"{quote_cell(text)} is not a date of the calendar."
                )
    return Unreadable(_why_not_a_date(text))


def _why_not_a_date(text: str) -> str:
    if FISCAL.fullmatch(text):
        return (
            f"{quote_cell(text)} is a fiscal period. Say in the steps of the series when the fiscal"
            " year begins, such as “period: {column: Quarter, fiscal: {2025: 2024-02}}”, or use a"
            " column with the date on which it ends, such as 2024-04-28."
        )
    if text.casefold() in MONTH_NUMBERS or re.fullmatch("Q[1-4]", text, re.IGNORECASE):
        return f"{quote_cell(text)} has no year. Add a column called year."
    if re.fullmatch(r"(19|20)[0-9]{2}\.1", text):
        return f"{quote_cell(text)} may be October without its zero. Write {text[:4]}-10."
    if re.fullmatch(r"[2-6][0-9]{4}(\.[0-9]+)?", text):
        day = FIRST_DAY_OF_EXCEL + timedelta(days=int(text[:5]))
        return (
            f"{quote_cell(text)} may be Excel's number of the day {day}. In Excel, give the"
            " column a format of dates, and save the file again."
        )
    if re.fullmatch(r"1[0-9]{9}(?:[0-9]{3})?", text):
        return (
            f"{quote_cell(text)} may be seconds since 1970, which the step “period: {{column: date,"
            f" written: seconds}}” reads; or milliseconds. {WRITE_ISO}"
        )
    if date_alone := without_mark(text):
        return (
            f"{quote_cell(text)} has a mark behind the date. Write {date_alone} alone; a flag such"
            " as p belongs into a column called status."
        )
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
    return _date(full_year(year) if len(match[4]) == 2 else year, month, day)


def full_year(digits: int) -> int:
    """Return the year that is written with two digits."""
    return digits + (1900 if digits >= PIVOT else 2000)


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


class MixedLengths(Unreadable):
    """Some dates are years and some months; `read` has all."""

    def __init__(self, message: str, read: Sequence[Dated | Unreadable]) -> None:
        super().__init__(message)
        self.read = read


def _refuse_mixed_grains(texts: Sequence[str], read: Sequence[Dated | Unreadable]) -> None:
    """Refuse years among months: the total of 2024 would become the month 2024-01.

    Raises MixedLengths.
    """
    examples: dict[Grain, str] = {}
    for text, each in zip(texts, read, strict=True):
        if not isinstance(each, Unreadable):
            examples.setdefault(each[1], text)
    if len(examples) > 1:
        parts = [f"{quote_cell(text.strip())} is {grain}" for grain, text in examples.items()]
        said = f"The column mixes lengths of time: {', '.join(parts)}. Keep rows of one length."
        raise MixedLengths(said, read)


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


def _year_in(match: re.Match[str]) -> int:
    year = int(match["year"])
    return full_year(year) if len(match["year"]) == 2 else year


def _quarter(match: re.Match[str]) -> Dated | None:
    return _dated(_date(_year_in(match), int(match["quarter"]) * 3 - 2, 1), Grain.QUARTER)


def _half_year(match: re.Match[str]) -> Dated | None:
    return _dated(_date(_year_in(match), int(match["half"]) * 6 - 5, 1), Grain.HALF_YEAR)


def _week(match: re.Match[str]) -> Dated | None:
    """Return the Monday of a week as ISO 8601 counts them."""
    try:
        monday = date.fromisocalendar(int(match["year"]), int(match["week"]), 1)
    except ValueError:
        return None
    return _dated(_date(monday.year, monday.month, monday.day), Grain.WEEK)


def _year(match: re.Match[str]) -> Dated | None:
    return _dated(_date(int(match["year"]), 1, 1), Grain.YEAR)


def _fiscal_year(match: re.Match[str]) -> Dated | None:
    """Return a year by the publisher's name for it, or for FY2023-24 by its end."""
    year, end = _year_in(match), match.groupdict().get("end")
    if end and not str(year + 1).endswith(end):
        return None
    return _dated(_date(year + 1 if end else year, 1, 1), Grain.FISCAL_YEAR)


def _named_quarter(match: re.Match[str]) -> Dated | None:
    """Return the quarter of Jan-Mar 2024; of no other three months is there one."""
    first, last = (MONTH_NUMBERS[match[name].casefold()] for name in ("month", "last"))
    day = _date(int(match["year"]), first, 1) if first % 3 == 1 and last == first + 2 else None
    return _dated(day, Grain.QUARTER)


def _named_month(match: re.Match[str]) -> Dated | None:
    month = MONTH_NUMBERS[match["month"].casefold()]
    day = match.groupdict().get("day")
    grain = Grain.DAY if day else Grain.MONTH
    return _dated(_date(int(match["year"]), month, int(day or 1)), grain)


def _numbered_month(match: re.Match[str]) -> Dated | None:
    return _dated(_date(int(match["year"]), int(match["month"]), 1), Grain.MONTH)


_YEAR, _NUMBER = "(?P<year>[0-9]{4})", "(?P<month>[0-9]{1,2})"
_LONG_OR_SHORT, _LAST_MONTH = "(?P<year>[0-9]{4}|[0-9]{2})", _MONTH.replace("month", "last")
PATTERNS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], Dated | None]], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), read)
    for pattern, read in (
        (r"([0-9]{4})([-/.])([0-9]{1,2})\2([0-9]{1,2})", _iso_day),
        (rf"{_YEAR}[-/]{_NUMBER}", _numbered_month),
        (rf"{_YEAR}[ -]?M{_NUMBER}", _numbered_month),
        (rf"{_NUMBER}[-/]{_YEAR}", _numbered_month),
        (rf"{_YEAR}[年년] ?{_NUMBER}[月월]", _numbered_month),
        (rf"{_YEAR}MM(?P<month>[0-9]{{2}})", _numbered_month),
        (rf"{_YEAR}[ :./-]?{_Q}0?(?P<quarter>[1-4])", _quarter),
        (rf"{_YEAR}[ -](?P<quarter>[1-4])(?:Q|\.? ?(?:{_QUARTER}))", _quarter),
        (rf"{_Q}(?P<quarter>[1-4])(?:[ ,/'’-]{{1,2}}{_LONG_OR_SHORT})", _quarter),
        (rf"{_Q}(?P<quarter>[1-4]){_YEAR}", _quarter),
        (rf"(?P<quarter>[1-4])(?:Q|\.? ?(?:{_QUARTER}))[ /'’-]?{_LONG_OR_SHORT}", _quarter),
        (rf"{_MONTH} ?(?:[-–]|to) ?{_LAST_MONTH}[ ,-]{{1,2}}{_YEAR}", _named_quarter),
        (rf"{_YEAR}[ -]?[HS](?P<half>[12])", _half_year),
        (rf"[HS](?P<half>[12])[ -]?{_YEAR}", _half_year),
        (rf"(?P<half>[12])H[ /'’-]?{_LONG_OR_SHORT}", _half_year),
        (rf"{_YEAR}[ -]?K?W(?P<week>[0-9]{{1,2}})", _week),
        (rf"KW ?(?P<week>[0-9]{{1,2}})[ ./-]{{1,3}}{_YEAR}", _week),
        (rf"{_YEAR}年度", _fiscal_year),
        (rf"FY ?['’]?{_LONG_OR_SHORT}", _fiscal_year),
        (rf"FY ?{_YEAR}[-/–](?P<end>[0-9]{{4}}|[0-9]{{2}})", _fiscal_year),
        (rf"{_YEAR}年?", _year),
        (rf"{_MONTH}{_BETWEEN}{_YEAR}", _named_month),
        (rf"{_YEAR}{_BETWEEN}{_MONTH}", _named_month),
        (rf"{_DAY}{_BETWEEN}{_MONTH}{_BETWEEN}{_YEAR}", _named_month),
        (rf"{_MONTH} {_DAY},? {_YEAR}", _named_month),
    )
)
