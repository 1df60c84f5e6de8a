"""Signed links. No database."""

import pytest

from newsletter.mailing.signed_links import Purpose, read_link, sign


@pytest.mark.parametrize("number", [1, 35, 36, 1_000_000, 2**63 - 1])
def test_a_link_contains_its_subscription(number):
    assert read_link(Purpose.LEAVE, sign(Purpose.LEAVE, number)) == number


def test_a_link_to_unsubscribe_does_not_refuse():
    assert read_link(Purpose.REFUSE, sign(Purpose.LEAVE, 1)) is None
    assert read_link(Purpose.LEAVE, sign(Purpose.REFUSE, 1)) is None


def test_a_changed_character_makes_a_link_invalid():
    link = sign(Purpose.LEAVE, 1295)
    for place in range(len(link)):
        for other in "Aa0_-.é":
            forged = link[:place] + other + link[place + 1 :]
            assert forged == link or read_link(Purpose.LEAVE, forged) is None


@pytest.mark.parametrize(
    "text", ["", ".", "..", "dev", "dev.", "dev..1", "x.y.1", "dev.x.", "dev.x.-1", "dev.x.٣"]
)
def test_other_text_is_no_link(text):
    assert read_link(Purpose.LEAVE, text) is None


def test_another_spelling_of_the_number_is_invalid():
    key_id, signature, number = sign(Purpose.LEAVE, 1295).split(".")
    assert read_link(Purpose.LEAVE, f"{key_id}.{signature}.0{number}") is None
    assert read_link(Purpose.LEAVE, f"{key_id}.{signature}.{number.upper()}") is None


@pytest.mark.parametrize(
    "junk", [".", ")", ">", ",", " ", "&utm=1", ";", "'", "”", "=", "/x", ".1"]
)
def test_what_a_mail_program_adds_to_a_link_does_not_break_it(junk):
    link = sign(Purpose.LEAVE, 1295)
    assert read_link(Purpose.LEAVE, link + junk) == 1295
    assert read_link(Purpose.REFUSE, link + junk) is None
    assert read_link(Purpose.LEAVE, link + "1" + junk) is None


def test_old_keys_verify_and_the_first_signs(settings):
    old = sign(Purpose.LEAVE, 7)
    settings.LINK_KEYS = {"k2": "another secret, newer", **settings.LINK_KEYS}
    assert sign(Purpose.LEAVE, 7).startswith("k2.")
    assert read_link(Purpose.LEAVE, old) == 7


def test_a_removed_key_verifies_nothing(settings):
    old = sign(Purpose.LEAVE, 7)
    settings.LINK_KEYS = {"k2": "another secret, newer"}
    assert read_link(Purpose.LEAVE, old) is None


def test_a_link_ends_in_a_letter_or_digit_and_is_short():
    for number in range(1, 2000, 7):
        link = sign(Purpose.LEAVE, number)
        assert link[-1].isalnum()
        assert len(link) <= len("dev") + 1 + 22 + 1 + 3
