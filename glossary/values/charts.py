"""How a series is drawn, as models store it and charts read it."""

from enum import StrEnum


class ChartForm(StrEnum):
    LINE = "line"
    STEP = "step"  # a value holds until the next: records, prices by list
    BAR = "bar"


class ChartScale(StrEnum):
    LINEAR = "linear"
    LOG = "log"
