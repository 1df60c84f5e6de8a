"""Terms as files that the import reads back exactly: CSV, Excel, JSON, Markdown in a ZIP."""

import csv
import io
import json
import zipfile
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime
from typing import Any, NamedTuple

import xlsxwriter
import yaml
from django.db.models import Prefetch, QuerySet

from glossary.exchange.list_cells import join_entries
from glossary.exchange.term_keys import COLUMNS, FLAGS, ITEM_KEYS, LISTS
from glossary.models import Relation, Term, TermSeries
from glossary.values.csv_safety import defuse
from glossary.values.names import name_slug

LONGEST_EXCEL_CELL = 32_767  # characters; Excel's own limit
# The earliest time in a ZIP; with a fixed time, equal terms are equal bytes.
PACKED_AT = (1980, 1, 1, 0, 0, 0)
Record = dict[str, Any]


class TooLong(ValueError):
    """A text is too long for the format; the message names it and says what to do."""


def term_records(terms: QuerySet[Term]) -> list[Record]:
    """Return a dict per term with the keys of a term file, in five queries.

    Every key is present, so that an import of the file restores every field.
    """
    relations = Relation.objects.select_related("to_term")
    whole = terms.select_related("category").prefetch_related(
        "aliases",
        Prefetch("relations", relations),
        "citations",
        Prefetch("shown_series", TermSeries.objects.select_related("series")),
    )
    return [_record(term) for term in whole]


def _record(term: Term) -> Record:
    return {
        "headword": term.headword,
        "slug": term.slug,
        "category": term.category.name,
        "status": term.status,
        "definition": term.definition,
        "explanation": term.explanation,
        "reviewed_on": term.reviewed_on.isoformat() if term.reviewed_on else "",
        **{flag: getattr(term, flag) for flag in FLAGS},
        "aliases": [{"name": each.name, "kind": each.kind} for each in term.aliases.all()],
        "related": [
            {"term": each.to_term.slug, "kind": each.kind, "reason": each.reason}
            for each in term.relations.all()
        ],
        "citations": [
            {
                "publisher": each.publisher,
                "title": each.title,
                "url": each.url,
                "read_on": each.read_on.isoformat() if each.read_on else "",
            }
            for each in term.citations.all()
        ],
        "series": [{"slug": each.series.slug} for each in term.shown_series.all()],
    }


def as_csv(terms: Iterable[Record]) -> bytes:
    """Return one row per term, with the byte-order mark that tells Excel it is UTF-8."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")  # RFC 4180
    writer.writerow(COLUMNS)
    for row in _rows(terms):
        writer.writerow([defuse(cell) for cell in row])
    return out.getvalue().encode("utf-8-sig")


def as_xlsx(terms: Iterable[Record]) -> bytes:
    """Return one row per term, with text cells only. Raises TooLong."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as workbook:
        workbook.set_properties({"created": datetime(*PACKED_AT, tzinfo=UTC)})
        sheet = workbook.add_worksheet("Terms")
        wrapped = workbook.add_format({"text_wrap": True, "valign": "top"})
        sheet.freeze_panes(1, 1)
        sheet.set_column(0, len(COLUMNS) - 1, 30, wrapped)
        for number, row in enumerate([list(COLUMNS), *_rows(terms)]):
            for place, cell in enumerate(row):
                if len(cell) > LONGEST_EXCEL_CELL:
                    raise TooLong(
                        f"“{row[0]}” has {len(cell):,} characters in {COLUMNS[place]}; Excel holds "
                        f"{LONGEST_EXCEL_CELL:,}. Take CSV, JSON or Markdown."
                    )
                sheet.write_string(number, place, cell)
    return out.getvalue()


def as_json(terms: Iterable[Record]) -> bytes:
    return (json.dumps({"terms": list(terms)}, ensure_ascii=False, indent=2) + "\n").encode()


def as_zip(terms: Iterable[Record]) -> bytes:
    """Return one Markdown file per term, in a folder for each category."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for term in terms:
            folder = name_slug(term["category"]) or "other"
            entry = zipfile.ZipInfo(f"{folder}/{term['slug']}.md", PACKED_AT)
            archive.writestr(entry, as_markdown(term), zipfile.ZIP_DEFLATED)
    return out.getvalue()


def as_markdown(said: Record) -> str:
    """Write a record as a term file: front matter, the definition, the explanation."""
    front = {key: part for key, part in said.items() if key not in ("definition", "explanation")}
    day = front.pop("reviewed_on")
    front |= {"reviewed_on": date.fromisoformat(day)} if day else {}
    for name in LISTS:
        front[name] = [{key: part for key, part in each.items() if part} for each in front[name]]
    dumped = yaml.safe_dump(front, allow_unicode=True, sort_keys=False, width=1_000_000)
    texts = "\n\n".join(filter(None, [said["definition"], said["explanation"]]))
    return f"---\n{dumped}---\n{texts}\n"


def _rows(terms: Iterable[Record]) -> Iterable[list[str]]:
    for term in terms:
        yield [_cell(name, term[name]) for name in COLUMNS]


def _cell(name: str, value: Any) -> str:
    if name in LISTS:
        return join_entries(value, ITEM_KEYS[name])
    if name in FLAGS:
        return "true" if value else "false"
    return str(value)


class ExportFormat(NamedTuple):
    """How to write a file, its media type, and the label of its button."""

    write: Callable[[Iterable[Record]], bytes]
    media_type: str
    label: str


EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FORMATS = {
    "csv": ExportFormat(as_csv, "text/csv; charset=utf-8", "CSV"),
    "xlsx": ExportFormat(as_xlsx, EXCEL, "Excel"),
    "json": ExportFormat(as_json, "application/json", "JSON"),
    "zip": ExportFormat(as_zip, "application/zip", "Markdown files in a ZIP"),
}
