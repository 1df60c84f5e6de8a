"""Prepared statements give the rows of their queries; their SQL is written once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime

import pytest
from django.db import connection
from django.db.models import Count, Exists, OuterRef, Q, Window

from glossary.models import Alias, Relation, Release, Series, Term
from glossary.models.prepared import prepared
from tests.builders import make_alias, make_series, make_term, relate, release

pytestmark = pytest.mark.django_db

NAME = "100% “Hub” isn't it"
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.fixture
def hub():
    hub = make_term(NAME)
    relate(hub, make_term("Spoke"), reason="It's 5% of it.")
    relate(make_term("Draft", status="draft"), hub)
    make_alias(hub, "%s of {hub}")
    series = make_series()
    release(series, "2024,1 2025,2", "2026-01-15")
    release(Series.objects.get(), "2024,1 2025,3", "2026-02-15")
    return hub


def of_term(term):
    return Relation.objects.filter(Q(from_term=term) | Q(to_term=term)).select_related("to_term")


def counted(status):
    aliased = Exists(Alias.objects.filter(term=OuterRef("pk")))
    found = Term.objects.filter(status=status).only("headword").order_by("pk")
    return found.annotate(count=Window(Count("pk")), is_aliased=aliased)[:1]


def in_headwords(*headwords):
    return Term.objects.filter(headword__in=headwords).values_list("headword", flat=True)


def released(day, time):
    found = Release.objects.filter(released_on__gte=day, imported_at__lte=time)
    return found.values_list("released_on", "imported_at")


@pytest.mark.parametrize(
    ("query", "runs"),
    [
        (of_term, [["hub"], ["hub"]]),
        (counted, [["published"], ["draft"], ["none"]]),
        (in_headwords, [[], ["Spoke"], [NAME], ["Spoke", NAME, "No' \" %s term"], []]),
        (released, [[date(2026, 2, 15), NOON], [date(2026, 1, 15), NOON.replace(year=2025)]]),
    ],
)
def test_a_statement_gives_the_rows_of_its_query(hub, query, runs):
    statement = prepared(query)
    for arguments in runs:
        given = [hub.pk if each == "hub" else each for each in arguments]
        rows, expected = statement(*given), list(query(*given))
        assert rows == expected
        assert [vars_of(row) for row in rows] == [vars_of(row) for row in expected]


def vars_of(row):
    return {k: v for k, v in vars(row).items() if k != "_state"} if hasattr(row, "_state") else row


def test_a_run_costs_one_query_and_joined_rows_none(hub, django_assert_num_queries):
    with django_assert_num_queries(1):
        rows = prepared(of_term)(hub.pk)
    with django_assert_num_queries(0):
        assert sorted(str(row.to_term) for row in rows) == [str(hub), "Spoke"]


def test_its_query_is_made_once_for_each_number_of_arguments(hub):
    made = []

    @prepared
    def statement(*headwords):
        made.append(len(headwords))
        return in_headwords(*headwords)

    assert statement("Spoke") == ["Spoke"]
    assert statement(hub.headword) == [hub.headword]
    assert statement("nothing", "Spoke") == ["Spoke"]
    assert statement("Spoke") == ["Spoke"]
    assert made == [1, 2]


def test_rows_of_an_earlier_run_stay_as_they_were(hub):
    statement = prepared(lambda headword: Term.objects.filter(headword=headword))
    first, second = statement("Spoke"), statement(hub.headword)
    assert [str(term) for term in (*first, *second)] == ["Spoke", hub.headword]
    Term.objects.filter(headword="Spoke").update(definition="Another one.")
    assert statement("Spoke")[0].definition == "Another one."
    assert first[0].definition != "Another one."


@pytest.mark.django_db(transaction=True)
def test_threads_share_no_statement():
    names = [f"Term {number}" for number in range(8)]
    for name in names:
        make_term(name)
    statement = prepared(in_headwords)

    def ask(name):
        try:
            return [statement(name) for _ in range(50)]
        finally:
            connection.close()

    with ThreadPoolExecutor(len(names)) as pool:
        assert list(pool.map(ask, names)) == [[[name]] * 50 for name in names]
