"""Reads a list of records from JSON, or the cells of JSON-stat, as names and rows of texts."""

import json
import re
from collections.abc import Iterator
from itertools import product
from math import prod
from typing import Any, NamedTuple, TypeGuard

from glossary.ingest.cells import is_number, quote_cell
from glossary.ingest.dates import is_date
from glossary.ingest.problems import refused
from glossary.ingest.titles import is_time, is_value

DEEPEST = 5  # objects in objects; what they hold beyond is left out
MOST_NUMBERED = 12  # of a list in a record: more, such as an embedding, would fill all columns
SAMPLE = 20  # records that are looked into for a number or a date
SECONDS = re.compile(r"1[0-9]{9}(?:[0-9]{3})?")  # since 1970, or milliseconds

BETWEEN_LINES = re.compile(r"\}[ \t]*[\r\n]+[ \t]*\{")
NO_LIST = "The JSON must be a list of objects, or an object with such a list “data”."
WHERE = "Where else the records are, the step “records” says, also for lists of lists."
OF_SDMX = (
    "This is SDMX-JSON, which is not read. The publisher has the same data as SDMX-CSV: write"
    " format=csvdata (ECB, Eurostat: format=SDMX-CSV; OECD: format=csvfile) into the address."
)

Object = dict[str, Any]


class _Found(NamedTuple):
    pointer: str
    records: list[Object]
    are_objects: bool = True  # in the JSON, too, not only here


def read_records(
    text: str, pointer: str, most_keys: int, most_cells: int
) -> tuple[list[str], Iterator[list[str]]]:
    """Return all keys in their order, and the rows of the records. Numbers stay texts.

    Without a `pointer` (RFC 6901) the records are the whole document, the list in its "data", or
    its only list of objects with a number or a date, however deep, or object of days; where there
    is none, its only object of columns or list of lists. They may be lists below one of names, the
    cells of JSON-stat, or objects one on a line. What an object holds is named with a point,
    pricing.prompt, and so is the first object of a list, footnotes.0.code (without a pointer its
    only one), and each number or text of a short one, values.0. Other lists are left out. A record
    that is itself a list has the names 0, 1 and so on. Raises DataRefused.
    """
    if text.lstrip().startswith("{") and BETWEEN_LINES.search(text):
        text = f"[{BETWEEN_LINES.sub('},{', text)}]"  # objects, one on a line
    try:
        parsed = json.loads(
            text, parse_int=str, parse_float=str, parse_constant=str, object_pairs_hook=_object
        )
    except (json.JSONDecodeError, RecursionError) as error:
        at = f" (line {error.lineno})" if isinstance(error, json.JSONDecodeError) else ""
        raise refused(f"The JSON cannot be read{at}.") from error
    records = _at(parsed, pointer) if pointer else _whole(parsed, most_cells)
    records = [_object(list(_flat(record))) for record in records]
    keys = _keys(records, most_keys)
    if len(records) * len(keys) > most_cells:
        raise refused(f"There are more than {most_cells:,} cells.")
    return keys, (
        [_cell(number, key, record.get(key)) for key in keys]
        for number, record in enumerate(records, 1)
    )


def _object(pairs: list[tuple[str, Any]]) -> Object:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise refused("An object of the JSON names one thing twice.")
    return found


def _whole(parsed: Any, most_cells: int) -> list[Object]:
    if cube := _cube_in(parsed):
        try:
            return _cells_of_cube(cube, most_cells)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise refused(f"The JSON-stat cannot be read: {error}.") from error
    records: Any = parsed.get("data") if isinstance(parsed, dict) else parsed
    if below_names := _below_names(records):
        return below_names
    if _are_records(records):
        return list(records)
    if isinstance(parsed, dict) and ("dataSets" in parsed or "dataSets" in (records or ())):
        raise refused(OF_SDMX)
    found = list(_lists(parsed))
    found = [each for each in found if _has_values(each.records)] or found
    found = [each for each in found if each.are_objects] or found
    if len(found) != 1:
        pointers = ", ".join(each.pointer for each in found[:MOST_NUMBERED])
        several = f" It holds several: {pointers}." if found else ""
        raise refused(f"{NO_LIST}{several} {WHERE}")
    return [
        {key: held for key, held in each.items() if not (_are_records(held) and len(held) > 1)}
        for each in found[0].records
    ]


def _lists(held: Any, pointer: str = "") -> Iterator[_Found]:
    """Yield each list of objects, and for one that holds longer lists those.

    An object whose names are days or years is such a list: {"2024-01-02": {"USD": 1.09}}. Lists
    are records, too, if one is dated, and so is an object of columns that holds no list of records.
    """
    if pointer.count("/") > DEEPEST:
        return
    match held:
        case dict() if len(held) > 1 and all(d[:1].isdecimal() and is_date(d) for d in held):
            days = {day: at if isinstance(at, dict) else {"value": at} for day, at in held.items()}
            yield _Found(pointer, [{"date": day} | each for day, each in days.items()])
            return
        case list() if records := _of_rows(held):
            yield _Found(pointer, records, are_objects=False)
            return
        case dict() | list():
            items = held.items() if isinstance(held, dict) else enumerate(held)
        case _:
            return
    inner = [found for key, each in items for found in _lists(each, f"{pointer}/{key}")]
    if _are_records(held) and any(held):
        longer = [found for found in inner if len(found.records) > len(held)]
        if _has_values(held) if len(held) > 1 else _is_dated(held[0]):
            longer = [found for found in longer if found.are_objects]
        inner = longer or [_Found(pointer, held)]
    elif isinstance(held, dict) and not any(_has_values(found.records) for found in inner):
        inner += [_Found(pointer, each, are_objects=False) for each in [_of_columns(held)] if each]
    yield from inner


def _is_dated(record: Object) -> bool:
    """Return whether a record has a number and a period by its name, both outside its lists."""
    own = [(name.split("."), cell) for name, cell in _flat(record) if isinstance(cell, str)]
    own = [(parts, cell) for parts, cell in own if not any(map(str.isdecimal, parts))]
    others = [cell for parts, cell in own if not is_time(parts[-1])]
    return len(others) < len(own) and any(map(is_number, others))


def _at(parsed: Any, pointer: str) -> list[Object]:
    found, way = parsed, pointer.split("/")[1:]
    for part in (part.replace("~1", "/").replace("~0", "~") for part in way):
        if isinstance(found, list) and part.isdecimal() and int(part) < len(found):
            found = found[int(part)]
        elif isinstance(found, dict) and part in found:
            found = found[part]
        else:
            raise refused(f"The JSON has nothing at {quote_cell(part)} of {pointer}.")
    if not isinstance(found, list) or not all(isinstance(each, dict | list) for each in found):
        raise refused(f"There is no list of objects or of lists at {pointer}.")
    return [each if isinstance(each, dict) else _numbered(each) for each in found]


def _numbered(values: list[Any]) -> Object:
    return {str(at): value for at, value in enumerate(values)}


def _of_columns(held: Object) -> list[Object]:
    """Return the records of an object of columns of one length, one of them of dates; else none."""
    columns = {name: cells for name, each in held.items() if (cells := _column(each))}
    are_one_length = len(columns) > 1 and len(set(map(len, columns.values()))) == 1
    if not are_one_length or not any(_may_be_period(cells[0]) for cells in columns.values()):
        return []
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def _column(held: Any) -> list[Any]:
    """Return the cells of a list, or of an object whose names count them, as pandas writes it."""
    if isinstance(held, dict) and list(held) == list(map(str, range(len(held)))):
        held = list(held.values())
    return held if isinstance(held, list) and len(held) > 1 and _are_cells(held) else []


def _below_names(held: Any) -> list[Object]:
    """Return the records of lists of one length below one of names; else none."""
    if not isinstance(held, list) or not all(isinstance(each, list) for each in held):
        return []
    names = held[0] if len(held) > 1 else []
    if not names or {len(each) for each in held} != {len(set(map(str, names)))}:
        return []
    if not all(isinstance(each, str) for each in names) or _are_data(held):
        return []
    return [dict(zip(names, each, strict=True)) for each in held[1:]]


def _are_data(rows: list[list[Any]]) -> bool:
    """Return whether the first of several lists is data, because a column has periods in all.

    Beside one list only, years may be names and its numbers look like years.
    """
    names = rows[0]
    if not any(all(map(_may_be_period, cells)) for cells in zip(*rows[:SAMPLE], strict=True)):
        return all(map(is_value, names))
    has_number = any(is_number(name) and not is_date(name) for name in names)
    return len(rows) > 2 or has_number or _may_be_period(names[0])


def _of_rows(held: list[Any]) -> list[Object]:
    """Return the records of lists of one length, the names of columns first or none; else none."""
    if below_names := _below_names(held):
        return below_names
    are_lists = all(isinstance(each, list) and _are_cells(each) for each in held)
    if len(held) < 2 or not are_lists or len(set(map(len, held))) > 1:
        return []
    is_dated = len(held[1]) in range(2, MOST_NUMBERED + 1) and any(map(_may_be_period, held[1]))
    keys = [f"column {n}" for n in range(1, len(held[1]) + 1)]
    return [dict(zip(keys, each, strict=True)) for each in held] if is_dated else []


def _are_cells(values: list[Any]) -> bool:
    return not any(isinstance(each, dict | list) for each in values)


def _may_be_period(cell: Any) -> bool:
    if not isinstance(cell, str):
        return False
    return SECONDS.fullmatch(cell) is not None or is_date(cell, may_be_compact=True)


def _has_values(records: list[Object]) -> bool:
    cells = (cell for record in records[:SAMPLE] for _, cell in _flat(record))
    return any(isinstance(cell, str) and is_value(cell) for cell in cells)


def _are_records(records: Any) -> TypeGuard[list[Object]]:
    return isinstance(records, list) and all(isinstance(each, dict) for each in records)


def _flat(record: Object, before: str = "") -> Iterator[tuple[str, Any]]:
    for key, held in record.items():
        value = _numbered(_listed(held)) if isinstance(held, list) else held
        if isinstance(value, dict) and before.count(".") < DEEPEST:
            yield from _flat(value, f"{before}{key}.")
        elif not isinstance(value, list | dict):
            yield f"{before}{key}", value


def _listed(values: list[Any]) -> list[Any]:
    """Return what of a list gets a name: the first object, or all of a few numbers and texts."""
    if _are_records(values):
        return values[:1]
    return values if len(values) <= MOST_NUMBERED and _are_cells(values) else []


def _keys(records: list[Object], most: int) -> list[str]:
    """List all keys in their order; stop soon after there are too many."""
    keys: dict[str, None] = {}
    for record in records:
        keys.update(dict.fromkeys(record))
        if len(keys) > most * 2:
            break
    return list(keys)


def _cell(number: int, column: str, value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case str():
            return value
    raise refused("The value is a list or an object.", number, column)


def _cube_in(parsed: Any) -> Object | None:
    """Return the cube of JSON-stat 2, or of 1, which is in “dataset” and has sizes elsewhere."""
    cube = parsed.get("dataset", parsed) if isinstance(parsed, dict) else None
    if isinstance(cube, dict) and isinstance(cube.get("dimension"), dict):
        cube = cube["dimension"] | cube
    is_cube = isinstance(cube, dict) and {"id", "size", "dimension", "value"} <= cube.keys()
    return cube if is_cube else None


def _cells_of_cube(cube: Object, most: int) -> list[Object]:
    """Return a record for each cell that the cube has: its codes, the value and the status.

    Numbers are texts. Raises ValueError, KeyError, TypeError or AttributeError for what is no cube.
    """
    names = cube["id"]
    codes = [_codes(cube["dimension"][name]["category"]) for name in names]
    if [str(len(each)) for each in codes] != list(map(str, cube["size"])):
        raise ValueError("its sizes are not those of its dimensions")
    if prod(map(len, codes)) * (len(codes) + 2) > most:
        raise ValueError(f"it has more than {most:,} cells")
    values, statuses = _by_place(cube["value"]), _by_place(cube.get("status") or {})
    return [
        dict(zip(names, code, strict=True))
        | {"value": values[at]}
        | ({"status": statuses[at]} if statuses.get(at) else {})
        for at, code in enumerate(map(list, product(*codes)))
        if at in values
    ]


def _codes(category: Object) -> list[str]:
    """Return the codes of a dimension in their order; one of a single code may have no index."""
    index = category.get("index", category.get("label"))
    if isinstance(index, dict) and "index" in category:
        return sorted(index, key=lambda code: int(index[code]))
    return list(index or [])


def _by_place(held: Any) -> dict[int, Any]:
    pairs = held.items() if isinstance(held, dict) else enumerate(held)
    return {int(at): value for at, value in pairs}
