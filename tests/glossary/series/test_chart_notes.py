"""Dated notes of a series: what the database keeps, and where readers and programs get them."""

import json
from xml.etree import ElementTree as ET

import pytest
from django.db import DataError, IntegrityError, transaction

from glossary.models import SeriesNote, Source
from tests.builders import make_series, release

pytestmark = pytest.mark.django_db


@pytest.fixture
def compute():
    series = make_series()
    release(series, "2023,8 2024,1100 2025,1250", "2026-01-15")
    SeriesNote.objects.create(series=series, day="2024-03-01", text="A new count")
    return series


@pytest.mark.parametrize(
    ("field", "value"), [("text", "W" * 25), ("text", ""), ("position", 0), ("position", 5)]
)
def test_the_database_refuses_a_note_that_cannot_be(field, value):
    other = SeriesNote.objects.create(series=make_series("other"), day="2024-01-01", text="Other")
    fields = {"series": make_series(), "day": "2024-01-01", "text": "Kept"}
    note = SeriesNote.objects.create(**fields)
    with pytest.raises((IntegrityError, DataError)), transaction.atomic():
        SeriesNote.objects.filter(pk=note.pk).update(**{field: value})
    assert set(SeriesNote.objects.all()) == {note, other}


def test_a_series_has_one_note_a_day_and_four_in_all(compute):
    for day in ("2024-03-01", "2024-03-02", "2024-03-03", "2024-03-04", "2024-03-05"):
        try:
            with transaction.atomic():
                SeriesNote.objects.create(series=compute, day=day, text="More")
        except IntegrityError:
            continue
    assert [note.day.day for note in compute.chart_notes.all()] == [1, 2, 3, 4]


def test_a_shorter_text_of_longer_letters_fits():
    SeriesNote.objects.create(series=make_series(), day="2024-01-01", text="ß" * 24)
    assert SeriesNote.objects.get().text == "ß" * 24


def test_the_page_the_files_and_the_embed_show_the_notes(client, compute):
    for path in ("/data/compute/", "/data/compute.svg", "/data/compute/embed/"):
        assert "A new count</text>" in client.get(path).text
    assert "Marked: “A new count” (March 1, 2024)." in client.get("/data/compute/").text
    before = client.get("/data/compute.png").content
    compute.chart_notes.all().delete()
    compute.save()
    assert client.get("/data/compute.png").content != before
    assert "A new count" not in client.get("/data/compute/").text


def test_a_release_of_the_past_shows_the_notes_inside_its_time(client, compute):
    SeriesNote.objects.create(series=compute, day="2025-12-01", text="Later")
    release(compute, "2023,8 2024,1100 2025,1250 2026,2000", "2026-02-15")
    assert "Later" in client.get("/data/compute.svg").text
    assert "Later" not in client.get("/data/compute.svg?asof=2026-01-20").text


def test_programs_get_the_notes(client, compute):
    (note,) = json.loads(client.get("/data/compute.json").text)["series"]["chart_notes"]
    assert note == {"day": "2024-03-01", "text": "A new count"}


def test_a_picture_carries_finding_series_source_license_and_our_name(client, compute, settings):
    root = ET.fromstring(client.get("/data/compute.svg").text)
    texts = [text.text for text in root.iter("{http://www.w3.org/2000/svg}text")]
    assert texts[:2] == ["Up 14% in a year, to 1,250 units in 2025", "Compute, units"]
    assert "units" not in texts
    assert f"Source: Epoch AI · {settings.SITE_NAME}" in texts


def test_the_embed_names_source_license_and_leads_to_us(client, compute, settings):
    Source.objects.update(licence="CC0-1.0")
    html = client.get("/data/compute/embed/").text
    assert "Source: Epoch AI, CC0 1.0" in html
    assert (
        f'<a href="{settings.SITE_URL}/" target="_blank" rel="noopener">AI Economy Pulse</a>'
        in html
    )


@pytest.mark.parametrize(
    ("fields", "credit"),
    [
        ({"licence": "CC-BY-4.0"}, "Epoch AI, CC BY 4.0"),
        ({"licence": "CC-BY-4.0", "attribution": "Epoch AI, CC BY 4.0"}, "Epoch AI, CC BY 4.0"),
        ({"licence": "CC-BY-SA-3.0"}, "Epoch AI, CC BY-SA 3.0"),
        ({"licence": "CC-BY-SA-3.0", "attribution": "Epoch, CC BY-SA 3.0"}, "Epoch, CC BY-SA 3.0"),
        ({"licence": "CC0-1.0", "attribution": "GitHub, CC0"}, "GitHub, CC0"),
        ({"licence": "Public domain"}, "Epoch AI, public domain"),
        ({"licence": "MIT", "attribution": "Epoch, MIT License"}, "Epoch, MIT License"),
        ({"licence": "Facts from company filings"}, "Epoch AI"),
        ({}, "Epoch AI"),
    ],
)
def test_the_credit_names_the_license_once(fields, credit):
    assert Source(publisher="Epoch AI", title="Chips", **fields).credit == credit
