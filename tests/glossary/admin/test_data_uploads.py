"""Importing by hand: editors see everything before accepting, and keep what they typed."""

import re
from html import unescape

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from glossary.models import Series, Upload
from glossary.series import figure_uses
from glossary.series.loading import load_as_of
from tests.builders import make_series, make_term, make_upload, release
from tests.bystanders import unchanged
from tests.html_forms import opened

pytestmark = pytest.mark.django_db

OLD = "2024,10 2025,12"


@pytest.fixture
def editor(client):
    user = User.objects.create_user("edith", is_staff=True)
    user.groups.add(Group.objects.get(name="Editors"))
    client.force_login(user)
    return client


@pytest.fixture
def compute():
    series = make_series("compute")
    release(series, OLD)
    return series


def start(series):
    return f"/admin/glossary/series/{series.pk}/import/"


def file_of(rows, name="new.csv", header="period,value"):
    return SimpleUploadedFile(name, (header + "\n" + rows.replace(" ", "\n") + "\n").encode())


def typed(**fields):
    data = {"released_on": "2026-11-01", "note": "", "columns": "", "where": ""}
    return data | {"pick": "", "date_format": "", "encoding": ""} | fields


def send(client, series, file, **fields):
    return client.post(start(series), typed(file=file, **fields), follow=True)


def accept(client, page):
    upload, seen = page.context["upload"], page.context["preview"]["seen"]
    return client.post(
        f"{start(upload.series)}{upload.pk}/", {"action": "accept", "seen": seen}, follow=True
    )


def values(series):
    loaded = load_as_of(Series.objects.with_page().get(pk=series.pk))
    return [str(point.value) for point in loaded.points] if loaded else []


def text_of(page):
    return " ".join(unescape(page.text).split())


def test_a_file_is_shown_with_all_it_would_change_and_then_accepted(editor, compute, clock):
    figure_uses.record_figures(
        make_term("Compute", explanation="There are {{ compute }}. {{ assert compute < 14 }}")
    )
    page = send(editor, compute, file_of("2024,11 2025,12 2026,15"), note="Recounted.")
    said = text_of(page)
    for part in (
        "Sentences that would read differently: 1",
        '<td class="difference"> <p>There are <del>12</del><ins>15</ins> units.</p>',
        "Claims that would no longer hold: 1",
        "assert compute < 14",
        "Columns: period = period, value = value.",
        "<td>10</td><td>11</td><td>+10.0%</td>",
        "Added: 1",
        "release of November 1, 2026",
    ):
        assert part in said
    assert values(compute) == ["10", "12"]
    other = make_upload(make_series("other"))
    with unchanged(other):
        page = accept(editor, page)
    assert "Imported. 1 period added" in text_of(page)
    assert values(compute) == ["11", "12", "15"]
    newest = Series.objects.get(pk=compute.pk).current_release
    assert (newest.note, newest.imported_by.username) == ("Recounted.", "edith")
    assert list(Upload.objects.all()) == [other]
    assert "Imported the release of 2026-11-01." in str(LogEntry.objects.first())


def test_a_change_of_percentages_is_told_in_points(editor):
    series = make_series("share", unit="percent")
    release(series, "2023,0.1 2024,78.3")
    page = send(editor, series, file_of("2023,0.1 2024,80.4"))
    assert "<td>78.3</td><td>80.4</td><td>+2.1 percentage points</td>" in text_of(page)
    accept(editor, page)
    series.refresh_from_db()
    said = series.current_release.summary.replace("\u00a0", " ")
    assert said == "1 of 2 periods changed, 2024 from 78.3 to 80.4 (+2.1 percentage points)."


def test_a_first_file_shows_its_first_rows_and_guessed_columns(editor):
    series = make_series("new")
    page = send(editor, series, file_of("2024,10,x", header="year,amount,comment"))
    assert "Columns: period = year, value = amount." in text_of(page)
    assert '<th scope="col">comment</th>' in page.text
    accept(editor, page)
    assert values(series) == ["10"]


def test_every_problem_is_told_with_row_and_column_and_columns_can_be_changed(editor):
    series = make_series("rent")
    rows = "2024,A,1,9 2024,B,ten,8 2025,A,3,7"
    page = send(editor, series, file_of(rows, header="year,chip,price,low"), columns="value=price")
    assert "This file cannot be imported" in page.text
    assert "Row 3, column “price”: “ten” is not a number" in text_of(page)
    assert "Accept as a release" not in page.text
    upload = Upload.objects.get()
    change = {"action": "change", "columns": "period=year,value=low,low=", "where": "chip=A"}
    page = editor.post(f"{start(series)}{upload.pk}/", typed(**change), follow=True)
    assert "Columns: period = year, value = low, where chip = A." in text_of(page)
    accept(editor, page)
    assert values(series) == ["9", "7"]


def test_a_choice_of_columns_is_asked_and_answered_by_a_button(editor):
    series = make_series("rent")
    names = [f"c{n}" for n in range(20)]
    header = ",".join([*names, "year", "price", "total, net"]).replace("total, net", '"total, net"')
    rows = " ".join(",".join(["x"] * 20 + [year, "1", "9"]) for year in ("2024", "2025"))
    page = send(editor, series, file_of(rows, header=header), note="Kept.", where="c1=x")
    assert "Several columns could hold the value: “price”, “total, net”." in text_of(page)
    assert "Accept as a release" not in page.text
    preview = page.context["preview"]
    assert preview["tables"][0]["header"][:3] == ("price", "total, net", "c0")
    assert len(preview["tables"][0]["header"]) == 23
    upload = Upload.objects.get()
    choice = typed(choose=preview["choices"][1][1], note="Kept.", where="c1=x")
    page = editor.post(f"{start(series)}{upload.pk}/", choice, follow=True)
    assert "Columns: period = year, value = total, net, where c1 = x." in text_of(page)
    assert page.context["preview"]["tables"][0]["header"][:3] == ("c1", "year", "total, net")
    accept(editor, page)
    assert values(series) == ["9", "9"]
    assert series.releases.get().note == "Kept."


def test_what_a_person_confirms_by_accepting_is_said_first(editor, compute):
    page = send(editor, compute, file_of("2024,10 2026,1500"))
    said = text_of(page)
    assert "Look at this before you accept" in said
    assert "Periods would vanish: 2025." in said
    assert "unusual steps or withdrawn: 2026." in said
    accept(editor, page)
    assert values(compute) == ["10", "1500"]


def test_a_file_with_a_mistake_beside_it_is_kept_with_all_that_was_typed(editor, compute, clock):
    page = send(
        editor,
        compute,
        file_of("2024,A,10 2025,A,12 2026,A,15 2026,B,1", header="period,chip,value"),
        released_on="2026-11-24",
        note="Kept.",
        where="chip=A",
    )
    assert page.context["preview"]["problems"] == ("Say on which day the publisher released it.",)
    assert "The release date cannot be in the future." in page.text
    assert 'value="Kept."' in page.text
    upload = Upload.objects.get()
    page = editor.post(
        f"{start(compute)}{upload.pk}/",
        typed(action="change", released_on="2026-11-23", note="Kept.", where="chip=A"),
        follow=True,
    )
    assert page.context["preview"]["plan"].released_on.isoformat() == "2026-11-23"


def test_the_day_of_a_release_is_left_empty_where_the_file_does_not_say_it(editor, compute, clock):
    assert 'name="released_on" value=' not in editor.get(start(compute)).text
    page = send(editor, compute, file_of("2024,10 2025,12 2026,15"), released_on="")
    assert "Say on which day the publisher released it." in page.text
    assert "plan" not in page.context["preview"]
    named = file_of("2024,10 2025,12 2026,15", name="values-2026-10-30.csv")
    page = send(editor, compute, named, released_on="")
    assert page.context["preview"]["plan"].released_on.isoformat() == "2026-10-30"
    future = file_of("2024,10 2025,12 2026,15", name="2031-01-01.csv")
    assert "Say on which day" in send(editor, compute, future, released_on="").text


def test_a_file_that_loses_many_periods_is_shown_with_its_list_and_accepted(editor, compute):
    page = send(editor, compute, file_of("2025,12"))
    assert "Periods would vanish: 2024." in text_of(page)
    other = make_upload(make_series("other"))
    with unchanged(other):
        accept(editor, page)
    assert values(compute) == ["12"]


def test_a_change_with_a_mistake_keeps_the_file_and_what_was_typed(editor, compute):
    send(editor, compute, file_of(f"{OLD} 2026,15"))
    upload = Upload.objects.get()
    page = editor.post(
        f"{start(compute)}{upload.pk}/",
        typed(action="change", released_on="soon", columns="value=value"),
    )
    assert 'value="value=value"' in page.text
    assert "Added: 1" in text_of(page)
    assert Upload.objects.get().columns == ""


def test_another_file_takes_the_place_of_the_one_that_waits(editor, compute):
    send(editor, compute, file_of("2024,10"))
    upload = Upload.objects.get()
    page = editor.post(
        f"{start(compute)}{upload.pk}/",
        typed(action="change", file=file_of(f"{OLD} 2026,15", name="whole.csv")),
        follow=True,
    )
    assert "1 period added" in text_of(page)
    assert Upload.objects.get().name == "whole.csv"


def test_what_was_seen_is_what_is_accepted_or_nothing(editor, compute):
    page = send(editor, compute, file_of(f"{OLD} 2026,15"))
    release(compute, "2024,10 2025,13", day="2026-02-01")
    page = accept(editor, page)
    assert "Nothing was imported: data or texts have changed since." in text_of(page)
    assert values(compute) == ["10", "13"]
    accept(editor, page)
    assert values(compute) == ["10", "12", "15"]


def test_another_file_with_the_same_summary_is_seen_before_it_is_accepted(editor, compute):
    page = send(editor, compute, file_of(f"{OLD} 2026,15"))
    Upload.objects.update(content=b"period,value\n2024,10\n2025,12\n2026,99\n")
    page = accept(editor, page)
    assert "Nothing was imported" in text_of(page)
    assert values(compute) == ["10", "12"]


def test_the_kept_choice_of_rows_can_be_cleared(editor, compute):
    header = "chip,period,value"
    rows = "A100,2024,10 A100,2025,12"
    page = send(editor, compute, file_of(rows, header=header), where="chip=A100", pick="max")
    accept(editor, page)
    rows += " A100,2026,15"
    cleared = {"where": "where=", "pick": "none"}
    page = send(editor, compute, file_of(rows, header=header), **cleared)
    assert page.context["preview"]["columns"] == "period = period, value = value"
    accept(editor, page)
    assert "A100" not in Series.objects.get(pk=compute.pk).mapping


def test_a_sentence_written_meanwhile_is_seen_before_it_changes(editor, compute):
    page = send(editor, compute, file_of(f"{OLD} 2026,15"))
    figure_uses.record_figures(make_term("Compute", explanation="There are {{ compute }}."))
    page = accept(editor, page)
    assert "Nothing was imported" in text_of(page)
    assert "There are <del>12</del><ins>15</ins> units." in text_of(page)


def test_a_file_that_is_older_than_the_newest_release_cannot_be_accepted(editor, compute):
    page = send(editor, compute, file_of("2024,10 2026,15"), released_on="2025-12-01")
    assert "an earlier one cannot be put before it" in text_of(page)
    seen = {"action": "accept", "seen": ""}
    page = editor.post(f"{start(compute)}{Upload.objects.get().pk}/", seen, follow=True)
    assert "Nothing was imported" in text_of(page)
    assert values(compute) == ["10", "12"]


def test_a_file_without_news_says_so(editor, compute):
    page = send(editor, compute, file_of(OLD))
    assert "Nothing changed: 2 periods." in text_of(page)
    assert "Nothing is new" in text_of(accept(editor, page))
    assert compute.releases.count() == 1


def test_a_file_can_be_dropped_and_is_gone_for_everybody(editor, compute):
    send(editor, compute, file_of("2024,10"))
    upload = Upload.objects.get()
    page = f"{start(compute)}{upload.pk}/"
    with unchanged(make_upload(compute)):
        assert "was dropped" in text_of(editor.post(page, {"action": "drop"}, follow=True))
    assert "no longer waits" in text_of(editor.get(page, follow=True))
    assert "no longer waits" in text_of(editor.post(page, {"action": "accept"}, follow=True))


def test_a_waiting_file_is_shown_on_its_series(editor, compute):
    send(editor, compute, file_of(f"{OLD} 2026,15"))
    page = editor.get(f"/admin/glossary/series/{compute.pk}/change/")
    assert f'{start(compute)}{Upload.objects.get().pk}/">new.csv</a>' in page.text


def test_a_file_of_more_than_five_megabytes_is_refused_in_words(editor, compute):
    big = SimpleUploadedFile("big.csv", b"x" * 5_100_000)
    page = send(editor, compute, big)
    assert "The file has 5.1 MB; the limit is 5 MB." in page.text
    assert not Upload.objects.exists()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "The submitted file is empty."),
        (b"%PDF-1.7", "This is a PDF."),
        (b"period,value\n2024,\xff\xfe\n", "Unknown encoding"),
        (b"period,value\n2024,1e5000000\n", "Row 2, column “value”"),
        (b"a,b\nx,y\n", "There is no column “period”. Columns: “a”, “b”."),
    ],
)
def test_a_file_that_is_none_is_refused_with_its_reason(editor, compute, content, said):
    page = send(editor, compute, SimpleUploadedFile("file.csv", content))
    assert said in text_of(page)
    assert values(compute) == ["10", "12"]


def test_poison_in_a_file_is_shown_as_text(editor, compute):
    poison = "<script>alert(1)</script>"
    page = send(editor, compute, file_of(f"2024,{poison}", name=f"{poison}.csv"))
    assert "<script>alert" not in page.text


def test_looking_changes_nothing_and_posting_needs_the_token(editor, compute):
    send(editor, compute, file_of("2024,10"))
    path = f"{start(compute)}{Upload.objects.get().pk}/"
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(User.objects.get())
    assert strict.post(path, {"action": "drop"}).status_code == 403
    editor.get(path + "?action=drop")
    assert Upload.objects.exists()


def test_a_file_of_another_series_is_not_found_here(editor, compute):
    send(editor, compute, file_of("2024,10"))
    other = make_series("other")
    upload = Upload.objects.get()
    with unchanged(upload):
        page = editor.post(f"{start(other)}{upload.pk}/", {"action": "drop"}, follow=True)
    assert "no longer waits" in text_of(page)
    assert editor.get("/admin/glossary/series/999999/import/").status_code == 404


def test_the_first_rows_before_and_after_each_step_are_shown(editor):
    series = make_series("power", steps="- keep: {Site: A}\n- period: Date\n- value: MW")
    content = b"Site,MW,Date\nA,10,2024\nB,5,2024\nA,12,2025\n"
    upload = make_upload(series, name="sites.csv", content=content)
    page = editor.get(f"{start(series)}{upload.pk}/")
    shown = [
        (each["step"], each["count"], each["header"]) for each in page.context["preview"]["tables"]
    ]
    assert shown == [
        ("", 3, ("Site", "MW", "Date")),
        ("keep: {Site: A}", 2, ("Site", "MW", "Date")),
        ("period: Date", 2, ("period", "Site", "MW", "Date")),
        ("value: MW", 2, ("period", "value", "Site", "MW", "Date")),
    ]
    assert "By the steps of the series." in page.text
    assert "<code>keep: {Site: A}</code>: 2 rows" in page.text
    assert "1 left out: row 3 (Site “B”)." in page.text


def test_a_step_that_fails_is_shown_after_those_before_it(editor):
    series = make_series("power", steps="- keep: {Site: A}\n- period: Day\n- value: MW")
    upload = make_upload(series, name="sites.csv", content=b"Site,MW,Date\nA,10,2024\n")
    page = editor.get(f"{start(series)}{upload.pk}/")
    assert [each["step"] for each in page.context["preview"]["tables"]] == ["", "keep: {Site: A}"]
    assert "There is no column “Day”." in page.text


def test_steps_that_cannot_be_read_are_refused_beside_their_field(editor):
    series = make_series("power")
    url = f"/admin/glossary/series/{series.pk}/change/"
    page = editor.post(url, opened(editor, url) | {"steps": "- perod: Date"})
    assert "“perod” is not a step. Did you mean “period”?" in page.text
    series.refresh_from_db()
    assert series.steps == ""


def test_the_same_file_of_a_series_waits_once(editor, compute):
    other = make_series("other")
    first = send(editor, compute, file_of("2026,14")).context["upload"]
    elsewhere = send(editor, other, file_of("2026,14")).context["upload"]
    with unchanged(elsewhere):
        again = send(editor, compute, file_of("2026,14", "again.csv"), note="Typed now.")
    assert again.context["upload"].pk == first.pk
    first.refresh_from_db()
    assert (first.name, first.note) == ("again.csv", "Typed now.")
    send(editor, compute, file_of("2026,15"))
    assert compute.uploads.count() == 2


def test_a_fetched_file_is_not_taken_for_one_by_hand(editor, compute):
    fetched = make_upload(compute, content=b"period,value\n2026,14\n", is_fetched=True)
    with unchanged(fetched):
        send(editor, compute, file_of("2026,14"))
    assert compute.uploads.count() == 2


def test_a_series_with_steps_offers_no_columns_and_says_when_its_steps_are_not_used(editor):
    series = make_series("stepped", steps="- period: Year\n- value: Price")
    file = file_of("2024,10 2025,12", header="Year,Price")
    page = send(editor, series, file)
    assert "By the steps of the series." in page.text
    assert "Change the steps" in page.text
    assert "the steps are not used for this file" in page.text
    file = file_of("2024,10 2025,12", header="Year,Price")
    typed_page = send(editor, series, file, columns="period=Year,value=Price")
    assert "The steps of the series were not used for this file." in typed_page.text
    without = make_series("without")
    assert "Change the steps" not in send(editor, without, file_of(OLD)).text


@pytest.mark.parametrize(
    ("stored", "shown", "name"),
    [
        ("iso-8859-1", "windows-1252", "é"),
        ("us-ascii", "utf-8", "e"),
        ("Shift_JIS", "shift_jis", "ｶ"),
    ],
)
def test_a_file_is_read_again_in_the_encoding_that_its_server_said(editor, stored, shown, name):
    series = make_series()
    content = f"period,value,{name}\n2024,10,x\n".encode(stored)
    kept = make_upload(series, encoding=stored, content=content, is_fetched=True)
    url = f"{start(series)}{kept.pk}/"
    offered = editor.get(url).text.partition('name="encoding"')[2]
    assert re.search('<option value="([^"]*)" selected', offered)[1] == shown
    page = editor.post(url, typed(action="change", encoding=shown), follow=True)
    kept.refresh_from_db()
    assert kept.encoding == shown
    assert "Added: 1" in text_of(page)


def test_each_encoding_is_offered_once_by_its_first_name(admin_client):
    page = admin_client.get(f"/admin/glossary/series/{make_series().pk}/import/").text
    offered = re.findall('<option value="([^"]*)"', page.partition('name="encoding"')[2])
    assert offered[:5] == ["", "utf-8", "utf-16", "utf-16-le", "windows-1252"]
    assert not {"utf8", "latin-1", "macintosh"} & set(offered)
    assert len(offered) == 12
