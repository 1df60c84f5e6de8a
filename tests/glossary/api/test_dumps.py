"""`/glossary.json` and `/glossary.csv` of a large glossary: streamed, with an ETag of its state."""

import csv
import gzip
import io
import json
from itertools import permutations

import pytest

from glossary.api import dumps
from glossary.models import TermSeries
from tests.builders import make_alias, make_citation, make_person, make_series, make_term

pytestmark = pytest.mark.django_db
PATHS = ("/glossary.json", "/glossary.csv")


@pytest.fixture(autouse=True)
def large(monkeypatch):
    monkeypatch.setattr("glossary.terms.contents.MOST_LISTED", 2)
    for number in range(3):
        make_alias(make_term(f"Term {number}"), f"alias {number}")


def test_a_large_glossary_is_written_while_it_is_sent(client):
    answer = client.get("/glossary.json")
    assert answer.streaming
    found = json.loads(answer.getvalue())
    assert [term["slug"] for term in found["terms"]] == ["term-0", "term-1", "term-2"]
    assert found["count"] == 3
    rows = list(csv.DictReader(io.StringIO(client.get("/glossary.csv").getvalue().decode())))
    assert [row["aliases"] for row in rows] == [f"alias {n} | synonym" for n in range(3)]


@pytest.mark.parametrize("path", PATHS)
def test_it_is_compressed_and_asked_for_again_like_a_small_one(client, path):
    plain = client.get(path, headers={"accept-encoding": "identity"})
    packed = client.get(path, headers={"accept-encoding": "gzip"})
    assert packed["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.getvalue()) == plain.getvalue()
    head = client.head(path)
    assert (head.status_code, head.getvalue(), head["ETag"]) == (200, b"", plain["ETag"])
    for etag in (plain["ETag"], packed["ETag"]):
        again = client.get(path, headers={"if-none-match": etag})
        assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize("path", PATHS)
def test_the_etag_follows_every_part_of_a_term(client, path):
    term = make_term("Other")
    seen = [client.get(path)["ETag"]]
    make_alias(term, "another")
    seen.append(client.get(path)["ETag"])
    citation = make_citation(term)
    seen.append(client.get(path)["ETag"])
    citation.delete()
    seen.append(client.get(path)["ETag"])
    term.definition = "Another sentence."
    term.save()
    seen.append(client.get(path)["ETag"])
    make_person().save()
    seen.append(client.get(path)["ETag"])
    shown = [
        TermSeries.objects.create(term=term, series=make_series(slug), position=position)
        for position, slug in enumerate("abc")
    ]
    seen.append(client.get(path)["ETag"])
    for order in permutations(shown):
        if order != tuple(shown):
            for position, row in enumerate(order):
                TermSeries.objects.filter(pk=row.pk).update(position=position)
            seen.append(client.get(path)["ETag"])
    assert len(set(seen)) == len(seen)


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    ("name", "keys"),
    [("COLUMNS", ("slug",)), ("TERM", {"properties": {"slug": {}}})],
)
def test_the_etag_follows_the_names_of_columns_and_members(client, monkeypatch, path, name, keys):
    make_term("Other")
    before = client.get(path)["ETag"]
    assert client.get(path)["ETag"] == before
    monkeypatch.setattr(dumps, name, keys)
    assert client.head(path)["ETag"] != before
