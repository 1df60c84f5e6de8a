"""The text between {{ and }}: `series-slug | which period | what of it | how to write it`.

    {{ nvidia-h100e }}                        latest value with its unit
    {{ nvidia-h100e | at 2024-Q4 | mn 1dp }}  4.7 million H100-equivalents
    {{ nvidia-h100e | change 1y | words }}    up 126%
    {{ nvidia-h100e | max | date }}           the period of the largest value

Which period: latest (the default), first, min, max, at PERIOD. What of it: the value (the
default), date, low, high, range, change SPAN, change SPAN abs, ratio SPAN, cagr [SPAN],
doubling-time [SPAN]. Parts come in any order, each of these two at most once. How a change is told,
`glossary.values.changes` chooses; “abs” asks for the difference, the format “pct” for percent.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from glossary.prose.figures.named_periods import NamedPeriod, parse_period
from glossary.prose.figures.spans import Span, is_span, parse_span
from glossary.prose.markdown.figures import SLUG, split_parts, token_text
from glossary.prose.problems import FigureError, FigureProblem
from glossary.values.names import nearest_name
from glossary.values.numbers import READ_AS_WORDS, SHORT_SCALES

DECIMALS = re.compile(r"([0-4])dp")
SIGNIFICANT = re.compile(r"([1-6])sf")
SCALES = {word: power for power, word in SHORT_SCALES.items() if power in READ_AS_WORDS}

PLACES = frozenset({"latest", "first", "min", "max", "at"})
BARE_MEASURES = frozenset({"date", "low", "high", "range"})
SPAN_NEEDED = frozenset({"change", "ratio"})
SPAN_ALLOWED = frozenset({"cagr", "doubling-time"})
MEASURES = BARE_MEASURES | SPAN_NEEDED | SPAN_ALLOWED
FORMATS = frozenset(
    {"usd", "mn", "bn", "tn", "pct", "sci", "plain", "nounit", "short", "words", "projected"}
)
SAMPLES = frozenset({"0dp", "1dp", "2dp", "3dp", "4dp", "1sf", "2sf", "3sf"})
ALL_WORDS = (
    f"; which period: {', '.join(sorted(PLACES))}; what of it: {', '.join(sorted(MEASURES))}; "
    f"how: {', '.join(sorted(FORMATS))}, 0dp to 4dp, 1sf to 6sf"
)

# Words that exclude each other: only one of each line may be used.
RIVALS = (
    ("mn", "bn", "tn", "sci", "plain", "pct"),
    ("usd", "pct", "plain", "nounit"),
    ("short", "plain"),
    ("short", "words"),
    ("plain", "words"),
)


@dataclass(frozen=True, slots=True)
class Formats:
    """How to write the figure: the editor's words, and the two that carry a number."""

    words: frozenset[str] = frozenset()
    decimals: int | None = None
    significant: int | None = None

    def __contains__(self, word: str) -> bool:
        return word in self.words

    @property
    def scale(self) -> int | None:
        return next((power for word, power in SCALES.items() if word in self.words), None)

    @property
    def named(self) -> frozenset[str]:
        """Every requested format, with "dp" and "sf" for the numbered ones."""
        numbered = {"dp": self.decimals, "sf": self.significant}
        return self.words | {word for word, digits in numbered.items() if digits is not None}


@dataclass(frozen=True, slots=True)
class Figure:
    """One parsed token. Without a `place` it is the latest, without a `measure` the value."""

    slug: str
    place: str = ""
    named_period: NamedPeriod | None = None  # with the place "at"
    measure: str = ""
    span: Span | None = None
    absolute: bool = False
    formats: Formats = Formats()
    projected: bool = False
    token: str = ""


def parse_figure(inside: str) -> Figure | FigureProblem:
    """Parse the text between the braces, in time linear in its length, which is limited."""
    try:
        return parse_or_raise(inside)
    except FigureError as error:
        return FigureProblem(str(error))


def parse_or_raise(inside: str) -> Figure:
    slug, *parts = split_parts(inside)
    if not SLUG.fullmatch(slug):
        first, _, rest = slug.partition(" ")
        if SLUG.fullmatch(first):
            raise FigureError(f"“{rest}” needs a | before it: {{{{ {first} | {rest} }}}}")
        raise FigureError(
            f"“{slug}” is not a series; write its slug, the last part of its address under /data/"
        )
    figure = Figure(slug=slug, token=token_text(inside))
    for part in parts:
        figure = _with_part(figure, part.split())
    formats = figure.formats
    if formats.decimals is not None and formats.significant is not None:
        raise FigureError("“dp” and “sf” contradict each other; keep one of them")
    for rivals in RIVALS:
        said = [word for word in rivals if word in formats]
        if len(said) > 1:
            raise FigureError(f"“{said[0]}” and “{said[1]}” contradict each other; keep one")
    return figure


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return "; did you mean “x”?" with the most similar word, or ""."""
    near = nearest_name(word, known)
    return f"; did you mean “{near}”?" if near else ""


def _with_part(figure: Figure, words: list[str]) -> Figure:
    word = words[0].casefold()
    if word in PLACES:
        return _placed(figure, word, words[1:])
    if word in MEASURES:
        return _measured(figure, word, words[1:])
    formats, projected = figure.formats, figure.projected
    for each in words:
        projected = projected or each.casefold() == "projected"
        formats = _with_format(formats, each.casefold())
    return replace(figure, formats=formats, projected=projected)


def _placed(figure: Figure, word: str, rest: list[str]) -> Figure:
    if figure.place:
        raise FigureError(f"“{figure.place}” and “{word}” both say which period; keep one of them")
    if word != "at":
        _refuse_more(word, rest)
        return replace(figure, place=word)
    try:
        return replace(figure, place=word, named_period=parse_period(" ".join(rest)))
    except ValueError as error:
        raise FigureError(f"{error}; formats go after another |") from error


def _measured(figure: Figure, word: str, rest: list[str]) -> Figure:
    if figure.measure:
        raise FigureError(f"“{figure.measure}” and “{word}” cannot both be shown; use two figures")
    span = None
    if rest and (word in SPAN_NEEDED or (word in SPAN_ALLOWED and is_span(rest[0]))):
        span, rest = parse_span(rest[0]), rest[1:]
    if word in SPAN_NEEDED and span is None:
        raise FigureError(f"“{word}” needs a span; write “{word} 1y”, or 7d, 4w, 3m, 2q")
    absolute = word == "change" and rest == ["abs"]
    _refuse_more(word, rest[1:] if absolute else rest)
    return replace(figure, measure=word, span=span, absolute=absolute)


def _refuse_more(word: str, rest: list[str]) -> None:
    if rest:
        more = " ".join(rest)
        raise FigureError(f"“{word}” does not take “{more}”; put a | before a format")


def _with_format(formats: Formats, word: str) -> Formats:
    if word in FORMATS:
        return replace(formats, words=(formats.words | {word}) - {"projected"})
    if found := DECIMALS.fullmatch(word):
        return replace(formats, decimals=int(found[1]))
    if found := SIGNIFICANT.fullmatch(word):
        return replace(formats, significant=int(found[1]))
    known = PLACES | MEASURES | FORMATS | SAMPLES
    raise FigureError(f"“{word}” is not known here{did_you_mean(word, known) or ALL_WORDS}")
