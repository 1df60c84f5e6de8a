"""Search follows what is published, immediately, and the clock repairs it."""

from datetime import timedelta

import pytest

from config.models import ContentStamp
from config.tick import tick
from glossary import search
from glossary.models import Alias, SearchEntry, SearchName, Series, Term
from glossary.terms import history, publishing
from tests.builders import make_alias, make_series, make_term, release
from tests.bystanders import unchanged
from tests.config.page_caches import forget_writes

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def committed(django_capture_on_commit_callbacks):
    """Do what a transaction leaves for afterwards; a test's own never ends."""
    return lambda: django_capture_on_commit_callbacks(execute=True)


def found(text):
    return [hit.entry.title for hit in search.find(text).hits]


def test_drafts_and_series_without_data_are_not_found():
    make_term("Secret", status="draft")
    make_series("empty")
    search.refresh_all()
    assert SearchEntry.objects.count() == 0


def test_a_term_is_found_once_published_and_never_once_withdrawn(committed):
    term = make_term("Wafer", status="draft")
    with committed():
        publishing.publish([term])
    assert found("wafer") == ["Wafer"]
    with committed():
        publishing.withdraw([term])
    assert found("wafer") == []
    assert search.find("waffer").near == []
    assert SearchName.objects.count() == 0


def test_a_series_is_found_from_its_first_release_on(committed):
    series = make_series("chips-sold", title="Chips sold")
    with committed():
        release(series, "2024,10 2025,12")
    assert found("chips-sold") == found("chips") == ["Chips sold"]
    assert search.find("chips").hits[0].entry.path == "/data/chips-sold/"


def test_what_an_editor_saves_and_deletes_in_admin_is_followed(admin_client, committed):
    term = make_term("Wafer")
    alias = make_alias(term, "old name")
    search.refresh_all()
    with committed():
        alias.delete()
        history.restore_part(term, "alias", Alias.history.latest().pk)
    assert found("old name") == ["Wafer"]
    with committed():
        admin_client.post(f"/admin/glossary/term/{term.pk}/delete/", {"post": "yes"})
    assert not Term.objects.exists()
    assert found("wafer") == []


def test_deleting_from_the_list_is_followed(admin_client, committed):
    terms = [make_term("Wafer"), make_term("Wafer Fab")]
    search.refresh_all()
    chosen = {
        "action": "delete_selected",
        "_selected_action": [term.pk for term in terms],
        "post": "yes",
        "typed": "delete",
    }
    with committed():
        admin_client.post("/admin/glossary/term/", chosen)
    assert found("wafer") == []


def test_the_clock_mends_what_nobody_told_of(clock):
    term = make_term("Wafer")
    make_term("Ingot")
    series = make_series("output", title="Output of wafers")
    release(series, "2024,10 2025,12")
    assert "search follows 3 changes" in tick()
    forget_writes()  # each write is a transaction of its own
    Term.objects.filter(pk=term.pk).update(definition="A disc of silicon.")
    Term.objects.filter(headword="Ingot").delete()
    Series.objects.filter(pk=series.pk).update(title="Discs made")
    assert "search follows 3 changes" in tick()
    assert found("discs") == ["Discs made", "Wafer"]
    assert found("ingot") == []
    assert not any("search" in line for line in tick())


def test_a_minute_in_which_no_page_changed_reads_the_stamp_alone(django_assert_num_queries):
    term = make_term("Wafer")
    assert search.refresh_changed() == "search follows 1 change"
    assert search.refresh_changed() == ""  # what it wrote has a new stamp
    forget_writes()
    with django_assert_num_queries(1):
        assert search.refresh_changed() == ""
    Term.objects.filter(pk=term.pk).update(definition="A disc of silicon.")
    assert search.refresh_changed() == "search follows 1 change"
    assert search.refresh_changed() == ""
    forget_writes()
    SearchEntry.objects.all().delete()
    assert search.refresh_changed() == "search follows 1 change"
    assert found("disc") == ["Wafer"]


def test_a_change_without_a_stamp_is_followed_within_an_hour(clock):
    term = make_term("Wafer")
    other = SearchEntry.objects.get(pk=made(make_term("Ingot")))
    assert search.refresh_changed() == "search follows 1 change"
    assert search.refresh_changed() == ""
    stamps = list(ContentStamp.objects.values_list("pk", "stamp"))
    Term.objects.filter(pk=term.pk).update(definition="A disc of silicon.")
    for pk, stamp in stamps:
        ContentStamp.objects.update_or_create(pk=pk, defaults={"stamp": stamp})
    ContentStamp.objects.exclude(pk__in=dict(stamps)).delete()
    clock.shift(timedelta(minutes=59))
    assert search.refresh_changed() == ""
    clock.shift(timedelta(minutes=2))
    with unchanged(other):
        assert search.refresh_changed() == "search follows 1 change"


def made(term):
    search.refresh("term", [term.pk])
    return SearchEntry.objects.get(ref=term.pk).pk


def test_what_did_not_change_is_not_written_again():
    make_term("Wafer")
    search.refresh_all()
    before = SearchEntry.objects.get().pk
    assert search.refresh("term", [Term.objects.get().pk]) == 0
    assert search.refresh_all() == ""
    assert SearchEntry.objects.get().pk == before


def test_only_the_page_that_changed_is_written_again():
    term = make_term("Wafer")
    make_term("Ingot")
    release(make_series("wafers"), "2024,10 2025,12")
    search.refresh_all()
    SearchEntry.objects.filter(kind="series").update(ref=term.pk)  # ids of two tables may be equal
    Term.objects.filter(pk=term.pk).update(definition="A disc of silicon.")
    kept = SearchEntry.objects.exclude(kind="term", ref=term.pk)
    with unchanged(*kept):
        assert search.refresh("term", [term.pk]) == 1
    assert SearchEntry.objects.count() == 3


def test_a_rolled_back_save_leaves_search_alone(committed):
    term = make_term("Wafer")
    search.refresh_all()
    Term.objects.filter(pk=term.pk).update(headword="Changed", headword_key="changed")
    assert found("wafer") == ["Wafer"]
    assert found("changed") == []


def test_names_in_memory_follow_the_table():
    make_term("Wafer")
    search.refresh_all()
    assert [entry.title for entry in search.find("wafre").near] == ["Wafer"]
    make_term("Interposer")
    search.refresh_all()
    assert [entry.title for entry in search.find("interpsoer").near] == ["Interposer"]


def test_a_withdrawn_term_is_neither_suggested_nor_offered(committed):
    secret = make_term("Interposer")
    make_term("Wafer")
    search.refresh_all()
    search.find("xyzzy")  # reads the names, the secret one among them
    with committed():
        publishing.withdraw([secret])
    for text in ("interposer", "interpsoer", "interp", "interposer unicorn"):
        assert found(text) == []
        assert search.find(text).near == []
        assert search.suggestions(text) == []
