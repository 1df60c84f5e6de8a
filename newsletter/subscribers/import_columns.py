"""Reads files of readers and of suppressions.

What Mailchimp, Substack, Ghost and beehiiv call their columns is mapped to our names here.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from glossary.ingest import tables
from glossary.ingest.problems import DataProblem, DataRefused
from newsletter.models import Newsletter, ReaderImport, RowResult
from newsletter.values.addresses import AddressError

# Our name, and the others in order of preference: of a row's cells the first that is filled counts.
COLUMNS = {
    "address": ("address", "email", "email_address", "e_mail", "subscriber_email"),
    "address_hash": ("address_hash",),
    "newsletter": ("newsletter",),
    "consent_source": ("consent_source", "source"),
    "consent_date": (
        "consent_date", "confirm_time", "optin_time", "subscription_date", "subscribed_at",
        "start_date", "created_at", "created",
    ),
    "reason": ("reason",),
}  # fmt: skip
YES, NO = {"", "active", "subscribed", "confirmed", "true", "yes", "1"}, {"", "false", "no", "0"}
# Columns that say whether somebody is a reader there, and the words by which they are.
STILL_THERE = {
    "status": YES, "subscribed_to_emails": YES, "email_disabled": NO, "unsubscribed_at": NO,
    "unsub_time": NO, "clean_time": NO, "deleted_at": NO,
}  # fmt: skip
NO_ADDRESS = "No column is called address, email or email address, so nobody can be found in it."


@dataclass(frozen=True, slots=True)
class Row:
    """`cells` by our names. `left` is the column that says they have left there;
    `same_as` the number of an earlier row with the same address and newsletter, or 0.
    """

    number: int
    cells: dict[str, str]
    left: str = ""
    same_as: int = 0

    def cell(self, name: str) -> str:
        return self.cells.get(name, "")


class RowError(ValueError):
    """A row cannot be read; the text says why, without an address."""


@dataclass(slots=True)
class Outcome[Read]:
    """The result of a row; `read` is its content, None for a row that is not stored."""

    row: Row
    result: RowResult
    why: str = ""
    read: Read | None = None


def outcome[Read](row: Row, read: Callable[[Row], Read]) -> Outcome[Read]:
    """Return NEW with what `read` returns, BAD with the reason, or DOUBLE for a repeated row."""
    if row.same_as:
        return Outcome(row, RowResult.DOUBLE, f"as row {row.same_as}")
    try:
        return Outcome(row, RowResult.NEW, "", read(row))
    except (AddressError, RowError) as error:
        return Outcome(row, RowResult.BAD, str(error))


def newsletter_of(
    row: Row, upload: ReaderImport, newsletters: dict[str, Newsletter]
) -> Newsletter | None:
    """Return the newsletter a row names by its slug, or that of the file. Raises RowError."""
    slug = row.cell("newsletter")
    if slug and slug not in newsletters:
        raise RowError(f"the newsletter is none of {', '.join(newsletters)}")
    return newsletters[slug] if slug else upload.newsletter


def read_rows(content: bytes, name: str, encoding: str) -> list[Row]:
    """Return the rows of a CSV, Excel or JSON file. Raises DataRefused without addresses."""
    table = tables.read_table(content, name, encoding)
    columns = [re.sub(r"[^a-z0-9]+", "_", each.casefold()).strip("_") for each in table.columns]
    places = {
        meant: [columns.index(each) for each in names if each in columns]
        for meant, names in COLUMNS.items()
    }
    if not places["address"] and not places["address_hash"]:
        raise DataRefused([DataProblem(0, "", NO_ADDRESS)])
    tells = [(columns.index(each), each) for each in STILL_THERE if each in columns]
    found: list[Row] = []
    first: dict[tuple[str, ...], int] = {}
    for row in table.rows:
        cells = {
            name: next(filter(None, map(row.cell, indexes)), "") for name, indexes in places.items()
        }
        left = (name for at, name in tells if row.cell(at).lower() not in STILL_THERE[name])
        who = tuple(cells[each].casefold() for each in ("address", "address_hash", "newsletter"))
        earlier = first.setdefault(who, row.number)
        same_as = earlier if earlier != row.number else 0
        found.append(Row(row.number, cells, next(left, ""), same_as))
    return found
