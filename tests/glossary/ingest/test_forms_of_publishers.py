"""Files in the forms of statistical offices, central banks and their APIs, without a database.

Each is read rightly, refused with a sentence that helps, or asked about; a neighbour that must stay
as it is stands beside each rule.
"""

import gzip
import io
import json
import zipfile
from datetime import date
from functools import partial

import pytest

from glossary.ingest.guessing import guess_mapping
from glossary.ingest.layouts import read_periods_table
from glossary.ingest.point_reader import read_series
from glossary.ingest.problems import DataRefused
from glossary.values.periods import Denotes, Frequency

MONTHS = "2024-01-01 3.7, 2024-02-01 3.9, 2024-03-01 3.8"
QUARTERS = "2024-01-01 1.5, 2024-04-01 1.6, 2024-07-01 1.7"
YEARS = "2021-01-01 7.1, 2022-01-01 6.9, 2023-01-01 6.5"


def read(content, kind, value="", encoding=""):
    """Return the points as text, and all that is said and asked."""
    frequency, _, denotes = kind.partition(" ")
    content = content if isinstance(content, bytes) else content.encode()
    table = read_periods_table(content, "file.csv", encoding)
    kinds = Frequency(frequency), Denotes(denotes or "around")
    mapping = guess_mapping(table, {"value": value} if value else {}).mapping
    incoming = read_series(table, mapping, date(2026, 11, 23), *kinds)
    points = ", ".join(f"{point.period} {point.value}" for point in incoming.points)
    return points, " ".join(incoming.told), " ".join(incoming.questions)


ONS = (
    '"Title","Unemployment rate"\n"CDID","MGSX"\n"PreUnit",""\n"Unit","%"\n'
    '"Release date","16-04-2024"\n"Important notes",\n"2021","7.1"\n"2022","6.9"\n"2023","6.5"\n'
    '"2024 Q1","1.5"\n"2024 Q2","1.6"\n"2024 Q3","1.7"\n'
    '"2024 JAN","3.7"\n"2024 FEB","3.9"\n"2024 MAR","3.8"\n'
)
ABS = (
    ',"Unemployment rate ;  Persons ;"\nUnit,Percent\nSeries Type,Original\nFrequency,Month\n'
    "Collection Month,1\nSeries Start,Jan-2024\nNo. Obs,3\nSeries ID,A84423050A\n"
    "Jan-2024,3.7\nFeb-2024,3.9\nMar-2024,3.8\n"
)
RBA = (
    "F1 INTEREST RATES\nTitle,Cash Rate\nDescription,Cash Rate; as of\nUnits,Per cent\n\n\n"
    "Source,RBA\nPublication date,02-Apr-2024\nSeries ID,FIRM\n04-Jan-2024,4.35\n"
)
DESTATIS = (
    "GENESIS-Tabelle: 61111-0002\nVerbraucherpreisindex: Deutschland, Monate;;;\nDeutschland;;;\n"
    ";;Preisindex;Veränderung\n;;2020=100;in (%)\n2024;Januar;117,6;+2,9\n2024;Februar;118,1;+2,5\n2024;März;118,6;+2,2\n"
    "__________\n© Statistisches Bundesamt (Destatis), 2024\n"
)
BUNDESBANK = (
    '"";BBEX3.D.USD;BBEX3.D.USD_FLAGS\n"";Euro-Referenzkurs der EZB;\nEinheit;USD;\n'
    "Stand vom;27.03.2024 16:00:00;\n2024-03-26;2.001,0855;\n2024-03-29;.;Kein Wert vorhanden\n"
)
BUNDESBANK_SHORT = (
    '"";BBSIS.X;BBSIS.X_FLAGS\nDezimalstellen;2;\nStand vom;25.09.2026 12:08:55 Uhr;\n'
    "2026-09-24;2.003,60;\n2026-09-26;.;Keine Werte vorhanden\n"
)
INSEE = (
    '"Libellé";"Taux";"Codes"\n"idBank";"001688527";""\n"Dernière mise à jour";"16/05/2024";""\n'
    '"Période";"";""\n"2024-T1";"1.5";"A"\n"2024-T2";"1.6";"A"\n"2024-T3";"1.7";"P"\n'
)
WORKERS = ",Employment,,Unemployment,\nYear,Men,Women,Men,Women\n2021,60,50,7.1,6\n2022,61,51,6.9,5\n2023,62,52,6.5,4\n"
SHARES = (
    "Year,Women,,Men,\n,Number,%,Number,%\n2021,60,7.1,50,6\n2022,61,6.9,51,5\n2023,62,6.5,52,4\n"
)
EUROSTAT_SHEET = (
    "Data extracted on 02/05/2024\nDataset:,Unemployment\n\nTime frequency,Annual\nUnit,Percent\n\n"
    "TIME,2021,2022,2023\nGEO (Labels),,,\nGermany,7.1,6.9,6.5\n"
)
BLS_FLAT = "series_id,year,period,value\nLNS,2024,M01,3.7\nLNS,2024,M02,3.9\nLNS,2024,M03,3.8\nLNS,2024,M13,3.8\n"
STATCAN = (
    '"Geography","Canada","Canada","Canada"\n"Force","January 2024","February 2024","March 2024"\n'
    ',"Percentage"\n"Rate","3.7","3.9","3.8"\n\n"Symbol legend:"\n"..","not available"\n'
)


@pytest.mark.parametrize(
    ("text", "kind", "value", "points"),
    [
        (ONS, "monthly", "", MONTHS),
        (ONS, "quarterly", "", QUARTERS),
        (ONS, "annual", "", YEARS),
        (ABS, "monthly", "", MONTHS),
        (RBA, "daily", "", "2024-01-04 4.35"),
        (DESTATIS, "monthly", "Preisindex", "2024-01-01 117.6, 2024-02-01 118.1, 2024-03-01 118.6"),
        ("Tabelle: 1\nPreise\n;;Index\n;;2020=100\n2024;Januar;1.117,6\n", "monthly", "", "2024-01-01 1117.6"),
        ("Jahr;Monat;Wert\n2024;Januar;3,7\n2024;Februar;3,9\n2024;März;3,8\n2024;April;4,0\n2024;Mai;4,1\n", "monthly", "", f"{MONTHS}, 2024-04-01 4.0, 2024-05-01 4.1"),
        (BUNDESBANK, "daily", "", "2024-03-26 2001.0855, 2024-03-29 None"),
        (BUNDESBANK_SHORT, "daily", "", "2026-09-24 2003.60, 2026-09-26 None"),
        (INSEE, "quarterly", "", QUARTERS),
        ("Ledige;;\n;2024M01;2024M02;2024M03\nI alt;3,7;3,9;1.003,8\n", "monthly", "", "2024-01-01 3.7, 2024-02-01 3.9, 2024-03-01 1003.8"),
        ("Series,2024,2024,2024\nName,Q1,Q2,Q3\nGDP,1.5,1.6,1.7\n", "quarterly", "", QUARTERS),
        ("国債,,(単位 : %)\n基準日,1年,2年\nR6.4.1,0.1,0.2\n", "daily", "2年", "2024-04-01 0.2"),
        ("timestamp,price\n2024-01-01 00:00:00 UTC,3.7\n", "daily", "", "2024-01-01 3.7"),
        (WORKERS, "annual", "Unemployment Men", YEARS),
        (SHARES, "annual", "Women %", YEARS),
        (",2024,,,\n,Q1,Q2,Q3\nGDP,1.5,1.6,1.7\n", "quarterly", "", QUARTERS),
        ("[Percent]\nLine,,2024,2024,2024\n,,Q1,Q2,Q3\n1,GDP,1.5,1.6,1.7\n", "quarterly", "", QUARTERS),
        (STATCAN, "monthly", "", MONTHS),
        (BLS_FLAT, "monthly", "", MONTHS),
        ("YYYYMM,Value\n202401,3.7\n202402,3.9\n202403,3.8\n202413,3.8\n", "monthly", "", MONTHS),
        ("Year,Rate\n,%\n2021,7.1\n2022,6.9\n2023,6.5\n", "annual", "", YEARS),
        ("Year,Rate\n----,----\n2021,7.1\n2022,6.9\n2023,6.5\n", "annual", "", YEARS),
        ("Year,Rate\n2021,7.1\n2022,6.9\n2023,6.5\nSource: an office, 2024, revised\n", "annual", "", YEARS),
        ("Year,Rate\n2021,7.1\n2022,6.9\n2023,6.5\np = provisional\n.. = not available\n", "annual", "", YEARS),
        ("Libellé;Mise à jour;2024-T1;2024-T2;2024-T3\nTaux;16/05/2024;1.001,5;1,6;1,7\n", "quarterly", "", QUARTERS.replace("1.5", "1001.5")),
        ("2024 1e kwartaal;1\n".join(["Perioden;Waarde\n", ""]), "quarterly", "", "2024-01-01 1"),
        ("Quarter,Value\nJan-Mar 2024,1.5\nApr-Jun 2024,1.6\nJul-Sep 2024,1.7\n", "quarterly", "", QUARTERS),
        ("Month,Value\nDec-23,2\nJan-24,3.7\n", "monthly", "", "2023-12-01 2, 2024-01-01 3.7"),
        ("Month,Value\n2024.01,3.7\n2024.02,3.9\n2024.03,3.8\n", "monthly", "", MONTHS),
        ("Woche;Wert\nKW 5 2024;1\n", "weekly", "", "2024-01-29 1"),
        ("Week,Value\nw/e 5 Jan 2024,1\n", "weekly ending", "", "2024-01-05 1"),
        ("年月,値\n令和6年1月,3.7\n令和6年2月,3.9\n令和6年3月,3.8\n", "monthly", "", MONTHS),
        ("Flag,Year,Value\np,2024,5\n..,2025,:\n", "annual", "", "2024-01-01 5, 2025-01-01 None"),
        ("Year,Value\nHeisei 31,1\nReiwa 2,2\n", "annual", "", "2019-01-01 1, 2020-01-01 2"),
        ("Year,Value\nFY2022,1\nFY23,2\n2024年度,3\n", "annual", "", "2022-01-01 1, 2023-01-01 2, 2024-01-01 3"),
        ("Year,Value\nFY2022-23,1\nFY2023/24,2\n", "annual", "", "2023-01-01 1, 2024-01-01 2"),
        (EUROSTAT_SHEET, "annual", "", YEARS),
        ("Time,2021,2022,2023\nCountry,,,\nGermany,7.1,6.9,6.5\n", "annual", "", YEARS),
        ("sex,Rate 2024M01,Rate 2024M02,Rate 2024M03\nall,3.7,3.9,3.8\n", "monthly", "", MONTHS),
        ("Month,2023,2024\nJan,1,3.7\nFeb,2,3.9\nMar,,3.8\nTotal,3,11.4\n", "monthly", "", f"2023-01-01 1, 2023-02-01 2, {MONTHS}"),
        ("Quarter,2023,2024\n1,1,1.5\n2,2,1.6\n3,,1.7\n", "quarterly", "", f"2023-01-01 1, 2023-04-01 2, {QUARTERS}"),
        ("Año,Trimestre,PIB\n2024,1º trimestre,1.5\n,2º trimestre,1.6\n,3º trimestre,1.7\n", "quarterly", "", QUARTERS),
        ("year,month,decimal date,mean\n2024,1,2024.04,3.7\n2024,2,2024.13,3.9\n2024,3,2024.21,3.8\n", "monthly", "mean", MONTHS),
        ("year,month,date_of_month,births\n2024,1,31,5\n2024,2,1,6\n", "daily", "births", "2024-01-31 5, 2024-02-01 6"),
        ("timestamp,views\n2024010100,5\n2024010200,6\n", "daily", "", "2024-01-01 5, 2024-01-02 6"),
        ("Quarter,Value\nJan to Mar 2024,1.5\nApr to Jun 2024,1.6\nJul to Sep 2024,1.7\n", "quarterly", "", QUARTERS),
        ("Datetime,Close\n2024-01-02 00:00:00-05:00,5\n", "daily", "", "2024-01-02 5"),
        ("Year,Rate\n2021,7.1\n2022,6.9\n2023,6.5\nBron: CBS, 2024\n", "annual", "", YEARS),
        ("Year,Jan,Feb,Mar\n2024,3.7,3.9,***\n", "monthly", "", MONTHS.replace("3.8", "None")),
    ],
)  # fmt: skip
def test_a_file_of_an_office_is_read(text, kind, value, points):
    assert read(text, kind, value)[0] == points


@pytest.mark.parametrize(
    ("text", "kind", "said"),
    [
        ("Year,Value\nAll years,500\n2021,100\n", "annual", "Row 2, column “Year”: “All years” is not"),
        ("Year,Rate\n,5\n2021,7.1\n", "annual", "Row 2, column “Year”: There is no date."),
        ("Item,2021,2022\nUnits,7,8\nRevenue,1,2\n", "annual", "Several rows have the same period"),
        ("Year,Value\nR4,1\nR5,2\n", "annual", "“R4” is not a date"),
        ("Year,Rate\n2021,7.1\nNote: a break,\n2022,6.9\n", "annual", "Row 3, column “Year”: “Note: a"),
        ("Date,Value\n2024-01,1\n2024-02,2\n2024,3\n", "quarterly", "The column mixes lengths of time"),
        ("Year,Value\n2021,1\nFY2022,2\n", "annual", "The column mixes lengths of time"),
        ("Year,Value\n平成31年,1\n令和元年,2\n", "annual", "2019-01-01 is already in row 2, with another"),
        ("Year,Value\nFY2022,1\n", "annual ending", "does not say on which day it ends"),
        ("Quarter,Value\n1QFY25,1\n", "quarterly", "steps of the series when the fiscal year begins"),
        ("Quarter,Value\n2024-25 Q1,1\n", "quarterly", "“2024-25 Q1” is a fiscal period"),
        ("Quarter,Value\nFeb-Apr 2024,1\n", "quarterly", "“Feb-Apr 2024” is not a date"),
        ("Quarter,Value\nFeb to Apr 2024,1\n", "quarterly", "“Feb to Apr 2024” is not a date"),
        ("timestamp,views\n2024010112,5\n", "daily", "“2024010112” is not a date"),
        ("Period,Value\n2024.09,5\n2024.1,6\n", "monthly", "Write 2024-10."),
        ("Datetime,Close\n2024-01-02 10:00:00-05:00,5\n", "daily", "Which column holds the period?"),
        ("Month,2023,2024\nJan,1,2\nSpring,1,2\n", "monthly", "Several columns could hold the value"),
        ("Item,FY 1,FY 2\nX,1,2\n", "annual", "If columns are periods, call them by nothing else"),
        ("Date,Value\n45292,3.7\n", "daily", "“45292” may be Excel's number of the day 2024-01-01."),
        ("date,value\n1704067200,3.7\n", "daily", "may be seconds since 1970"),
        ("Month,Value\nJanuary,3.7\n", "monthly", "“January” has no year. Add a column called year."),
        ("Month,Value\nNov-23,1\nJan-24,3.7\n", "monthly", "two digits"),
        ("Year,A\n2021,1\n2022,2\n\nYear,B\n2021,3\n", "annual", "does another table begin?"),
        ("Year,A,,Year,B\n2021,1,,2021,3\n", "annual", "are there tables side by side?"),
        ("date        value\n2024-01-01    3.7\n", "daily", "There is only one column."),
    ],
)  # fmt: skip
def test_a_neighbour_of_these_forms_is_refused_with_what_to_do(text, kind, said):
    with pytest.raises(DataRefused) as refused:
        read(text, kind)
    assert said in str(refused.value)


def test_rows_of_another_length_are_asked_about_and_counted():
    _, told, asked = read(ONS, "monthly")
    left_out = (
        "Rows of another length were left out, because the series is monthly: 3 of a year"
        " (“2021” to “2023”), 3 of a quarter (“2024 Q1” to “2024 Q3”)."
    )
    assert left_out in asked
    assert left_out in told
    assert read("Date,Value\n2024-01,1\n2024-02,2\n", "monthly")[2] == ""


def test_what_is_left_out_around_the_data_is_said():
    told = read(ONS, "monthly")[1]
    assert "Left out below the names of the columns, from row 2 on: “CDID MGSX”, “PreUnit”" in told
    assert (
        "The names of the columns are in rows 1 and 2."
        in read(WORKERS, "annual", "Employment Men")[1]
    )


@pytest.mark.parametrize(
    ("cells", "numbers"),
    [
        ("7,1 6,9 6,5 6,1 5,9", "7.1 6.9 6.5 6.1 5.9"),
        ("1.234.567,8 -34.567,25 999", "1234567.8 -34567.25 999"),
        ("1\u202f234,5 934 12,25", "1234.5 934 12.25"),
        ("83.237.124 84.358.845 999", "83237124 84358845 999"),
        ("0,123 1,250 -0,375 0,25 0,5 0,75", "0.123 1.250 -0.375 0.25 0.5 0.75"),
        ("1.234,5 1.000 2", "1234.5 1000 2"),
        ("1,234,567 2 3", "1234567 2 3"),
        ("1,234.5 2,000.25 3", "1234.5 2000.25 3"),
    ],
)
def test_a_decimal_comma_is_read_where_a_number_proves_it(cells, numbers):
    rows = enumerate(cells.split(" "), 2021)
    text = "year;value\n" + "".join(f"{year};{cell}\n" for year, cell in rows)
    assert [part.split()[1] for part in read(text, "annual")[0].split(", ")] == numbers.split()


def test_one_column_proves_the_decimal_comma_of_another():
    found, told, *_ = read(
        "year;all;value\n2021;1.003,7;1,234\n2022;999;1,334\n", "annual", "value"
    )
    assert [part.split()[1] for part in found.split(", ")] == ["1.234", "1.334"]
    assert "Decimal commas in “all”, “value” were read as points" in told


@pytest.mark.parametrize(
    "text",
    [
        "year;value\n2021;1,234\n2022;1,334\n",  # may be thousands
        "year;value\n2021;3,7\n2022;3.9\n",  # a decimal point, too
        "year;value\n2021;3,7\n2022;3,9\n2023;3,8\n2024;4,1\n",  # may be slips
        'year,value\n2021,"1,234"\n2022,"12,34"\n',  # a slip among thousands
        'year,value\n2021,"1,23,456"\n',
    ],
)
def test_a_comma_that_may_be_something_else_is_refused(text):
    with pytest.raises(DataRefused, match="could be read two ways"):
        read(text, "annual")


# Without a time, so that each process of a run collects tests of the same names.
compress = partial(gzip.compress, mtime=0)


def packed(**members):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, text in members.items():
            archive.writestr(zipfile.ZipInfo(f"{name}.csv"), text)
    return out.getvalue()


CSV = "date,value\n2024-01-01,3.7\n2024-02-01,3.9\n2024-03-01,3.8\n"


@pytest.mark.parametrize(
    "content",
    [
        compress(CSV.encode()),
        compress(CSV[:30].encode()) + compress(CSV[30:].encode()) + b"\0" * 512,
        packed(API_X=CSV, Metadata_Country="a,b\n1,2\n"),
        packed(table=CSV, table_MetaData="a,b\n1,2\n"),
        CSV.encode("utf-16"),
        CSV.encode("utf-16-le"),
    ],
)
def test_a_packed_file_is_unpacked(content):
    assert read(content, "monthly")[0] == MONTHS


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (packed(a=CSV, b=CSV), "This is a zip file with “a.csv”, “b.csv”. Unpack it"),
        (compress(CSV.encode() * 30)[:40], "is compressed and ends too early"),
        (compress(CSV.encode()) + compress(b"2")[:12], "ends too early"),
        (compress(CSV.encode()) + b"2024-04-01,9", "is compressed and damaged"),
        (compress(b"<html>no</html>"), "This is a web page"),
        (compress(b"0" * 20_000_001), "The file has more than 20,000,000 bytes"),
    ],
)
def test_a_packed_file_without_one_table_is_refused(content, said):
    with pytest.raises(DataRefused) as refused:
        read(content, "monthly")
    assert said in str(refused.value)


def test_a_file_in_another_encoding_is_read_as_declared():
    content = "年月,値\n2024年1月,3.7\n2024年2月,3.9\n2024年3月,3.8\n".encode("shift_jis")
    assert read(content, "monthly", encoding="shift_jis")[0] == MONTHS
    with pytest.raises(DataRefused, match=r"declare its encoding, such as .* shift_jis"):
        read(content, "monthly")


def rows_of(*values, **more):
    return [{"date": f"2024-0{n}", "value": v, **more} for n, v in enumerate(values, 1)]


WORLD_BANK = [
    {"page": 1, "total": 3},
    [
        {"indicator": {"id": "SL", "value": "Rate"}, "date": str(y), "value": v, "obs_status": ""}
        for y, v in ((2023, 6.5), (2022, 6.9), (2021, 7.1))
    ],
]
BLS = {
    "seriesID": "LNS14",
    "data": [
        {"year": "2024", "period": f"M0{n}", "periodName": "x", "value": v, "footnotes": [{}]}
        for n, v in ((3, "3.8"), (2, "3.9"), (1, "3.7"))
    ],
}
TIME = {"category": {"index": {"2024-03": 2, "2024-01": 0, "2024-02": 1}}}
CUBE = {
    "class": "dataset", "id": ["geo", "time"], "size": [1, 3],
    "value": {"0": 3.7, "1": 3.9, "2": 3.8}, "status": {"2": "p"},
    "dimension": {"geo": {"category": {"label": {"FR": "France"}}}, "time": TIME},
}  # fmt: skip
OLD_CUBE = {
    "dataset": {
        "value": [3.7, 3.9, 3.8], "dimension": {"id": ["time"], "size": [3], "time": TIME}
    }
}  # fmt: skip
PAIRS = [["2024-01", 3.7], ["2024-02", 3.9], ["2024-03", 3.8]]
COLUMNS = {"date": ["2024-01", "2024-02", "2024-03"], "value": [3.7, 3.9, 3.8]}
OF_PANDAS = {name: dict(enumerate(cells)) for name, cells in COLUMNS.items()}
ROWS = rows_of(3.7, 3.9, 3.8)
AREA = {"date": "2024-01", "value": 1, "area": [[1.5, 2.5], [2.5, 2.5], [2.5, 3.5]]}
FRED = {"count": 3, "observations": rows_of("3.7", "3.9", "3.8", realtime_start="2024-05-01")}


@pytest.mark.parametrize(
    ("parsed", "kind", "points"),
    [
        (WORLD_BANK, "annual", YEARS),
        ({"status": "OK", "message": [], "Results": {"series": [BLS]}}, "monthly", MONTHS),
        (FRED, "monthly", MONTHS),
        (CUBE, "monthly", MONTHS),
        (OLD_CUBE, "monthly", MONTHS),
        (PAIRS, "monthly", MONTHS),
        ({"series": [{"name": "x", "data": PAIRS}]}, "monthly", MONTHS),
        ([["month", "value"], *PAIRS], "monthly", MONTHS),
        (COLUMNS, "monthly", MONTHS),
        ({"units": {"t": "C"}, "daily": COLUMNS}, "monthly", MONTHS),
        (OF_PANDAS, "monthly", MONTHS),
        (COLUMNS | {"links": [{"rel": "self"}]}, "monthly", MONTHS),
        ({"rows": ROWS, "x": ["2024", "2025"], "y": ["a", "b"]}, "monthly", MONTHS),
        ({"meta": {"from": ["2023", "2024"], "to": ["2024", "2025"]}, "rows": ROWS}, "monthly", MONTHS),
        ({"rows": ROWS, "box": [["2024", 1], ["2025", 2]]}, "monthly", MONTHS),
        ({"rows": [row | {"past": [*PAIRS, ["2024-04", 1]]} for row in ROWS]}, "monthly", MONTHS),
        ({"series": [{"id": "X", "start": "200101", "updated": "2024-05-01", "data": PAIRS}]}, "monthly", MONTHS),
        ({"series": [{"name": "X", "year": 2015, "data": PAIRS}]}, "monthly", MONTHS),
        ({"series": [{"name": "X", "count": 3, "data": PAIRS}]}, "monthly", MONTHS),
        ({"results": [{"date": "2024-05", "value": 5, "range": ["2024-04", "2024-05"], "pair": ["a", "b"]}]}, "monthly", "2024-05-01 5"),
        ({"observations": [{"date": "2024-01-01", "bounds": [["2024", 1], ["2025", 2]], "value": 3}]}, "daily", "2024-01-01 3"),
        ({"data": [["month", "value"], *PAIRS], "pages": [{"offset": 0}]}, "monthly", MONTHS),
        ([["month", "value", "tags"], *([*pair, ["x"]] for pair in PAIRS)], "monthly", MONTHS),
        ([["2024-01", "a", "3.7"], ["2024-02", "a", "3.9"], ["2024-03", "b", "3.8"]], "monthly", MONTHS),
        ([["2021", "2021"], ["2022", 6.9], ["2023", 6.5]], "annual", YEARS.replace("7.1", "2021")),
        ([AREA, AREA | {"date": "2024-02"}], "monthly", "2024-01-01 1, 2024-02-01 1"),
        ({"sort": [{"column": "date"}], "rows": ROWS}, "monthly", MONTHS),
        (CUBE | {"value": [3.7, 3.9, None]}, "monthly", MONTHS.replace("3.8", "None")),
        ({"response": {"total": "2", "data": rows_of(1, 2)}}, "monthly", "2024-01-01 1, 2024-02-01 2"),
        ([{"date": "2024", "v": {"a": 5}}], "annual", "2024-01-01 5"),
        ({"2024-01": 1, "2024-02": 2}, "monthly", "2024-01-01 1, 2024-02-01 2"),
        ({"base": "EUR", "rates": {"2024-01-02": {"USD": 1}, "2024-01-03": {"USD": 2}}}, "daily", "2024-01-02 1, 2024-01-03 2"),
        ({"values": {"RATE": {"FRA": {"2023": 6.5, "2021": 7.1, "2022": 6.9}}}, "api": {"v": "1"}}, "annual", YEARS),
    ],
)  # fmt: skip
def test_the_json_of_an_api_is_read_without_a_pointer(parsed, kind, points):
    assert read(json.dumps(parsed), kind)[0] == points


@pytest.mark.parametrize(
    ("parsed", "columns"),
    [
        ([["NAME", "2024"], ["Alabama", "5"]], ("NAME", "2024")),
        ([["NAME", 2024, 2023], ["Alabama", 1990, 1985]], ("NAME", "period", "value")),
        ([["date", "v", "5"], ["2024", 1, 2]], ("date", "v", "5")),
        ([["date", 1, 2], ["2024", 5, 6]], ("date", "1", "2")),
        ([["2024", 1, 2], ["2025", 5, 6]], ("column 1", "column 2", "column 3")),
        ([["USA", 5, "2024"], ["USA", 6, "2025"]], ("column 1", "column 2", "column 3")),
        ([["USA", 2020, "2024"], *[["USA", 6, "2025"]] * 2], ("column 1", "column 2", "column 3")),
        ([["2024-01", 5, 5], ["2024-02", 6, 7]], ("column 1", "column 2", "column 3")),
    ],
)
def test_the_first_of_several_lists_has_names_unless_it_is_dated_as_the_next(parsed, columns):
    assert read_periods_table(json.dumps(parsed).encode(), "file.json").columns == columns


def test_objects_one_on_a_line_are_records():
    assert read("\n".join(map(json.dumps, rows_of(3.7, 3.9, 3.8))), "monthly")[0] == MONTHS


@pytest.mark.parametrize(
    ("parsed", "said"),
    [
        ({"Results": {"series": [BLS, BLS]}}, "It holds several: /Results/series/0/data, /Results/"),
        ({"links": [{"page": 2}], "rows": rows_of(1)}, "It holds several: /links, /rows."),
        ({"x": [[1704067200000, 3.7], [1704153600000, 3.9]]}, "Which column holds the period?"),
        ({"meta": {}, "data": {"dataSets": [{"series": {}}]}}, "This is SDMX-JSON"),
        ({"values": {"FRA": {"2023": 1, "2024": 2}, "DEU": {"2023": 1, "2024": 2}}}, "several: /values/FRA, /v"),
        ({"1": {"a": 1}, "2": {"a": 2}}, "The JSON must be"),
        ({"observations": []}, "The JSON must be a list of objects"),
        (CUBE | {"size": [1, 4]}, "The JSON-stat cannot be read: its sizes"),
        (CUBE | {"dimension": {}}, "The JSON-stat cannot be read"),
    ],
)  # fmt: skip
def test_json_with_several_lists_or_of_another_form_says_what_to_do(parsed, said):
    with pytest.raises(DataRefused) as refused:
        read(json.dumps(parsed), "monthly")
    assert said in str(refused.value)
