"""Reads the steps of a series, a list in YAML. Each step has one name and its options.

- member: data_center_timelines.csv
- until today: Date
- period: Date
- value: Power (MW)
- states: {each: Data center, total: sum}
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any

import yaml

from glossary.fetching.links import BadPattern, read_pattern
from glossary.ingest.cells import quote_cell
from glossary.ingest.columns import suggest_column
from glossary.ingest.encodings import ENCODINGS
from glossary.ingest.steps import frames, periods, rows, values
from glossary.ingest.steps.frames import HIGH, LOW, STATUS, VALUE, Context
from glossary.ingest.tables import FilePart, Table

LONGEST = 10_000  # characters
MOST_STEPS = 30
MOST_DIGITS = 15

Run = Callable[[Table, Context], Table]


class BadSteps(ValueError):
    """The steps cannot be read; the message names the step and what to write."""


@dataclass(frozen=True)
class Step:
    """One step: its name, text and options as written, and what it does."""

    name: str
    text: str
    options: Any
    run: Run


@dataclass(frozen=True)
class Reading:
    """How the file of a series is read. With `append_only`, periods missing from the file stay."""

    part: FilePart
    steps: tuple[Step, ...]
    append_only: bool = False
    link: str = ""  # pattern of the file's address in the list that is fetched
    sum_of: tuple[str, ...] = ()  # slugs of the series that are added up instead of a file


HEADER, LINK, ENCODING = "header", "link", "encoding"
PARTS = (LINK, ENCODING, "member", "sheet", HEADER, "records")
WHOLE_SUM = (str(values.OneRow.WHOLE_SUM),)
APPEND_ONLY, SUM_OF = "append only", "sum of"


# The columns that steps make, by their names.
MAKES = {
    "period": (frames.PERIOD,),
    "value": (VALUE,),
    "unpivot": (frames.PERIOD, VALUE),
    "quarters": (frames.PERIOD, VALUE),
}


def read_steps(text: str) -> Reading:
    """Read a list of steps in YAML. Raises BadSteps."""
    if len(text) > LONGEST:
        raise BadSteps(f"The steps have {len(text):,} characters; the limit is {LONGEST:,}.")
    try:
        listed = yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise BadSteps(_not_yaml(text, error)) from error
    if not isinstance(listed, list) or not listed or len(listed) > MOST_STEPS:
        raise BadSteps(f"Write 1 to {MOST_STEPS} steps, each on a line that begins with a hyphen.")
    if sums := [each[SUM_OF] for each in listed if isinstance(each, dict) and SUM_OF in each]:
        return _sum_of(sums[0], is_alone=len(listed) == 1)
    parts: dict[str, Any] = {}
    steps: list[Step] = []
    append_only = False
    for entry in listed:
        name, options = _named(entry)
        if name in PARTS:
            if steps or name in parts:
                raise BadSteps(f"“{name}” comes once, before the steps that read rows.")
            parts[name] = _part(name, options)
        elif name == APPEND_ONLY:
            append_only = True
        else:
            steps.append(_step(name, options))
    link = parts.pop(LINK, "")
    if not steps:
        raise BadSteps("No step reads rows: at least “period” and “value” do.")
    return Reading(FilePart(**parts), tuple(steps), append_only, link)


def roles_not_made(reading: Reading) -> list[str]:
    """Return which of period and value no step makes: a file needs columns that are called so."""
    if reading.sum_of:
        return []
    made = {role for step in reading.steps for role in MAKES.get(step.name, ())}
    if any((step.name, step.options) == ("one row", values.OneRow.COUNT) for step in reading.steps):
        made.add(VALUE)
    return [role for role in (frames.PERIOD, VALUE) if role not in made]


def _not_yaml(text: str, error: Exception) -> str:
    """Name the line that cannot be read, and how several options are written."""
    mark = getattr(error, "problem_mark", None)
    lines = text.splitlines()
    where = "The steps"
    if mark is not None and mark.line < len(lines):
        where = f"Line {mark.line + 1}, {quote_cell(lines[mark.line].strip())},"
    return (
        f"{where} cannot be read as YAML. Begin each step with a hyphen and a space, and put"
        ' options with names in braces: - leave out: {Flag: "True"}'
    )


def _sum_of(options: Any, *, is_alone: bool) -> Reading:
    slugs = tuple(_texts(options))
    if not is_alone or len(set(slugs)) < max(2, len(slugs)):
        raise BadSteps(f"“{SUM_OF}” is the only step, with the slugs of two or more series.")
    return Reading(FilePart(), (), sum_of=slugs)


def _named(entry: Any) -> tuple[str, Any]:
    if entry == APPEND_ONLY:
        return entry, None
    if not isinstance(entry, dict) or len(entry) != 1:
        raise BadSteps(f"{quote_cell(str(entry))} is no step. Write NAME: OPTIONS, with a colon.")
    ((name, options),) = entry.items()
    if name not in KINDS and name not in PARTS:
        known = [*PARTS, *KINDS, APPEND_ONLY, SUM_OF]
        near = suggest_column(str(name), known)
        raise BadSteps(f"{quote_cell(str(name))} is not a step.{near} Steps: {', '.join(known)}.")
    return name, options


def _part(name: str, options: Any) -> Any:
    if name == HEADER and type(options) is int and options > 0:
        return options
    if name == HEADER or not isinstance(options, str) or not options:
        raise BadSteps(f"“{name}” takes {'the number of a row' if name == HEADER else 'a text'}.")
    if name == ENCODING and options.casefold() not in ENCODINGS:
        raise BadSteps(f"{quote_cell(options)} is not known. Known: {', '.join(ENCODINGS)}.")
    try:
        if name == LINK:
            read_pattern(options)
    except BadPattern as error:
        raise BadSteps(f"“{name}”: {error}") from error
    return options


def _step(name: str, options: Any) -> Step:
    try:
        run = KINDS[name](options)
    except BadSteps as error:
        raise BadSteps(f"“{name}”: {error}") from error
    text = yaml.safe_dump({name: options}, allow_unicode=True, default_flow_style=True, width=1000)
    return Step(name, text.strip().removeprefix("{").removesuffix("}"), options, run)


# --- options ---


def _text(options: Any) -> str:
    """Return a column's name or a cell, which in YAML may look like a truth value or a day."""
    if isinstance(options, bool) or not isinstance(options, str | int | float):
        raise BadSteps(f"write {quote_cell(str(options))} as a text, in quotation marks.")
    return str(options)


def _texts(options: Any) -> list[str]:
    listed = options if isinstance(options, list) else [options]
    if not listed:
        raise BadSteps("an empty list says nothing.")
    return list(map(_text, listed))


def _dict(
    options: Any, known: tuple[str, ...] = (), needed: tuple[str, ...] = ()
) -> dict[str, Any]:
    """Return options with names, all `needed` and no others than the `known`."""
    if not isinstance(options, dict) or not options:
        raise BadSteps("write {NAME: VALUE}.")
    named = {_text(name): value for name, value in options.items()}
    if known and (unknown := sorted(named.keys() - set(known))):
        raise BadSteps(f"{quote_cell(unknown[0])} is not known. Known: {', '.join(known)}.")
    if missing := [name for name in needed if name not in named]:
        raise BadSteps(f"{quote_cell(missing[0])} is missing.")
    return named


def _conditions(options: Any) -> dict[str, list[str]]:
    return {name: _texts(value) for name, value in _dict(options).items()}


def _number(options: Any) -> Decimal:
    try:
        number = Decimal(_text(options))
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or abs(number.adjusted()) > frames.LONGEST_NUMBER:
        raise BadSteps(f"{quote_cell(str(options))} is not a number.")
    return number


def _one_of(options: Any, known: type[StrEnum]) -> str:
    text = _text(options)
    if text not in set(known):
        raise BadSteps(f"{quote_cell(text)} is not known. Known: {', '.join(known)}.")
    return text


# --- what each name does ---


def _keep(options: Any) -> Run:
    conditions = _conditions(options)
    return lambda table, _: rows.keep(table, conditions)


def _leave_out(options: Any) -> Run:
    conditions = _conditions(options)
    return lambda table, _: rows.leave_out(table, conditions)


def _filled(options: Any) -> Run:
    names = _texts(options)
    return lambda table, _: rows.filled(table, names)


def _at_least(options: Any) -> Run:
    limits = {name: _limit(value) for name, value in _dict(options).items()}
    return lambda table, _: rows.at_least(table, limits)


def _limit(options: Any) -> Decimal | date:
    return options if type(options) is date else _number(options)


def _until_today(options: Any) -> Run:
    name = _text(options)
    return lambda table, context: rows.until_today(table, name, context.today)


def _unpivot(options: Any) -> Run:
    named = _dict(options, ("ending", "periods"), ("ending",))
    ending, known = _text(named["ending"]), named.get("periods") or {}
    periods_of = {name: _text(value) for name, value in _dict(known).items()} if known else {}
    return lambda table, _: rows.unpivot(table, ending, periods_of)


def _period(options: Any) -> Run:
    if not isinstance(options, dict):
        name = _text(options)
        return lambda table, _: periods.period(table, name)
    if "fiscal" in options:
        named = _dict(options, ("column", "fiscal"), ("column", "fiscal"))
        name, (year, first) = _text(named["column"]), _fiscal_year(named["fiscal"])
        return lambda table, context: periods.fiscal_quarters(table, name, year, first, context)
    if "column" in options:
        named = _dict(options, ("column", "written"), ("column", "written"))
        name, written = _text(named["column"]), _one_of(named["written"], periods.Written)
        return lambda table, _: periods.period(table, name, written)
    parts = {part: _text(value) for part, value in _dict(options, periods.PARTS, ("year",)).items()}
    if set(parts) not in periods.KNOWN_PARTS:
        raise BadSteps("write year and quarter, or year and month, and with a month the day.")
    return lambda table, _: periods.period_of_parts(table, parts)


def _fiscal_year(options: Any) -> tuple[int, date]:
    """Read {2025: 2024-02}: which fiscal year begins in which month."""
    named = _dict(options)
    ((year, month),) = named.items() if len(named) == 1 else [("", "")]
    match = re.fullmatch(r"([0-9]{4})-(0[1-9]|1[0-2])", str(month))
    if not re.fullmatch("[0-9]{4}", year) or not match or abs(int(year) - int(match[1])) > 1:
        raise BadSteps("write one fiscal year and its first month, such as {2025: 2024-02}.")
    return int(year), date(int(match[1]), int(match[2]), 1)


def _value(role: str) -> Callable[[Any], Run]:
    def read(options: Any) -> Run:
        if not isinstance(options, dict):
            names = _texts(options)
            return lambda table, _: values.value(table, role, names)
        named = _dict(options, ("column", "factor", "per"), ("column", "factor"))
        names, factor = _texts(named["column"]), _number(named["factor"])
        per = _text(named.get("per", ""))
        return lambda table, _: values.value(table, role, names, factor, per)

    return read


def _digits(options: Any) -> Run:
    if type(options) is not int or not 0 < options <= MOST_DIGITS:
        raise BadSteps(f"write how many digits are kept, 1 to {MOST_DIGITS}.")
    return lambda table, _: values.digits(table, options)


def _one_row(options: Any) -> Run:
    if isinstance(options, dict):
        parts = _text(_dict(options, WHOLE_SUM, WHOLE_SUM)[values.OneRow.WHOLE_SUM])
        return lambda table, context: values.one_row(table, values.OneRow.WHOLE_SUM, context, parts)
    if options == values.OneRow.WHOLE_SUM:
        raise BadSteps("name the column of the parts: {whole sum: COLUMN}.")
    how = _one_of(options, values.OneRow)
    return lambda table, context: values.one_row(table, how, context)


def _running(options: Any) -> Run:
    how = _one_of(options, values.Running)
    return lambda table, _: values.running(table, how)


def _states(options: Any) -> Run:
    named = _dict(options, ("each", "total"), ("each", "total"))
    each, total = _text(named["each"]), _one_of(named["total"], values.Total)
    return lambda table, context: values.states(table, each, total, context)


def _quarters(options: Any) -> Run:
    names = ("start", "end", "value", "filed")
    columns = {name: _text(value) for name, value in _dict(options, names, names).items()}
    return lambda table, context: periods.quarters(table, columns, context)


def _whole_periods(options: Any) -> Run:
    if options is not True:
        raise BadSteps("write true.")
    return periods.whole_periods


KINDS: Mapping[str, Callable[[Any], Run]] = {
    "keep": _keep,
    "leave out": _leave_out,
    "filled": _filled,
    "at least": _at_least,
    "until today": _until_today,
    "unpivot": _unpivot,
    "period": _period,
    "value": _value(VALUE),
    "low": _value(LOW),
    "high": _value(HIGH),
    "status": _value(STATUS),
    "digits": _digits,
    "quarters": _quarters,
    "whole periods": _whole_periods,
    "one row": _one_row,
    "running": _running,
    "states": _states,
}
