"""Files of a series with steps: the publisher's, our own format, and columns that a person names."""

import io
import zipfile
from datetime import date

import pytest

from glossary.ingest.columns import AS_STORED, Columns
from glossary.ingest.data_uploads import plan_upload
from glossary.ingest.plans import accept_release, plan_release
from glossary.ingest.problems import DataRefused
from glossary.ingest.refreshing import accepts_itself
from tests.builders import make_series, make_upload, release
from tests.bystanders import unchanged

pytestmark = pytest.mark.django_db

STEPS = "- keep: {Site: A}\n- period: Date\n- value: MW"
FILE = b"Site,MW,Date\nA,10,2026-08-03\nB,5,2026-09-30\nA,12,2026-10-01\n"


@pytest.fixture
def power():
    return make_series("power", steps=STEPS, frequency="irregular")


def planned(series, content=FILE, name="sites.csv", asked=AS_STORED):
    return plan_release(series, content, name, date(2026, 11, 1), asked)


def taken(plan):
    return [(str(point.period), str(point.value)) for point in plan.points]


def test_a_publishers_file_is_read_by_the_steps(power):
    assert taken(planned(power)) == [("2026-08-03", "10"), ("2026-10-01", "12")]


def test_steps_are_no_guess_so_their_files_accept_themselves(power):
    other = make_series("other", mapping="", steps=STEPS)
    assert accepts_itself(planned(power))  # the first too
    with unchanged(other):
        accept_release(planned(power))
    power.refresh_from_db()
    assert power.mapping == ""
    later = planned(power, FILE + b"A,13,2026-10-20\n")
    assert accepts_itself(later)
    assert later.summary.startswith("1 ")


def test_our_own_format_is_read_as_it_is(power):
    own = b"period,value,status\n2026-08-03,9,final\n"
    assert taken(planned(power, own)) == [("2026-08-03", "9")]


def test_a_renamed_flag_waits_for_a_person(power):
    power.steps = '- leave out: {Draft: "True"}\n- period: Date\n- value: MW'
    found = planned(power, b"Date,MW,Draft\n2024-01-01,10,\n2024-02-01,11,yes\n")
    assert found.questions == ("“Draft” has words that “leave out” does not name: “yes”.",)
    assert not accepts_itself(found)


def test_a_publishers_file_whose_columns_are_called_as_ours_is_read_by_the_steps(power):
    power.steps = "- period: period\n- value: {column: value, factor: 1000}"
    fetched = Columns(is_fetched=True)
    assert taken(planned(power, b"period,value\n2026-08-03,9\n", asked=fetched)) == [
        ("2026-08-03", "9000")
    ]
    upload = make_upload(power, content=b"period,value\n2026-08-03,9\n", is_fetched=True)
    assert taken(plan_upload(upload)) == [("2026-08-03", "9000")]


def test_columns_that_a_person_names_come_before_the_steps(power):
    asked = Columns(columns="period=Date,value=MW", where=("Site=B",))
    assert taken(planned(power, asked=asked)) == [("2026-09-30", "5")]


def test_a_renamed_column_is_refused_by_name_and_never_guessed(power):
    with pytest.raises(DataRefused, match=r"no column “MW”\. Columns: “Site”, “Power”, “Date”"):
        planned(power, FILE.replace(b"MW", b"Power"))


def test_periods_that_a_window_no_longer_shows_stay(power):
    release(power, "2026-08-01,1 2026-08-03,2", "2026-09-01")
    power.refresh_from_db()
    power.steps += "\n- append only"
    plan = planned(power)
    assert taken(plan) == [("2026-08-01", "1"), ("2026-08-03", "10"), ("2026-10-01", "12")]
    assert plan.difference.vanished == ()


def test_a_member_of_a_zip_is_read_and_a_missing_one_named(power):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("read me.txt", "x")
        archive.writestr("sites.csv", FILE)
    power.steps = f"- member: sites.csv\n{STEPS}"
    assert len(planned(power, packed.getvalue(), "data.zip").points) == 2
    power.steps = f"- member: site.csv\n{STEPS}"
    with pytest.raises(DataRefused, match=r"no “site.csv”\. It has “read me.txt”, “sites.csv”"):
        planned(power, packed.getvalue(), "data.zip")
    with pytest.raises(DataRefused, match="not a zip file"):
        planned(power, b"PK\x03\x04 broken", "data.zip")


def test_steps_that_were_broken_in_the_database_are_refused_with_the_reason(power):
    power.steps = "- perod: Date"
    with pytest.raises(DataRefused, match="“perod” is not a step"):
        planned(power)
