"""Each starter chart says what it shows, in a sentence with its own subject."""

import pytest

from glossary.ingest.definitions import import_folders
from glossary.models import Series
from glossary.series.findings import LONGEST
from glossary.series.loading import load
from tests.glossary.starter.recordings import SERIES

ONE_OBSERVED = "415 terawatt-hours in 2024, projected to rise to 1,200 terawatt-hours in 2035"


@pytest.mark.django_db
def test_every_chart_has_a_sentence_with_its_subject():
    import_folders(SERIES, is_accepted=True)
    shipped = load(Series.objects.published().with_page())
    assert len(shipped) > 50
    assert not Series.objects.filter(chart_subject="").exists()
    for slug, loaded in shipped.items():
        said = loaded.finding.replace("\xa0", " ")
        assert len(said) <= LONGEST
        assert loaded.series.chart_subject in said or said == ONE_OBSERVED, slug
        assert any(character.isdigit() for character in said), slug
        assert said != loaded.series.title
