"""Addresses as keys. No database."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.values.addresses import (
    AddressError,
    address_hash,
    address_key,
    cleaned,
    fold_for_limits,
    line_on_the_wire,
    mailbox_of,
    masked,
    on_the_wire,
)


@pytest.mark.parametrize(
    "typed",
    [
        "Reader@Example.org",
        " reader@EXAMPLE.ORG\n",
        "reader@example.org",
        "reader@example。org",  # the full stop of Japanese keyboards
    ],
)
def test_spellings_of_one_mailbox_have_one_key(typed):
    assert address_key(typed) == "reader@example.org"


@pytest.mark.parametrize(
    "typed", ["ann@bücher.example", "ann@BU\u0308CHER.example", "ann@xn--bcher-kva.example"]
)
def test_international_domains_have_one_key_however_they_are_written(typed):
    assert address_key(typed) == "ann@xn--bcher-kva.example"
    assert cleaned(typed) == "ann@bücher.example"


def test_sharp_s_is_a_letter_of_its_own_in_domains():
    assert on_the_wire("ann@straße.example") == "ann@xn--strae-oqa.example"


def test_a_senders_line_has_its_domain_in_ascii():
    line = line_on_the_wire('"Zahlen, für alle" <pulse@bücher.example>')
    assert mailbox_of(line) == "pulse@bücher.example"
    assert line.endswith(" <pulse@xn--bcher-kva.example>")
    assert line_on_the_wire("Pulse <pulse@example.org>") == "Pulse <pulse@example.org>"


def test_dots_and_tags_make_two_readers_but_count_as_one():
    assert address_key("a.b+x@example.org") != address_key("ab@example.org")
    assert fold_for_limits("a.b+x@example.org") == "ab@example.org"
    assert fold_for_limits("+x@example.org") == "+x@example.org"


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "reader",
        "reader@",
        "@example.org",
        "reader@localhost",
        "reader@[127.0.0.1]",
        "two@example.org, three@example.org",
        "Ann <ann@example.org>",
        '"quoted"@example.org',
        "jörg@example.org",
        "reader@example.org\nBcc: victim@example.org",
        "reader\r\nBcc: victim@example.org",
        "reader\0@example.org",
        "reader@exam\u202eple.org",
        "reader@example.org\u2028x",
        f"{'a' * 65}@example.org",
        f"reader@{'a' * 250}.org",
        "reader@exa mple.org",
        "reader@example..org",
        "reader@-example.org",
    ],
)
def test_invalid_addresses_are_refused_with_an_explanation(typed):
    with pytest.raises(AddressError) as caught:
        address_key(typed)
    assert str(caught.value).endswith(".")
    assert "Bcc" not in str(caught.value)


@given(st.text())
def test_every_text_is_an_address_or_an_address_error(text):
    try:
        key = address_key(text)
    except AddressError:
        return
    assert key.isascii()
    assert address_key(key) == key
    assert not set(key) & set("\r\n\0 ")


def test_the_hash_depends_on_the_key(settings):
    first = address_hash("reader@example.org")
    settings.ADDRESS_KEY = "another"
    assert address_hash("reader@example.org") != first
    assert len(first) == 64


def test_a_masked_address():
    assert masked("reader@example.co.uk") == "r•••@•••.uk"
    assert masked("jane@mail.jane-doe.name") == "j•••@•••.name"
    assert masked("a@b.org") == "•••@•••.org"
    assert masked("x@localhost") == "•••@•••.localhost"
