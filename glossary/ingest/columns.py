"""Maps the columns of a table to period, value and others: typed, shown, stored as JSON."""

import csv
import io
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from glossary.ingest.cells import quote_cell
from glossary.ingest.dates import DateFormat
from glossary.ingest.tables import MAX_NAME_LENGTH, Table
from glossary.values.names import nearest_name

ROLES = ("period", "value", "low", "high", "status")
PICKS = ("", "min", "max", "first", "last")
# Clears the stored choice when typed; an empty text leaves it unchanged.
NO_PICK = "none"
NO_WHERE = ("", "where=")
MAX_WHERE, MAX_NAMED = 10, 12


class BadMapping(ValueError):
    """The mapping does not fit; the message names the columns of the table."""


@dataclass(frozen=True)
class Columns:
    """Typed changes to the mapping; an empty text keeps the stored or guessed value.

    What is fetched comes from the publisher, so columns called as ours are not our format.
    """

    columns: str = ""
    where: tuple[str, ...] = ()
    pick: str = ""
    date_format: str = ""
    encoding: str = ""
    is_fetched: bool = False

    @property
    def names_columns(self) -> bool:
        return bool(self.columns or self.where or self.pick or self.date_format)


AS_STORED = Columns()


@dataclass(frozen=True, slots=True)
class Mapping:
    """The column of each role; an empty name means no such column.

    `where` keeps only rows with these values: one economy, one chip, one vintage. `pick` chooses
    one of several rows of a period: a record is the "max" of its day.
    """

    period: str
    value: str
    low: str = ""
    high: str = ""
    status: str = ""
    where: tuple[tuple[str, str], ...] = ()
    pick: str = ""
    date_format: str = ""

    def __post_init__(self) -> None:
        if not self.period or not self.value:
            raise BadMapping("A mapping needs a column for the period and one for the value.")
        if self.pick not in PICKS:
            raise BadMapping(f"{quote_cell(self.pick)} is not known. Pick min, max, first or last.")
        if self.date_format not in set(DateFormat):
            known = ", ".join(filter(None, DateFormat))
            raise BadMapping(f"{quote_cell(self.date_format)} is not known. Date formats: {known}.")

    def columns(self) -> list[tuple[str, str]]:
        """Return (role, column) for every named column."""
        named = [(role, getattr(self, role)) for role in ROLES if getattr(self, role)]
        return named + [("where", column) for column, _ in self.where]

    def __str__(self) -> str:
        """Return which column has which role: "period = quarter, value = median"."""
        named = [f"{role} = {getattr(self, role)}" for role in ROLES if getattr(self, role)]
        named += [f"where {column} = {value}" for column, value in self.where]
        return ", ".join([*named, f"pick {self.pick}"] if self.pick else named)

    def to_json(self) -> str:
        return json.dumps(asdict(self), ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> "Mapping":
        """Read what to_json wrote or an editor typed. Raises BadMapping."""
        try:
            parts = json.loads(text)
        except (json.JSONDecodeError, RecursionError) as error:
            raise BadMapping("The mapping is not JSON.") from error
        if not isinstance(parts, dict) or not {"period", "value"} <= parts.keys():
            raise BadMapping("The mapping must be an object that names “period” and “value”.")
        where = _read_where(parts.pop("where", []))
        known = {field.name for field in fields(cls)}
        for key, value in parts.items():
            if key not in known:
                raise BadMapping(
                    f"{quote_cell(key)} is not known.{suggest_column(key, sorted(known))}"
                )
            if not isinstance(value, str) or len(value) > MAX_NAME_LENGTH:
                raise BadMapping(f"{quote_cell(key)} must be a short text.")
        return cls(**parts, where=where)


def _read_where(parts: Any) -> tuple[tuple[str, str], ...]:
    is_list_of_pairs = isinstance(parts, list) and all(
        isinstance(pair, list)
        and len(pair) == 2
        and all(isinstance(text, str) and len(text) <= MAX_NAME_LENGTH for text in pair)
        for pair in parts
    )
    if not is_list_of_pairs or len(parts) > MAX_WHERE:
        raise BadMapping("“where” must be a list of pairs: a column and a value.")
    return tuple((column, value) for column, value in parts)


def suggest_column(name: str, known: Iterable[str]) -> str:
    """Return " Did you mean “…”?", or "" when no known name is similar."""
    near = nearest_name(name, known)
    return f" Did you mean {quote_cell(near)}?" if near else ""


def quoted_names(names: Iterable[str]) -> str:
    """Return the first names in quotation marks, and how many more there are."""
    quoted = [quote_cell(name) for name in names if name]
    more = len(quoted) - MAX_NAMED
    return ", ".join(quoted[:MAX_NAMED]) + (f" and {more} more" if more > 0 else "")


def missing_columns(mapping: Mapping, table: Table) -> list[str]:
    """Return what to do about each column of the mapping that this table lacks or has twice."""
    named = (missing_column(column, table.columns, role) for role, column in mapping.columns())
    return list(filter(None, named))


def missing_column(name: str, names: Sequence[str], role: str = "one") -> str:
    """Return what to do when no column, or more than one, has this name; "" when one has it."""
    count = names.count(name)
    if count > 1:
        return f"{count} columns are called {quote_cell(name)}: which is the {role}?"
    if count:
        return ""
    near = suggest_column(name, names)
    return f"There is no column {quote_cell(name)}.{near} Columns: {quoted_names(names)}."


def choose_mapping(
    start: Mapping | None,
    names: Sequence[str],
    columns: str = "",
    where: Sequence[str] = (),
    pick: str = "",
    date_format: str = "",
) -> Mapping:
    """Return a mapping changed by typed options: "period=quarter,value=median", "chip=A100", "max".

    `names` are the columns of the table. `low=`, the pick "none" and the condition "where=" clear a
    choice. A column with a comma in its name is quoted, as in CSV. Raises BadMapping.
    """
    chosen: dict[str, Any] = dict(read_roles(columns))
    if where:
        chosen["where"] = _read_conditions(where, names)
    chosen |= {"pick": "" if pick == NO_PICK else pick} if pick else {}
    chosen |= {"date_format": date_format} if date_format else {}
    if start is not None:
        return replace(start, **chosen)
    return Mapping(**{"period": "", "value": ""} | chosen)


def read_roles(text: str) -> dict[str, str]:
    """Return the columns by role of "period=quarter,value=median". Raises BadMapping."""
    try:
        parts = next(csv.reader([text], strict=True, skipinitialspace=True), [])
    except csv.Error as error:
        raise BadMapping("The quotation marks in the columns do not match.") from error
    chosen: dict[str, str] = {}
    for part in filter(str.strip, parts):
        role, equals, column = part.partition("=")
        role = role.strip()
        if not equals or role not in ROLES:
            known = ", ".join(ROLES)
            raise BadMapping(f"{quote_cell(part)} must be ROLE=COLUMN, with a role of: {known}.")
        if role in chosen:
            raise BadMapping(f"{quote_cell(role)} is named twice.")
        chosen[role] = column.strip()
    return chosen


def role_text(role: str, column: str) -> str:
    """Return a role as read_roles reads it: a name with a comma is quoted."""
    text = io.StringIO()
    csv.writer(text, lineterminator="").writerow([f"{role}={column}"])
    return text.getvalue()


def _read_conditions(texts: Sequence[str], names: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """Read all conditions; refuse one that could not be stored with the series."""
    if len(texts) == 1 and texts[0].strip() in NO_WHERE and "where" not in names:
        return ()
    if len(texts) > MAX_WHERE:
        raise BadMapping(f"{len(texts)} conditions are too many; the limit is {MAX_WHERE}.")
    conditions = tuple(_read_condition(text, names) for text in texts)
    for text in (text for pair in conditions for text in pair):
        if len(text) > MAX_NAME_LENGTH:
            raise BadMapping(
                f"{quote_cell(text)} is too long: the limit is {MAX_NAME_LENGTH} characters."
            )
    return conditions


def _read_condition(text: str, names: Sequence[str]) -> tuple[str, str]:
    """Split "chip=A100". Known names come first, because a name may contain an equals sign."""
    for name in sorted(filter(None, names), key=len, reverse=True):
        if text.startswith(f"{name}="):
            return name, text[len(name) + 1 :].strip()
    column, equals, value = text.partition("=")
    if not equals or not column.strip():
        raise BadMapping(f"{quote_cell(text)} must be COLUMN=VALUE.")
    return column.strip(), value.strip()
