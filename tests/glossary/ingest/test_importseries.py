"""`manage.py importseries` and `importdata`: their options and output."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from glossary.ingest.withdrawals import withdraw_release
from glossary.models import Release, Series, SeriesNote
from glossary.series import figure_uses
from glossary.series.loading import load_as_of
from tests.builders import make_series, make_term, release

pytestmark = pytest.mark.django_db


def run(command, *arguments, **options):
    out = StringIO()
    call_command(command, *map(str, arguments), stdout=out, **options)
    return out.getvalue()


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "data.csv"

    def write(text, encoding="utf-8"):
        path.write_bytes(text.encode(encoding))
        return path

    return write


def test_a_file_becomes_a_release_and_the_columns_are_said(file):
    make_series()
    said = run(
        "importseries", "compute", file("date,amount\n2024-01-01,10\n"), released="2026-01-15"
    )
    assert "Columns: period = date, value = amount" in said
    assert "Accepted: first." in said
    assert Release.objects.get().released_on.isoformat() == "2026-01-15"


def test_the_rows_that_steps_leave_out_are_said(file):
    make_series(steps="- keep: {Site: A}\n- period: Date\n- value: MW")
    path = file("Site,MW,Date\nA,10,2024\nB,5,2024\n")
    said = run("importseries", "compute", path, dry_run=True)
    assert "keep: {Site: A}: 1 left out: row 3 (Site “B”)\n" in said


def test_one_of_several_series_in_a_file_is_chosen_and_remembered(file):
    make_series(frequency="quarterly")
    path = file("chip,quarter,median,min,max\nA100,2024-Q1,2,1,3\nH100,2024-Q1,4,3,5\n")
    run(
        "importseries",
        "compute",
        path,
        columns="value=median,low=min,high=max",
        where=["chip=H100"],
    )
    series = Series.objects.with_page().get()
    assert [(str(p.value), str(p.low)) for p in load_as_of(series).points] == [("4", "3")]
    path = file("chip,quarter,median,min,max\nA100,2024-Q1,2,1,3\nH100,2024-Q1,4.5,3,5\n")
    assert "where chip = H100" in run("importseries", "compute", path)


def test_the_kept_choice_of_rows_can_be_cleared(file):
    series = make_series()
    path = file("chip,date,value\nA100,2024,1\nA100,2025,2\n")
    run("importseries", "compute", path, where=["chip=A100"], pick="max")
    said = run("importseries", "compute", path, where=["where="], pick="none")
    assert "Columns: period = date, value = value\n" in said
    series.refresh_from_db()
    assert "A100" not in series.mapping
    assert '"pick": ""' in series.mapping


def test_a_dry_run_changes_nothing(file):
    make_series()
    assert "Dry run" in run(
        "importseries", "compute", file("date,value\n2024-01-01,1\n"), dry_run=True
    )
    assert not Release.objects.exists()


def test_published_claims_are_only_broken_when_told_to(file):
    series = make_series()
    release(series, "2024,10", "2025-01-01")
    explanation = "It is {{ compute | nounit }}. {{ assert compute < 11 }}"
    figure_uses.record_figures(make_term("Compute", explanation=explanation))
    path = file("period,value\n2024,11\n")
    with pytest.raises(CommandError, match="claims would no longer hold") as asked:
        run("importseries", "compute", path)
    assert asked.value.returncode == 3
    assert Release.objects.count() == 1
    said = run("importseries", "compute", path, accept=True)
    assert "Compute would no longer say: It is 10." in said
    assert Release.objects.count() == 2


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "The file is empty"),
        ("period,value\n2024,ten\n", "“ten”"),
        ("period,value\n2024,NaN\n", "NaN"),
        ("period,value\n03/04/2024,1\n", "two ways"),
        ("period,value\n2024,1\n2024,2\n", "2024"),
        ("period,value\n2024,1e5000000\n", "1e5000000"),
        ("<html></html>", "web page"),
    ],
)
def test_a_bad_file_is_refused_with_a_reason_and_changes_nothing(file, text, expected):
    make_series()
    with pytest.raises(CommandError, match="Nothing was changed") as refused:
        run("importseries", "compute", file(text))
    assert expected in str(refused.value)
    assert refused.value.returncode == 1
    assert not Release.objects.exists()


def test_an_unknown_encoding_is_refused(file):
    make_series()
    path = file("period,value,name\n2024,1,café\n", encoding="latin-1")
    with pytest.raises(CommandError, match="UTF-8"):
        run("importseries", "compute", path)


def test_an_unknown_slug_is_refused_with_a_suggestion(file):
    make_series()
    with pytest.raises(CommandError, match="Did you mean “compute”"):
        run("importseries", "compuet", file("period,value\n2024,1\n"))


@pytest.mark.parametrize("day", ["soon", "2999-01-01", "2026-02-30"])
def test_a_bad_release_day_is_refused(file, day):
    make_series()
    with pytest.raises(CommandError, match="--released"):
        run("importseries", "compute", file("period,value\n2024,1\n"), released=day)


DEFINITION = """title: Chips shipped
description: How many chips were shipped.
unit: chips
frequency: annual
category: Compute & Chips
source: {publisher: Epoch AI, title: AI chip counts, url: "https://epoch.ai/data", licence: MIT}
releases:
  - {released_on: 2025-06-01, note: corrected}
"""


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "series" / "chips-shipped"
    folder.mkdir(parents=True)
    (folder / "series.yaml").write_text(DEFINITION)
    (folder / "2025-01-01.csv").write_text("period,value\n2023,1\n2024,2\n")
    (folder / "2025-06-01.csv").write_text("period,value\n2023,1\n2024,3\n")
    return folder


def test_the_day_of_a_release_is_in_the_files_name_if_nobody_says_it(clock, tmp_path):
    for slug, name, day in (
        ("named", "values-2026-02-06.csv", "2026-02-06"),
        ("unnamed", "values.csv", "2026-11-23"),
        ("later", "values-2027-02-06.csv", "2026-11-23"),
    ):
        make_series(slug)
        path = tmp_path / name
        path.write_text("period,value\n2024,1\n")
        run("importseries", slug, path)
        assert Release.objects.get(series__slug=slug).released_on.isoformat() == day


def test_a_folder_brings_its_series_and_all_its_releases(folder):
    said = run("importdata", folder.parent)
    assert "new series    chips-shipped" in said
    assert [r.kind for r in Release.objects.all()] == ["first", "revision"]
    assert Release.objects.last().note == "corrected"
    assert Series.objects.get().category.name == "Compute & Chips"
    assert run("importdata", folder.parent) == ""


def test_a_folder_brings_no_title_with_a_figure_that_cannot_be_read(folder):
    other, definition = make_series("other-series"), folder / "series.yaml"
    definition.write_text(f'{DEFINITION}chart_title: "Up to {{{{ chips-shipped | at 1999 }}}}"\n')
    with pytest.raises(CommandError, match=r"series.yaml: chart_title: .*1999"):
        run("importdata", folder)
    assert list(Series.objects.all()) == [other]


@pytest.mark.parametrize("inside", ["other-series", "assert chips-shipped < 5"])
def test_a_folder_brings_no_title_with_a_claim_or_of_another_series(folder, inside):
    other, definition = make_series("other-series"), folder / "series.yaml"
    definition.write_text(f'{DEFINITION}chart_title: "Up to {{{{ {inside} }}}}"\n')
    with pytest.raises(CommandError, match="chart_title: The title has figures of its own series"):
        run("importdata", folder)
    assert list(Series.objects.all()) == [other]
    definition.write_text(f'{DEFINITION}chart_title: "Up to {{{{ chips-shipped }}}}"\n')
    run("importdata", folder)
    titles = dict(Series.objects.values_list("slug", "chart_title"))
    assert titles == {"other-series": "", "chips-shipped": "Up to {{ chips-shipped }}"}


NOTES = """chart_notes:
  - {day: 2024-06-01, text: A new count}
  - {day: 2023-03-01, text: The first chip}
"""


def test_a_folder_brings_the_notes_of_the_chart_and_takes_them_back(folder):
    other = SeriesNote.objects.create(series=make_series(), day="2023-03-01", text="Another's")
    (folder / "series.yaml").write_text(DEFINITION + NOTES)
    run("importdata", folder)
    series = Series.objects.get(slug="chips-shipped")
    said, saved = [str(note) for note in series.chart_notes.all()], series.updated_at
    assert said == ["2023-03-01: The first chip", "2024-06-01: A new count"]
    run("importdata", folder)
    assert Series.objects.get(slug="chips-shipped").updated_at == saved
    (folder / "series.yaml").write_text(DEFINITION + "chart_notes: []\n")
    run("importdata", folder)
    assert Series.objects.get(slug="chips-shipped").updated_at > saved
    assert list(SeriesNote.objects.all()) == [other]


@pytest.mark.parametrize(
    ("notes", "expected"),
    [
        ("chart_notes: soon\n", "chart_notes must be a list of day and text"),
        ("chart_notes: [{day: 2024-06-01}]\n", "text: This field cannot be null"),
        ("chart_notes: [{day: June, text: New}]\n", "day: “June” value has an invalid date"),
        (f"chart_notes: [{{day: 2024-06-01, text: {'long' * 7}}}]\n", "at most 24 characters"),
        (NOTES + "  - {day: 2023-03-01, text: Twice}\n", "a note on that day already"),
        (NOTES + "".join(f"  - {{day: 2020-01-0{n}, text: N}}\n" for n in (1, 2, 3)), "four"),
    ],
)
def test_notes_of_the_chart_that_cannot_be_are_refused_by_name(folder, notes, expected):
    (folder / "series.yaml").write_text(DEFINITION + notes)
    with pytest.raises(CommandError, match=expected):
        run("importdata", folder)
    assert not Series.objects.exists()


def test_a_folder_names_the_columns_that_would_be_a_choice(folder):
    for file in folder.glob("*.csv"):
        file.write_text(file.read_text().replace("value", "price,volume").replace(",", ",1", 1))
    with pytest.raises(CommandError, match=r"Choose in series\.yaml, such as columns:") as asked:
        run("importdata", folder)
    assert (asked.value.returncode, Series.objects.exists()) == (3, False)
    (folder / "series.yaml").write_text(DEFINITION + "columns: value=volume\n")
    run("importdata", folder)
    assert Series.objects.get().current_release


def test_a_folder_does_not_bring_back_a_file_that_was_withdrawn(folder):
    confirmed = DEFINITION.replace("note: corrected", "confirmed: true")
    (folder / "series.yaml").write_text(confirmed)
    run("importdata", folder)
    series = Series.objects.get()
    withdraw_release(series, series.current_release_id, "The publisher took it back.")
    run("importdata", folder)
    assert [str(each.released_on) for each in Release.objects.all()] == ["2025-01-01"]


def test_what_a_person_has_to_confirm_is_confirmed_in_the_folder_or_by_the_command(folder):
    (folder / "2025-06-01.csv").write_text("period,value\n2024,2\n")
    with pytest.raises(
        CommandError, match=r"would vanish: 2023\.\nNothing .* with --accept"
    ) as asked:
        run("importdata", folder)
    assert (asked.value.returncode, Series.objects.exists()) == (3, False)
    run("importdata", folder, accept=True)
    Series.objects.all().delete()
    confirmed = DEFINITION.replace("note: corrected", "confirmed: true")
    (folder / "series.yaml").write_text(confirmed)
    run("importdata", folder)
    assert Release.objects.count() == 2


def test_a_new_file_in_the_folder_is_the_next_release(folder):
    run("importdata", folder)
    (folder / "2026-01-01.csv").write_text("period,value\n2023,1\n2024,3\n2025,4\n")
    assert "chips-shipped of 2026-01-01" in run("importdata", folder)
    assert Release.objects.last().kind == "append"


def test_a_second_run_passes_over_files_that_held_nothing_new(folder):
    (folder / "2025-03-01.csv").write_text("period,value\n2023,1\n2024,2\n")
    run("importdata", folder)
    assert run("importdata", folder) == ""
    assert Release.objects.count() == 2


def test_a_folder_with_a_release_of_the_future_is_refused(folder):
    (folder / "2999-01-01.csv").write_text("period,value\n2023,1\n2024,4\n")
    with pytest.raises(CommandError, match=r"2999-01-01\.csv: .*is in the future"):
        run("importdata", folder)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (("released_on: 2025-06-01, ", ""), "{'note': 'corrected'} lacks a day"),
        (("2025-06-01", "'2025-06-01'"), "lacks a day: released_on: 2026-02-06"),
        (("- {released_on: 2025-06-01, note: corrected}", "- corrected"), "corrected lacks a day"),
        (("- {released_on: 2025-06-01, note: corrected}", "x: 1"), "releases must be a list"),
        (("unit: chips", "unti: chips"), "not known: unti"),
        (("frequency: annual", "frequency: yearly"), "frequency: Value 'yearly'"),
        (("publisher: Epoch AI, ", ""), "a source with publisher and title is missing"),
        (("category: Compute & Chips", ""), "a category is missing"),
        (("title: Chips shipped", "title: [a"), "cannot be read"),
    ],
)
def test_a_mistake_in_a_definition_is_named_and_nothing_comes_in(folder, change, expected):
    (folder / "series.yaml").write_text(DEFINITION.replace(*change))
    with pytest.raises(CommandError, match="Nothing was changed") as refused:
        run("importdata", folder)
    assert expected in str(refused.value)
    assert not Series.objects.exists()


def test_a_bad_release_file_takes_the_whole_folder_back(folder):
    (folder / "2025-09-01.csv").write_text("period,value\n2023,x\n")
    with pytest.raises(CommandError, match=r"2025-09-01\.csv: .*“x”"):
        run("importdata", folder)
    assert not Series.objects.exists()
