"""What a date in a series denotes, and its label for readers."""

from calendar import monthrange
from datetime import date
from enum import StrEnum

MONTHS_A_QUARTER = 3


class Frequency(StrEnum):
    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"
    QUARTERLY = "quarterly"
    ANNUAL = "annual"
    IRREGULAR = "irregular"


class Denotes(StrEnum):
    """Which days a date of a series denotes."""

    AROUND = "around"  # the calendar month, quarter or year that contains it
    ENDING = "ending"  # a period of the series' frequency that ends on it: fiscal quarters
    DAY = "day"  # the day itself


NOUNS = {
    Frequency.DAILY: "day",
    Frequency.WEEKLY: "week",
    Frequency.MONTHLY: "month",
    Frequency.QUARTERLY: "quarter",
    Frequency.ANNUAL: "year",
}

# How many months a period has, of the frequencies that count in months.
MONTHS = {Frequency.MONTHLY: 1, Frequency.QUARTERLY: 3, Frequency.ANNUAL: 12}


def period_label(day: date, frequency: Frequency, denotes: Denotes = Denotes.AROUND) -> str:
    """Name a period: "May 2026", "Q1 2026", "2026", "May 1, 2026", "quarter to May 1, 2022"."""
    if _is_span(frequency, denotes):
        return f"{NOUNS[frequency]} to {day_label(day)}"
    if denotes is Denotes.DAY:
        return day_label(day)
    match frequency:
        case Frequency.MONTHLY:
            return f"{day:%B} {day.year}"
        case Frequency.QUARTERLY:
            return f"Q{(day.month - 1) // MONTHS_A_QUARTER + 1} {day.year}"
        case Frequency.ANNUAL:
            return str(day.year)
        case _:
            return day_label(day)


def period_name(day: date, frequency: Frequency, denotes: Denotes) -> str:
    """Name a period inside a sentence: "May 2026", "the quarter to May 1, 2022"."""
    label = period_label(day, frequency, denotes)
    return f"the {label}" if _is_span(frequency, denotes) else label


def period_when(day: date, frequency: Frequency, denotes: Denotes) -> str:
    """Return when: "in June 2025", "on May 1, 2026", "in the quarter to May 1, 2022"."""
    is_day = denotes is Denotes.DAY or frequency not in MONTHS
    preposition = "on" if is_day and not _is_span(frequency, denotes) else "in"
    return f"{preposition} {period_name(day, frequency, denotes)}"


def _is_span(frequency: Frequency, denotes: Denotes) -> bool:
    return denotes is Denotes.ENDING and frequency in NOUNS


def last_day(first: date, months: int) -> date:
    """Return the last day of the months that begin on `first`, the first of a month."""
    years, month = divmod(first.month + months - 2, 12)
    year = first.year + years
    return date(year, month + 1, monthrange(year, month + 1)[1])


def period_end(day: date, frequency: Frequency, denotes: Denotes) -> date:
    """Return the last day of the period that a date denotes; of a week or a day the date."""
    months = MONTHS.get(frequency)
    if months is None or denotes is not Denotes.AROUND:
        return day
    return last_day(day.replace(month=(day.month - 1) // months * months + 1, day=1), months)


def day_label(day: date) -> str:
    return f"{day:%B} {day.day}, {day.year}"
