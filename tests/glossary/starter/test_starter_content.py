"""The starter content as a whole.

Each term says, cites, links and is found as a reader needs; each chart says what it shows.
"""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import transaction

from config.content_stamp import parts_of
from glossary import search
from glossary.admin.numbers import cited_names
from glossary.ingest.definitions import import_folders
from glossary.models import Observation, Relation, Release, Series, Term
from glossary.prose.figures.numerals import Backing, audit_numerals
from glossary.series.findings import LONGEST
from glossary.series.loading import load
from tests.builders import make_upload
from tests.databases import rolled_back
from tests.glossary.starter.recordings import SERIES

pytestmark = pytest.mark.django_db
TERMS = SERIES.parent / "terms"
# What readers of news about the AI economy type, each with the term that they mean.
SEARCHES = Path(__file__).with_name("searches.txt")
ONE_OBSERVED = "415 terawatt-hours in 2024, projected to rise to 1,200 terawatt-hours in 2035"


@pytest.fixture(scope="module")
def numerals(django_db_setup, django_db_blocker):
    """The site with the starter content; returns (slug, numeral) for all explanations."""
    with rolled_back(django_db_blocker):
        import_folders(SERIES, is_accepted=True)
        call_command("importterms", TERMS, verbosity=0)
        yield [
            (term.slug, numeral)
            for term in Term.objects.prefetch_related("citations")
            for numeral in audit_numerals(term.explanation, cited_names(term))
        ]


@pytest.mark.one_database
def test_every_number_is_bound_to_a_series_or_cited(numerals):
    bound = [slug for slug, numeral in numerals if numeral.backing is Backing.BOUND]
    assert len(bound) >= 80
    typed = [(slug, each.excerpt) for slug, each in numerals if each.backing is Backing.NEITHER]
    assert typed == []


@pytest.mark.one_database
def test_every_definition_is_one_sentence(numerals):
    assert Term.objects.published().count() >= 150
    for term in Term.objects.all():
        assert len(term.definition) <= 300
        assert re.fullmatch(r"[^.!?]([^.!?]|[.!?](?! ))*\.", term.definition), term.slug


@pytest.mark.one_database
def test_every_term_cites_pages_and_no_front_page(numerals):
    assert not Term.objects.filter(citations=None).exists()
    # The statement on superintelligence is the front page of its site.
    front_pages = Term.objects.filter(citations__url__regex=r"^https?://[^/]+/?$")
    assert list(front_pages.values_list("slug", flat=True)) == ["superintelligence"]


def test_terms_know_each_other(numerals):
    disagreeing = Relation.objects.disagreeing().values_list("from_term__slug", "to_term__slug")
    assert list(disagreeing) == []
    assert list(Term.objects.mentioned_by_nobody().values_list("slug", flat=True)) == []


def test_every_link_of_our_own_leads_to_a_page(numerals):
    assert not Term.objects.with_broken_text().exists()
    assert not Term.objects.with_text_remarks().exists()


@pytest.mark.one_database
def test_every_chart_has_a_sentence_with_its_subject(numerals):
    shipped = load(Series.objects.published().with_page())
    assert len(shipped) > 50
    assert not Series.objects.filter(chart_subject="").exists()
    for slug, loaded in shipped.items():
        said = loaded.finding.replace("\xa0", " ")
        assert len(said) <= LONGEST
        assert loaded.series.chart_subject in said or said == ONE_OBSERVED, slug
        assert any(character.isdigit() for character in said), slug
        assert said != loaded.series.title


def test_what_readers_type_finds_what_they_mean(numerals):
    tries = [line.split(" => ") for line in SEARCHES.read_text().splitlines()]
    assert len(tries) >= 150
    search.refresh_all()
    slugs = dict(Term.objects.values_list("headword", "slug"))
    missed = [(typed, slug) for typed, slug in tries if slugs.get(first(typed)) != slug]
    assert len(missed) / len(tries) <= 0.08, missed


@pytest.mark.one_database
def test_a_term_page_says_which_series_it_shows(numerals, client):
    """Its bytes stay when all other series change, so a kept page may outlive their releases.

    All series get a new value and a file that waits; then those that a page names lose them again.
    """
    before = {term: client.get(term.get_absolute_url()) for term in Term.objects.published()}
    series = list(Series.objects.published().select_related("current_release"))
    new = {each: revise(each) for each in series}
    term, answer = next((term, answer) for term, answer in before.items() if term.slug == "capex")
    assert client.get(term.get_absolute_url()).content != answer.content
    for term, answer in before.items():
        with transaction.atomic():
            for each in series:
                if {*parts_of([each.pk])} <= {*answer.content_parts}:
                    take_back(each, new[each])
            assert client.get(term.get_absolute_url()).content == answer.content, term
            transaction.set_rollback(True)


def revise(series: Series) -> Release:
    """Double the newest value of a series, and let a file of it wait."""
    held = Observation.objects.current().filter(series=series).exclude(value=None).last()
    day = series.current_release.released_on + timedelta(days=1)
    release = Release.objects.create(series=series, released_on=day, kind="revision")
    Observation.objects.filter(pk=held.pk).update(superseded_in=release)
    value = held.value * 2 + 1
    series.observations.create(period=held.period, value=value, first_in=release)
    Series.objects.filter(pk=series.pk).update(current_release=release)
    make_upload(series, is_fetched=True)
    return release


def take_back(series: Series, release: Release) -> None:
    series.uploads.all().delete()
    release.brought.all().delete()
    release.superseded.update(superseded_in=None)
    Series.objects.filter(pk=series.pk).update(current_release=series.current_release)
    Release.objects.filter(pk=release.pk).delete()


def first(typed: str) -> str:
    found = search.find(typed, most=1)
    shown = [hit.entry.title for hit in found.hits] or [entry.title for entry in found.near]
    return shown[0] if shown else ""
