"""Claims that a text makes: `{{ assert series | doubling-time < 7 months }}` prints nothing.

A release that breaks one puts the term into the editors' queue. The unrounded number is compared,
not the one shown: 6.96 months is less than 7 although both would be written "7.0".
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from operator import eq, ge, gt, le, lt, ne

from glossary.prose.figures.growth import DAYS_A_MONTH, DAYS_A_YEAR
from glossary.prose.figures.measurement import FigureKind, Measurement, measure_figure
from glossary.prose.figures.readings import Reading, reading_of
from glossary.prose.figures.series_view import SeriesView
from glossary.prose.figures.syntax import Figure, Formats, parse_or_raise
from glossary.prose.figures.wording import wording
from glossary.prose.markdown.figures import CLAIM, split_parts
from glossary.prose.problems import FigureError, FigureProblem
from glossary.values.numbers import SCALES, UnprintableNumber, affixes_for, is_percent, shifted

COMPARISON = re.compile(r"<=|>=|!=|[≤≥≠<>=]")
Operator = tuple[Callable[[Decimal, Decimal], bool], str]
OPERATORS: dict[str, Operator] = {
    "<": (lt, "less than"),
    ">": (gt, "more than"),
    "=": (eq, "exactly"),
    **dict.fromkeys(("<=", "≤"), (le, "at most")),
    **dict.fromkeys((">=", "≥"), (ge, "at least")),
    **dict.fromkeys(("!=", "≠"), (ne, "other than")),
}
# An exponent has at most two digits: a longer one is an attack, not data.
BOUND = re.compile(
    r"(?P<sign>[-−+]?)(?P<currency>(?:US\$|[$€£¥])?)"
    r"(?P<digits>(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]{1,60})(?:\.[0-9]{1,60})?(?:e[+-]?[0-9]{1,2})?)"
    r"(?![0-9,.]) ?(?P<unit>.*)",
    re.IGNORECASE,
)
DURATIONS = {
    "day": Decimal(1), "days": Decimal(1), "week": Decimal(7), "weeks": Decimal(7),
    "month": DAYS_A_MONTH, "months": DAYS_A_MONTH, "year": DAYS_A_YEAR, "years": DAYS_A_YEAR,
}  # fmt: skip
PERCENT = frozenset({"", "%", "percent", "% a year", "percent a year"})
TIMES = frozenset({"", "times", "x", "×", "-fold"})
POINTS = frozenset({"", "pp", "points", "percentage points"})


@dataclass(frozen=True, slots=True)
class Bound:
    """The number a claim compares with. `scale` is 0 without a scale word."""

    text: str
    number: Decimal
    scale: int
    unit: str
    currency: str


@dataclass(frozen=True, slots=True)
class Claim:
    figure: Figure
    operator: Operator
    bound: Bound


@dataclass(frozen=True, slots=True)
class ClaimVerdict:
    """Whether a claim holds, the number that was found, and a sentence with both."""

    holds: bool
    found: Reading
    sentence: str


def parse_claim(inside: str) -> Claim | FigureProblem:
    """Parse `assert series | what < number unit`; without "what" the latest value is meant."""
    try:
        return _parse(" | ".join(split_parts(inside)))
    except FigureError as error:
        return FigureProblem.of(inside.strip()[:60], error)


def check_claim(claim: Claim, view: SeriesView) -> ClaimVerdict | FigureProblem:
    """Compare the series with the bound; return a problem if there is no number to compare."""
    try:
        measured = measure_figure(claim.figure, view)
        found = measured.value
        if found is None or measured.kind is FigureKind.RANGE:
            raise FigureError("a claim compares one number, not a date or a range")
        bound = _comparable(claim, measured, view)
        shown = wording(measured, Formats(), view)
        reading = reading_of(measured, claim.figure.token, shown, view)
    except (FigureError, UnprintableNumber) as error:
        return FigureProblem.of(view.slug, error)
    if measured.kind is FigureKind.DURATION:
        found *= DURATIONS[measured.unit]
    compare, words = claim.operator
    holds = compare(found, bound)
    selected = claim.figure.token.partition(" | ")[2]
    what = f"{view.title}, {selected}," if selected else view.title
    # As in: Broken: Chips, max, is 18% (May 2026), not more than 20%.
    sentence = (
        f"{'Holds' if holds else 'Broken'}: {what} is {shown} ({reading.span_label}), "
        f"{'' if holds else 'not '}{words} {claim.bound.text}."
    )
    return ClaimVerdict(holds, reading, sentence)


def _parse(text: str) -> Claim:
    text = text.removeprefix(CLAIM).strip()
    found = COMPARISON.search(text)
    if not found:
        raise FigureError("a claim compares; write {{ assert series | change 1y > 20% }}")
    figure = parse_or_raise(text[: found.start()].strip().removesuffix("|"))
    if wrong := sorted(figure.formats.named):
        raise FigureError(f"“{wrong[0]}” is a format, and a claim prints nothing; take it out")
    return Claim(figure, OPERATORS[found.group()], _bound(text[found.end() :].strip()))


def _bound(text: str) -> Bound:
    found = BOUND.fullmatch(text)
    if not found:
        raise FigureError(
            f"“{text}” is not a number to compare with; write for example 7 months, 20%, 1.5 "
            "times or 50 bn"
        )
    first, _, rest = found["unit"].strip().casefold().partition(" ")
    scale = SCALES.get(first, 0)
    number = Decimal(found["digits"].replace(",", ""))
    return Bound(
        text=text,
        number=number.copy_negate() if found["sign"] in ("-", "−") else number,
        scale=scale,
        unit=rest.strip() if scale else found["unit"].strip().casefold(),
        currency=found["currency"].upper(),
    )


def _comparable(claim: Claim, measured: Measurement, view: SeriesView) -> Decimal:
    """Return the bound in the unit of what was measured; a doubling time in days."""
    bound = claim.bound
    match measured.kind:
        case FigureKind.DURATION:
            if bound.unit not in DURATIONS or bound.scale or bound.currency:
                raise FigureError(f"“{bound.text}” is not a time; write for example 7 months")
            return bound.number * DURATIONS[bound.unit]
        case FigureKind.PERCENT | FigureKind.RATE:
            return _number(bound, PERCENT, "20%")
        case FigureKind.GROWTH:
            return _number(bound, PERCENT, "20%") / 100 + 1
        case FigureKind.MULTIPLE:
            return _number(bound, TIMES, "1.5 times")
        case FigureKind.DIFFERENCE if is_percent(view.unit, view.short_unit):
            return _number(bound, POINTS, "2 points")
        case _:
            return _amount(bound, view)


def _number(bound: Bound, units: frozenset[str], example: str) -> Decimal:
    if bound.unit not in units or bound.currency:
        raise FigureError(
            f"“{bound.text}” cannot be compared with that; write for example {example}"
        )
    return shifted(bound.number, bound.scale)


def _amount(bound: Bound, view: SeriesView) -> Decimal:
    affixes = affixes_for(view.unit, view.short_unit)
    units = {"", *map(str.casefold, (view.unit, view.short_unit, affixes.suffix.strip()))}
    units |= {"percent"} if affixes.suffix == "%" else set()
    currencies = {"", affixes.prefix[-1:]}
    if bound.unit not in units or bound.currency.removeprefix("US") not in currencies:
        raise FigureError(f"“{bound.text}” is not in the unit of the series, {view.unit}")
    if view.scale and not bound.scale and bound.number:
        raise FigureError(
            f"“{bound.text}” lacks its scale, and the series counts in powers of ten; "
            "write for example 50 bn"
        )
    return shifted(bound.number, bound.scale)
