"""How sure a number is, in publishers' words and flags."""

import re
from collections.abc import Iterable

from glossary.ingest.cells import FLAGS, quote_cell
from glossary.values.points import Status

# Boxes as databases export them: Airtable writes "checked".
CHECKED = frozenset({"1", "true", "yes", "checked", "x", "✓"})
UNCHECKED = frozenset({"0", "false", "no", "unchecked", "complete"})
# Publishers' words for the status of a number. Other words are refused.
STATUSES = (
    dict.fromkeys(("", "-", "a", "m", "final", "actual", "observed", "revised"), Status.FINAL)
    | dict.fromkeys(("c", "corrected"), Status.FINAL)
    | dict.fromkeys(("estimate", "estimated"), Status.PROVISIONAL)
    | dict.fromkeys(UNCHECKED, Status.FINAL)
    | dict.fromkeys(("définitif", "endgültig", "definitivo"), Status.FINAL)
    | dict.fromkeys(("provisoire", "vorläufig", "provvisorio"), Status.PROVISIONAL)
    | dict.fromkeys(("provisional", "preliminary", "incomplete"), Status.PROVISIONAL)
    | dict.fromkeys(("projected", "projection", "forecast", "planned"), Status.PROJECTED)
)
# A checked box means the name of its column.
CHECKED_MEANS = (
    (re.compile("incomplete|provisional|preliminary|partial", re.IGNORECASE), Status.PROVISIONAL),
    (re.compile("project|forecast|planned", re.IGNORECASE), Status.PROJECTED),
)
SURE_FIRST = (Status.FINAL, Status.PROVISIONAL, Status.PROJECTED)


def read_status(text: str, column: str) -> Status | None:
    """Return the status that a cell names; None for an unknown word."""
    text = text.casefold()
    if text in CHECKED:
        return next((status for name, status in CHECKED_MEANS if name.search(column)), None)
    return status_of_flag(text) if re.fullmatch(FLAGS, text) else STATUSES.get(text)


def unknown_status(text: str) -> str:
    """Return what to do about a cell that read_status() does not know."""
    return (
        f"{quote_cell(text)} is not a known status. Use final, provisional or projected; 1 and 0"
        " in a column called incomplete; or choose status= for none."
    )


def status_of_flag(flag: str) -> Status:
    """Return the least sure status of the letters of a flag: "bp" is a break and provisional."""
    if "f" in flag:
        return Status.PROJECTED
    return Status.PROVISIONAL if set(flag) & set("eps") else Status.FINAL


def least_sure(statuses: Iterable[Status]) -> Status:
    """Return the status of what is computed from numbers of these: FINAL for none."""
    return max(statuses, key=SURE_FIRST.index, default=Status.FINAL)
