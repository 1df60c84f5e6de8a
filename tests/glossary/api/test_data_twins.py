"""The twins of a data page for machines: exact values, 304, as-of, other sites, licenses."""

import csv
import json
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import call_command
from django.utils.http import http_date

from glossary.models import Release, Series
from glossary.series.loading import load_as_of
from glossary.values.csv_safety import defuse
from tests.builders import make_series, release

pytestmark = pytest.mark.django_db

ENDINGS = ["csv", "json", "svg", "png", "metadata.json"]
VALUES = (
    "2020,0.10 2021,1200000000 2022,-5 2023, 2024,5E+26 "
    "2025,0.0000000000000000000000000000000123450"
)


@pytest.fixture
def odd(clock):
    """Values that floats would lose, none at all, and one below zero."""
    series = make_series("odd")
    release(series, VALUES)
    return Series.objects.with_page().get(pk=series.pk)


@pytest.fixture
def twice(clock):
    series = make_series("twice")
    release(series, "2023,8 2024,10", "2025-01-15")
    release(series, "2023,8 2024,11 2025,12", "2026-01-15")
    return series


def test_csv_holds_what_was_published_digit_for_digit(client, odd):
    answer = client.get("/data/odd.csv")
    assert answer["Content-Type"].startswith("text/csv")
    assert answer["Content-Disposition"] == 'attachment; filename="odd-2026-01-15.csv"'
    assert answer.text.splitlines()[:4] == [
        "period,value,low,high,status",
        "2020-01-01,0.10,,,final",
        "2021-01-01,1200000000,,,final",
        "2022-01-01,-5,,,final",
    ]


def test_csv_with_bounds_and_status_has_the_same_columns(client, clock, tmp_path):
    file = tmp_path / "x.csv"
    file.write_text("period,value,low,high,status\n2024,2,1.50,3,final\n2025,4,,,provisional\n")
    make_series("rich")
    call_command("importseries", "rich", str(file), released="2026-01-15", stdout=StringIO())
    assert client.get("/data/rich.csv").text == (
        "period,value,low,high,status\n2024-01-01,2,1.50,3,final\n2025-01-01,4,,,provisional\n"
    )


@pytest.mark.parametrize("slug", ["odd", "rich"])
def test_csv_imports_again_unchanged(client, odd, tmp_path, slug):
    if slug == "rich":
        file = tmp_path / "x.csv"
        file.write_text("period,value,low,high,status\n2024,2,1.50,3,final\n2027,4,,,projected\n")
        make_series("rich")
        call_command("importseries", "rich", str(file), released="2026-01-15", stdout=StringIO())
    file = tmp_path / "again.csv"
    file.write_bytes(client.get(f"/data/{slug}.csv").content)
    said = StringIO()
    call_command("importseries", slug, str(file), released="2026-02-01", stdout=said)
    assert "Nothing is new." in said.getvalue()
    copy = make_series("copy")
    call_command("importseries", "copy", str(file), released="2026-02-01", stdout=StringIO())
    original = load_as_of(Series.objects.with_page().get(slug=slug))
    assert load_as_of(Series.objects.with_page().get(pk=copy.pk)).points == original.points


def test_no_cell_of_ours_is_a_formula(client, odd):
    for row in csv.reader(StringIO(client.get("/data/odd.csv").text)):
        for cell in row:
            assert defuse(cell) == cell


def test_json_keeps_every_digit_for_those_who_read_decimals(client, odd):
    text = client.get("/data/odd.json").text
    found = json.loads(text, parse_float=Decimal, parse_int=Decimal)
    values = [each["value"] for each in found["observations"]]
    kept = [point.value for point in load_as_of(odd).points]
    assert values == kept
    assert [str(value) for value in values if value is not None] == [
        str(value) for value in kept if value is not None
    ]
    assert found["series"]["unit"] == "units"
    assert found["release"]["released_on"] == "2026-01-15"
    assert json.loads(text)["observations"][0] == {
        "period": "2020-01-01", "value": 0.1, "low": None, "high": None, "status": "final",
    }  # fmt: skip


def test_metadata_describe_the_table_as_csv_on_the_web(client, twice, settings):
    settings.SITE_URL = "https://pulse.example.org"
    twice.source.licence_url, twice.source.url = "https://example.org/by/", "https://epoch.ai/data"
    twice.source.save()
    answer = client.get("/data/twice.metadata.json")
    assert answer["Content-Type"] == "application/csvm+json"
    found = answer.json()
    assert found["@context"] == ["http://www.w3.org/ns/csvw", {"@language": "en"}]
    assert found["url"] == "https://pulse.example.org/data/twice.csv"
    assert found["dc:title"] == "Twice"
    assert found["dc:creator"] == "Epoch AI"
    assert found["dc:license"] == {"@id": "https://example.org/by/"}
    assert found["dc:source"]["@id"] == "https://epoch.ai/data"
    assert found["dc:modified"] == {"@value": "2026-01-15", "@type": "xsd:date"}
    assert [(each["@id"], each["dc:type"]) for each in found["dc:hasVersion"]] == [
        ("https://pulse.example.org/data/twice.csv?asof=2026-01-15", "revision"),
        ("https://pulse.example.org/data/twice.csv?asof=2025-01-15", "first"),
    ]
    header = client.get("/data/twice.csv").text.splitlines()[0]
    columns = found["tableSchema"]["columns"]
    assert ",".join(column["titles"] for column in columns) == header
    assert [column["datatype"] for column in columns] == [
        "date", "number", "number", "number",
        {"base": "string", "format": "final|provisional|projected"},
    ]  # fmt: skip
    assert columns[1]["schema:unitText"] == "units"


# Members that the standard knows on a table, and in its schema (Metadata Vocabulary, 5.4 to 5.6).
OWN = {"@context", "@id", "@type", "@value", "url", "tableSchema", "columns", "primaryKey"}
OF_COLUMNS = {"name", "titles", "datatype", "base", "format", "propertyUrl", "required"}


def test_metadata_have_no_word_that_the_standard_forbids(client, twice):
    def words(held):
        for each in held if isinstance(held, list) else [held]:
            for name, value in each.items() if isinstance(each, dict) else ():
                yield name
                yield from words(value)

    found = set(words(client.get("/data/twice.metadata.json").json()))
    unknown = found - OWN - OF_COLUMNS - {"@language"}
    assert {name.partition(":")[0] for name in unknown} == {"dc", "schema"}


@pytest.mark.parametrize("query", ["", "?asof=2025-06-30"])
def test_table_and_metadata_name_each_other_as_of_the_same_day(client, twice, settings, query):
    settings.SITE_URL = "https://pulse.example.org"
    table = client.get(f"/data/twice.csv{query}")
    metadata = f"https://pulse.example.org/data/twice.metadata.json{query}"
    assert table["Link"] == f'<{metadata}>; rel="describedby"; type="application/csvm+json"'
    assert "Link" in table["Access-Control-Expose-Headers"]
    found = client.get(metadata).json()
    assert found["url"] == f"https://pulse.example.org/data/twice.csv{query}"


def test_pictures_are_pictures(client, twice):
    svg, png = client.get("/data/twice.svg"), client.get("/data/twice.png")
    assert svg["Content-Type"] == "image/svg+xml"
    assert svg.text.startswith("<svg ")
    assert "'sha256-" in svg["Content-Security-Policy"]
    assert (png["Content-Type"], png.content[:8]) == ("image/png", b"\x89PNG\r\n\x1a\n")


def test_a_picture_is_made_once_a_release(client, twice, monkeypatch):
    made = []
    monkeypatch.setattr(
        "glossary.charts.pictures.chart_png", lambda plot: made.append(plot) or b"png"
    )
    for _ in range(3):
        client.get("/data/twice.png")
    assert len(made) == 1
    client.get("/data/twice.png?asof=2025-02-01")
    release(twice, "2023,8 2024,11 2025,13", "2026-02-15")
    client.get("/data/twice.png")
    assert len(made) == 3


@pytest.mark.parametrize("ending", ENDINGS)
def test_an_unchanged_twin_is_answered_304_and_nothing_is_built(client, twice, monkeypatch, ending):
    first = client.get(f"/data/twice.{ending}")
    monkeypatch.setattr("glossary.series.as_of.load_release", None)
    monkeypatch.setattr("glossary.series.downloads.metadata", None)
    again = client.get(f"/data/twice.{ending}", headers={"if-none-match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again["Access-Control-Allow-Origin"] == "*"
    for header in ("Cache-Control", "Last-Modified"):
        assert again[header] == first[header]


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_time_alone_never_makes_a_304(client, twice, ending):
    path = f"/data/twice.{ending}"
    first = client.get(path)
    twice.source.licence = "CC-BY-SA-4.0"
    twice.source.save()
    header = {"if-modified-since": first["Last-Modified"]}
    again = client.get(path, headers=header)
    assert (again.status_code, again["Last-Modified"]) == (200, first["Last-Modified"])
    assert again["ETag"] != first["ETag"]
    assert client.get(path, headers=header | {"if-none-match": again["ETag"]}).status_code == 304


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_new_release_or_another_title_is_not_taken_for_unchanged(client, twice, clock, ending):
    path = f"/data/twice.{ending}"
    first = client.get(path)
    clock.shift(60)
    Series.objects.get(pk=twice.pk).save()
    retitled = client.get(path, headers={"if-none-match": first["ETag"]})
    assert retitled.status_code == 200
    clock.shift(60)
    release(twice, "2023,8 2024,11 2025,13", "2026-02-15")
    for header in (
        {"if-none-match": retitled["ETag"]},
        {"if-modified-since": first["Last-Modified"]},
    ):
        assert client.get(path, headers=header).status_code == 200


def test_last_modified_is_when_the_release_was_taken_in(client, twice):
    imported = Release.objects.newest_first().first().imported_at
    assert client.get("/data/twice.csv")["Last-Modified"] == http_date(imported.timestamp())


def test_programs_are_told_the_state_and_the_expected_day_until_both_change(client, twice, clock):
    Series.objects.update(expected_days=320)  # expected on December 1, 2026
    before = client.get("/data/twice.json")
    assert before.json()["series"]["state"] == "fresh"
    assert before.json()["series"]["expected_on"] == "2026-12-01"
    clock.shift(7 * 86_400)
    assert client.get("/data/twice.json")["ETag"] == before["ETag"]
    clock.shift(3 * 86_400)
    after = client.get("/data/twice.json", headers={"if-none-match": before["ETag"]})
    assert (after.status_code, after.json()["series"]["state"]) == (200, "due")
    assert after["Last-Modified"] == "Tue, 01 Dec 2026 00:00:00 GMT"
    said = client.get("/data/twice.metadata.json").json()["schema:additionalProperty"]
    assert {"schema:name": "state", "schema:value": "due"} in said
    assert {"schema:name": "expected_on", "schema:value": "2026-12-01"} in said
    Series.objects.update(ended_on="2026-11-30")
    ended = client.get("/data/twice.json").json()["series"]
    assert (ended["state"], ended["expected_on"]) == ("ended", None)
    assert "expected_on" not in client.get("/data/twice.metadata.json").text


def test_an_earlier_release_changes_with_the_newest_which_it_names(client, twice, clock):
    path = "/data/twice.metadata.json?asof=2025-06-30"
    first = client.get(path)
    clock.shift(60)
    release(twice, "2023,8 2024,11 2025,13", "2026-02-15")
    again = client.get(path, headers={"if-none-match": first["ETag"]})
    imported = Release.objects.newest_first().first().imported_at
    assert again.status_code == 200
    assert again["Last-Modified"] == http_date(imported.timestamp()) != first["Last-Modified"]
    assert "2026-02-15" in again.text


@pytest.mark.parametrize("ending", [*ENDINGS, "csv?asof=x", "csv?asof=2020-01-01"])
def test_other_sites_may_read_every_twin_and_every_refusal(client, twice, ending):
    answer = client.get(f"/data/twice.{ending}")
    assert answer["Access-Control-Allow-Origin"] == "*"
    assert answer["Cross-Origin-Resource-Policy"] == "cross-origin"
    if answer.status_code == 200:
        assert answer["Cache-Control"].startswith("public")


def test_as_of_a_day_every_twin_gives_the_release_of_that_day(client, twice):
    asof = "?asof=2025-06-30"
    assert client.get(f"/data/twice.csv{asof}").text == (
        "period,value,low,high,status\n2023-01-01,8,,,final\n2024-01-01,10,,,final\n"
    )
    assert client.get(f"/data/twice.json{asof}").json()["observations"][-1]["value"] == 10
    assert client.get(f"/data/twice.metadata.json{asof}").json()["schema:version"] == "2025-01-15"
    assert "2024" in client.get(f"/data/twice.svg{asof}").text
    for ending in ENDINGS:
        then, now = client.get(f"/data/twice.{ending}{asof}"), client.get(f"/data/twice.{ending}")
        assert then["ETag"] != now["ETag"]
        assert then.content != now.content


def test_a_source_that_forbids_it_gives_no_values_and_says_why(client, twice):
    twice.source.may_redistribute = False
    twice.source.save()
    for ending in ("csv", "json"):
        answer = client.get(f"/data/twice.{ending}")
        assert answer.status_code == 403
        assert answer["Content-Type"].startswith("text/plain")
        assert "does not allow" in answer.text
        assert answer["Cache-Control"] == "private, no-store"
    found = client.get("/data/twice.metadata.json").json()
    assert "does not allow" in found["dc:accessRights"]
    assert [each["dc:format"] for each in found["dc:hasFormat"]] == [
        "image/svg+xml", "image/png", "application/csvm+json",
    ]  # fmt: skip
    assert client.get("/data/twice.svg").status_code == 200


def test_the_embed_may_stand_in_a_frame_anywhere_and_nothing_else_may(client, twice):
    embed, page = client.get("/data/twice/embed/"), client.get("/data/twice/")
    assert "frame-ancestors *" in embed["Content-Security-Policy"]
    assert "X-Frame-Options" not in embed
    assert "frame-ancestors 'none'" in page["Content-Security-Policy"]
    assert page["X-Frame-Options"] == "DENY"
    assert "<script" not in embed.text
    assert "<form" not in embed.text
    for said in ("Twice", "Source: Epoch AI", "/data/twice/"):
        assert said in embed.text


def test_the_embed_code_is_pinned_and_a_pinned_embed_never_changes(client, twice):
    page = client.get("/data/twice/").text
    assert "/data/twice/embed/?asof=2026-01-15" in page
    pinned, newest = (
        client.get("/data/twice/embed/?asof=2026-01-15").text,
        client.get("/data/twice/embed/").text,
    )
    release(twice, "2023,8 2024,11 2025,999", "2026-02-15")
    after = client.get("/data/twice/embed/?asof=2026-01-15").text
    # Its link now leads to the release it shows, no more to the newest.
    assert after.replace('/data/twice/?asof=2026-01-15" target', '/data/twice/" target') == pinned
    assert client.get("/data/twice/embed/").text != newest
