"""Files to tables: what is read, reported, and refused within bounded time."""

import json
import time

import pytest

from glossary.ingest import tables
from glossary.ingest.layouts import without_notes
from glossary.ingest.problems import DataRefused
from glossary.ingest.tables import TableRow, read_table

PLAIN = "date,value\n2024-03-31,1\n2024-06-30,2\n"


def refusal_of(content, *args):
    with pytest.raises(DataRefused) as refused:
        read_table(content if isinstance(content, bytes) else content.encode(), *args)
    return str(refused.value)


def cells_of(content, *args):
    table = read_table(content if isinstance(content, bytes) else content.encode(), *args)
    return [table.columns, *(row.cells for row in table.rows)]


def test_a_plain_file_is_read_with_the_row_numbers_of_a_spreadsheet():
    table = read_table(PLAIN.encode(), "x.csv")
    assert table.columns == ("date", "value")
    assert table.rows == (TableRow(2, ("2024-03-31", "1")), TableRow(3, ("2024-06-30", "2")))
    assert table.told == ()
    assert table.texts("value") == ["1", "2"]


@pytest.mark.parametrize(
    ("content", "name", "told"),
    [
        (b"\xef\xbb\xbf" + PLAIN.encode(), "x.csv", "byte-order mark"),
        (PLAIN.encode("utf-16"), "x.csv", "byte-order mark"),
        (b"\xfe\xff" + PLAIN.encode("utf-16-be"), "x.csv", "byte-order mark"),
        (PLAIN.replace("\n", "\r\n").encode(), "x.csv", "CRLF"),
        (PLAIN.replace(",", ";").encode(), "x.csv", "semicolons"),
        (PLAIN.replace(",", "\t").encode(), "x.tsv", "tabs"),
        (PLAIN.replace(",", "\t").encode(), "download", "tabs"),
    ],
)
def test_other_forms_of_the_same_file_are_read_alike_and_told(content, name, told):
    table = read_table(content, name)
    plain = read_table(PLAIN.encode())
    assert (table.columns, table.rows) == (plain.columns, plain.rows)
    assert told in " ".join(table.told)


def test_line_ends_of_old_macs_and_blank_lines_do_not_matter():
    assert cells_of(PLAIN.replace("\n", "\r")) == cells_of(PLAIN)
    table = read_table(b"\n\ndate,value\n\n2024-03-31,1\n , \n")
    assert table.rows == (TableRow(5, ("2024-03-31", "1")),)


def test_line_breaks_inside_cells_are_kept_counted_and_do_not_shift_rows():
    table = read_table(b'"the\ndate",value,note\n2024,1,"two\r\nlines"\n2025,2,x\n')
    assert table.columns == ("the date", "value", "note")
    assert table.rows[0].cells == ("2024", "1", "two\r\nlines")
    assert table.rows[1].number == 3
    assert table.told[-1] == "Rows with line breaks inside cells: 1."


def test_a_decimal_comma_does_not_pass_for_a_separator():
    table = read_table(b"date;value, in millions\n2024;1,5\n2025;2,5\n")
    assert table.columns == ("date", "value, in millions")
    assert table.comma_may_be_decimal


@pytest.mark.parametrize(
    ("text", "cells"),
    [
        ('date, note, value\n2024, "big" jump, 5\n', [("2024", '"big" jump', "5")]),
        ('date, note, value\n2024, a, 5\n2025, "5 disk,6\n', [("2024", "a", "5"), ("2025", '"5 disk', "6")]),
        ('date; note; value\n2024; "big" jump; 5\n', [("2024", '"big" jump', "5")]),
        ('date, "value"\n2024, 5\n', [("2024", "5")]),
        ('date, "value, all"\n2024, 5\n', [("2024", "5")]),
        ('date, value\n2024, "1,234"\n', [("2024", "1,234")]),
        ('date,  value\n2024,  "5"\n', [("2024", "5")]),
        ('value, date\n5, "2024-01"\n', [("5", "2024-01")]),
        ('value, note\n5, "May"\n', [("5", '"May"')]),
        ('date, value, note\n2024, "5", "big" jump\n', [("2024", '"5"', '"big" jump')]),
    ],
)  # fmt: skip
def test_a_quotation_mark_behind_a_space_begins_a_cell_only_where_it_ends_one(text, cells):
    rows = read_table(text.encode()).rows
    assert [tuple(map(row.cell, range(len(row.cells)))) for row in rows] == cells


def test_a_column_whose_name_is_in_quotes_behind_a_space_keeps_them_among_numbers():
    assert read_table(b'date, "value"\n2024, 5\n').columns == ("date", '"value"')
    for row in ('2024, 5, "36"', '2024, 5, "2024-05-31"', '202401, 5, "2024-05-31"'):
        table = read_table(f'date, "value", "x"\n{row}\n'.encode())
        assert table.columns == ("date", '"value"', '"x"')
    assert read_table(b'date, "value"\n2024, "5"\n').columns == ("date", "value")
    assert read_table(b'date, "value, all"\n2024, 5\n').columns == ("date", "value, all")


def test_a_file_that_no_reading_of_quotes_helps_is_refused_for_its_first_fault():
    with pytest.raises(DataRefused, match="There are 4 cells, but 3 columns"):
        read_table(b'date, note, value\n2024, "big" jump, 5, 6\n')


def test_a_single_column_and_a_footer_line_leave_the_comma_in_place():
    assert cells_of("date\n2024\n") == [("date",), ("2024",)]
    assert cells_of("date,value\n2024,1\nSource: BLS\n")[0] == ("date", "value")


def test_formula_cells_that_were_defused_come_back():
    rows = cells_of("date,note\n2024,'=1+1\n2025,-5\n2026,'plain'\n")
    assert [row[1] for row in rows[1:]] == ["=1+1", "-5", "'plain'"]


@pytest.mark.parametrize(
    ("encoding", "declared"),
    [("mac_roman", "macintosh"), ("mac_roman", "Mac-Roman"), ("cp1252", "ISO-8859-1")],
)
def test_other_encodings_are_read_when_declared(encoding, declared):
    content = "date,who\n2024,Xi’an – Zürich\n".encode(encoding)
    assert cells_of(content, "x.csv", declared)[1] == ("2024", "Xi’an – Zürich")
    assert "Unknown encoding: save the file as UTF-8" in refusal_of(content)


def test_an_encoding_is_never_guessed_and_its_place_is_named():
    assert refusal_of(b"date,who\n2024,ok\n2025,Xi\xd5an\n").startswith("Row 3: Unknown encoding")
    assert "“ebcdic” is not known" in refusal_of(PLAIN, "x.csv", "ebcdic")
    assert "Unknown encoding" in refusal_of(b"date,who\n2024,\x81\n", "x.csv", "windows-1252")
    assert "Unknown encoding" in refusal_of("a,b\n1,2\n".encode("utf-16") + b"\x00")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "The file is empty."),
        (b"\n \n", "The file is empty."),
        (b"\xef\xbb\xbf", "The file is empty."),
        (b",,\n,,\n", "The file is empty."),
        (b"date,value\n", "a header and no rows"),
        (b"date,value\n , \n", "a header and no rows"),
        (b"<!doctype html><p>Not found", "web page"),
        (b"%PDF-1.7", "PDF"),
        (b"PAR1\x15\x04\xff", "This is a Parquet file."),
        (b"BZh91AY&SY\xff", "compressed with bzip2"),
        (b"data.csv".ljust(257, b"\0") + b"ustar\0", "This is a tar archive."),
        (b"\x1f\x8b\x08\x00", "compressed"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "old Excel"),
        (b"date,value\n2024,$36,742\n", "Row 2: There are 3 cells, but 2 columns"),
        (b'date,value\n2024,"1\n', "quotation marks do not match"),
        (b'date,value\n2024,"1"2\n', "Row 2: The quotation marks do not match"),
        (b"date,value\n2024,1\x00\n", "control character “\\u0000”"),
        (b"date,value\n2024,1\x1b[31m\n", "Row 2, column “value”: The cell holds a control"),
        ("date,val\u202eue\n2024,1\n".encode(), "column “val\\u202eue”: The column's name holds"),
        ("date,value\n2024,\u0085\n".encode() + b"2025,a\xc2\x80b\n", "control character"),
        (b"date," + b"x" * 300 + b"\n2024,1\n", "name is over 200 characters"),
        (b"date,value\n2024," + b"1" * 10_001 + b"\n", "The cell is over 10,000 characters"),
    ],
)
def test_what_cannot_be_taken_is_refused_with_what_to_do(content, message):
    assert message in refusal_of(content)


def test_a_column_name_twice_is_kept_for_the_mapping_to_judge():
    assert cells_of("date,value,value,\n2024,1,2,\n")[0] == ("date", "value", "value")


def test_all_problems_are_named_but_no_more_than_fifty():
    refused = DataRefused(
        [tables.DataProblem(n, "value", "bad") for n in range(80, 0, -1)], total=1000
    )
    assert [problem.row for problem in refused.problems] == list(range(1, 51))
    assert str(refused).endswith("and 950 more problems")


RECORDS = [{"date": "2024-03-31", "value": 1}, {"date": "2024-06-30", "value": 2}]


@pytest.mark.parametrize("parsed", [RECORDS, {"data": RECORDS, "next": None}])
def test_json_records_are_a_table(parsed):
    table = read_table(json.dumps(parsed).encode(), "x.json")
    assert table.columns == ("date", "value")
    assert table.rows == (TableRow(1, ("2024-03-31", "1")), TableRow(2, ("2024-06-30", "2")))


def test_json_numbers_stay_the_text_they_are():
    content = (
        '[{"v": 0.1000000000000000055511}, {"v": 1e400}, {"v": NaN}, {"v": 12345678901234567}]'
    )
    assert [row[0] for row in cells_of(content)[1:]] == [
        "0.1000000000000000055511",
        "1e400",
        "NaN",
        "12345678901234567",
    ]


def test_json_keys_may_come_in_any_order_and_be_absent_or_null():
    content = '[{"a ": 1}, {" b": true, "a ": null}, {" b": false}]'
    assert cells_of(content) == [("a", "b"), ("1", ""), ("", "true"), ("", "false")]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('[{"a": 1},', "The JSON cannot be read (line 1)"),
        ("[1, 2]", "must be a list of objects"),
        ('{"rows": []}', "must be a list of objects"),
        ("[]", "a header and no rows"),
        ('[{"a": [[1]]}]', "a header and no rows"),
        ('[{"a": 1, "a": 2}]', "names one thing twice"),
        ('[{"a": "\\u0000"}]', "control character"),
        ('[{"a": "\\ud800"}]', "control character “\\ud800”"),
        ('[{"a\\u202e": 1}]', "invisible character"),
        ("[" * 1_000_000, "The JSON cannot be read"),
        ('{"data":' * 500_000, "The JSON cannot be read"),
    ],
)
def test_json_that_is_no_table_is_refused(content, message):
    assert message in refusal_of(content)


HOSTILE = {
    "one byte too many": b"x" * 20_000_001,
    "a line of 5 MB": b"x" * 5_000_000,
    "a quoted cell of 5 MB": b'date,"' + b"x" * 4_900_000,
    "100,000 columns": b",".join(b"c%d" % n for n in range(100_000)) + b"\n1\n",
    "nothing but commas": b"," * 5_000_000,
    "nothing but quotes": b'"' * 5_000_000,
    "nothing but line ends": b"\n" * 5_000_000,
    "rows and rows": b"a\n" + b"1\n" * 300_000,
    "many empty objects": b"[" + b"{}," * 1_500_000 + b"{}]",
    "a key an object": json.dumps([{f"k{n}": 1} for n in range(200_000)]).encode(),
    "few columns, far apart": json.dumps(
        [{f"k{n}": 1 for n in range(400)}, *[{"k399": 1}] * 150_000]
    ).encode(),
    "deep JSON": b'[{"a":' * 800_000,
    "a number of a million digits": b'[{"v": ' + b"9" * 4_000_000 + b"}]",
}


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE)
def test_hostile_files_are_refused_soon(content):
    start = time.process_time()
    assert refusal_of(content)
    assert time.process_time() - start < 3


def test_the_largest_file_allowed_is_read_soon():
    content = "date,value,low,high,status\n" + "2024-03-31,1,1,1,0\n" * 200_000
    start = time.process_time()
    assert len(read_table(content.encode()).rows) == 200_000
    assert time.process_time() - start < 5


@pytest.mark.parametrize(
    ("text", "columns", "told"),
    [
        ("Capex\nbillion USD\n\nyear,value\n2023,1\n", ("year", "value"), "rows 1 to 3."),
        ("Capex\nyear,value\n2023,1\n", ("year", "value"), "row 1."),
        (
            "Title:,Output\nUnits:,million\n\ndate,value\n2026-01,1\n",
            ("date", "value"),
            "rows 1 to 3.",
        ),
        ("name\nOne\nTwo\n", ("name",), ""),
        ("date:,value:\n2026-01,1\n", ("date:", "value:"), ""),
        ("date,value\n2026-01,1\n", ("date", "value"), ""),
    ],
)
def test_rows_above_the_header_are_left_out_and_said(text, columns, told):
    table = read_table(text.encode())
    assert table.columns == columns
    assert len(table.rows) >= 1
    said = [each for each in table.told if "above the header" in each]
    assert len(said) == bool(told)
    assert not told or said[0] == f"Left out above the header: {told}"


def test_a_title_above_numbers_without_a_header_is_no_reason_to_take_them_for_one():
    with pytest.raises(DataRefused, match="only one has a name"):
        read_table(b"Capex\n2023,1\n2024,2\n")


@pytest.mark.parametrize(
    ("end", "notes"),
    [
        ("\nSource: a ministry,\n", 1),
        ("\nNote,\nSource,\n", 0),  # only a row that is apart is a note, or one with a colon
        ("Source: an office,\n* revised,\n", 2),
        ("2025,\n", 0),
        ("\n2025,\n", 0),  # a period without a value
        ("Source,\n", 0),
    ],
)
def test_a_note_below_the_rows_is_left_out_and_said(end, notes):
    table = read_table(f"year,value\n2024,5\n{end}".encode())
    without = without_notes(table)
    assert len(table.rows) - len(without.rows) == notes
    assert len([each for each in without.told if "Left out as a note" in each]) == notes
