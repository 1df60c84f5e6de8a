"""Public pages are compressed, the same way each time; pages with secrets are not (BREACH)."""

import gzip

import brotli
import pytest

pytestmark = pytest.mark.django_db


def ask(client, path):
    return client.get(path, headers={"accept-encoding": "gzip"})


def test_a_public_page_is_compressed_to_the_same_bytes_each_time(client):
    first, again = ask(client, "/about/"), ask(client, "/about/")
    assert first["Content-Encoding"] == "gzip"
    assert gzip.decompress(first.content).startswith(b"<!doctype html>")
    assert first.content == again.content


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        ("gzip, deflate, br, zstd", "br"), ("br;q=0.1, gzip", "br"), ("br;q=0, GZIP", "gzip"),
        ("gzip;q=0.000, br", "br"), ("br;q=0 , gzip ; q=0.0", ""), ("identity", ""), ("", ""),
    ],
)  # fmt: skip
def test_the_best_coding_is_taken_that_a_client_accepts(client, accepted, coding):
    answer = client.get("/about/", headers={"accept-encoding": accepted})
    assert answer.get("Content-Encoding", "") == coding
    unpacked = {"br": brotli.decompress, "gzip": gzip.decompress, "": bytes}[coding]
    assert unpacked(answer.content) == client.get("/about/").content
    assert len(answer.content) == int(answer["Content-Length"])
    assert answer["ETag"].startswith("W/") == bool(coding)


@pytest.mark.parametrize("refusal", ["gzip;q=0", "br; q=0, GZIP ; q=0.0", "gzip;q=0.000"])
def test_a_client_that_refuses_gzip_gets_none(client, refusal):
    answer = client.get("/about/", headers={"accept-encoding": refusal})
    assert "Content-Encoding" not in answer
    assert "Accept-Encoding" in answer["Vary"]
    accepted = client.get("/about/", headers={"accept-encoding": "gzip;q=0.01, br;q=0"})
    assert accepted["Content-Encoding"] == "gzip"


@pytest.mark.parametrize("path", ["/admin/login/", "/nothing/here/"])
def test_a_page_that_is_not_public_or_an_error_is_not_compressed(client, path):
    assert "Content-Encoding" not in ask(client, path)
