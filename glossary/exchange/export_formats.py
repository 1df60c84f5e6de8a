"""Terms as files that the import reads back exactly: CSV, Excel, JSON, Markdown.

Writers take terms one by one, so that a large glossary needs little memory.
"""

import codecs
import csv
import json
import zipfile
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime
from itertools import chain
from pathlib import Path
from typing import IO, Any, NamedTuple

import xlsxwriter
import yaml
from django.db.models import Model, Prefetch, QuerySet

from glossary.exchange.term_keys import (
    COLUMNS,
    FLAGS,
    ITEM_KEYS,
    KNOWN,
    LISTS,
    NUMBERS,
    PEOPLE,
    SIGNED,
    TEXTS,
    join_entries,
)
from glossary.models import Relation, Term, TermSeries
from glossary.values.csv_safety import defuse
from glossary.values.names import name_slug

LONGEST_EXCEL_CELL = 32_767  # characters; Excel's own limit
# The earliest time in a ZIP; with a fixed time, equal terms are equal bytes.
PACKED_AT = (1980, 1, 1, 0, 0, 0)
AT_A_TIME = 500
Record = dict[str, Any]


class TooLong(ValueError):
    """A text is too long for the format; the message names it and says what to do."""


def term_records(terms: QuerySet[Term]) -> Iterator[Record]:
    """Yield a dict per term with the keys of a term file, reading AT_A_TIME in five queries.

    Every key is present, so that an import of the file restores every field but the time at which a
    draft is to be published, which may be over by then.
    """
    relations = Relation.objects.select_related("to_term").defer("to_term__explanation")
    whole = terms.select_related("category", *PEOPLE).prefetch_related(
        "aliases",
        Prefetch("relations", relations),
        "citations",
        Prefetch("shown_series", TermSeries.objects.select_related("series")),
    )
    return map(_record, whole.iterator(AT_A_TIME))


def _record(term: Term) -> Record:
    return {
        **{name: str(getattr(term, name) or "") for name in (*TEXTS, "reviewed_on", *SIGNED)},
        **{name: getattr(term, name) for name in (*NUMBERS, *FLAGS)},
        "aliases": _parts(term.aliases.all(), "aliases"),
        "related": [
            {"term": each.to_term.slug, "kind": each.kind, "reason": each.reason}
            for each in term.relations.all()
        ],
        "citations": _parts(term.citations.all(), "citations"),
        "series": [{"slug": each.series.slug} for each in term.shown_series.all()],
    }


def _parts(rows: Iterable[Model], name: str) -> list[dict[str, str]]:
    return [{key: str(getattr(row, key) or "") for key in ITEM_KEYS[name]} for row in rows]


def write_csv(terms: Iterable[Record], out: IO[bytes]) -> None:
    """Write one row per term, with the byte-order mark that tells Excel it is UTF-8."""
    out.write(codecs.BOM_UTF8)
    writer = csv.writer(codecs.getwriter("utf-8")(out), lineterminator="\r\n")  # RFC 4180
    writer.writerow(COLUMNS)
    for row in _rows(terms):
        writer.writerow([defuse(cell) for cell in row])


def write_xlsx(terms: Iterable[Record], out: IO[bytes]) -> None:
    """Write one row per term, with text cells only. Raises TooLong."""
    with xlsxwriter.Workbook(out, {"constant_memory": True}) as workbook:
        workbook.set_properties({"created": datetime(*PACKED_AT, tzinfo=UTC)})
        sheet = workbook.add_worksheet("Terms")
        wrapped = workbook.add_format({"text_wrap": True, "valign": "top"})
        sheet.freeze_panes(1, 1)
        sheet.set_column(0, len(COLUMNS) - 1, 30, wrapped)
        for number, row in enumerate(chain([list(COLUMNS)], _rows(terms))):
            for place, cell in enumerate(row):
                if len(cell) > LONGEST_EXCEL_CELL:
                    raise TooLong(
                        f"“{row[0]}” has {len(cell):,} characters in {COLUMNS[place]}; Excel holds "
                        f"{LONGEST_EXCEL_CELL:,}. Take CSV, JSON or Markdown."
                    )
                sheet.write_string(number, place, cell)


def write_json(terms: Iterable[Record], out: IO[bytes]) -> None:
    between = b'{"terms": [\n'
    for term in terms:
        out.write(between + json.dumps(term, ensure_ascii=False).encode())
        between = b",\n"
    out.write(b"\n]}\n" if between == b",\n" else b'{"terms": []}\n')


def write_zip(terms: Iterable[Record], out: IO[bytes]) -> None:
    """Write one Markdown file per term, in a folder for each category."""
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for term in terms:
            entry = zipfile.ZipInfo(_path_in_folder(term), PACKED_AT)
            archive.writestr(entry, as_markdown(term), zipfile.ZIP_DEFLATED)


def write_folder(terms: Iterable[Record], folder: Path) -> None:
    """Write what the ZIP holds as files. Raises OSError, also if there are files already."""
    folder.mkdir(exist_ok=True)
    if any(folder.iterdir()):
        raise OSError(f"{folder} is not empty.")
    for term in terms:
        path = folder / _path_in_folder(term)
        path.parent.mkdir(exist_ok=True)
        path.write_text(as_markdown(term), encoding="utf-8", newline="\n")


def _path_in_folder(term: Record) -> str:
    return f"{name_slug(term['category']) or 'other'}/{term['slug']}.md"


def as_markdown(said: Record) -> str:
    """Write a record as a term file: front matter, the definition, the explanation."""
    front = {key: said[key] for key in (*TEXTS, *NUMBERS, *FLAGS) if key in KNOWN}
    for name in LISTS:
        front[name] = [{key: part for key, part in each.items() if part} for each in said[name]]
    if day := said["reviewed_on"]:
        front["reviewed_on"] = date.fromisoformat(day)
    front |= {name: said[name] for name in SIGNED if said[name]}
    dumped = yaml.safe_dump(front, allow_unicode=True, sort_keys=False, width=1_000_000)
    texts = "\n\n".join(filter(None, [said["definition"], said["explanation"]]))
    return f"---\n{dumped}---\n{texts}\n"


def _rows(terms: Iterable[Record]) -> Iterator[list[str]]:
    for term in terms:
        yield [
            join_entries(term[name], ITEM_KEYS[name])
            if name in LISTS
            else str(term[name]).lower()
            if name in FLAGS
            else str(term[name])
            for name in COLUMNS
        ]


class ExportFormat(NamedTuple):
    """How to write a file, its media type, and the label of its button."""

    write: Callable[[Iterable[Record], IO[bytes]], None]
    media_type: str
    label: str


EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FORMATS = {
    "csv": ExportFormat(write_csv, "text/csv; charset=utf-8", "CSV"),
    "xlsx": ExportFormat(write_xlsx, EXCEL, "Excel"),
    "json": ExportFormat(write_json, "application/json", "JSON"),
    "zip": ExportFormat(write_zip, "application/zip", "Markdown files in a ZIP"),
}
