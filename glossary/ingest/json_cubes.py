"""Reads JSON-stat, in which statistical offices write a cube of numbers, as records."""

from itertools import product
from math import prod
from typing import Any


def cube_in(parsed: Any) -> dict[str, Any] | None:
    """Return the cube of JSON-stat 2, or of 1, which is in “dataset” and has sizes elsewhere."""
    cube = parsed.get("dataset", parsed) if isinstance(parsed, dict) else None
    if isinstance(cube, dict) and isinstance(cube.get("dimension"), dict):
        cube = cube["dimension"] | cube
    is_cube = isinstance(cube, dict) and {"id", "size", "dimension", "value"} <= cube.keys()
    return cube if is_cube else None


def cells_of_cube(cube: dict[str, Any], most: int) -> list[dict[str, Any]]:
    """Return a record for each cell that the cube has: its codes, the value and the status.

    Numbers are texts. Raises ValueError, KeyError, TypeError or AttributeError for what is none.
    """
    names = cube["id"]
    codes = [_codes(cube["dimension"][name]["category"]) for name in names]
    if [str(len(each)) for each in codes] != list(map(str, cube["size"])):
        raise ValueError("its sizes are not those of its dimensions")
    if prod(map(len, codes)) * (len(codes) + 2) > most:
        raise ValueError(f"it has more than {most:,} cells")
    values, statuses = _by_place(cube["value"]), _by_place(cube.get("status") or {})
    return [
        dict(zip(names, code, strict=True)) | _held(values[at], statuses.get(at))
        for at, code in enumerate(map(list, product(*codes)))
        if at in values
    ]


def _held(value: Any, status: Any) -> dict[str, Any]:
    return {"value": value, "status": status} if status else {"value": value}


def _codes(category: dict[str, Any]) -> list[str]:
    """Return the codes of a dimension in their order; one of a single code may have no index."""
    index = category.get("index", category.get("label"))
    if isinstance(index, dict) and "index" in category:
        return sorted(index, key=lambda code: int(index[code]))
    return list(index or [])


def _by_place(held: Any) -> dict[int, Any]:
    pairs = held.items() if isinstance(held, dict) else enumerate(held)
    return {int(at): value for at, value in pairs}
