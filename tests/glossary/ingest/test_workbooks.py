"""Excel workbooks, made here by hand from their XML: what is read, and bombs that do not go off."""

import io
import zipfile

import pytest

from glossary.ingest import workbooks
from glossary.ingest.tables import DataRefused, TableRow, read_table
from glossary.ingest.workbooks import WorkbookError, read_sheet

MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
HEAD = '<?xml version="1.0" encoding="UTF-8"?>'
# Style 1 is a date (built-in format 14), style 2 a percentage (built-in format 10).
STYLES = (
    f'{HEAD}<styleSheet {MAIN}><fonts><font/></fonts><cellXfs><xf numFmtId="0"/>'
    '<xf numFmtId="14" applyNumberFormat="1"/><xf numFmtId="10" applyNumberFormat="1"/>'
    "</cellXfs></styleSheet>"
)


def make_workbook(sheets, shared="", hidden=(), extra=None):
    """Make an .xlsx of {name: inner XML of sheetData}."""
    names = list(sheets)
    listed = "".join(
        f'<sheet name="{name}" sheetId="{n}" r:id="rId{n}"'
        f"{' state="hidden"' if name in hidden else ''}/>"
        for n, name in enumerate(names, 1)
    )
    relations = "".join(
        f'<Relationship Id="rId{n}" Type="{OFFICE}/worksheet" Target="worksheets/sheet{n}.xml"/>'
        for n in range(1, len(names) + 1)
    )
    parts = {
        "[Content_Types].xml": f'{HEAD}<Types xmlns="{PACKAGE}/content-types"/>',
        "_rels/.rels": f'{HEAD}<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="rId1"'
        f' Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'{HEAD}<workbook {MAIN} xmlns:r="{OFFICE}"><sheets>{listed}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'{HEAD}<Relationships xmlns="{PACKAGE}/relationships">{relations}'
        f'<Relationship Id="rId98" Type="{OFFICE}/styles" Target="styles.xml"/>'
        f'<Relationship Id="rId99" Type="{OFFICE}/sharedStrings" Target="sharedStrings.xml"/></Relationships>',
        "xl/styles.xml": STYLES,
        "xl/sharedStrings.xml": f"{HEAD}<sst {MAIN}>{shared}</sst>",
    }
    for n, name in enumerate(names, 1):
        inner = f"<sheetData>{sheets[name]}</sheetData>"
        parts[f"xl/worksheets/sheet{n}.xml"] = f"{HEAD}<worksheet {MAIN}>{inner}</worksheet>"
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, text in (parts | (extra or {})).items():
            archive.writestr(path, text)
    return file.getvalue()


def text(place, content):
    return f'<c r="{place}" t="inlineStr"><is><t>{content}</t></is></c>'


def number(place, content, style=0):
    return f'<c r="{place}" s="{style}"><v>{content}</v></c>'


SMALL = (
    f'<row r="1">{text("A1", "date")}{text("B1", "value")}</row>'
    f'<row r="2">{number("A2", 45382, 1)}{number("B2", 1.5)}</row>'
    f'<row r="4">{number("A4", 45473, 1)}{number("B4", "59.399999999999999")}</row>'
)


def refusal_of(content, *args):
    with pytest.raises(DataRefused) as refused:
        read_table(content, "x.xlsx", *args)
    return str(refused.value)


def test_dates_and_numbers_come_as_csv_would_say_them_with_excels_row_numbers():
    table = read_table(make_workbook({"Data": SMALL}), "x.xlsx")
    assert table.columns == ("date", "value")
    assert table.rows == (TableRow(2, ("2024-03-31", "1.5")), TableRow(4, ("2024-06-30", "59.4")))
    assert table.told == ("The sheet “Data” of the Excel file was read.",)


@pytest.mark.parametrize(
    ("cell", "read"),
    [
        (number("B2", 3), "3"),
        (number("B2", "5e26"), "5e+26"),
        (number("B2", 0.594, 2), "0.594"),
        (number("B2", "-0.1"), "-0.1"),
        (number("B2", "0.30000000000000004"), "0.3"),
        (number("B2", "1234567.8900000001"), "1234567.89"),
        (number("B2", "123456789012345"), "123456789012345"),
        ('<c r="B2" t="b"><v>1</v></c>', "true"),
        ('<c r="B2"><f>1+1</f><v>2</v></c>', "2"),
        (text("B2", "=1+1"), "=1+1"),
        ('<c r="B2" t="s"><v>0</v></c>', "shared"),
        ("", ""),
    ],
)
def test_each_kind_of_cell_has_one_text(cell, read):
    rows = f'<row r="1">{text("A1", "a")}{text("B1", "b")}</row><row r="2">{text("A2", "x")}{cell}</row>'
    table = read_table(make_workbook({"S": rows}, shared="<si><t>shared</t></si>"), "x.xlsx")
    assert table.rows[0].cell(1) == read


def test_the_first_visible_sheet_is_read_unless_one_is_named():
    content = make_workbook(
        {"Notes": SMALL, "Read me": SMALL.replace("date", "day"), "Data": SMALL}, hidden={"Notes"}
    )
    table = read_table(content, "x.xlsx")
    assert table.columns[0] == "day"
    assert table.told[1] == "Other sheets: “Data”."
    assert read_table(content, "x.xlsx", "", "Data").columns[0] == "date"
    message = "There is no visible sheet “Dat”. Sheets: “Read me”, “Data”."
    assert refusal_of(content, "", "Dat") == message


@pytest.mark.parametrize("name", ["\0", "\ud800", "--help", "x" * 1_000_000, "Notes\u202e"])
def test_any_name_of_a_sheet_may_be_asked_for(name):
    message = refusal_of(make_workbook({"Data": SMALL}), "", name)
    assert message.startswith("There is no visible sheet “")
    assert message.isprintable()


def test_an_empty_sheet_is_an_empty_file():
    assert refusal_of(make_workbook({"S": ""})) == "The file is empty."


SPARSE = (
    '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>2</v></c></row>'
)
REPEATED = f"<row>{'<c t="s"><v>0</v></c>' * 500}</row>" * 1_200
LONG = "x" * 10_000


def with_lying_sizes():
    """A bomb of 120 MB that says it is 100 bytes: the sizes in the archive's list are patched."""
    content = bytearray(
        make_workbook({"S": SMALL}, extra={"xl/sharedStrings.xml": " " * 120_000_000})
    )
    return bytes(content).replace((120_000_000).to_bytes(4, "little"), (100).to_bytes(4, "little"))


def locked():
    """Set the bit "encrypted" of the first entry in the archive's list."""
    content = bytearray(make_workbook({"S": SMALL}))
    content[content.index(b"PK\x01\x02") + 8] |= 1
    return bytes(content)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: b"PK\x03\x04 and nothing more", "cannot be read"),
        (lambda: make_workbook({"S": SMALL})[:-200], "cannot be read"),
        (lambda: make_workbook({}, extra={"xl/workbook.xml": "<broken"}), "cannot be read"),
        (lambda: make_workbook({"S": SMALL}, extra={"x": "\0" * 120_000_000}), "too large"),
        (
            lambda: make_workbook({"S": SMALL}, extra={f"x{n}": "" for n in range(2_000)}),
            "too large",
        ),
        (locked, "protected by a password"),
        (lambda: make_workbook({"S": SPARSE}), "too large"),
        (lambda: make_workbook({"S": REPEATED}, shared=f"<si><t>{LONG}</t></si>"), "too large"),
    ],
    ids=["no zip", "cut", "broken XML", "zip bomb", "entries", "locked", "sparse", "shared text"],
)
def test_bombs_and_broken_files_are_refused(make, message):
    assert message in refusal_of(make())


def test_an_archive_that_lies_about_its_sizes_is_refused():
    with pytest.raises(WorkbookError, match="cannot be read"):
        read_sheet(with_lying_sizes())


def test_a_workbook_that_takes_too_long_is_refused(monkeypatch):
    monkeypatch.setattr(workbooks, "MAX_SECONDS", 0.001)
    assert "too large" in refusal_of(make_workbook({"S": SMALL}))


def test_a_file_larger_than_its_cells_may_be_is_refused_like_any_other():
    rows = "".join(f'<row r="{n}">{text(f"A{n}", "x" * 10_001)}</row>' for n in (1, 2))
    header = f'<row r="1">{text("A1", "a")}</row><row r="2">{text("A2", "x" * 10_001)}</row>'
    assert "name is over 200" in refusal_of(make_workbook({"S": rows}))
    assert "Row 2, column “a”: The cell is over" in refusal_of(make_workbook({"S": header}))
