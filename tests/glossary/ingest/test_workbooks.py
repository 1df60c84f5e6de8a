"""Excel workbooks, made here by hand from their XML: what is read, and bombs that do not go off."""

import io
import zipfile
from datetime import date
from decimal import Decimal

import pytest

from glossary.ingest import workbooks
from glossary.ingest.plans import plan_release
from glossary.ingest.problems import DataRefused
from glossary.ingest.tables import FilePart, TableRow, read_table
from glossary.ingest.workbooks import WorkbookError, read_sheet
from tests.builders import make_series
from tests.bystanders import unchanged

MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
HEAD = '<?xml version="1.0" encoding="UTF-8"?>'
# Style 1 is a date (built-in format 14), style 2 a percentage (built-in format 10), then in
# millions, a quoted percent sign, percent above zero only, and commas between thousands; from
# style 7 on months, years and moments; from style 13 on conditions.
FORMATS = (
    "0.0,,",
    "0.0&quot;%&quot;",
    "0%;-0.0;0",
    "[Red]#,##0.0_)",
    "mmm-yy",
    "[$-409]mmm\\-yy;@",
    "yyyy",
    "&quot;end &quot;yyyy",
    "yyyy hh:mm",
    "mm:ss",
    "[&gt;=1000000]0.0,,&quot;M&quot;;[&gt;=1000]0.0,&quot;K&quot;;0",
    "[Red][&lt;100]0.0;#,##0",
    "[&lt;0.1]0.00%;0.0",
    "&quot;[&lt;&quot;0%",
)
STYLES = (
    f"{HEAD}<styleSheet {MAIN}><numFmts>"
    + "".join(
        f'<numFmt numFmtId="{n}" formatCode="{code}"/>' for n, code in enumerate(FORMATS, 164)
    )
    + '</numFmts><fonts><font/></fonts><cellXfs><xf numFmtId="0"/>'
    '<xf numFmtId="14" applyNumberFormat="1"/><xf numFmtId="10" applyNumberFormat="1"/>'
    + "".join(f'<xf numFmtId="{n}" applyNumberFormat="1"/>' for n in range(164, 164 + len(FORMATS)))
    + "</cellXfs></styleSheet>"
)
SHEETS = "application/vnd.openxmlformats-officedocument.spreadsheetml"
CONTENT_TYPES = (
    f'{HEAD}<Types xmlns="{PACKAGE}/content-types">'
    f'<Override PartName="/xl/workbook.xml" ContentType="{SHEETS}.sheet.main+xml"/>'
    f'<Override PartName="/xl/styles.xml" ContentType="{SHEETS}.styles+xml"/>'
    f'<Override PartName="/xl/sharedStrings.xml" ContentType="{SHEETS}.sharedStrings+xml"/></Types>'
)


def make_workbook(sheets, shared="", hidden=(), extra=None, before=""):
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
        "[Content_Types].xml": CONTENT_TYPES,
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
        inner = f"{before}<sheetData>{sheets[name]}</sheetData>"
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


CELLS = [
    (number("B2", 3), "3"),
    (number("B2", "5e26"), "5e+26"),
    (number("B2", 0.594, 2), "59.4%"),
    (number("B2", "0.28999999999999998", 2), "29%"),
    (number("B2", -1, 2), "-100%"),
    (number("B2", 0, 2), "0%"),
    (number("B2", 1234567, 3), "1.234567"),
    (number("B2", 59.4, 4), "59.4"),
    (number("B2", 0.5, 5), "50%"),
    (number("B2", -0.5, 5), "-0.5"),
    (number("B2", 1500, 6), "1500"),
    (number("B2", 45322, 7), "2024-01"),
    (number("B2", 45292.5, 7), "2024-01"),
    (number("B2", 45292, 8), "2024-01"),
    (number("B2", 45292, 9), "2024"),
    (number("B2", 45292, 10), "2024"),
    (number("B2", 45292.5, 11), "2024-01-01T12:00:00"),
    (number("B2", 45292.5, 12), "2024-01-01T12:00:00"),
    (number("B2", 500, 13), "#SET_A_PLAIN_NUMBER_FORMAT!"),
    (number("B2", 2500000, 13), "#SET_A_PLAIN_NUMBER_FORMAT!"),
    (number("B2", 500, 14), "500"),
    (number("B2", 0.5, 15), "#SET_A_PLAIN_NUMBER_FORMAT!"),
    (number("B2", 0.5, 16), "50%"),
    ('<c r="B2" t="d"><v>2024-01-01</v></c>', "2024-01-01"),
    ('<c r="B2" t="e"><v>#DIV/0!</v></c>', "#DIV/0!"),
    ('<c r="B2" t="e"><f>NA()</f><v>#N/A</v></c>', "#N/A"),
    ('<c r="B2"><f>2+3</f><v></v></c>', "#NO_RESULT!"),
    ('<c r="B2"><f>2+3</f></c>', "#NO_RESULT!"),
    ('<c r="B2" t="str"><f>IF(1,"")</f><v></v></c>', ""),
    (number("B2", "-0.1"), "-0.1"),
    (number("B2", "0.30000000000000004"), "0.3"),
    (number("B2", "1234567.8900000001"), "1234567.89"),
    (number("B2", "123456789012345"), "123456789012345"),
    ('<c r="B2" t="b"><v>1</v></c>', "true"),
    ('<c r="B2"><f>1+1</f><v>2</v></c>', "2"),
    (text("B2", "=1+1"), "=1+1"),
    ('<c r="B2" t="s"><v>0</v></c>', "shared"),
    ("", ""),
]


def test_each_kind_of_cell_has_one_text():
    """All in one file, because each file takes a process."""
    rows = f'<row r="1">{text("A1", "a")}{text("B1", "b")}</row>' + "".join(
        f'<row r="{n}">{text(f"A{n}", "x")}{cell.replace("B2", f"B{n}")}</row>'
        for n, (cell, _) in enumerate(CELLS, 2)
    )
    table = read_table(make_workbook({"S": rows}, shared="<si><t>shared</t></si>"), "x.xlsx")
    found = [(cell, row.cell(1)) for (cell, _), row in zip(CELLS, table.rows, strict=True)]
    assert found == CELLS


def test_the_first_visible_sheet_is_read_unless_one_is_named():
    content = make_workbook(
        {"Notes": SMALL, "Read me": SMALL.replace("date", "day"), "Data": SMALL}, hidden={"Notes"}
    )
    table = read_table(content, "x.xlsx")
    assert table.columns[0] == "day"
    assert table.told[1] == "Other sheets: “Data”."
    assert read_table(content, "x.xlsx", part=FilePart(sheet="Data")).columns[0] == "date"
    message = "There is no visible sheet “Dat”. Sheets: “Read me”, “Data”."
    assert refusal_of(content, "", FilePart(sheet="Dat")) == message


def test_hidden_columns_are_named_one_by_one_where_they_have_cells():
    # A span of columns is one entry, and may reach far beyond what is used.
    third = f"{text('D1', 'other')}</row>"
    wide = SMALL.replace("</row>", third, 1).replace(text("B1", "value"), text("C1", "value"))
    columns = '<cols><col min="2" max="16384" hidden="1"/></cols>'
    book = make_workbook({"Data": wide}, before=columns)
    assert read_table(book, "x.xlsx").told[-1] == (
        "Read although Excel hides them: column B, column C, column D."
    )


def test_what_excel_hides_is_read_and_said_and_refusals_name_the_other_sheets():
    hidden = SMALL.replace('<row r="2"', '<row r="2" hidden="1"')
    table = read_table(make_workbook({"Data": hidden}), "x.xlsx")
    assert table.told[-1] == "Read although Excel hides them: row 2."
    shown = read_table(make_workbook({"Data": SMALL}), "x.xlsx")
    assert (table.rows, len(shown.told)) == (shown.rows, 1)
    title = f'<row r="1">{text("A1", "Read me")}</row>'
    message = refusal_of(make_workbook({"Notes": title, "Data": SMALL}))
    assert message.endswith("Other sheets: “Data”. Move the one to read to the front.")


@pytest.mark.parametrize(
    ("sheets", "read", "asked"),
    [
        ("Notes Data", "Data", ""),
        ("Notes List Data", "Data", ""),
        ("Data List", "Data", ""),
        ("Data Other", "Data", "Other sheets have numbers, too: “Other”. Accept to take “Data”"),
        ("Notes Data Other", "Notes", "have numbers, too: “Data”, “Other”."),
        ("First Other", "First", "have numbers, too: “Other”."),  # a first release, of one row
        ("First List", "First", ""),
        ("Notes List List2 List3 List4 Data", "Data", ""),
    ],
)
def test_of_a_publishers_workbook_the_only_sheet_with_data_is_read(sheets, read, asked):
    title = f'<row r="1">{text("A1", "Read me")}</row>'
    listed = "".join(
        f'<row r="{n}">{number(f"A{n}", n)}{text(f"B{n}", "Table")}</row>' for n in (1, 2, 3)
    )
    one = f'<row r="1">{text("A1", "Year")}{text("B1", "Value")}</row>'
    one += f'<row r="2">{number("A2", 2024)}{number("B2", 5)}</row>'
    inner = {"N": title, "L": listed, "D": SMALL, "O": SMALL, "F": one}
    book = make_workbook({name: inner[name[0]] for name in sheets.split()})
    sheet = read_sheet(book, by_numbers=True)
    assert sheet.name == read
    assert asked in " ".join(sheet.doubts())
    assert bool(sheet.with_numbers) is bool(asked)
    assert read_sheet(book).name == sheets.split()[0]


@pytest.mark.parametrize(
    "damage",
    [
        f'<worksheet {MAIN}><dimension ref="A1:B9"/><sheetData><row',
        f'<worksheet {MAIN}><sheetData><row><c t="s"><v>9</v></c></row></sheetData></worksheet>',
    ],
)
def test_a_damaged_sheet_refuses_a_workbook_only_if_it_is_the_one_to_read(damage):
    def book(names, damaged):
        extra = {f"xl/worksheets/sheet{damaged}.xml": damage}
        return make_workbook(dict.fromkeys(names, SMALL), extra=extra)

    sheet = read_sheet(book(["Data", "Log"], 2), by_numbers=True)
    assert (sheet.name, sheet.with_numbers, len(sheet.rows)) == ("Data", (), 3)
    assert read_sheet(book(["Data", "Log", "More"], 2), by_numbers=True).with_numbers == ("More",)
    with pytest.raises(WorkbookError, match="cannot be read"):
        read_sheet(book(["Log", "Data"], 1), by_numbers=True)


@pytest.mark.parametrize("name", ["\0", "\ud800", "--help", "x" * 1_000_000, "Notes\u202e"])
def test_any_name_of_a_sheet_may_be_asked_for(name):
    message = refusal_of(make_workbook({"Data": SMALL}), "", FilePart(sheet=name))
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


def compound(stream):
    """A file that begins as old Office files do and names a stream."""
    return b"\xd0\xcf\x11\xe0" + bytes(600) + stream.encode("utf-16-le")


def laughing():
    """A sheet whose entities would unfold to gigabytes."""
    entities = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 12))
    sheet = f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e0 "ha">{entities}]><worksheet {MAIN}>'
    sheet += (
        '<sheetData><row r="1"><c r="A1" t="str"><v>&e11;</v></c></row></sheetData></worksheet>'
    )
    return make_workbook({"S": SMALL}, extra={"xl/worksheets/sheet1.xml": sheet})


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (laughing, "cannot be read"),
        (lambda: compound("EncryptedPackage"), "protected by a password. Open it in Excel"),
        (lambda: compound("Workbook"), "old Excel file (.xls). Open it in Excel or LibreOffice"),
        (lambda: make_workbook({"S": SMALL}, extra={"xl/workbook.bin": ""}), "binary Excel file"),
        (lambda: make_workbook({"S": SMALL}, extra={"content.xml": ""}), "OpenDocument sheet"),
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
    ids=[
        "entities",
        "password",
        "xls",
        "xlsb",
        "ods",
        "no zip",
        "cut",
        "broken XML",
        "zip bomb",
        "entries",
        "locked",
        "sparse",
        "shared text",
    ],
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


# --- into a series ---


def monthly(*cells, style=1):
    """A sheet of dates from January 2024 on and one cell each."""
    rows = "".join(
        f'<row r="{n}">{number(f"A{n}", day, style)}{cell}</row>'
        for n, (day, cell) in enumerate(zip((45292, 45323, 45352), cells, strict=False), 2)
    )
    head = f'<row r="1">{text("A1", "date")}{text("B1", "share")}</row>'
    return make_workbook({"Data": head + rows})


def planned(content, **fields):
    series = make_series("shown", **({"frequency": "monthly"} | fields))
    with unchanged(make_series("other")):
        return plan_release(series, content, "x.xlsx", date(2026, 1, 15))


@pytest.mark.django_db
@pytest.mark.parametrize(("unit", "first"), [("percent", "59.4"), ("share", "0.594")])
def test_a_percentage_is_read_as_excel_shows_it_in_the_unit_of_the_series(unit, first):
    content = monthly(number("B2", 0.594, 2), number("B3", 0.61, 2))
    assert planned(content, unit=unit).points[0].value == Decimal(first)


@pytest.mark.django_db
def test_dates_shown_as_months_end_with_their_month_in_a_series_of_endings():
    found = planned(monthly(number("B2", 1), number("B3", 2), style=7), denotes="ending")
    assert [point.period for point in found.points] == [date(2024, 1, 31), date(2024, 2, 29)]


@pytest.mark.django_db
def test_dates_shown_as_years_end_with_their_year_in_an_annual_series_of_endings():
    content = monthly(number("B2", 1), style=9)
    (point,) = planned(content, frequency="annual", denotes="ending").points
    assert point.period == date(2024, 12, 31)


@pytest.mark.django_db
def test_dates_shown_as_years_are_refused_in_a_monthly_series():
    with pytest.raises(DataRefused, match="“2024” is a year, but the series is monthly"):
        planned(monthly(number("B2", 1), style=9))


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("cell", "said"),
    [
        (
            '<c r="B3" t="e"><f>1/0</f><v>#DIV/0!</v></c>',
            "“#DIV/0!” is an error of the spreadsheet",
        ),
        ('<c r="B3" t="e"><v>#REF!</v></c>', "“#REF!” is an error of the spreadsheet"),
        ('<c r="B3"><f>2+3</f><v></v></c>', "The formula has no stored result. Open the file in"),
        (number("B3", 500, 13), "by conditions. In Excel, set a plain number format."),
    ],
)
def test_cells_that_have_no_one_number_are_refused_by_row(cell, said):
    with pytest.raises(DataRefused, match="Row 3, column “share”: ") as refused:
        planned(monthly(number("B2", 1), cell))
    assert said in str(refused.value)


@pytest.mark.django_db
def test_a_column_of_formulas_without_results_is_still_the_column_that_is_meant():
    rows = (
        f'<row r="1">{text("A1", "date")}{text("B1", "value")}{text("C1", "rank")}</row>'
        f'<row r="2">{number("A2", 45292, 1)}<c r="B2"><f>2+3</f></c>{number("C2", 7)}</row>'
    )
    with pytest.raises(DataRefused, match="Row 2, column “value”: The formula has no stored"):
        planned(make_workbook({"S": rows}))


@pytest.mark.django_db
def test_not_available_is_a_missing_value():
    na = '<c r="B3" t="e"><f>NA()</f><v>#N/A</v></c>'
    assert [p.value for p in planned(monthly(number("B2", 1), na)).points] == [1, None]


@pytest.mark.django_db
def test_title_rows_and_a_note_are_left_out_and_said():
    rows = (
        f'<row r="1">{text("A1", "Capex")}</row><row r="2">{text("A2", "billion USD")}</row>'
        f'<row r="4">{text("A4", "year")}{text("B4", "value")}</row>'
        f'<row r="5">{number("A5", 2023)}{number("B5", 1)}</row>'
        f'<row r="6">{number("A6", 2024)}{number("B6", 2)}</row>'
        f'<row r="8">{text("A8", "Source: filings")}</row>'
    )
    found = planned(make_workbook({"S": rows}), frequency="annual")
    assert [point.value for point in found.points] == [1, 2]
    assert "Left out above the header: rows 1 to 3." in found.file.told
    assert "Left out as a note: row 8, “Source: filings”." in found.file.told
