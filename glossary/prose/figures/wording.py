"""How a measured figure is written: "$51.2 billion", "up 66%", "3.4 times", "7.1 months"."""

from dataclasses import replace
from decimal import Decimal

from glossary.prose.figures.measurement import FigureKind, Measurement
from glossary.prose.figures.series_view import SeriesView
from glossary.prose.figures.syntax import Formats
from glossary.prose.problems import FigureError
from glossary.values.changes import times_as_much
from glossary.values.numbers import (
    EXACT,
    SCALE_WORDS,
    SCIENTIFIC_FROM,
    Affixes,
    NumberStyle,
    affixes_for,
    as_shown,
    brief_decimals,
    brief_style,
    digits_of,
    format_number,
    is_index,
    is_percent,
    readable_decimals,
    readable_scale,
    rounded,
    shifted,
)

SCIENTIFIC_BELOW = -6
SMALLEST_SCALED = -2  # "0.0145 billion" can still be read
SHARES = frozenset({"", "share", "fraction", "ratio", "proportion"})
DIGITS = frozenset({"dp", "sf"})
ONE_TENTH = Decimal("0.1")
ALL_GONE = Decimal(-100)  # percent
NEARLY_ALL = Decimal("99.9")
MOST_DECIMALS = 4
UNCHANGED = "unchanged"
A_THOUSAND, THOUSANDS = 1000, 3
AMOUNTS = DIGITS | {"usd", "mn", "bn", "tn", "sci", "plain", "nounit", "short"}
# What each kind is called in messages, and the formats that fit it.
KINDS: dict[FigureKind, tuple[str, frozenset[str]]] = {
    FigureKind.AMOUNT: ("a value", AMOUNTS | {"pct"}),
    FigureKind.RANGE: ("a range", AMOUNTS | {"pct"}),
    FigureKind.DIFFERENCE: ("a difference", AMOUNTS | {"words"}),
    FigureKind.PERCENT: ("a change in percent", DIGITS | {"pct", "nounit", "words"}),
    FigureKind.GROWTH: ("a change", DIGITS | {"words"}),
    FigureKind.RATE: ("a yearly rate", DIGITS | {"pct", "nounit", "words"}),
    FigureKind.MULTIPLE: ("a ratio", DIGITS | {"nounit", "short", "words"}),
    FigureKind.DURATION: ("a doubling time", DIGITS | {"nounit"}),
    FigureKind.PERIOD: ("a date", frozenset()),
}


def wording(measured: Measurement, formats: Formats, view: SeriesView) -> str:
    """Return the figure as text. Raises FigureError if a format does not fit it."""
    noun, allowed = KINDS[measured.kind]
    if wrong := sorted(formats.named - allowed):
        raise FigureError(f"“{wrong[0]}” does not fit {noun}; take it out")
    value = measured.value
    if value is None:
        return view.label(measured.point.period)
    match measured.kind:
        case FigureKind.AMOUNT | FigureKind.RANGE:
            return _amount_text(value, measured.upper, formats, view)
        case FigureKind.DIFFERENCE:
            return _difference_text(value, formats, view)
        case FigureKind.PERCENT | FigureKind.RATE:
            return _percent_text(value, measured.kind, formats)
        case FigureKind.GROWTH:
            digits = formats.named & DIGITS
            return times_as_much(value, _brief_style(value, formats) if digits else None)
        case FigureKind.MULTIPLE:
            unit = "×" if "short" in formats else "-fold" if "words" in formats else " times"
        case _:  # a duration
            unit = f" {measured.unit}"
    style = _brief_style(value, formats)
    is_small = value.copy_abs() < ONE_TENTH and not formats.named & DIGITS
    style = _two_figures(value, style) if is_small else _never_zero(value, style)
    return format_number(value, style, _unless_bare(formats, unit))


def _amount_text(low: Decimal, high: Decimal | None, formats: Formats, view: SeriesView) -> str:
    if "pct" in formats and not is_percent(view.unit, view.short_unit):
        low = _as_percent(low, view)
        high = None if high is None else _as_percent(high, view)
    style = _amount_style(low, formats, view, high)
    affixes = _affixes(formats, view)
    if high is None:
        return format_number(low, style, affixes)
    # The scale and the unit are written once, after the second number.
    first = low if style.plain else shifted(low, -style.scale)
    opening = format_number(first, replace(style, scale=0), Affixes(prefix=affixes.prefix))
    return f"{opening} to {format_number(high, style, affixes)}"


def _as_percent(value: Decimal, view: SeriesView) -> Decimal:
    if view.unit.casefold() not in SHARES:
        raise FigureError(f"“pct” fits shares and percentages; this series is in {view.unit}")
    return shifted(value, 2)


def _amount_style(
    low: Decimal, formats: Formats, view: SeriesView, high: Decimal | None = None
) -> NumberStyle:
    value = low if high is None else high
    style = NumberStyle(
        decimals=formats.decimals,
        significant=formats.significant,
        scale=_scale(formats, view),
        scientific="sci" in formats,
        plain="plain" in formats,
        short="short" in formats,
    )
    if style.plain or style.scientific:
        return style
    if formats.scale is None and value and value.adjusted() >= SCIENTIFIC_FROM:
        return replace(style, scientific=True)
    amount = shifted(value, -style.scale)
    _check_scale(amount, formats, view)
    if style.decimals is None and style.significant is None:
        style = _usual_digits(amount, style, formats, view)
    if formats.decimals is not None or formats.scale is not None:
        return style
    return _in_next_scale(value, low or value, style)


def _in_next_scale(value: Decimal, low: Decimal, style: NumberStyle) -> NumberStyle:
    """Write 2.2 million for 2,195.0 thousand; but 4 to 2,195 thousand is not 0 to 2.2 million."""
    least = min(as_shown(each, style).copy_abs() for each in (value, low))
    if style.scale not in SCALE_WORDS or least < A_THOUSAND:
        return style
    scale = readable_scale(value)
    if style.significant is not None:
        return replace(style, scale=scale)
    return replace(
        style, scale=scale, decimals=readable_decimals(shifted(value, -scale)), trim=True
    )


def _check_scale(amount: Decimal, formats: Formats, view: SeriesView) -> None:
    """Refuse what would read as zero, such as "0.0 million", and a percentage in billions."""
    scaled = formats.scale is not None
    if scaled and is_percent(view.unit, view.short_unit):
        raise FigureError("a percentage does not go with mn, bn or tn; take that out")
    if scaled and amount and amount.adjusted() < SMALLEST_SCALED:
        raise FigureError("the value is too small for that scale; choose a smaller one or none")
    if formats.decimals is not None and amount and not rounded(amount, formats.decimals):
        raise FigureError(f"with {formats.decimals}dp it would read 0; ask for more digits")


def _scale(formats: Formats, view: SeriesView) -> int:
    """Return the requested scale, else the publisher's; a percentage never has one."""
    if "pct" in formats or "plain" in formats or "sci" in formats:
        return 0
    if formats.scale is not None:
        return formats.scale
    return view.scale if view.scale in SCALE_WORDS else 0


def _usual_digits(
    amount: Decimal, style: NumberStyle, formats: Formats, view: SeriesView
) -> NumberStyle:
    """Use the decimals of the series, or three figures if rescaled; only 0 is written as 0."""
    if "pct" in formats and not is_percent(view.unit, view.short_unit):
        decimals = brief_decimals(amount)
    elif formats.scale is not None and formats.scale != view.scale:
        decimals = readable_decimals(amount)
    else:
        decimals = max(0, view.decimals - view.scale + style.scale)
    if amount and not rounded(amount, decimals):
        tiny = amount.adjusted() < SCIENTIFIC_BELOW
        return replace(style, significant=2, scientific=tiny)
    # 155.00 thousand are 155,000: in thousands, zeros at the end come of the scale alone.
    return replace(
        style, decimals=decimals, trim=formats.scale is None and style.scale == THOUSANDS
    )


def _affixes(formats: Formats, view: SeriesView) -> Affixes:
    if "nounit" in formats or "plain" in formats:
        return Affixes()
    if "pct" in formats:
        return Affixes(suffix="%")
    affixes = affixes_for(view.unit, view.short_unit, short="short" in formats)
    if "usd" not in formats:
        return affixes
    # A dollar sign only for dollars: “usd” does not convert.
    if affixes.prefix in ("$", "US$"):
        return replace(affixes, prefix="$")
    unit = view.unit.casefold()
    if affixes.prefix or not ("dollar" in unit or "usd" in unit.split() or "$" in unit):
        raise FigureError(f"“usd” fits series in dollars; this one is in {view.unit or 'no unit'}")
    return Affixes(prefix="$")


def _difference_text(value: Decimal, formats: Formats, view: SeriesView) -> str:
    amount = shifted(value, -_scale(formats, view))
    if value and formats.decimals is not None and not rounded(amount, formats.decimals):
        # The next release must not break a figure whose change is small.
        formats = replace(formats, decimals=None)
    style = replace(_amount_style(value, formats, view), signed=True)
    affixes = _affixes(formats, view)
    if affixes.suffix == "%":
        # 60% to 66% is a rise of 6 percentage points, and of 10%.
        points = " pp" if "short" in formats else " percentage points"
        affixes = replace(affixes, suffix=points)
    elif is_index(view.unit) and "nounit" not in formats:
        affixes = replace(affixes, suffix=" points")
    return _with_direction(value, style, affixes, formats)


def _percent_text(value: Decimal, kind: FigureKind, formats: Formats) -> str:
    style, affixes = _percent_style(value, kind, formats), _unless_bare(formats, "%")
    if "words" in formats and (style.decimals or 0) > MOST_DECIMALS:
        text = f"down more than {format_number(NEARLY_ALL, affixes=affixes)}"
    else:
        text = _with_direction(value, style, affixes, formats)
    is_yearly = kind is FigureKind.RATE and "words" in formats
    return f"{text} a year" if is_yearly else text


def _percent_style(value: Decimal, kind: FigureKind, formats: Formats) -> NumberStyle:
    """Return the style of a percentage; more decimals where a fall would round to −100%."""
    style = _brief_style(value, formats, signed=kind is FigureKind.PERCENT)
    if as_shown(value, style) == ALL_GONE != value:
        left = EXACT.subtract(value, ALL_GONE)
        return replace(style, significant=None, decimals=max(0, -left.adjusted()))
    return style if "words" in formats else _never_zero(value, style)


def _never_zero(value: Decimal, style: NumberStyle) -> NumberStyle:
    """Use two significant digits where the style would show 0: 0.0004 is not "0.0"."""
    return style if as_shown(value, style) else _two_figures(value, style)


def _two_figures(value: Decimal, style: NumberStyle) -> NumberStyle:
    """Use two significant digits, or one if the number has only one."""
    if not value:
        return style
    figures = min(2, len(digits_of(value)))
    is_tiny = value.adjusted() < SCIENTIFIC_BELOW
    return replace(style, decimals=None, significant=figures, scientific=is_tiny)


def _brief_style(value: Decimal, formats: Formats, *, signed: bool = False) -> NumberStyle:
    if formats.significant is not None:
        style = NumberStyle(significant=formats.significant)
    elif formats.decimals is not None:
        style = NumberStyle(decimals=formats.decimals)
    else:
        style = brief_style(value)
    is_endless = not style.scale and value.adjusted() >= SCIENTIFIC_FROM
    return replace(style, signed=signed, scientific=style.scientific or is_endless)


def _unless_bare(formats: Formats, suffix: str) -> Affixes:
    return Affixes() if "nounit" in formats else Affixes(suffix=suffix)


def _with_direction(value: Decimal, style: NumberStyle, affixes: Affixes, formats: Formats) -> str:
    """Format with a sign, or in words: "up 66%", "down 3%", "unchanged"."""
    if "words" not in formats:
        return format_number(value, style, affixes)
    if value == 0:
        return UNCHANGED
    size = format_number(value.copy_abs(), replace(style, signed=False), affixes)
    if not any(digit in size for digit in "123456789"):
        return f"almost {UNCHANGED}"
    return f"{'up' if value > 0 else 'down'} {size}"
