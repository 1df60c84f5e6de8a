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
from functools import partial
from typing import Any

import yaml

from glossary.fetching.links import BadPattern, read_pattern
from glossary.ingest.cells import quote_cell
from glossary.ingest.columns import suggest_column
from glossary.ingest.encodings import ENCODINGS
from glossary.ingest.steps import frames, periods, rows, values
from glossary.ingest.steps.frames import HIGH, LOW, STATUS, VALUE, Context
from glossary.ingest.tables import FilePart, Table

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


LONGEST = 10_000  # characters
MOST_STEPS = 30
MOST_DIGITS = 15
HEADER, LINK, ENCODING = "header", "link", "encoding"
PARTS = (LINK, ENCODING, "member", "sheet", HEADER, "records")
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
    options: Any, needed: tuple[str, ...] = (), others: tuple[str, ...] = ()
) -> dict[str, Any]:
    """Return options with names: all `needed`, and none but these and the `others`, if any."""
    if not isinstance(options, dict) or not options:
        raise BadSteps("write {NAME: VALUE}.")
    named = {_text(name): value for name, value in options.items()}
    known = (*needed, *others)
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


def _of(step: Callable[..., Table], *options: Any) -> Run:
    return lambda table, _: step(table, *options)


def _in_context(step: Callable[..., Table], *options: Any) -> Run:
    return lambda table, context: step(table, *options, context)


def _unpivot(options: Any) -> Run:
    named = _dict(options, ("ending",), ("periods",))
    known = _dict(named["periods"]) if named.get("periods") else {}
    periods_of = {name: _text(value) for name, value in known.items()}
    return _of(rows.unpivot, _text(named["ending"]), periods_of)


def _period(options: Any) -> Run:
    if not isinstance(options, dict):
        return _of(periods.period, _text(options))
    if "fiscal" in options:
        named = _dict(options, ("column", "fiscal"))
        name, fiscal = _text(named["column"]), _fiscal_year(named["fiscal"])
        return _in_context(periods.fiscal_quarters, name, *fiscal)
    if "column" in options:
        named = _dict(options, ("column", "written"))
        written = _one_of(named["written"], periods.Written)
        return _of(periods.period, _text(named["column"]), written)
    named = _dict(options, ("year",), tuple(periods.BEHIND_THE_YEAR))
    parts = {part: _text(value) for part, value in named.items()}
    if set(parts) not in periods.KNOWN_PARTS:
        raise BadSteps("write year and quarter, or year and month, and with a month the day.")
    return _of(periods.period_of_parts, parts)


def _fiscal_year(options: Any) -> tuple[int, date]:
    """Read {2025: 2024-02}: which fiscal year begins in which month."""
    named = _dict(options)
    ((year, month),) = named.items() if len(named) == 1 else [("", "")]
    match = re.fullmatch(r"([0-9]{4})-(0[1-9]|1[0-2])", str(month))
    if not re.fullmatch("[0-9]{4}", year) or not match or abs(int(year) - int(match[1])) > 1:
        raise BadSteps("write one fiscal year and its first month, such as {2025: 2024-02}.")
    return int(year), date(int(match[1]), int(match[2]), 1)


def _value(role: str, options: Any) -> Run:
    if not isinstance(options, dict):
        return _of(values.value, role, _texts(options))
    named = _dict(options, ("column", "factor"), ("per",))
    names, factor = _texts(named["column"]), _number(named["factor"])
    return _of(values.value, role, names, factor, _text(named.get("per", "")))


def _digits(options: Any) -> Run:
    if type(options) is not int or not 0 < options <= MOST_DIGITS:
        raise BadSteps(f"write how many digits are kept, 1 to {MOST_DIGITS}.")
    return _of(values.digits, options)


def _one_row(options: Any) -> Run:
    how, parts = values.OneRow.WHOLE_SUM, ""
    if isinstance(options, dict):
        parts = _text(_dict(options, (str(how),))[how])
    elif options == how:
        raise BadSteps("name the column of the parts: {whole sum: COLUMN}.")
    else:
        how = values.OneRow(_one_of(options, values.OneRow))
    return _in_context(values.one_row, how, parts)


def _states(options: Any) -> Run:
    named = _dict(options, ("each", "total"))
    return _in_context(values.states, _text(named["each"]), _one_of(named["total"], values.Total))


def _quarters(options: Any) -> Run:
    named = _dict(options, ("start", "end", "value", "filed"))
    return _in_context(periods.quarters, {name: _text(value) for name, value in named.items()})


def _whole_periods(options: Any) -> Run:
    if options is not True:
        raise BadSteps("write true.")
    return periods.whole_periods


KINDS: Mapping[str, Callable[[Any], Run]] = {
    "keep": lambda options: _of(rows.keep, _conditions(options)),
    "leave out": lambda options: _of(rows.leave_out, _conditions(options)),
    "filled": lambda options: _of(rows.filled, _texts(options)),
    "at least": lambda options: _of(
        rows.at_least,
        {
            name: value if type(value) is date else _number(value)
            for name, value in _dict(options).items()
        },
    ),
    "until today": lambda options: _in_context(rows.until_today, _text(options)),
    "unpivot": _unpivot,
    "period": _period,
    **{role: partial(_value, role) for role in (VALUE, LOW, HIGH, STATUS)},
    "digits": _digits,
    "quarters": _quarters,
    "whole periods": _whole_periods,
    "one row": _one_row,
    "running": lambda options: _of(values.running, _one_of(options, values.Running)),
    "states": _states,
}
