"""The day under which a series keeps a period that a file names: 2024-Q1, May 2024, 2004-05."""

import re
from collections import defaultdict
from collections.abc import Sequence
from datetime import date, timedelta
from itertools import chain

from glossary.ingest.cells import Unreadable, quote_cell
from glossary.ingest.dates import MONTHS, Dated, Grain, Read
from glossary.values import periods
from glossary.values.periods import Denotes, Frequency, day_label, last_day

FREQUENCIES = {
    Grain.WEEK: Frequency.WEEKLY,
    Grain.MONTH: Frequency.MONTHLY,
    Grain.QUARTER: Frequency.QUARTERLY,
    Grain.HALF_YEAR: Frequency.IRREGULAR,
    Grain.YEAR: Frequency.ANNUAL,
    Grain.FISCAL_YEAR: Frequency.ANNUAL,
}
TO_SUNDAY = timedelta(days=6)  # from the Monday of a week
EXAMPLES = {
    Frequency.WEEKLY: "2024-W22 or 2024-05-27",
    Frequency.MONTHLY: "2024-05 or 2024-05-31",
    Frequency.QUARTERLY: "2024-Q2 or 2024-06-30",
    Frequency.ANNUAL: "2024 or 2024-12-31",
}
BY_FORM = " (in every row the second number is the next year's)"


def calendar_period(
    day: date, frequency: Frequency = Frequency.IRREGULAR, denotes: Denotes = Denotes.AROUND
) -> date:
    """Return the first day of the month, quarter or year of a date, else the date.

    If dates denote the period around them, January 1 and January 31 are the same month.
    """
    months = periods.MONTHS.get(frequency)
    if months is None or denotes is not Denotes.AROUND:
        return day
    return day.replace(month=(day.month - 1) // months * months + 1, day=1)


def length_remark(text: str, dated: Dated, frequency: Frequency, denotes: Denotes) -> str:
    """Return how a period of this length was read, for editors; nothing where that is plain.

    A full date fits every frequency, and an irregular series takes any length. Raises Unreadable
    for other lengths than the series'.
    """
    grain, day = dated[1], period_day(dated, denotes)
    is_fiscal = grain is Grain.FISCAL_YEAR
    by_form = BY_FORM if is_fiscal and re.search(r"[0-9][/–-][0-9]", text) else ""
    if grain is Grain.DAY:
        return ""
    if frequency not in (Frequency.IRREGULAR, FREQUENCIES[grain]):
        raise Unreadable(
            f"{quote_cell(text)} is {grain}{by_form}, but the series is {frequency}. Write its"
            f" dates as {EXAMPLES.get(frequency, '2024-05-31')}, or import this file into a series"
            f" that is {FREQUENCIES[grain]}."
        )
    if is_fiscal and denotes is Denotes.ENDING:
        raise Unreadable(
            f"{quote_cell(text)} is {grain}{by_form}, and does not say on which day it ends. Write"
            " that day, such as 2024-06-30."
        )
    if is_fiscal and not by_form:
        return f"Fiscal years keep the publisher's number: {text} is {day.year}."
    if is_fiscal:
        return f"Fiscal years are named by the year in which they end: {text} is {day.year}."
    is_end = denotes is Denotes.ENDING
    if grain is Grain.HALF_YEAR and not is_end:
        return f"Half-years are dated by their first day: {text} by {day_label(day)}."
    return f"Periods end with the calendar's: {text} on {day_label(day)}." if is_end else ""


def of_other_lengths(
    texts: Sequence[str], read: Sequence[Read], frequency: Frequency
) -> tuple[set[int], str]:
    """Return the places of the dates that are of another length than the series', and what is said
    of them; nothing if no date, or those of two lengths, are the series'.
    """
    places: dict[Grain, list[int]] = defaultdict(list)
    for at, each in enumerate(read):
        if not isinstance(each, Unreadable):
            places[each[1]].append(at)
    own = [grain for grain in places if FREQUENCIES.get(grain) == frequency]
    if len(own) != 1 or frequency is Frequency.IRREGULAR:
        return set(), ""
    del places[own[0]]
    parts = ", ".join(
        f"{len(at):,} of {grain} ({quote_cell(texts[at[0]])} to {quote_cell(texts[at[-1]])})"
        for grain, at in places.items()
    )
    said = f"Rows of another length were left out, because the series is {frequency}: {parts}."
    return set(chain(*places.values())), said


def period_day(dated: Dated, denotes: Denotes) -> date:
    """Return the last day of a week, month or year in a series of endings, else the first."""
    first, grain = dated
    if grain is Grain.WEEK:
        return first + TO_SUNDAY if denotes is Denotes.ENDING else first
    months = MONTHS.get(grain)
    return last_day(first, months) if months and denotes is Denotes.ENDING else first


def ends_with_calendar(day: date, grain: Grain) -> bool:
    """Return whether a calendar week, month, quarter or year ends on the day."""
    if grain is Grain.WEEK:
        return day - timedelta(days=day.weekday()) + TO_SUNDAY == day
    months = MONTHS.get(grain, 1)
    return day.month % months == 0 and day == last_day(day.replace(day=1), 1)
