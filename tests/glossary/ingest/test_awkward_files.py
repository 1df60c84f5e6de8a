"""Small files as publishers write them, through the command: imported rightly, asked or refused."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from glossary.ingest.cells import dot_of_thousands
from glossary.models import Series
from glossary.series.loading import load_as_of
from tests.builders import make_series, release
from tests.bystanders import unchanged

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]


@pytest.fixture
def importing(tmp_path, clock):
    """Import the text of a file; return the exit status and all that is said."""
    bystander = make_series("bystander")
    release(bystander, "2024,1")

    def run(series, text, name="file.csv", **options):
        path = tmp_path / name
        path.write_bytes(text.encode())
        out = StringIO()
        try:
            with unchanged(bystander, *bystander.observations.all()):
                call_command("importseries", series.slug, str(path), stdout=out, **options)
        except CommandError as error:
            return error.returncode, out.getvalue() + str(error)
        return 0, out.getvalue()

    return run


def points(series):
    loaded = load_as_of(Series.objects.with_page().get(pk=series.pk))
    return [(str(p.period), str(p.value)) for p in loaded.points] if loaded else []


PRICES = "Date,Open,High,Low,Close,Volume\n2026-01-05,10.0,11.0,9.5,10.5,1000\n2026-01-06,10.5,12.0,10.1,11.8,1200\n"
INDEX = "Date,Index,Inflation\n2026-01-01,120.1,\n2026-02-01,120.9,0.7\n"
EMPTY = "date,price,volume\n2024-01-01,,9\n2024-02-01,,8\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (PRICES, "“Open”, “High”, “Low”, “Close”, “Volume”."),
        (INDEX, "“Index”, “Inflation”. Nothing was changed. Choose, such as --columns value=Index"),
        (EMPTY, "“price”, “volume”"),
    ],
)
def test_a_choice_of_columns_stops_with_status_3_and_names_the_option(importing, text, said):
    series = make_series(frequency="irregular")
    status, out = importing(series, text)
    assert (status, points(series)) == (3, [])
    assert "Several columns could hold the value: " + said in out


@pytest.mark.parametrize(
    ("text", "fields", "read"),
    [
        ("\ufeffsep=;\r\nMonat;Wert\r\n2024-01;1'234.5\r\n2024-02;–\r\n", {},
         [("2024-01-01", "1234.5"), ("2024-02-01", "None")]),
        ("Month,Value\n\u200e2024-01\u200e,\u200f12.5\n2024-02,13\u200b\n", {},
         [("2024-01-01", "12.5"), ("2024-02-01", "13")]),
        ("Week,Value\n2024-W52,10\n2025-W01,12\n", {"frequency": "weekly", "denotes": "ending"},
         [("2024-12-29", "10"), ("2025-01-05", "12")]),
        ("Period,Value\n2024-H1,10\n2024-H2,12\n", {"frequency": "irregular", "denotes": "ending"},
         [("2024-06-30", "10"), ("2024-12-31", "12")]),
        ('Month,"Value\r\n(EUR)"\r\n2024-01,"12.5\r\n"\r\n2024-02,13\r\n', {},
         [("2024-01-01", "12.5"), ("2024-02-01", "13")]),
    ],
)  # fmt: skip
def test_files_of_offices_and_spreadsheets_come_in_right(importing, text, fields, read):
    series = make_series(**{"frequency": "monthly"} | fields)
    status, said = importing(series, text)
    assert (status, points(series)) == (0, read), said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "Month,Value\n2024-01,12.5 1)\n2024-02,13\n",
            "“12.5 1)” seems to have the mark of a foot",
        ),
        (
            "Year,Jobs\n2022,~120\n2023,100–120\n",
            "Row 3, column “Jobs”: “100–120” is not a number.",
        ),
        ("Year,Value\n2022,10\n2023,12\nTotal,22\n", "If the row is a total, delete it."),
        ("Month,Value\n2024-01,10\n2024-01,10\n", "is already in row 2, with the same value."),
        ("Month,Value\n2024-01,10\n2024-01,11\n", "is already in row 2, with another value."),
        ("Period,Value\n2024-H1,10\n", "“2024-H1” is a half-year, but the series is annual."),
        ("Month,Share\n2024-01,1\n2024-02,1,2\n", "Put a name above each, in one row."),
        ("Quarter,Value\nQ1 FY25,1\n", "“Q1 FY25” is a fiscal period."),
        ("Date,Value\n03/14/2024,1\n14/03/2024,2\n", "Some dates have the month first"),
    ],
)
def test_what_is_refused_says_what_to_do(importing, text, said):
    series = make_series()
    status, out = importing(series, text)
    assert (status, points(series)) == (1, [])
    assert said in out


def test_the_choice_is_typed_once_and_remembered(importing):
    series = make_series(frequency="irregular")
    importing(series, PRICES, columns="value=Close", released="2026-01-07")
    status, out = importing(series, PRICES + "2026-01-07,11.8,12.2,11.0,11.1,900\n")
    assert status == 0, out
    assert points(series)[1:] == [("2026-01-06", "11.8"), ("2026-01-07", "11.1")]


@pytest.mark.parametrize(
    "days", [("202401", "202402"), ("20240101", "20240201"), ("01.2024", "02.2024")]
)
def test_a_remembered_column_called_by_a_year_is_still_one_beside_dates(importing, days):
    series = make_series(frequency="monthly")
    text = f"date,Base 2015,Base 2020\n{days[0]},5,6\n"
    importing(series, text, columns="period=date,value=Base 2020")
    status, out = importing(series, f"{text}{days[1]},7,8\n")
    assert status == 0, out
    assert points(series) == [("2024-01-01", "6"), ("2024-02-01", "8")]


def test_a_file_without_a_remembered_column_is_refused_by_name(importing):
    series = make_series()
    release(series, "2024,10", "2025-01-01")
    status, out = importing(series, "period,amount\n2024,10\n2025,11\n")
    assert (status, points(series)) == (1, [("2024-01-01", "10")])
    assert "There is no column “value”. Columns: “period”, “amount”." in out


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("2021,10 2022,11 2023,12 2024,0.013", "unusual steps or withdrawn: 2024."),
        ("2022,11 2023,12 2024,13", "Periods would vanish: 2021."),
        ("2021,10 2022,11", "Periods would vanish: 2023; 2024."),
        ("2021,10 2022,11 2023,12 2024,", "unusual steps or withdrawn: 2024."),
    ],
)
def test_the_command_asks_for_what_the_daily_fetch_would_leave_waiting(importing, rows, said):
    series = make_series()
    release(series, "2021,10 2022,11 2023,12 2024,13", "2025-01-01")
    file = "period,value\n" + rows.replace(" ", "\n")
    before = points(series)
    status, out = importing(series, file)
    assert (status, points(series)) == (3, before)
    assert said in out
    assert "run it again with --accept" in out
    assert importing(series, file, accept=True)[0] == 0
    assert points(series) != before


QUARTERS = "quarter,value\n2026-Q1,10\n2026-Q2,11\n2026-Q3,12\n"
YEARS = "a,b\n1950,1\n1951,2\n"
FISCAL_YEARS = "year,value\n2008-09,1\n2009-10,2\n2010-11,3\n2011-12,4\n"
MONTHS = "month,value\n2026-01,1\n2026-02,2\n"


@pytest.mark.parametrize(
    ("text", "kind", "days"),
    [
        (QUARTERS, "quarterly", ["2026-01-01", "2026-04-01", "2026-07-01"]),
        (QUARTERS, "quarterly ending", ["2026-03-31", "2026-06-30", "2026-09-30"]),
        (QUARTERS, "irregular ending", ["2026-03-31", "2026-06-30", "2026-09-30"]),
        (MONTHS, "monthly ending", ["2026-01-31", "2026-02-28"]),
        (MONTHS, "irregular", ["2026-01-01", "2026-02-01"]),
        (YEARS, "annual", ["1950-01-01", "1951-01-01"]),
        (YEARS, "annual ending", ["1950-12-31", "1951-12-31"]),
        (FISCAL_YEARS, "annual", ["2009-01-01", "2010-01-01", "2011-01-01", "2012-01-01"]),
        ("date,value\n2024-02-29,1\n", "monthly ending", ["2024-02-29"]),
        ("date,value\n2024-12-01,1\n", "quarterly ending", ["2024-12-01"]),
    ],
)
def test_a_written_period_lasts_as_long_as_those_of_the_series(importing, text, kind, days):
    frequency, _, denotes = kind.partition(" ")
    series = make_series(frequency=frequency, denotes=denotes or "around")
    status, out = importing(series, text)
    assert (status, [day for day, _ in points(series)]) == (0, days), out


@pytest.mark.parametrize(
    ("text", "kind", "said"),
    [
        (QUARTERS, "monthly", "Row 2, column “quarter”: “2026-Q1” is a quarter, but the series is monthly. Write its dates as 2024-05 or 2024-05-31"),
        (QUARTERS, "annual", "“2026-Q1” is a quarter, but the series is annual"),
        (YEARS, "monthly", "Row 2, column “a”: “1950” is a year, but the series is monthly"),
        (YEARS, "quarterly", "import this file into a series that is annual"),
        (MONTHS, "daily", "“2026-01” is a month, but the series is daily. Write its dates as 2024-05-31"),
        (MONTHS, "quarterly ending", "“2026-01” is a month, but the series is quarterly"),
        (FISCAL_YEARS, "monthly", "Row 2, column “year”: “2008-09” is a fiscal year (in every row the second number is the next year's), but the series is monthly"),
        (FISCAL_YEARS, "annual ending", "does not say on which day it ends. Write that day, such as 2024-06-30"),
    ],
)  # fmt: skip
def test_a_period_of_another_length_is_refused(importing, text, kind, said):
    frequency, _, denotes = kind.partition(" ")
    series = make_series(frequency=frequency, denotes=denotes or "around")
    status, out = importing(series, text)
    assert (status, points(series)) == (1, [])
    assert said in out


def test_quarters_of_the_calendar_are_asked_about_where_the_series_has_others(importing):
    series = make_series(frequency="quarterly", denotes="ending")
    release(series, "2026-01-25,9 2026-04-26,10", "2026-05-01")
    text = "period,value\n2026-Q1,9\n2026-Q2,10\n"
    status, out = importing(series, text)
    assert (status, len(points(series))) == (3, 2)
    assert "those of the series end on other days, such as 2026-04-26" in out
    calendar = make_series("calendar-quarters", frequency="quarterly", denotes="ending")
    release(calendar, "2026-03-31,9", "2026-05-01")
    assert importing(calendar, text)[0] == 0
    assert [day for day, _ in points(calendar)] == ["2026-03-31", "2026-06-30"]


def test_of_a_start_and_an_end_the_end_is_the_period_of_a_series_of_endings(importing):
    text = "Start Date,End Date,revenue\n2025-11-01,2026-01-31,41\n2026-02-01,2026-04-30,44\n"
    series = make_series(frequency="quarterly", denotes="ending")
    assert importing(series, text)[0] == 0
    assert points(series) == [("2026-01-31", "41"), ("2026-04-30", "44")]
    status, out = importing(make_series("around", frequency="quarterly"), text)
    assert status == 3
    assert "--columns 'period=Start Date' or --columns 'period=End Date'" in out


ACROSS = [("2021-01-01", "7.1"), ("2022-01-01", "6.9"), ("2023-01-01", "6.5")]
JAN_FEB = [("2024-01-01", "1"), ("2024-02-01", "2")]
THREE_MONTHS = [("2026-01-01", "3.7"), ("2026-02-01", "3.9"), ("2026-03-01", "3.8")]
MISSING_MARCH = [("2026-01-01", "3.7"), ("2026-02-01", "3.9"), ("2026-03-01", "None")]
TITLES = "Title:,Output of something\nSource:,A statistics office\nUnits:,million\n\n"
WORLD_BANK = (
    '"Data Source","Indicators",\n\n"Last Updated Date","2024-05-30",\n\n'
    '"Country Name","Country Code","2021","2022","2023",\n"Aruba","ABW","","","",\n'
    '"X","XYZ","7.1","6.9","6.5",\n'
)


@pytest.mark.parametrize(
    ("text", "frequency", "expected", "options"),
    [
        ("sep=;\ndate;value\n2024-01-01;1\n2024-02-01;2\n", "monthly", JAN_FEB, {}),
        ('"sep=,"\r\ndate,value\r\n2024-01-01,1\r\n2024-02-01,2\r\n', "monthly", JAN_FEB, {}),
        ("sep=|\ndate|value\n2024-01-01|1\n2024-02-01|2\n", "monthly", JAN_FEB, {}),
        ("date|value\n2024-01-01|1\n2024-02-01|2\n", "monthly", JAN_FEB, {}),
        ("\ufeff\ufeffdate,value\n2024-01-01,1\n", "annual", [("2024-01-01", "1")], {}),
        (TITLES + "date,value\n2024-01-01,1\n2024-02-01,2\n", "monthly", JAN_FEB, {}),
        ("Output\nof something\ndate;value\n2024-01-01;1\n2024-02-01;2\n", "monthly", JAN_FEB, {}),
        ("year,month,value\n2026,1,3.7\n2026,2,3.9\n2026,3,3.8\n", "monthly", THREE_MONTHS, {}),
        ("Year,Period,Value\n2026,M01,3.7\n2026,M02,3.9\n2026,M03,3.8\n", "monthly", THREE_MONTHS, {}),
        ("jobs,Month,Year\n3.7,January,2026\n3.9,Feb,2026\n3.8,mar.,2026\n", "monthly", THREE_MONTHS, {}),
        ("year,month,day,value\n2026,1,5,3.7\n2026,02,16,3.9\n", "daily", [("2026-01-05", "3.7"), ("2026-02-16", "3.9")], {}),
        ("year,quarter,value\n2026,1,5\n2026,2,6\n", "quarterly", [("2026-01-01", "5"), ("2026-04-01", "6")], {}),
        ("year,quarter,value\n2026,Q1,5\n2026,Q2,6\n", "quarterly", [("2026-01-01", "5"), ("2026-04-01", "6")], {}),
        ("Country\tUnits\t2021\t2022\t2023\tEstimates Start After\nX\tpercent\t7.1\t6.9\t6.5\t2022\n", "annual", ACROSS, {}),
        ("Country,2021,2022,2023\nX,7.1,6.9,6.5\nY,1,2,3\n", "annual", ACROSS, {"where": ["Country=X"]}),
        (WORLD_BANK, "annual", ACROSS, {"where": ["Country Code=XYZ"]}),
        ("Item,Jan 2026,Feb 2026,Mar 2026\nX,3.7,3.9,3.8\n", "monthly", THREE_MONTHS, {}),
        ("Item,2026M01,2026M02,2026M03\nX,3.7,3.9,--\n", "monthly", MISSING_MARCH, {}),
        ("Year,Q1,Q2,Q3,Q4\n2026,5,6,,\n", "quarterly", [("2026-01-01", "5"), ("2026-04-01", "6")], {}),
        ("month,value\n2026M01,3.7\n2026M02,3.9\n2026M03,--\n", "monthly", MISSING_MARCH, {}),
        ("geo\\TIME_PERIOD\t2021 \t2022 \t2023 \nDE\t7.1 \t6.9 p\t6.5 e\n", "annual", ACROSS, {}),
        (",value\n2024-01-01,1\n2024-02-01,2\n", "monthly", JAN_FEB, {}),
        ("YYYYMM,Value\n202401,1\n202402,2\n", "monthly", JAN_FEB, {}),
        ("# A title, and a note\n# Source, X\ndate,value\n2024-01-01,1\n2024-02-01,2\n", "monthly", JAN_FEB, {}),
        ("Contents,Data 1\nSourcekey,RN\nDate,Price\nJan-2024,1\nFeb-2024,2\n", "monthly", JAN_FEB, {}),
        ('{"count": 2, "observations": [{"date": "2024-01", "value": "1"}, {"date": "2024-02", "value": 2}]}', "monthly", JAN_FEB, {}),
        ("Item,Jan-24,Feb-24\nX,1,2\n", "monthly", JAN_FEB, {"date_format": "M/D/YY"}),
        ("Year,Month,Value\n2026,Jan,3.7\n,Feb,3.9\n,Mar,3.8\n", "monthly", THREE_MONTHS, {}),
        ("year,quarter,value\n2026.0,1.0,5\n2026.0,2.0,6\n", "quarterly", [("2026-01-01", "5"), ("2026-04-01", "6")], {}),
        ("Series Name,2021 [YR2021],2022 [YR2022],2023 [YR2023]\nX,7.1,6.9,6.5\n", "annual", ACROSS, {}),
        ("REF_DATE,VALUE,STATUS\n2026-01,3.7,\n2026-02,3.9,\n2026-03,,..\n", "monthly", MISSING_MARCH, {}),
        ("date;value\n2024-01-01;0.250\n2024-02-01;1.500\n", "monthly", [("2024-01-01", "0.250"), ("2024-02-01", "1.500")], {}),
    ],
)  # fmt: skip
def test_another_layout_of_the_same_numbers_is_read_alike(
    importing, text, frequency, expected, options
):
    series = make_series(frequency=frequency)
    name = "file.tsv" if "\t" in text else "file.csv"
    status, out = importing(series, text, name, **options)
    assert (status, points(series)) == (0, expected), out


def test_months_that_stand_in_columns_are_read_across_beside_their_year(importing):
    months = "JAN,FEB,MAR,APR,MAY,JUN,JUL,AUG,SEP,OCT,NOV,DEC"
    text = f"YEAR,{months}\n2023,{','.join(map(str, range(1, 13)))}\n2024,{','.join(map(str, range(13, 25)))}\n"
    series = make_series(frequency="monthly")
    status, out = importing(series, text)
    assert status == 0, out
    assert "Periods are in columns, from JAN to DEC: each became a row." in out
    assert [value for _, value in points(series)] == [str(n) for n in range(1, 25)]
    assert points(series)[12][0] == "2024-01-01"
    status, out = importing(make_series("annual"), text)
    assert (status, "“2023-01” is a month, but the series is annual" in out) == (1, True)


@pytest.mark.parametrize(
    ("text", "statuses"),
    [
        ("period,OBS_VALUE,OBS_FLAG\n2024,12.1,\n2025,12.3,p\n", "final provisional"),
        ("period,OBS_VALUE,OBS_STATUS\n2024,12.1,A\n2025,12.3,E\n", "final provisional"),
        ("period,value\n2024,12.1\n2025,12.3 p\n", "final provisional"),
        ("TIME,Value,Flag Codes\n2024,12.1,\n2025,12.3,E\n", "final provisional"),
        ("year,value,is_forecast\n2024,12.1,false\n2025,12.3,true\n", "final projected"),
        ("period,value\n2024,12.1 b\n2025,12.3 bp\n", "final provisional"),
        ("period,value\n2024,12.1 e\n2025,12.3 f\n", "provisional projected"),
    ],
)
def test_flags_of_statistical_offices_say_how_sure_a_number_is(importing, text, statuses):
    series = make_series()
    assert importing(series, text)[0] == 0
    assert points(series) == [("2024-01-01", "12.1"), ("2025-01-01", "12.3")]
    found = series.observations.order_by("period").values_list("status", flat=True)
    assert " ".join(found) == statuses


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("date;value\n2026-01-01;3,7\n2026-02-01;3,9\n", "Row 2, column “value”: “3,7” could be read two ways. Write a decimal point"),
        ("date;value\n2026-01-01;3,725\n2026-02-01;3,9\n2026-03-01;3.8", "Row 2, column “value”: “3,725” could be read two ways"),
        ("2024-01-01,10\n2024-02-01,20\n", "Row 1, column “2024-01-01”: The first row holds data, not names. Add a row above it"),
        ("date,value\n2024-01-01,1\nan office,\n", "Row 3, column “date”: “an office” is not a date"),
        ("date,value\n2024-01-01,1\nan office,\n", "If the row is a note, delete it."),
        ("A title\n2024-01-01,1\n2024-02-01,2\n", "Row 2: There are 2 cells, but only one has a name. Delete the rows above the names of the columns."),
        ("date,value\n2024-01-01,2 b\n2024-02-01,3 b\n", "Every number is followed by “b”: a unit or a flag?"),
        ("Year,Period,Value\n2024,M01,1\n2024,M02,2\n2024,M14,2\n", "Row 4, column “Year and Period”: “2024 M14” is not a date of the calendar"),
        ("Item,Jan-24,Feb-24\nX,1,2\n", "“Jan-24” has a year of two digits. Set the date format"),
        ("Year,Month,Value\n2024,Jan,1\n,,2\n", "Row 3, column “Year”: There is no date."),
        ("date,value,STATUS\n2024-01-01,1,..\n", "“..” is not a known status"),
        ("Item,Jan 2026,Feb 2026\nX,1,x\n", "Row 2, column “Feb 2026”: “x” is not a number"),
        ("date,value,flag\n2024-01-01,1,zz\n", "“zz” is not a known status. Use final, provisional or projected"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_refused_with_the_row_the_column_and_the_cure(importing, text, said):
    series = make_series(frequency="monthly")
    status, out = importing(series, text)
    assert (status, points(series)) == (1, [])
    assert said in out


def test_points_that_may_separate_thousands_are_asked_about_once(importing):
    series = make_series(frequency="monthly")
    text = "date;value\n2023-12-01;12.250\n2024-01-01;1.500\n2024-02-01;950\n"
    status, out = importing(series, text)
    assert (status, points(series)) == (3, [])
    assert "accept 12.250 only if it is a decimal; otherwise write 12250." in out
    assert importing(series, text, accept=True)[0] == 0
    assert importing(series, text + "2024-03-01;960\n")[0] == 0
    assert points(series)[0] == ("2023-12-01", "12.250")


FAR_APART = "date,value\n2023-01-01,1\n2023-04-01,2\n2023-07-01,3\n"
NEAR = "date,value\n2023-02-01,1\n2023-02-02,2\n2023-02-03,3\n"
NO_NUMBER = "month,ppm\n1958-03,315.7\n1958-04,-99.99\n"
TWO_COUNTRIES = "Country,Year,Share\nFrance,2022,1\nGermany,2023,2\n"
IN_MILLIONS = "TIME_PERIOD,OBS_VALUE,UNIT_MULT\n2023,10,6\n2024,11,6\n"


@pytest.mark.parametrize(
    ("text", "kind", "said"),
    [
        (
            FAR_APART,
            "monthly",
            "The dates are at least as far apart as in a series that is quarterly.",
        ),
        (FAR_APART, "quarterly", ""),
        (FAR_APART, "irregular", ""),
        (NEAR, "weekly", "Some dates are nearer together than those of a series that is weekly."),
        (NEAR, "daily", ""),
        (NEAR.replace("02-01", "01-01"), "quarterly ending", "Some dates are nearer together"),
        (FAR_APART, "quarterly ending", "Every date is the first of a month, such as 2023-07-01"),
        (FAR_APART.replace("-01,", "-30,"), "quarterly ending", ""),
        (NO_NUMBER, "monthly", "“-99.99” in “ppm” often means no number"),
        (NO_NUMBER.replace("-99.99", "-9.9"), "monthly", ""),
        (NO_NUMBER.replace("-99.99", "9999.0"), "monthly", "“9999.0” in “ppm” often means no"),
        (NO_NUMBER.replace("-99.99", "9998"), "monthly", ""),
        (
            "Fiscal Quarter,Sales\nQ1 2024,5\nQ2 2024,6\n",
            "quarterly",
            "“Fiscal Quarter” says fiscal",
        ),
        ("Fiscal Quarter,Sales\n2024-01-28,5\n2024-04-28,6\n", "quarterly ending", ""),
        ("Fiscal Year,Sales\n2023,5\n2024,6\n", "annual", ""),
        ("Fiscal Year,Sales\n2023,5\n2024,6\n", "annual ending", "“Fiscal Year” says fiscal"),
        ("year,value,status\n2022,5,F\n2023,6,P\n", "annual", "does F mean final?"),
        ("year,value,status\n2022,5,P\n2023,6,F\n", "annual", ""),
        ("year,value,Magnitude\n2022,5,6\n2023,6,6\n", "annual", "“Magnitude” says millions"),
        (TWO_COUNTRIES, "annual", "The rows are of several in “Country”: “France”, “Germany”."),
        (TWO_COUNTRIES.replace("Germany", "France"), "annual", ""),
        ("Year,Value,Unit\n2023,5,kg\n2024,6,t\n", "annual", "several in “Unit”: “kg”, “t”."),
        ("Year,Value,Unit\n2023,5,kg\n2024,6,kg\n", "annual", ""),
        (
            "Year,Value,Currency\n2023,5,EUR\n2024,6,USD\n",
            "annual",
            "several in “Currency”: “EUR”, “USD”",
        ),
        ("Year,Umsatz (Mrd. EUR)\n2023,5\n2024,6\n", "annual", "“Umsatz (Mrd. EUR)” says billions"),
        ("年,売上高（百万円）\n2023,5\n2024,6\n", "annual", "“売上高（百万円）” says millions"),
        (IN_MILLIONS, "annual", "“UNIT_MULT” says millions, the unit of the series does not."),
        (IN_MILLIONS.replace(",6", ",0"), "annual", ""),
        ("year,value\n2023,59.4%\n2024,60%\n", "annual", "“value” has percentages"),
        ("Item,2022,2023,2024E\nX,1,2,3\n", "annual", "Not taken as periods: “2024E”."),
        ("Item,2022,2023,Note\nX,1,2,3\n", "annual", ""),
    ],
)
def test_what_may_mean_something_else_is_asked_about_once(importing, text, kind, said):
    frequency, _, denotes = kind.partition(" ")
    series = make_series(frequency=frequency, denotes=denotes or "around")
    status, out = importing(series, text)
    assert (status, said in out) == (3 if said else 0, True), out
    assert bool(points(series)) is not bool(said)
    assert importing(series, text, accept=True)[0] == 0
    assert importing(series, text)[0] == 0


def test_rows_of_other_lengths_are_asked_about_once_and_then_said(importing):
    series = make_series(frequency="monthly")
    text = '"Title","Rate"\n"CDID","MGSX"\n"2023","5"\n"2024 Q1","6"\n"2024 JAN","3.7"\n'
    status, out = importing(series, text)
    assert (status, points(series)) == (3, [])
    assert "left out, because the series is monthly: 1 of a year (“2023” to “2023”)" in out
    assert importing(series, text, accept=True)[0] == 0
    status, out = importing(series, text + '"2024 FEB","3.9"\n')
    assert (status, points(series)) == (0, [("2024-01-01", "3.7"), ("2024-02-01", "3.9")])
    assert "left out, because the series is monthly" in out


@pytest.mark.parametrize(
    "text",
    [
        "year,Jobs (thousands)\n2024,10\n",
        "year,Jobs\nunit multiplier,Jobs (thousands)\n2024,10\n",
        "Item,2023,2024\nJobs (thousands),9,10\n",
        "year,Unit,Jobs\n2024,Jobs (thousands),10\n",
    ],
)
def test_a_scale_that_the_unit_has_not_is_asked_about(importing, text):
    said = "“Jobs (thousands)” says thousands, the unit of the series does not."
    status, out = importing(make_series(frequency="annual", unit="people"), text)
    assert status == 3
    assert said in out
    series = make_series("scaled", frequency="annual", unit="thousand people")
    assert importing(series, text)[0] == 0
    per = text.replace("Jobs (thousands)", "Jobs per 1000")
    series = make_series("per", frequency="annual", unit="people")
    assert importing(series, per)[0] == 0


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("year,state,jobs\n2024,TN,10\n", ""),
        ("state,2023,2024\nMN,9,10\n", ""),
        ("year,note,jobs\n2024,Survey of 3 million firms,10\n", ""),
        ("year,unit,jobs\n2024,per 100 000 people,10\n", ""),
        ("year,unit,jobs\n2024,Millionaires,10\n", ""),
        ("year,unit,jobs\n2024,EUR mn,10\n", "“EUR mn” says millions"),
        ("year,unit,jobs\n2024,EUR Mn,10\n", "“EUR Mn” says millions"),
        ("year,Revenue (USD Bn)\n2024,10\n", "“Revenue (USD Bn)” says billions"),
        ("year,unit,jobs\n2024,Milliarden Euro,10\n", "“Milliarden Euro” says billions"),
        ("year,unit,jobs\n2024,Millionen,10\n", "“Millionen” says millions"),
        ("year,unit,jobs\n2024,un millón,10\n", "“un millón” says millions"),
        ("year,unit,jobs\n2024,milhões,10\n", "“milhões” says millions"),
        ("year,Einheit,jobs\n2024,Mio. EUR,10\n", "“Mio. EUR” says millions"),
        ("year,unit,jobs\n2024,EUR 000,10\n", "“EUR 000” says thousands"),
    ],
)
def test_a_scale_is_looked_for_in_units_and_names_alone(importing, text, said):
    status, out = importing(make_series(frequency="annual", unit="people"), text)
    assert (status, said in out) == (3 if said else 0, True), out


@pytest.mark.parametrize(
    ("said", "status"), [("miles de millones", 0), ("mil milhões", 0), ("millones", 3)]
)
def test_thousands_of_millions_are_billions(importing, said, status):
    series = make_series(frequency="annual", unit="billion euros")
    assert importing(series, f"year,unit,jobs\n2024,{said},10\n")[0] == status


def test_a_scale_in_a_title_is_said(importing):
    text = "Jobs in thousands\nSource: X\nyear,Jobs\n2024,10\n"
    status, out = importing(make_series(unit="people"), text)
    assert status == 0
    assert "“Jobs in thousands” says thousands" in out


@pytest.mark.parametrize("behind", [" €", " p", "%", " € p"])
def test_a_point_of_thousands_is_asked_about_with_a_sign_or_flag_behind_it_too(behind):
    assert dot_of_thousands([f"12.250{behind}", f"1.500{behind}", "950"]) == "12.250"
    assert dot_of_thousands([f"12.25{behind}", "950"]) == ""


def test_a_title_is_told_and_never_taken_for_a_row_of_data(importing):
    series = make_series(frequency="monthly")
    out = importing(series, TITLES + "date,value\n2024-01-01,1\n2024-02-01,2\n", dry_run=True)[1]
    assert "Left out above the header: rows 1 to 4." in out
    status, out = importing(series, "date,value\nsoon,x\n2024-01-01,1\n")
    assert status == 1
    assert "Row 2, column “date”: “soon” is not a date" in out


MERGED = "year,month,value\n2023,11,1\n,12,2\n2024,1,3\n,2,4\n"


def test_years_of_merged_cells_are_filled_and_said(importing):
    series = make_series(frequency="monthly")
    status, out = importing(series, MERGED)
    assert status == 0
    assert "Empty cells of “year” were filled from above." in out
    months = [("2023-11-01", "1"), ("2023-12-01", "2"), ("2024-01-01", "3"), ("2024-02-01", "4")]
    assert points(series) == months


@pytest.mark.parametrize(
    "text",
    [
        MERGED.replace("2024", ""),
        "country,year,month,value\nUS,2023,1,1\nDE,,2,2\n",
        "year,month,value\n,1,1\n2024,2,2\n",
    ],
)
def test_a_year_that_may_be_another_is_not_filled(importing, text):
    series = make_series(frequency="monthly")
    status, out = importing(series, text)
    assert status
    assert "filled" not in out
    assert points(series) == []
