"""The values of series, which charts, figures and imports share."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum


class Status(StrEnum):
    FINAL = "final"
    PROVISIONAL = "provisional"
    PROJECTED = "projected"


@dataclass(frozen=True, slots=True)
class Point:
    """One observation. `value` None means that the publisher gives no number; it never means 0.

    `period` is the date as published; the series says what it denotes (a day, the month around it,
    the quarter that ends on it), see periods.period_label. low and high bound the value where
    the publisher gives an interval.
    """

    period: date
    value: Decimal | None
    low: Decimal | None = None
    high: Decimal | None = None
    status: Status = Status.FINAL
