"""Which period of a series an editor means by "2024-Q4", "December 2024" or "2024-12-31"."""

import re
from calendar import month_name
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from glossary.prose.figures.spans import PERIOD_DAYS, months_before
from glossary.values.periods import MONTHS, Denotes, Frequency, last_day

# month_name is in English: it follows the C locale of the process, which Django leaves alone.
MONTH_NUMBERS = {
    name: number
    for number, month in enumerate(month_name)
    for name in (month.casefold(), month[:3].casefold())
    if name
} | {"sept": 9}

# Each with the year, and the month as a number or a name.
FORMS = [
    re.compile(form)
    for form in (
        r"(?P<year>[0-9]{4})",
        r"(?P<year>[0-9]{4})-(?P<month>[0-9]{2})(?:-(?P<day>[0-9]{2}))?",
        r"(?P<year>[0-9]{4})[- ]?q(?P<quarter>[1-4])",
        r"q(?P<quarter>[1-4])[- ](?P<year>[0-9]{4})",
        r"(?P<name>[a-z]{3,9})\.? (?:(?P<day>[0-9]{1,2}),? )?(?P<year>[0-9]{4})",
        r"(?P<day>[0-9]{1,2}) (?P<name>[a-z]{3,9})\.? (?P<year>[0-9]{4})",
    )
]
WAYS = "2024, 2024-Q4, 2024-12, December 2024 or 2024-12-31"


@dataclass(frozen=True, slots=True)
class NamedPeriod:
    """The days from `start` to `end`, both included; `text` is what the editor wrote."""

    text: str
    start: date
    end: date
    months: int  # 0 for a single day


def parse_period(text: str) -> NamedPeriod:
    """Read a period. Raises ValueError with the ways to write one."""
    try:
        return _read(text)
    except (KeyError, ValueError) as error:
        raise ValueError(f"“{text}” is not a period; write {WAYS}") from error


def matching_positions(
    named: NamedPeriod, periods: Sequence[date], frequency: Frequency, denotes: Denotes
) -> list[int]:
    """Return the positions of the periods that may be meant: one, none, or several.

    These ways are tried in turn, and the first that finds a period counts: the period published
    under that day; the one that equals the named time (a fiscal quarter may begin some days early);
    the one that contains it; all within it.
    """
    stretches = [
        _stretch(day, periods[index - 1] if index else None, frequency, denotes)
        for index, day in enumerate(periods)
    ]
    same_day = [index for index, day in enumerate(periods) if named.start == named.end == day]
    # 13 weeks to December 29 are Q4: both ends agree within a tenth.
    tolerance = timedelta((named.end - named.start).days + 1) // 10
    same, around = [], []
    for index, (start, end) in enumerate(stretches):
        if abs(start - named.start) <= tolerance and abs(end - named.end) <= tolerance:
            same.append(index)
        if start <= named.start and named.end <= end:
            around.append(index)
    return same_day or same or around or _within(named, periods, frequency, denotes)


def _read(text: str) -> NamedPeriod:
    spelled = " ".join(text.casefold().split())
    found = next(filter(None, (form.fullmatch(spelled) for form in FORMS)), None)
    if found is None:
        raise ValueError("no known form")
    said = found.groupdict()
    year = int(said["year"])
    if quarter := said.get("quarter"):
        return _months(text, year, 3 * int(quarter) - 2, 3)
    if len(said) == 1:
        return _months(text, year, 1, 12)
    month = MONTH_NUMBERS[said["name"]] if "name" in said else int(said["month"])
    if said["day"] is None:
        return _months(text, year, month, 1)
    day = date(year, month, int(said["day"]))
    return NamedPeriod(text, day, day, 0)


def _months(text: str, year: int, first: int, count: int) -> NamedPeriod:
    start = date(year, first, 1)
    return NamedPeriod(text, start, last_day(start, count), count)


def _stretch(
    day: date, previous: date | None, frequency: Frequency, denotes: Denotes
) -> tuple[date, date]:
    """Return the first and last day that a published date denotes."""
    if denotes is Denotes.DAY or frequency in (Frequency.DAILY, Frequency.IRREGULAR):
        return day, day
    if denotes is Denotes.ENDING:
        return _start_of_ending(day, previous, frequency), day
    if frequency is Frequency.WEEKLY:
        monday = day - timedelta(days=day.weekday())
        return monday, monday + timedelta(days=6)
    count = MONTHS[frequency]
    first = day.replace(month=(day.month - 1) // count * count + 1, day=1)
    return first, last_day(first, count)


def _start_of_ending(day: date, previous: date | None, frequency: Frequency) -> date:
    """Return the day after the previous period; if that one is missing, count by the calendar."""
    longest = int(PERIOD_DAYS[frequency] * 3 / 2)
    if previous is not None and (day - previous).days <= longest:
        return previous + timedelta(days=1)
    is_week = frequency is Frequency.WEEKLY
    before = day - timedelta(weeks=1) if is_week else months_before(day, MONTHS[frequency])
    return before + timedelta(days=1)


def _within(
    named: NamedPeriod, periods: Sequence[date], frequency: Frequency, denotes: Denotes
) -> list[int]:
    """Return the positions of periods dated within a named time.

    A fiscal quarter that only ends in a calendar quarter is not that quarter. So for periods that
    end on their date only a higher frequency counts; a month always means the month of the date.
    """
    finer = named.months > MONTHS.get(frequency, 0)
    if denotes is Denotes.ENDING and named.months != 1 and not finer:
        return []
    return [index for index, day in enumerate(periods) if named.start <= day <= named.end]
