"""How a change is told, in prose, on data pages, in charts' sentences and in mails alike."""

from decimal import Decimal
from enum import Enum, auto

from glossary.values.numbers import EXACT, NumberStyle, brief_style, format_number

TOLD_AS_MULTIPLE_FROM = 10  # "up 900%" can still be pictured; after it "12 times as much"


class Telling(Enum):
    PERCENT = auto()
    DIFFERENCE = auto()  # in the unit of the series, or in percentage points
    MULTIPLE = auto()


def telling(old: Decimal, new: Decimal, *, is_percent: bool) -> Telling:
    """Choose how to tell the change from `old` to `new`, so that readers understand it.

    Percentages differ by points: from 60% to 66% is 6 points, and "up 10%" reads as 70%. Percent
    of nothing, or across zero, has no meaning. From a tiny base percent has more digits than sense.
    """
    if is_percent or old <= 0 or new < 0:
        return Telling.DIFFERENCE
    if new >= EXACT.multiply(old, Decimal(TOLD_AS_MULTIPLE_FROM)):
        return Telling.MULTIPLE
    return Telling.PERCENT


def times_as_much(ratio: Decimal, style: NumberStyle | None = None) -> str:
    """Write "14 times as much", or "29.4 billion times as much"."""
    return f"{format_number(ratio, style or brief_style(ratio))} times as much"


def fold(ratio: Decimal) -> str:
    """Write "14-fold", or "29.4 billion-fold"."""
    return f"{format_number(ratio, brief_style(ratio))}-fold"
