"""How much and how fast something grew: percent, multiple, yearly rate, doubling time.

The functions take plain Decimals, no series; FigureError says why a number has no meaning.
"""

from collections.abc import Sequence
from datetime import date
from decimal import ROUND_HALF_EVEN, Context, Decimal
from functools import cache

from glossary.prose.problems import FigureError
from glossary.values.periods import MONTHS, Frequency

# Half-even and 34 digits: decimal128 of IEEE 754, for intermediate steps, never for what is shown.
WORKING = Context(prec=34, rounding=ROUND_HALF_EVEN)
LN_2 = WORKING.ln(Decimal(2))

DAYS_A_YEAR = Decimal("365.2425")  # the Gregorian mean
DAYS_A_MONTH = DAYS_A_YEAR / 12
PERIODS_A_YEAR = {frequency: 12 // months for frequency, months in MONTHS.items()}
FEWEST_FOR_A_FIT = 3  # two points fit any curve: that is a ratio, not a trend


def percent_change(old: Decimal, new: Decimal) -> Decimal:
    """Return 100 × (new − old) ÷ old. Raises FigureError unless old is above zero."""
    _require_base(old, "a change in percent")
    return WORKING.multiply(WORKING.divide(WORKING.subtract(new, old), old), Decimal(100))


def ratio(old: Decimal, new: Decimal) -> Decimal:
    """Return new ÷ old. Raises FigureError unless old is above zero and new not below it."""
    _require_base(old, "a ratio")
    if new < 0:
        raise FigureError(
            "the later value is below zero, so a ratio has no meaning; "
            "write “change … abs” for the difference"
        )
    return WORKING.divide(new, old)


def annual_growth(old: Decimal, new: Decimal, years: Decimal) -> Decimal:
    """Return the compound annual growth rate in percent: 100 × ((new ÷ old)^(1 ÷ years) − 1)."""
    if old <= 0 or new <= 0:
        raise FigureError(
            "a yearly growth rate needs values above zero at both ends; "
            "write “change … abs” for the difference"
        )
    rate = WORKING.exp(WORKING.divide(WORKING.ln(WORKING.divide(new, old)), years))
    return WORKING.multiply(WORKING.subtract(rate, Decimal(1)), Decimal(100))


def years_between(start: date, end: date, frequency: Frequency) -> Decimal:
    """Count years in the series' own periods, so that four quarters are one year exactly.

    Fiscal quarters of 13 weeks are 364 days a year; counted in days they would seem to grow faster.
    """
    years = WORKING.divide(Decimal((end - start).days), DAYS_A_YEAR)
    if (a_year := PERIODS_A_YEAR.get(frequency)) is None:
        return years
    return Decimal(round(years * a_year)) / a_year


def doubling_days(days: Sequence[int], values: Sequence[Decimal]) -> Decimal:
    """Return the doubling time in days by ordinary least squares of ln(value) on time.

    slope b = Σ(t − t̄)(ln y − mean ln y) ÷ Σ(t − t̄)², doubling time = ln 2 ÷ b: the log-linear
    regression of Sevilla et al., "Compute Trends Across Three Eras of Machine Learning"
    (arXiv:2202.05924), which gives every observation the same weight, not only the first and last.
    """
    if len(days) < FEWEST_FOR_A_FIT:
        raise FigureError(
            f"a doubling time needs at least {FEWEST_FOR_A_FIT} values and there are {len(days)}; "
            "name a longer span, or write “ratio”"
        )
    if min(values) <= 0:
        raise FigureError("a doubling time needs values above zero; write “change … abs” instead")
    ln = cache(WORKING.ln)  # which is slow, and many values are repeated
    middle = WORKING.divide(Decimal(sum(days)), Decimal(len(days)))
    distances = [WORKING.subtract(Decimal(day), middle) for day in days]
    # Distances sum to zero, so the mean height falls out of the numerator.
    rise = sum(map(WORKING.multiply, distances, map(ln, values)), Decimal(0))
    run = sum(map(WORKING.multiply, distances, distances), Decimal(0))
    slope = WORKING.divide(rise, run)
    if slope <= 0:
        raise FigureError(
            "the series did not grow over that time, so it has no doubling time; write “cagr”"
        )
    return WORKING.divide(LN_2, slope)


def _require_base(old: Decimal, what: str) -> None:
    if old > 0:
        return
    state = "0" if old == 0 else "below zero"
    raise FigureError(
        f"the earlier value is {state}, so {what} has no meaning; "
        "write “change … abs” for the difference"
    )
