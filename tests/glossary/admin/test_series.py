"""Admin of data: lists, search, permissions, and the messages of a refresh."""

import re
from html import unescape

import pytest
import time_machine
from django.contrib.auth.models import Group, User

from glossary.fetching.errors import Unreachable
from glossary.fetching.fetch import Fetched
from glossary.ingest import refreshing
from glossary.models import Fetch, Series, SeriesNote, Source, TermSeries
from glossary.series import figure_uses
from glossary.series.as_of import find_release
from tests.builders import make_category, make_series, make_term, make_upload, release
from tests.bystanders import unchanged

pytestmark = pytest.mark.django_db

LIST = "/admin/glossary/series/"
URL = "https://data.example/compute.csv"


@pytest.fixture
def editor(client):
    user = User.objects.create_user("edith", is_staff=True)
    user.groups.add(Group.objects.get(name="Editors"))
    client.force_login(user)
    return client


def page_of(series):
    return f"{LIST}{series.pk}/change/"


def listed(editor, query=""):
    return [series.slug for series in editor.get(LIST + query).context["cl"].queryset]


def form_data(**fields):
    source, _ = Source.objects.get_or_create(publisher="Epoch AI", title="Chips")
    return {
        "title": "Compute",
        "slug": "compute",
        "description": "How much compute there is.",
        "notes": "",
        "category": make_category().pk,
        "source": source.pk,
        "unit": "units",
        "short_unit": "",
        "scale": 0,
        "decimals": 0,
        "frequency": "annual",
        "denotes": "around",
        "kind": "observed",
        "price_basis": "",
        "interval": "",
        "chart_form": "line",
        "chart_scale": "linear",
        "chart_subject": "",
        "chart_title": "",
        "expected_days": "",
        "ended_on": "",
        "fetch_url": "",
        "releases-TOTAL_FORMS": 0,
        "releases-INITIAL_FORMS": 0,
        "chart_notes-TOTAL_FORMS": 0,
        "chart_notes-INITIAL_FORMS": 0,
    } | fields


def test_an_editor_makes_a_source_and_a_series(editor):
    editor.post(
        "/admin/glossary/source/add/",
        {"publisher": "Epoch AI", "title": "Chips", "may_redistribute": "on"},
    )
    assert editor.post(f"{LIST}add/", form_data()).status_code == 302
    assert Series.objects.get().source == Source.objects.get()


def test_notes_with_a_figure_that_cannot_be_read_are_refused(editor):
    release(make_series("chips"), "2024,10 2025,12")
    wrong = form_data(notes="Of these,\n\nthere are {{ chip }} now.")
    said = unescape(editor.post(f"{LIST}add/", wrong).text)
    assert "Line 3: There is no series “chip”; did you mean “chips”?" in said
    assert not Series.objects.filter(slug="compute").exists()
    right = form_data(notes="There are {{ chips }} now, {{ chips | change 1y }}.")
    assert editor.post(f"{LIST}add/", right).status_code == 302


def test_a_chart_title_has_figures_of_its_own_series_that_can_be_read(editor):
    series = make_series("compute")
    for slug in ("compute", "chips"):
        release(Series.objects.filter(slug=slug).first() or make_series(slug), "2024,10 2025,12")

    def said(title):
        return unescape(editor.post(page_of(series), form_data(chart_title=title)).text)

    assert "There is no series “chip”; did you mean “chips”?" in said("Now {{ chip }}")
    alone = "The title has figures of its own series alone, and no claims."
    assert alone in said("Now {{ chips }}")
    assert alone in said("Now {{ assert compute < 50 }}")
    assert said("Now {{ compute }}") == ""
    titles = Series.objects.order_by("slug").values_list("chart_title", flat=True)
    assert list(titles) == ["", "Now {{ compute }}"]


def test_the_slug_is_typed_once_and_never_again(editor):
    editor.post(f"{LIST}add/", form_data())
    series = Series.objects.get()
    assert 'name="slug"' not in editor.get(page_of(series)).text
    answer = editor.post(page_of(series), form_data(slug="other", title="Compute shipped"))
    assert answer.status_code == 302
    series.refresh_from_db()
    assert (series.slug, series.title) == ("compute", "Compute shipped")


def test_an_earlier_version_comes_back_with_all_but_slug_and_data(editor):
    series = make_series("compute")
    release(series, "2024,10")
    series.refresh_from_db()
    series.title = "Wrong"
    series.save()
    version = series.history.last().history_id
    page = f"{LIST}{series.pk}/history/{version}/"
    assert editor.get(page).status_code == 200
    editor.post(page, form_data(title="Compute"))
    series.refresh_from_db()
    assert series.title == "Compute"
    assert series.current_release is not None
    assert "2024" not in series.mapping
    assert "period" in series.mapping


def note_rows(*rows, kept=()):
    """Return the inline rows of notes: (day, text), after the rows of those in `kept`."""
    fields = {
        "chart_notes-TOTAL_FORMS": len(kept) + len(rows),
        "chart_notes-INITIAL_FORMS": len(kept),
    }
    for place, (day, text) in enumerate([*((each.day, each.text) for each in kept), *rows]):
        fields |= {f"chart_notes-{place}-day": day, f"chart_notes-{place}-text": text}
    for place, each in enumerate(kept):
        fields |= {
            f"chart_notes-{place}-id": each.pk,
            f"chart_notes-{place}-series": each.series_id,
        }
    return form_data(**fields)


def test_an_editor_writes_up_to_four_dated_notes_and_readers_see_them(editor):
    series = make_series()
    release(series, "2023,1 2024,2 2025,3")
    other = SeriesNote.objects.create(series=make_series("other"), day="2024-06-01", text="Other")
    stamp = find_release("compute", None).stamp
    rows = [(f"2024-0{n}-01", f"Note {n}") for n in (4, 2, 3, 1)]
    assert editor.post(page_of(series), note_rows(*rows)).status_code == 302
    notes = list(series.chart_notes.all())
    assert [(note.text, note.position) for note in notes] == [
        ("Note 1", 4), ("Note 2", 2), ("Note 3", 3), ("Note 4", 1),
    ]  # fmt: skip
    assert find_release("compute", None).stamp != stamp
    assert "Note 3</text>" in editor.get("/data/compute/").text
    fifth = editor.post(page_of(series), note_rows(("2024-05-01", "Note 5"), kept=notes))
    assert "at most 4 forms" in fifth.text
    removed = note_rows(("2024-05-01", "Note 5"), kept=notes) | {"chart_notes-1-DELETE": "on"}
    editor.post(page_of(series), removed)
    assert [note.position for note in series.chart_notes.all()] == [4, 3, 1, 2]
    assert list(SeriesNote.objects.filter(series__slug="other")) == [other]


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([("2024-01-01", "W" * 25)], "at most 24 characters"),
        ([("2024-01-01", "One"), ("2024-01-01", "Two")], "duplicate data for day"),
        ([("2024-01-01", " ")], "This field is required"),
    ],
)
def test_a_note_that_cannot_be_is_refused_by_the_form(editor, rows, said):
    series = make_series()
    assert said in unescape(editor.post(page_of(series), note_rows(*rows)).text)
    assert not SeriesNote.objects.exists()


def test_the_list_says_state_latest_release_and_uses(editor, clock):
    series = make_series("compute", expected_days=30)
    release(series, "2024,10", day="2026-10-01")
    term = make_term("Token", explanation="{{ compute }} and {{ compute | first }}")
    figure_uses.record_figures(term)
    TermSeries.objects.create(term=term, series=series)
    page = editor.get(LIST).text
    assert '<span class="state late">late</span>' in page
    assert '<td class="field-uses">3</td>' in page
    assert "Oct 1, 2026" in page


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("?state=fresh", ["fresh"]),
        ("?state=due", ["due"]),
        ("?state=late", ["overdue", "stale"]),
        ("?state=ended", ["ended"]),
        ("?state=no data", ["bare"]),
        ("?source__publisher=Epoch AI", ["bare", "due", "ended", "fresh", "overdue", "stale"]),
        ("?source__publisher=Nobody", []),
        ("?q=overd", ["overdue"]),
        ("?files=waiting", ["due"]),
        ("?fetching=failed", ["fresh"]),
        ("?fetching=works", ["ended"]),
    ],
)
def test_series_are_found_by_state_publisher_files_and_fetching(editor, clock, query, expected):
    for slug, days in (("fresh", 300), ("due", 50), ("overdue", 30), ("stale", 15), ("ended", 30)):
        release(make_series(slug, expected_days=days), "2024,10", day="2026-10-01")
    Series.objects.filter(slug="ended").update(ended_on="2026-11-01")
    make_series("bare")
    by_slug = {series.slug: series for series in Series.objects.all()}
    make_upload(by_slug["due"])
    now = "2026-11-23T05:17Z"
    Fetch.objects.create(series=by_slug["fresh"], checked_at=now, failures=2)
    Fetch.objects.create(series=by_slug["ended"], checked_at=now)
    assert sorted(listed(editor, query)) == expected


def test_the_list_stays_cheap(editor, django_assert_max_num_queries):
    for number in range(20):
        release(make_series(f"series-{number}"), "2024,10")
    editor.get("/admin/jsi18n/")  # the first page after a log-in writes the session
    with django_assert_max_num_queries(10):
        editor.get(LIST)


def test_releases_stand_on_the_form_newest_first_and_cannot_be_changed(editor):
    series = make_series("compute")
    release(series, "2024,10", day="2026-01-15")
    release(series, "2024,11", day="2026-02-15")
    page = editor.get(page_of(series))
    _, inline = page.context["inline_admin_formsets"]
    days = [str(form.original.released_on) for form in inline if form.original]
    assert days == ["2026-02-15", "2026-01-15"]
    assert 'name="releases-0-summary"' not in page.text
    newest = series.releases.last()
    path = f"/admin/glossary/release/{newest.pk}/"
    assert editor.get(f"{path}change/").status_code == 200
    assert editor.post(f"{path}change/", {"summary": "x"}).status_code == 403
    assert editor.post(f"{path}delete/", {"post": "yes"}).status_code == 403


def test_a_series_without_data_can_be_deleted_and_one_with_data_not(editor):
    bare, full = make_series("bare"), make_series("full")
    release(full, "2024,10")
    for series in (bare, full):
        editor.post(f"{LIST}{series.pk}/delete/", {"post": "yes"})
    assert [series.slug for series in Series.objects.all()] == ["full"]


def test_a_series_that_nothing_uses_goes_with_its_releases_where_code_deletes_it():
    series = make_series("full")
    release(series, "2024,10")
    release(series, "2024,11", day="2026-02-15")
    Series.objects.get(pk=series.pk).delete()
    assert not Series.objects.exists()


def folded(page):
    """Return the name of each folded part, with what is said beside it."""
    summaries = re.findall("<summary>(.*?)</summary>", page.text, re.DOTALL)
    texts = (" ".join(unescape(re.sub("<[^>]*>", "", each)).split()) for each in summaries)
    return [text for text in texts if text != "System"]


def test_folded_parts_of_a_stored_series_say_what_they_hold(editor, clock):
    bare, full = make_series("bare"), make_series("full", fetch_url=URL, steps="- a\n- b", scale=9)
    full.notes = "What they leave out."
    full.save()
    release(full, "2024,10", day="2026-01-15")
    release(full, "2024,11", day="2026-02-15")
    full.chart_notes.create(day="2024-03-01", text="GPT-4")
    assert folded(editor.get(page_of(full))) == [
        "Notes on the chart 1: GPT-4",
        "Releases 2: Feb 15, 2026; Jan 15, 2026",
        "What the numbers are units, billions, observed",
        "When it is released annual, next expected Feb 16, 2027, fresh",
        "Notes for readers What they leave out.",
        "Where files come from fetched from data.example, 2 steps",
    ]
    assert folded(editor.get(page_of(bare))) == [
        "Notes on the chart none yet",
        "Releases none yet",
        "What the numbers are units, observed",
        "When it is released annual, no data",
        "Notes for readers none yet",
        "Where files come from imported by hand",
    ]


def test_nothing_of_a_new_series_is_folded(editor):
    page = editor.get(f"{LIST}add/")
    assert folded(page) == []
    assert 'name="steps"' in page.text
    assert "field-fetching" not in page.text


def test_an_error_unfolds_its_part_and_no_other(editor):
    series = make_series("compute")
    release(series, "2024,10")
    for wrong, opened in (
        ({"decimals": "x"}, "What the numbers are"),
        ({"steps": "- x"}, "Where files"),
    ):
        answer = editor.post(page_of(series), form_data(**wrong))
        parts = folded(answer)
        assert len(parts) == 5
        assert not any(each.startswith(opened) for each in parts)
        assert "Releases 1: Jan 15, 2026" in parts
    assert len(folded(editor.get(page_of(series)))) == 6


def test_the_form_says_how_fetching_goes(editor):
    series, other = make_series("compute", fetch_url=URL), make_series("other")

    def said():
        return re.search(r'readonly">(.*?)</div>', editor.get(page_of(series)).text)[1]

    assert "Files are imported by hand." in editor.get(page_of(other)).text
    assert said() == "Not fetched yet."
    Fetch.objects.create(series=series, worked_at="2026-11-23T05:17Z", next_at="2026-11-24T05:17Z")
    worked = "Last worked Nov 23, 2026, 05:17 UTC, next try Nov 24, 2026, 05:17 UTC."
    assert said() == worked
    Fetch.objects.update(failures=1, problem="Nobody is there.")
    assert said() == f'<span class="overdue">Failed 1 time: Nobody is there.</span> {worked}'
    Fetch.objects.update(worked_at=None, failures=0)
    assert said().startswith("Never worked, next try")
    Series.objects.filter(pk=series.pk).update(ended_on="2026-01-01")
    assert said() == "The series has ended."
    assert "Files are imported by hand." in editor.get(page_of(other)).text


def test_a_failing_fetch_is_shown_with_its_problem(editor):
    series = make_series("compute", fetch_url=URL)
    Fetch.objects.create(
        series=series, checked_at="2026-11-23T05:17Z", failures=2, problem="Nobody is there."
    )
    assert "Nobody is there." in editor.get(page_of(series)).text
    assert "Nobody is there." in editor.get("/admin/glossary/fetch/?fetching=failed").text
    assert "Nobody is there." not in editor.get("/admin/glossary/fetch/?fetching=works").text


def test_another_address_forgets_what_was_learned_of_the_old_one(editor):
    editor.post(f"{LIST}add/", form_data(fetch_url=URL))
    series = Series.objects.get()
    Fetch.objects.create(series=series, etag='"1"', failures=9)
    editor.post(page_of(series), form_data(fetch_url=URL, title="Same address"))
    assert Fetch.objects.exists()
    editor.post(page_of(series), form_data(fetch_url="https://data.example/new.csv"))
    assert not Fetch.objects.exists()


def press_refresh(editor, series):
    data = {"CHANGE_FORM-action": "refresh_now", "_selected_action": series.pk}
    return unescape(editor.post(page_of(series), data, follow=True).text)


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (Unreachable("Nobody is there."), "Not fetched; the old data stay. Nobody is there."),
        (Fetched(b"period,value\n2024,10\n2025,12\n", "", "", "", URL), "1 period added"),
        (Fetched(b"period,value\n2024,99\n", "", "", "", URL), "A file waits for an editor."),
    ],
)
def test_the_button_fetches_now_and_says_what_came(editor, monkeypatch, found, said):
    series = make_series("compute", fetch_url=URL)
    release(series, "2024,10")
    monkeypatch.setattr(
        refreshing, "fetch_all", lambda wanted, *_: ((each, found) for each in wanted)
    )
    page = press_refresh(editor, series)
    assert said in page
    if series.uploads.exists():
        assert f'<a href="{LIST}{series.pk}/import/{series.uploads.get().pk}/">Look at it' in page


def test_the_button_says_when_there_is_no_address(editor):
    assert "There is no address to fetch from." in press_refresh(editor, make_series("compute"))


def test_who_may_only_look_sees_no_import_button_and_cannot_refresh(client):
    series = make_series("compute", fetch_url=URL)
    user = User.objects.create_user("nina", is_staff=True)
    user.groups.add(Group.objects.get(name="Newsletter editors"))
    client.force_login(user)
    assert "Import data" not in client.get(page_of(series)).text
    data = {"CHANGE_FORM-action": "refresh_now", "_selected_action": series.pk}
    client.post(page_of(series), data)
    assert not Fetch.objects.exists()
    assert client.get(f"{LIST}{series.pk}/import/").status_code == 403


@pytest.mark.usefixtures("clock")
def test_the_form_says_what_the_chart_is_called_without_a_title(editor):
    series = make_series("compute", chart_subject="Chips & racks", chart_title="Ours")
    assert "Empty: a sentence made from the values." in unescape(editor.get(page_of(series)).text)
    release(series, "2024,10 2025,12")
    page = unescape(editor.get(page_of(series)).text).replace("\xa0", " ")
    assert "Empty: “Chips & racks rose 20% in a year, to 12 units in 2025”." in page
    assert "newer than this title" not in page


@pytest.mark.usefixtures("clock")
def test_the_form_and_the_list_say_that_numbers_are_newer_than_the_chart_title(editor):
    series, other = make_series("compute", chart_title="Ours"), make_series("other")
    release(other, "2024,1")
    with time_machine.travel("2026-11-24", tick=False):
        release(series, "2024,10 2025,12")
    assert "The numbers are newer than this title" in editor.get(page_of(series)).text
    assert listed(editor, "?chart_title=older") == ["compute"]
    user = User.objects.get(pk=editor.session["_auth_user_id"])
    with unchanged(other), time_machine.travel("2026-11-25", tick=False):
        editor.force_login(user)
        editor.post(page_of(series), form_data(chart_title="Ours"))
    assert listed(editor, "?chart_title=older") == []


@pytest.mark.parametrize(
    ("steps", "missing"),
    [
        ("- period: Date\n- value: Price", []),
        ("- period: Date", ["value"]),
        ("- value: Price", ["period"]),
        ("- keep: {Owner: Google}", ["period", "value"]),
        ("- period: Date\n- one row: count", []),
        ("- period: Date\n- one row: sum", ["value"]),
        ('- unpivot: {ending: ""}', []),
        ("- sum of: [one, two]", []),
    ],
)
def test_saving_steps_says_which_column_no_step_makes(editor, steps, missing):
    page = editor.post("/admin/glossary/series/add/", form_data(steps=steps), follow=True)
    assert Series.objects.get(slug="compute").steps == steps
    for role in ("period", "value"):
        said = f"No step says which column is the {role}: write “{role}: COLUMN”"
        assert (said in unescape(page.text)) is (role in missing)
