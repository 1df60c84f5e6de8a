"""Public pages are compressed, the same way each time; pages with secrets are not (BREACH)."""

import gzip

import pytest

pytestmark = pytest.mark.django_db


def ask(client, path):
    return client.get(path, headers={"accept-encoding": "gzip"})


def test_a_public_page_is_compressed_to_the_same_bytes_each_time(client):
    first, again = ask(client, "/about/"), ask(client, "/about/")
    assert first["Content-Encoding"] == "gzip"
    assert gzip.decompress(first.content).startswith(b"<!doctype html>")
    assert first.content == again.content


@pytest.mark.parametrize("path", ["/admin/login/", "/nothing/here/"])
def test_a_page_that_is_not_public_or_an_error_is_not_compressed(client, path):
    assert "Content-Encoding" not in ask(client, path)
