"""Reads decimal commas where the numbers of a column prove that they are: 3,7 and 1.234,5."""

import re
from dataclasses import replace

from glossary.ingest.cells import SPACES, is_missing, quote_cell
from glossary.ingest.tables import Table

BEFORE, BEHIND = rf"[-−–+]?(?:[A-Z]{{0,3}}[$€£¥]?[{SPACES}]?)", r"[^0-9.,]{0,5}"
COMMA = re.compile(
    rf"(?P<before>{BEFORE})(?P<whole>[0-9]+|[1-9][0-9]{{0,2}}(?:[.'’{SPACES}][0-9]{{3}})+)"
    rf",(?P<fraction>[0-9]+)(?P<behind>(?:[eE][-+]?[0-9]+)?{BEHIND})"
)
# 1.234 and 1.234.567, of which only the second cannot be a decimal.
DOTS = re.compile(
    rf"(?P<before>{BEFORE})(?P<whole>[1-9][0-9]{{0,2}}(?:\.[0-9]{{3}})+)(?P<behind>{BEHIND})"
)
GROUPED = re.compile(rf"{BEFORE}[0-9]{{1,3}}[.'’{SPACES}][0-9]{{3}}")
WHOLE = re.compile(rf"{BEFORE}[0-9]+(?:['’{SPACES}][0-9]{{3}})*{BEHIND}")
THOUSAND = 3  # digits
ENOUGH = 5  # numbers such as 3,7: fewer may be slips for 3.7


def with_decimal_points(table: Table) -> Table:
    """Return the table with points for the decimal commas of columns that have no other reading.

    A column needs a comma before one, two or more than three digits, behind a zero, or behind
    points between thousands; the others of such a table are read alike where they have no point.
    Without points between thousands, the table needs ENOUGH such numbers.
    """
    columns = [[row.cell(at) for row in table.rows] for at in range(len(table.columns))]
    is_likely = table.comma_may_be_decimal
    proven = [at for at, texts in enumerate(columns) if _is_proven(texts, is_likely)]
    proofs = [text for at in proven for text in columns[at] if _proves(text)]
    if not (len(proofs) >= ENOUGH or any(map(GROUPED.match, proofs))):
        return table
    wanted = [at for at, texts in enumerate(columns) if at in proven or _may_be(texts)]
    rows = []
    for row in table.rows:
        cells = list(row.cells)
        for at in wanted:
            cells[at : at + 1] = map(_pointed, cells[at : at + 1])
        rows.append(replace(row, cells=tuple(cells)))
    names = ", ".join(quote_cell(table.columns[at]) for at in wanted)
    told = f"Decimal commas in {names} were read as points: {proofs[0]} as {_pointed(proofs[0])}."
    return replace(table, rows=tuple(rows), told=(*table.told, told))


def _is_proven(texts: list[str], is_likely: bool) -> bool:
    """Return whether a cell proves it, and most others are numbers that do not contradict.

    Unless it `is_likely`, in a file not separated by commas, all cells with a comma prove it.
    """
    if not any("," in text or text.count(".") > 1 for text in texts):
        return False  # quickly, because most files are so
    there = [text for text in texts if not is_missing(text)]
    fits = [text for text in there if _fits(text)]
    proofs = [_proves(text) for text in fits if "," in text or text.count(".") > 1]
    is_enough = any(proofs) and (is_likely or all(proofs)) and len(fits) * 2 > len(there)
    # Points or commas that are otherwise deny it: 3.9, 1,234.5, 1,234,567.
    others = (text for text in there if "." in text or text.count(",") > 1)
    return is_enough and not any(any(map(str.isdecimal, t)) and not _fits(t) for t in others)


def _may_be(texts: list[str]) -> bool:
    there = [text for text in texts if not is_missing(text)]
    return any(map(COMMA.fullmatch, there)) and all("." not in t and _fits(t) for t in there)


def _fits(text: str) -> bool:
    return any(pattern.fullmatch(text) for pattern in (COMMA, DOTS, WHOLE))


def _proves(text: str) -> bool:
    if match := COMMA.fullmatch(text):
        is_thousand = len(match["fraction"]) == THOUSAND and match["whole"][0] != "0"
        return not is_thousand or not match["whole"].isdecimal()
    match = DOTS.fullmatch(text)
    return match is not None and match["whole"].count(".") > 1


def _pointed(text: str) -> str:
    text = text.strip()
    match = COMMA.fullmatch(text) or DOTS.fullmatch(text)
    if match is None:
        return text
    parts = match.groupdict()
    whole = parts["whole"].replace(".", "")
    fraction = f".{parts['fraction']}" if "fraction" in parts else ""
    return f"{parts['before']}{whole}{fraction}{parts['behind']}"
