"""The title of a chart wherever it is drawn: computed, or an editor's while it is about the data."""

import pytest
import time_machine

from glossary.ingest.definitions import FIELDS
from glossary.ingest.withdrawals import withdraw_release
from glossary.models import Series
from glossary.series.loading import load, load_as_of
from tests.builders import make_series, make_term, release
from tests.bystanders import unchanged

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

COMPUTED = "Chips in use rose 20% in a year, to 12 units in 2025"
OURS = "Chips are everywhere"
SUBTITLE = "Compute, units"


@pytest.fixture
def series():
    series = make_series("compute", chart_subject="Chips in use")
    release(make_series("other", chart_title="Another"), "2024,1")
    release(series, "2023,5 2024,10", "2025-01-15")
    release(series, "2024,10 2025,12", "2026-01-15")
    return Series.objects.get(slug="compute")


def title(series):
    return load([series])[series.slug].plot().title.replace("\xa0", " ")


def test_the_title_is_what_the_values_show(series):
    assert title(series) == COMPUTED
    assert load([series])["compute"].plot().subtitle == SUBTITLE


def test_an_editor_overwrites_it_and_gets_it_back_by_emptying_the_field(series):
    series.chart_title = OURS
    with unchanged(Series.objects.get(slug="other")):
        series.save()
        assert title(series) == OURS
        series.chart_title = ""
        series.save()
    assert title(series) == COMPUTED


def test_figures_in_an_editors_title_follow_the_data(series):
    series.chart_title = "Chips are {{ compute | change 1y | words }}, at {{ compute }}"
    assert title(series) == "Chips are up 20%, at 12 units"
    series.chart_title = "There are {{ other }}"
    assert title(series) == COMPUTED


def test_an_older_release_keeps_the_title_of_its_own_values(series):
    series.chart_title = OURS
    series.save()
    older = load_as_of(series, series.releases.newest_first().last().released_on)
    assert older.plot().title.startswith("Chips in use doubled in a year")
    assert load_as_of(series, series.current_release.released_on).plot().title == OURS


def test_only_the_values_that_a_computed_title_compares_are_marked(series):
    assert [each.year for each in load([series])["compute"].plot().compared] == [2024, 2025]
    series.chart_title = OURS
    series.save()
    assert load([series])["compute"].plot().compared == ()
    older = load_as_of(series, series.releases.newest_first().last().released_on)
    assert [each.year for each in older.plot().compared] == [2023, 2024]


def test_a_title_is_older_than_its_numbers_until_the_series_is_saved_again(series):
    series.chart_title = OURS
    series.save()
    assert not Series.objects.with_older_title()
    with time_machine.travel("2026-11-24", tick=False):
        release(series, "2024,10 2025,12 2026,13", "2026-11-24")
        assert [each.slug for each in Series.objects.with_older_title()] == ["compute"]
        Series.objects.get(slug="compute").save()
        assert not Series.objects.with_older_title()


def test_a_title_is_older_than_its_numbers_when_a_release_was_withdrawn(series):
    series.chart_title = OURS
    with time_machine.travel("2026-11-24", tick=False):
        series.save()
    with time_machine.travel("2026-11-25", tick=False):
        withdraw_release(series, series.current_release_id, "Wrong file.")
        assert [each.slug for each in Series.objects.with_older_title()] == ["compute"]
    with time_machine.travel("2026-11-26", tick=False):
        Series.objects.get(slug="compute").save()
        assert not Series.objects.with_older_title()


def test_a_series_of_projections_is_told_as_projected(series):
    series.kind = Series.Kind.PROJECTED
    assert title(series) == "Projected to rise to 12 units in 2025"


def test_pages_show_it_above_its_subtitle_and_say_both_to_screen_readers(client, series):
    make_term("Chip").shown_series.create(series=series)
    for page in ("/data/compute/", "/data/compute/embed/", "/glossary/chip/"):
        text = client.get(page).text.replace("\xa0", " ")
        assert text.index(COMPUTED) < text.index(SUBTITLE)
        assert f'-t">{COMPUTED}. {SUBTITLE}</title>' in text, page


def test_programs_get_it_with_the_values_and_with_a_term(client, series):
    make_term("Chip").shown_series.create(series=series)
    found = client.get("/data/compute.json").json()["finding"]
    assert found.replace("\xa0", " ") == COMPUTED
    assert client.get("/glossary/chip.json").json()["series"][0]["finding"] == found


def test_folders_of_series_have_both_fields():
    assert {"chart_subject", "chart_title"} <= FIELDS
