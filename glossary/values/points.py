"""The values that series are made of: what charts, figures and imports share."""

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
    """One observation. `value` None means that the publisher has no number there: never 0.

    `period` is the date as published; the series says what it denotes (a day, the month around it,
    the quarter that ends on it), see periods.period_label. low and high bound the value where
    the publisher gives an interval.
    """

    period: date
    value: Decimal | None
    low: Decimal | None = None
    high: Decimal | None = None
    status: Status = Status.FINAL
