"""Dates as publishers write them in cells, read strictly: each with its length of time."""

import re
from collections.abc import Sequence
from datetime import date, timedelta
from enum import StrEnum
from itertools import pairwise

from glossary.ingest.cells import Unreadable, quote_cell


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


type Dated = tuple[date, Grain]
type Read = Dated | Unreadable
MONTHS = {Grain.MONTH: 1, Grain.QUARTER: 3, Grain.HALF_YEAR: 6, Grain.YEAR: 12}
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
# Years of Japan's eras: 令和6年, Reiwa 6, R6.4.1; by a letter in days only, as H1 is a half-year.
BEFORE_FIRST = {
    "令和": 2018, "平成": 1988, "昭和": 1925, "reiwa": 2018, "heisei": 1988, "showa": 1925,
    "r": 2018, "h": 1988, "s": 1925,
}  # fmt: skip
OF_ERA = re.compile(
    r"(令和|平成|昭和|reiwa|heisei|showa|^[rhs](?=[0-9]+\.[0-9]+\.))[ -]?([0-9]{1,2}|元)",
    re.IGNORECASE,
)
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
) -> list[Read]:
    """Read a column of dates; return the first day and the length, or an error, for each cell.

    2004-05 is a fiscal year, named by its end, where in every row the second number is the next
    year's; one such text alone is a month unless the series `is_annual`. 202405 is one only where
    it `may_be_compact`, in a column that is known to hold dates. Raises Unreadable when the column
    is ambiguous: 3/4/2024 if no other date tells months from days, or years among months.
    """
    texts = [WEEK_ENDING.sub("", MIDNIGHT.sub("", text.strip())) for text in texts]
    texts = [OF_ERA.sub(_common_year, text) for text in texts]
    if may_be_compact:
        texts = [COMPACT.sub(lambda m: "-".join(filter(None, m.groups())), t) for t in texts]
        texts = [COMPACT_MONTH.sub(r"\2-\1", t) for t in texts]
    if fiscal_years := _fiscal_years(texts, is_annual):
        return fiscal_years
    chosen = DateFormat(date_format or _format_of_months(texts))
    order = chosen if chosen else _order_that_fits(texts)
    read = [_read_date(text, order, chosen) for text in texts]
    _refuse_mixed_grains(texts, read)
    return read


def _common_year(match: re.Match[str]) -> str:
    number = 1 if match[2] == "元" else int(match[2])  # the first year
    return str(BEFORE_FIRST[match[1].casefold()] + number)


def _format_of_months(texts: Sequence[str]) -> str:
    """Return the format of Nov-23, Dec-23, Jan-24 where they run on over a new year, else nothing.

    Every step is one month, or every one a quarter, so that the numbers cannot be days.
    """
    found = [SHORT_YEAR.fullmatch(text[:MAX_DATE_LENGTH]) for text in texts]
    months = [
        full_year(match["year"]) * 12 + MONTH_NUMBERS[match["month"].casefold()]
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


def is_read_with_format(read: Read) -> bool:
    """Return whether it is a date, or would be one if the date format of the series were set."""
    return not isinstance(read, Unreadable) or TWO_DIGITS in str(read)


def without_mark(text: str) -> str:
    """Return the date in front of a mark, as 2024 of “2024p”; "" for a text without one."""
    match = MARKED.fullmatch(text.strip()) if len(text) <= MAX_DATE_LENGTH else None
    return match[1] if match and is_date(match[1]) else ""


def _fiscal_years(texts: Sequence[str], is_annual: bool) -> list[Read]:
    """Return the years, or nothing where a row says otherwise or all rows may be one month."""
    years: list[Read] = []
    for text in texts:
        match = SPAN_OF_YEARS.fullmatch(text.strip()[:MAX_DATE_LENGTH])
        year = int(match[1]) + 1 if match else 0
        if match is None or not str(year).endswith(match[2]) or not FIRST_YEAR < year <= LAST_YEAR:
            return []
        years.append((date(year, 1, 1), Grain.FISCAL_YEAR))
    may_be_month = len(set(years)) == 1 and re.fullmatch(r"[0-9]{4}-(0[1-9]|1[0-2])", texts[0])
    return [] if may_be_month and not is_annual else years


def _read_date(text: str, order: DateFormat, chosen: DateFormat) -> Read:
    text = text.strip()
    if not text:
        return Unreadable("There is no date.")
    if len(text) <= MAX_DATE_LENGTH:
        if match := BY_NUMBERS.fullmatch(text):
            return _read_by_numbers(text, match, order, chosen)
        if match := SHORT_YEAR.fullmatch(text):
            if not chosen.is_short:
                return Unreadable(f"{quote_cell(text)} {TWO_DIGITS}")
            text = f"{match[1]} {full_year(match['year'])}"
        for pattern, grain in PATTERNS:
            if match := pattern.fullmatch(text):
                if day := _first_day(match, grain):
                    return day, grain
                return Unreadable(f"{quote_cell(text)} is not a date of the calendar.")
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
) -> Read:
    is_short = len(match[4]) == 2
    if is_short and not chosen.is_short:
        return Unreadable(f"{quote_cell(text)} {TWO_DIGITS}")
    if is_short is chosen.is_short and (day := _in_order(match, order.is_month_first)):
        return day, Grain.DAY
    said = f"does not fit the date format {chosen}" if chosen else "is not a date"
    return Unreadable(f"{quote_cell(text)} {said}.")


def _in_order(match: re.Match[str], is_month_first: bool) -> date | None:
    month, day = (match[1], match[3]) if is_month_first else (match[3], match[1])
    return _date(full_year(match[4]), int(month), int(day))


def full_year(digits: str) -> int:
    """Return the year that is written with two digits or four."""
    century = 0 if len(digits) > 2 else 1900 if int(digits) >= PIVOT else 2000
    return century + int(digits)


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

    def __init__(self, message: str, read: Sequence[Read]) -> None:
        super().__init__(message)
        self.read = read


def _refuse_mixed_grains(texts: Sequence[str], read: Sequence[Read]) -> None:
    """Raise MixedLengths for years among months: the total of 2024 would be the month 2024-01."""
    examples: dict[Grain, str] = {}
    for text, each in zip(texts, read, strict=True):
        if not isinstance(each, Unreadable):
            examples.setdefault(each[1], text)
    if len(examples) > 1:
        parts = [f"{quote_cell(text.strip())} is {grain}" for grain, text in examples.items()]
        said = f"The column mixes lengths of time: {', '.join(parts)}. Keep rows of one length."
        raise MixedLengths(said, read)


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day) if FIRST_YEAR <= year <= LAST_YEAR else None
    except ValueError:
        return None


def _first_day(match: re.Match[str], grain: Grain) -> date | None:
    """Return the first day of the `n`-th week, month, quarter or half of a year, or a `day` of it.

    A week is that of ISO 8601; FY2023-24 is named by its `end`; from `n` to `last` is a quarter.
    None if the calendar has no such day.
    """
    parts = match.groupdict("")
    year, months = full_year(parts["year"]), MONTHS.get(grain, 1)
    n = MONTH_NUMBERS.get(parts.get("n", "").casefold()) or int(parts.get("n", 1))
    if grain is Grain.WEEK:
        try:
            monday = date.fromisocalendar(year, n, 1)
        except ValueError:
            return None
        return _date(monday.year, monday.month, monday.day)
    if end := parts.get("end"):
        year += 1
        if not str(year).endswith(end):
            return None
    if last := parts.get("last"):
        if n % 3 != 1 or MONTH_NUMBERS[last.casefold()] != n + 2:
            return None
        months = 1
    return _date(year, (n - 1) * months + 1, int(parts.get("day", 1)))


_YEAR, _NUMBER = "(?P<year>[0-9]{4})", "(?P<n>[0-9]{1,2})"
_LONG_OR_SHORT = "(?P<year>[0-9]{4}|[0-9]{2})"
_NAME, _LAST_NAME = (_MONTH.replace("month", name) for name in ("n", "last"))
PATTERNS: tuple[tuple[re.Pattern[str], Grain], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), grain)
    for pattern, grain in (
        (rf"{_YEAR}(?P<mark>[-/.]){_NUMBER}(?P=mark)(?P<day>[0-9]{{1,2}})", Grain.DAY),
        (rf"{_YEAR}[-/]{_NUMBER}", Grain.MONTH),
        (rf"{_YEAR}[ -]?M{_NUMBER}", Grain.MONTH),
        (rf"{_NUMBER}[-/]{_YEAR}", Grain.MONTH),
        (rf"{_YEAR}[年년] ?{_NUMBER}[月월]", Grain.MONTH),
        (rf"{_YEAR}MM(?P<n>[0-9]{{2}})", Grain.MONTH),
        (rf"{_YEAR}[ :./-]?{_Q}0?(?P<n>[1-4])", Grain.QUARTER),
        (rf"{_YEAR}[ -](?P<n>[1-4])(?:Q|\.? ?(?:{_QUARTER}))", Grain.QUARTER),
        (rf"{_Q}(?P<n>[1-4])(?:[ ,/'’-]{{1,2}}{_LONG_OR_SHORT})", Grain.QUARTER),
        (rf"{_Q}(?P<n>[1-4]){_YEAR}", Grain.QUARTER),
        (rf"(?P<n>[1-4])(?:Q|\.? ?(?:{_QUARTER}))[ /'’-]?{_LONG_OR_SHORT}", Grain.QUARTER),
        (rf"{_NAME} ?(?:[-–]|to) ?{_LAST_NAME}[ ,-]{{1,2}}{_YEAR}", Grain.QUARTER),
        (rf"{_YEAR}[ -]?[HS](?P<n>[12])", Grain.HALF_YEAR),
        (rf"[HS](?P<n>[12])[ -]?{_YEAR}", Grain.HALF_YEAR),
        (rf"(?P<n>[12])H[ /'’-]?{_LONG_OR_SHORT}", Grain.HALF_YEAR),
        (rf"{_YEAR}[ -]?K?W{_NUMBER}", Grain.WEEK),
        (rf"KW ?{_NUMBER}[ ./-]{{1,3}}{_YEAR}", Grain.WEEK),
        (rf"{_YEAR}年度", Grain.FISCAL_YEAR),
        (rf"FY ?['’]?{_LONG_OR_SHORT}", Grain.FISCAL_YEAR),
        (rf"FY ?{_YEAR}[-/–](?P<end>[0-9]{{4}}|[0-9]{{2}})", Grain.FISCAL_YEAR),
        (rf"{_YEAR}年?", Grain.YEAR),
        (rf"{_NAME}{_BETWEEN}{_YEAR}", Grain.MONTH),
        (rf"{_YEAR}{_BETWEEN}{_NAME}", Grain.MONTH),
        (rf"{_DAY}{_BETWEEN}{_NAME}{_BETWEEN}{_YEAR}", Grain.DAY),
        (rf"{_NAME} {_DAY},? {_YEAR}", Grain.DAY),
    )
)
