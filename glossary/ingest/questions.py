"""Questions about a file that can be read and may mean something else; a person answers them."""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from glossary.ingest.cells import dot_of_thousands, quote_cell
from glossary.ingest.columns import Mapping, quoted_names
from glossary.ingest.dates import Grain, without_mark
from glossary.ingest.names import plain_name
from glossary.ingest.tables import Table, TableRow
from glossary.values.numbers import SCALE_WORDS
from glossary.values.periods import MONTHS, Denotes, Frequency
from glossary.values.points import Point, Status

# Publishers write one of these, all nines, where they have no number.
NINES = re.compile(r"-(?:99|9(?:\.?9){2,})(?:\.0+)?|9{4,}(?:\.[09]+)?|999\.9+")
# The groups are thousands, millions, billions and trillions. MN and TN are states.
SCALE = re.compile(
    r"(\b(?:thousands?|tsd|milliers?)\b|(?<![\d,.])(?<!\d\s)000s?\b)"
    r"|(\b(?:million(?:s|e[nr])?|mill[oó]n(?:es)?|milh(?:ão|ões)|mio|(?-i:[mM]n))\b|百万)"
    r"|\b(billions?|milliard(?:s|e[nr]?)?|mil(?:es de)? mil(?:lones|hões)|mrd|(?-i:[bB]n|BN))\b"
    r"|\b(trillions?|(?-i:[tT]n))\b",
    re.IGNORECASE,
)
MULTIPLIERS = r"unit_mult(iplier)?|scalar_factor|scale|power_?code|magnitude"
# What is counted, and in what; Tennessee (TN) and a survey of 3 million firms are neither.
MEASURES = (
    r"units?(_(of_)?measure)?|uom|currency|variable|indicator(_name|_code)?|measure|metric"
    r"|series(_id|_name|_code|_reference)?"
)
SUBJECTS = (
    r"(ref_)?area|(.*_)?(country|entity|geo|region|location|economy|state)(_name|_region)?"
    rf"|{MEASURES}"
)
OF_SCALES = rf"{MEASURES}|unit_.*|einheit|unidad|items?|title|series_.*"
# In days: less than a step of the frequency, and the shortest of the next longer one.
STEPS = {
    Frequency.DAILY: (1, 7, "weekly"),
    Frequency.WEEKLY: (5, 28, "monthly"),
    Frequency.MONTHLY: (20, 89, "quarterly"),
    Frequency.QUARTERLY: (60, 365, "annual"),
}


def questions_about(
    table: Table,
    mapping: Mapping,
    rows: Sequence[TableRow],
    points: Sequence[Point],
    grain: Grain,
    kind: tuple[Frequency, Denotes],
) -> Iterator[str]:
    yield from table.doubts
    for column in filter(None, (mapping.value, mapping.low, mapping.high)):
        yield from _about_numbers(table, column, rows)
    yield from _about_scale(table, mapping, rows)
    yield from _about_subjects(table, mapping, rows)
    yield from _about_days(points, *kind)
    yield from _about_fiscal(mapping.period, grain, kind[1])
    yield from _about_projected(points)
    left = [name for name in table.columns if without_mark(name)]
    if left and rows[0].column:
        yield (
            f"Not taken as periods: {quoted_names(left)}. Accept to leave them out, or call them"
            f" {without_mark(left[0])} and so on."
        )


def _about_numbers(table: Table, column: str, rows: Sequence[TableRow]) -> Iterator[str]:
    """Yield 12.250 where a comma may be the decimal mark, and -999 where it may mean none."""
    texts, name = table.texts(column, rows), quote_cell(table.source_of(column))
    if table.comma_may_be_decimal and (number := dot_of_thousands(texts)):
        yield (
            f"Every number in {name} may have a point between thousands, in a file not separated by"
            f" commas: accept {number} only if it is a decimal; otherwise write"
            f" {number.replace('.', '')}."
        )
    is_percent = table.percent_is_share or any(word in table.unit for word in ("percent", "%"))
    if table.unit and not is_percent and any(text.endswith("%") for text in texts):
        yield f"{name} has percentages, and the unit of the series is another."
    if none := next(filter(NINES.fullmatch, texts), ""):
        yield (
            f"{quote_cell(none)} in {name} often means no number: accept it only if it is one;"
            " otherwise empty these cells."
        )


def _about_scale(table: Table, mapping: Mapping, rows: Sequence[TableRow]) -> Iterator[str]:
    """Yield the millions that the file says and the series' unit does not.

    It says them in the name of the value's column, below it, in a column of multipliers, or in
    one of units or names that says the same in all rows. Beside periods in columns are names.
    """
    said = [(text, text) for text in (mapping.value, *table.labels)]
    for column in set(table.single_names) - {mapping.value, ""}:
        cells = set(table.texts(column, rows))
        if re.fullmatch(MULTIPLIERS, plain_name(column)):
            said += [(column, cell) for cell in cells]
        elif len(cells) == 1 and (rows[0].column or re.fullmatch(OF_SCALES, plain_name(column))):
            said += [(cell, cell) for cell in cells if not cell.isdecimal()]
    yield from _unnamed_scales(said, table.unit)


def scale_remarks(table: Table) -> Iterator[str]:
    """Yield the thousands or millions that the titles of a table say and the unit does not."""
    yield from _unnamed_scales([(text, text) for text in table.titles], table.unit)


def _unnamed_scales(said: Sequence[tuple[str, str]], unit: str) -> Iterator[str]:
    """Yield what says a scale that the unit does not; `said` are names and what they say."""
    by_scale = {scale: name for name, text in sorted(said) for scale in _scales(text)}
    for scale in sorted(by_scale.keys() - _scales(unit)):
        yield (
            f"{quote_cell(by_scale[scale])} says {SCALE_WORDS[scale]}s, the unit of the series does"
            " not. Numbers were taken as they are."
        )


def _scales(text: str) -> set[int]:
    """Return the powers of ten that a text names, as a word or as 6 for millions."""
    if text.isdecimal():
        return {int(text)} & SCALE_WORDS.keys()
    return {3 * (match.lastindex or 0) for match in SCALE.finditer(text)}


def _about_subjects(table: Table, mapping: Mapping, rows: Sequence[TableRow]) -> Iterator[str]:
    """Yield a column of countries, of which each period has another."""
    taken = {column for _, column in mapping.columns()}
    for column in (name for name in table.single_names if name not in taken):
        there = sorted(set(table.texts(column, rows)))
        if len(there) > 1 and re.fullmatch(SUBJECTS, plain_name(column)):
            said = f"The rows are of several in {quote_cell(column)}: {quoted_names(there)}."
            yield f"{said} Choose one of them."


def _about_days(points: Sequence[Point], frequency: Frequency, denotes: Denotes) -> Iterator[str]:
    """Yield days that are those of a longer frequency, or first days where last ones are meant."""
    days = [point.period for point in points]
    steps = [(after - before).days for before, after in pairwise(days)]
    if steps and (known := STEPS.get(frequency)):
        nearest, farthest, longer = known
        if min(steps) < nearest:
            yield f"Some dates are nearer together than those of a series that is {frequency}."
        if min(steps) >= farthest and len(steps) > 1:
            yield f"The dates are at least as far apart as in a series that is {longer}."
    is_ending = denotes is Denotes.ENDING and frequency in MONTHS
    if is_ending and steps and all(day.day == 1 for day in days):
        yield (
            f"Every date is the first of a month, such as {days[-1]}, and in this series dates are"
            " the days on which periods end. Accept if they do; otherwise write the last days."
        )


def _about_fiscal(column: str, grain: Grain, denotes: Denotes) -> Iterator[str]:
    """Yield that the calendar's quarters were taken of a column that is called fiscal."""
    is_fiscal = not {"fiscal", "fy"}.isdisjoint(plain_name(column).split("_"))
    is_number = grain is Grain.YEAR and denotes is Denotes.AROUND  # the publisher's, which stays
    if is_fiscal and grain is not Grain.DAY and not is_number:
        yield (
            f"{quote_cell(column)} says fiscal, and the periods of the calendar were taken. Accept"
            " if they are the same; otherwise write the days on which they end."
        )


def _about_projected(points: Sequence[Point]) -> Iterator[str]:
    """Yield a forecast before a number that is none: some publishers write F for final."""
    there = [point for point in points if point.value is not None]
    for before, after in pairwise(there):
        if before.status is Status.PROJECTED and after.status is not Status.PROJECTED:
            yield (
                f"{before.period} was taken as a forecast, and the later {after.period} is none:"
                " does F mean final? Then choose status= for none, or write final."
            )
            return
