"""Waiting files: each kind has its fields, accepting takes what was seen, old files go."""

import pytest
from django.db import IntegrityError

from glossary.ingest.uploads import Stale, drop_old, fingerprint, require_seen
from glossary.models import Fetch, Upload
from tests.builders import make_series, make_upload

pytestmark = pytest.mark.django_db

DAY = 24 * 3600


def test_data_waits_with_a_series_and_a_day_and_terms_with_neither():
    make_upload(make_series("compute"), columns="value=median", is_fetched=True)
    make_upload()
    assert Upload.objects.count() == 2


@pytest.mark.parametrize(
    "fields",
    [
        {"released_on": "2026-11-20"},
        {"columns": "value=median"},
        {"where": "chip=A100"},
        {"pick": "max"},
        {"date_format": "M/D/YYYY"},
        {"note": "Recounted."},
        {"is_fetched": True},
        {"kind": "data"},
        {"kind": "data", "released_on": "2026-11-20"},
        {"kind": "issue"},
        {"kind": ""},
    ],
)
def test_no_terms_wait_with_what_belongs_to_data(fields):
    with pytest.raises(IntegrityError, match="upload_has_what_its_kind_needs"):
        make_upload(**fields)


@pytest.mark.parametrize("fields", [{"kind": "terms"}, {"kind": "issue"}])
def test_no_data_wait_without_what_they_need(fields):
    with pytest.raises(IntegrityError, match="upload_has_what_its_kind_needs"):
        make_upload(make_series("compute"), **fields)


def test_what_was_seen_is_told_by_the_file_and_by_what_it_would_do():
    upload = make_upload()
    seen = fingerprint(upload, ["1 new"])
    require_seen(upload, ["1 new"], seen)
    with pytest.raises(Stale):
        require_seen(upload, ["2 new"], seen)
    with pytest.raises(Stale):
        require_seen(make_upload(content=b"a,c\n"), ["1 new"], seen)


def test_files_of_each_kind_wait_for_two_weeks(clock):
    series = make_series("compute")
    make_upload(series)
    make_upload()
    clock.shift(1)
    later = [make_upload(series), make_upload()]
    clock.shift(14 * DAY - 1)
    assert drop_old() == ""
    clock.shift(1)
    assert drop_old() == "2 old uploads dropped"
    assert set(Upload.objects.all()) == set(later)


def test_what_was_fetched_and_not_looked_at_is_fetched_again(clock):
    asked = {"etag": '"7"', "last_modified": "Mon", "checksum": "7"}
    fetches = {}
    for slug in ("fetched", "sent", "kept"):
        fetches[slug] = Fetch.objects.create(series=make_series(slug), **asked)
    make_upload(fetches["fetched"].series, is_fetched=True)
    make_upload(fetches["sent"].series)
    clock.shift(DAY)
    make_upload(fetches["kept"].series, is_fetched=True)
    clock.shift(14 * DAY)
    drop_old()
    nothing = dict.fromkeys(asked, "")
    left = {fetch.series.slug: fetch for fetch in Fetch.objects.all()}
    assert {name: getattr(left["fetched"], name) for name in asked} == nothing
    for slug in ("sent", "kept"):
        assert {name: getattr(left[slug], name) for name in asked} == asked
