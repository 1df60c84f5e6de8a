"""“Cite this” on a term's page: as text, in the APA's form, as BibTeX."""

import pytest

from glossary.series import citation
from tests.builders import make_term

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def site_url(settings, clock):
    settings.SITE_URL = "https://pulse.example.org"


def test_a_term_is_cited_with_the_day_of_its_last_change():
    cited = citation.cite_term(make_term("Pre-Training"), "https://pulse.example.org/glossary/x/")
    assert cited.text == (
        "“Pre-Training.” AI Economy Pulse, glossary. Last changed November 23, 2026. "
        "https://pulse.example.org/glossary/x/"
    )
    assert cited.apa == (
        "AI Economy Pulse. (2026, November 23). Pre-Training. In Glossary of the AI economy. "
        "https://pulse.example.org/glossary/x/"
    )
    assert (
        cited.bibtex
        == """\
@misc{pre-training-2026-11-23,
  author = {{AI Economy Pulse}},
  title = {{Pre-Training}},
  year = {2026},
  month = {11},
  day = {23},
  howpublished = {Glossary of AI Economy Pulse},
  url = {https://pulse.example.org/glossary/x/}
}"""
    )


def test_signs_that_mean_something_to_latex_are_written_out():
    cited = citation.cite_term(make_term("R&D_100%", slug="rd"), "https://example.org/")
    assert r"title = {{R\&D\_100\%}}" in cited.bibtex


def test_the_page_shows_all_three_without_script_and_a_draft_none(client, admin_client):
    make_term("Pre-Training")
    make_term("Secret", status="draft")
    text = client.get("/glossary/pre-training/").text
    assert "<summary>Cite this</summary>" in text
    assert (
        "Last changed November 23, 2026. https://pulse.example.org/glossary/pre-training/" in text
    )
    assert "@misc{pre-training-2026-11-23," in text
    draft = admin_client.get("/glossary/secret/").text
    assert "Cite this" not in draft
    assert "/glossary/secret/changes/" not in draft
