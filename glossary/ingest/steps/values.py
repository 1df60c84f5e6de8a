"""Steps that say what the value of a row is, and that make one row for each period."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from decimal import Context as Rounding
from enum import StrEnum
from functools import reduce

from glossary.ingest.cells import quote_cell
from glossary.ingest.problems import DataRefused
from glossary.ingest.statuses import least_sure
from glossary.ingest.steps import frames
from glossary.ingest.steps.frames import HIGH, LOW, PERIOD, VALUE, Context
from glossary.ingest.steps.periods import month_ends
from glossary.ingest.tables import Table, TableRow
from glossary.values.numbers import EXACT
from glossary.values.points import Status

ONE = Decimal(1)


class OneRow(StrEnum):
    FIRST = "first"
    LAST = "last"
    MIN = "min"
    MAX = "max"
    SUM = "sum"
    WHOLE_SUM = "whole sum"
    COUNT = "count"


class Running(StrEnum):
    MAXIMUM = "maximum"  # one row for each new record
    SUM = "sum"


class Total(StrEnum):
    SUM = "sum"
    MAX = "max"
    COUNT = "count"


def value(
    table: Table, role: str, names: Sequence[str], factor: Decimal = ONE, per: str = ""
) -> Table:
    """Return the table with a column `role` (value, low or high), made from one or several columns.

    It is their sum, times `factor`, divided by the column `per` if one is named. A row has none
    where one of these numbers is missing, or where it would be divided by 0.
    """
    if len(names) == 1 and factor == 1 and not per:
        return frames.with_column(table, role, frames.texts_of(table, names[0]), names[0])
    of_columns = [frames.cells_of(table, name) for name in (*names, *filter(None, [per]))]
    rows = list(zip(*of_columns, strict=True))
    numbers = [[each.value if each else None for each in row] for row in rows]
    sums = [_sum_if_all(row[: len(names)]) for row in numbers]
    divisors = [row[-1] if per else ONE for row in numbers]
    scaled = [
        EXACT.multiply(total, factor) / divisor if total is not None and divisor else None
        for total, divisor in zip(sums, divisors, strict=True)
    ]
    texts = map(frames.number_text, scaled, map(frames.status_of, rows))
    return frames.with_column(table, role, list(texts), " + ".join(names))


def digits(table: Table, kept: int) -> Table:
    """Round value, low and high to `kept` significant digits: with 7, 2.97600000001e20 becomes
    2.976e20.
    """
    context = Rounding(prec=kept, rounding=ROUND_HALF_UP)
    for role in filter(table.columns.__contains__, (VALUE, LOW, HIGH)):
        texts = [
            frames.number_text(context.plus(each.value) if each else None, frames.status_of([each]))
            for each in frames.cells_of(table, role)
        ]
        table = frames.with_column(table, role, texts)
    return table


def _sum_if_all(numbers: Sequence[Decimal | None]) -> Decimal | None:
    known = [number for number in numbers if number is not None]
    return reduce(EXACT.add, known, Decimal(0)) if len(known) == len(numbers) else None


def one_row(table: Table, how: OneRow, parts: str, context: Context) -> Table:
    """Make one row for each period of the series, in order.

    `how` keeps the first, last, least or greatest row, or makes a row with the sum or the count.
    The sum is empty if a number is missing, and as unsure as its least sure number. WHOLE_SUM
    leaves out periods that lack a value of the column `parts` which an earlier period had: it may
    not be published yet.
    """
    days = frames.dates_of(table, PERIOD, context.denotes)
    groups: dict[date, list[int]] = defaultdict(list)  # in order, as the days are
    for at in sorted(range(len(days)), key=days.__getitem__):
        groups[context.period_of(days[at])].append(at)
    if how == OneRow.COUNT:
        return _totals(table, groups, lambda group: str(len(group)))
    numbers, statuses = frames.numbers_of(table, VALUE), frames.statuses_of(table)
    if how == OneRow.WHOLE_SUM:
        groups = _whole(groups, frames.texts_of(table, parts))
    if how in (OneRow.SUM, OneRow.WHOLE_SUM):

        def total(group: list[int]) -> str:
            status = least_sure(statuses[at] for at in group)
            return frames.number_text(_sum_if_all([numbers[at] for at in group]), status)

        return _totals(table, groups, total)
    rows = tuple(table.rows[_chosen(group, how, numbers)] for group in groups.values())
    return replace(table, rows=rows)


def _totals(
    table: Table, groups: dict[date, list[int]], total: Callable[[list[int]], str]
) -> Table:
    rows = tuple(
        TableRow(table.rows[group[-1]].number, (day.isoformat(), total(group)))
        for day, group in groups.items()
    )
    return replace(table, columns=(PERIOD, VALUE), rows=rows)


def _whole(groups: dict[date, list[int]], parts: Sequence[str]) -> dict[date, list[int]]:
    whole, known = {}, set[str]()
    for day, group in groups.items():
        there = {parts[at] for at in group}
        if there >= known:
            whole[day] = group
        known |= there
    return whole


def _chosen(group: list[int], how: OneRow, numbers: Sequence[Decimal | None]) -> int:
    """Return the index of the row that a period keeps; one with a number, for extremes."""
    if how in (OneRow.FIRST, OneRow.LAST):
        return group[0] if how == OneRow.FIRST else group[-1]
    known = [at for at in group if numbers[at] is not None] or group[:1]
    choose = min if how == OneRow.MIN else max
    return choose(known, key=lambda at: numbers[at] or Decimal(0))


def running(table: Table, how: str) -> Table:
    """Return running sums, or only the records: rows whose value exceeds all earlier ones.

    A row without a number is not a record. Sums have no bounds, and raise DataRefused if a number
    is missing.
    """
    days, numbers = frames.dates_of(table, PERIOD), frames.numbers_of(table, VALUE)
    ordered = sorted(range(len(days)), key=days.__getitem__)
    if how == Running.SUM:
        return _running_sum(table, ordered, numbers)
    kept: list[TableRow] = []
    most: Decimal | None = None
    for at in ordered:
        number = numbers[at]
        if number is not None and (most is None or number > most):
            kept.append(table.rows[at])
            most = number
    return replace(table, rows=tuple(kept))


def _running_sum(table: Table, ordered: list[int], numbers: Sequence[Decimal | None]) -> Table:
    said = "There is no number to add. If the sum is right without it, put “filled: value” before."
    missing = (row for row, number in zip(table.rows, numbers, strict=True) if number is None)
    if problems := [frames.problem(table, row, VALUE, said) for row in missing]:
        raise DataRefused(problems)
    periods, rows, total = table.texts(PERIOD), [], Decimal(0)
    statuses, status = frames.statuses_of(table), Status.FINAL
    for at in ordered:
        total = EXACT.add(total, numbers[at] or Decimal(0))
        status = least_sure((status, statuses[at]))
        cells = (periods[at], frames.number_text(total, status))
        rows.append(replace(table.rows[at], cells=cells))
    return replace(table, columns=(PERIOD, VALUE), rows=tuple(rows))


def states(table: Table, each: str, total: str, context: Context) -> Table:
    """Make a row for each finished month, with the total of what was in force on its last day.

    A row of the file says how large one site (a cell of the column `each`) is from its day on,
    until the next row of that site; a row without a number ends it. `total` is the sum, the
    greatest, or how many are above zero. Raises DataRefused for two rows of a site on one day.
    """
    names, statuses = frames.texts_of(table, each), frames.statuses_of(table)
    days, numbers = frames.dates_of(table, PERIOD), frames.numbers_of(table, VALUE)
    _refuse_two_states(table, list(zip(names, days, numbers, strict=True)))
    ordered = sorted(range(len(days)), key=days.__getitem__)
    rows: list[TableRow] = []
    held: dict[str, int] = {}
    at = 0
    for end in month_ends(days[ordered[0]], context.today) if ordered else ():
        while at < len(ordered) and days[ordered[at]] <= end:
            held[names[ordered[at]]] = ordered[at]
            at += 1
        number = table.rows[ordered[at - 1]].number
        known = [one for one in held.values() if numbers[one] is not None]
        status = least_sure(statuses[one] for one in known if total != Total.COUNT)
        text = frames.number_text(_total([numbers[one] for one in known], total), status)
        rows.append(TableRow(number, (end.isoformat(), text)))
    return replace(table, columns=(PERIOD, VALUE), rows=tuple(rows))


def _refuse_two_states(table: Table, read: Sequence[tuple[str, date, Decimal | None]]) -> None:
    known: dict[tuple[str, date], Decimal | None] = {}
    problems = []
    for row, (name, day, number) in zip(table.rows, read, strict=True):
        if known.setdefault((name, day), number) != number:
            said = f"{quote_cell(name)} has two states on {day}. Leave one of them out."
            problems.append(frames.problem(table, row, PERIOD, said))
    if problems:
        raise DataRefused(problems)


def _total(held: Iterable[Decimal | None], how: str) -> Decimal:
    numbers = [number for number in held if number]
    match Total(how):
        case Total.SUM:
            return reduce(EXACT.add, numbers, Decimal(0))
        case Total.MAX:
            return max(numbers, default=Decimal(0))
        case Total.COUNT:
            return Decimal(len(numbers))
