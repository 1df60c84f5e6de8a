"""Small files as publishers write them, through the command: imported rightly, asked or refused."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from glossary.models import Series
from glossary.series.loading import load_as_of
from tests.builders import make_series, release
from tests.bystanders import unchanged

pytestmark = pytest.mark.django_db


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


def test_the_choice_is_typed_once_and_remembered(importing):
    series = make_series(frequency="irregular")
    importing(series, PRICES, columns="value=Close", released="2026-01-07")
    status, out = importing(series, PRICES + "2026-01-07,11.8,12.2,11.0,11.1,900\n")
    assert status == 0, out
    assert points(series)[1:] == [("2026-01-06", "11.8"), ("2026-01-07", "11.1")]


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
