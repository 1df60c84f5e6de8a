"""Headers as three readers understand them: the library's new and old parser, and our own."""

from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.policy import compat32, default

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.mailing.headers import PlainHeaders, differences
from tests import raw_mail

WIRE = PlainHeaders(linesep="\r\n", cte_type="7bit", max_line_length=78)
SUBJECTS = [
    "Rents fell again",
    "Rents double: doubles rose doubles for 1,000× to “2.99” – again",
    "NVIDIA’s shipments pass 13 million H100-equivalents, nearly three times a year before €",
    "Quoted rent for an H100 fell 30% in the year to early 2025; hosting prices rose 3% 😀",
    "Ein sehr langer Betreff über Rechenzentren, Grüße und Prozente – mit 1 000 € und “Zitaten”",
    "A word that is written =?utf-8?q?so?= by hand",
    "two  blanks  and ä",
    "a-word-of-more-than-a-line-" * 4,
    "😀" * 60,
]
TYPOGRAPHIC = st.text(st.sampled_from("aB 1,.:;%?=_“”’–—×€ä😀"), min_size=1, max_size=120)


def built(**headers):
    message = EmailMessage(policy=WIRE)
    for name, text in headers.items():
        message[name.replace("_", "-")] = text
    message.set_content("Text.\n")
    return message.as_bytes()


def read_thrice(raw, name):
    old = message_from_bytes(raw, policy=compat32)[name].replace("\r\n", "").replace("\n", "")
    own = raw_mail.words(raw_mail.read(raw)[name].replace("\r\n", ""))
    return {
        str(message_from_bytes(raw, policy=default)[name]),
        str(make_header(decode_header(old))),
        own,
    }


@pytest.mark.parametrize("subject", SUBJECTS)
def test_every_reader_gets_the_subject_as_it_was_written(subject):
    assert read_thrice(built(Subject=subject), "Subject") == {subject}


@given(TYPOGRAPHIC.map(str.strip).filter(bool))
def test_no_typographic_character_changes_a_subject_on_the_way(subject):
    assert read_thrice(built(Subject=subject), "Subject") == {subject}


@pytest.mark.parametrize(
    "name",
    ["Pulse", "Größe & Co", "Größe, KG", "Die sehr lange Zeitung über künstliche Intelligenz " * 2],
)
def test_a_name_arrives_whole_beside_its_address(name):
    name = name.strip()  # one blank between its words
    raw = built(From=f'"{name}" <pulse@example.org>', To="reader@example.org")
    (sender,) = message_from_bytes(raw, policy=default)["From"].addresses
    assert (" ".join(sender.display_name.split()), sender.addr_spec) == (name, "pulse@example.org")
    assert b"<pulse@example.org>" in raw
    assert max(map(len, raw.split(b"\r\n"))) <= 78


def test_a_long_name_without_blanks_passes_the_trial():
    name = "人工知能経済パルス週刊ニュースレター"
    raw = built(Subject="One", From=f"{name} <a@example.org>")
    assert raw_mail.words(raw_mail.read(raw)["From"].replace("\r\n", "")).startswith(name)
    found = differences(raw, "One", f"{name} <a@example.org>", ["Text.", ""])
    assert found == ["the html text"]  # it has none


def test_what_a_mail_program_would_read_differently_is_named():
    message = EmailMessage(policy=WIRE)
    message["Subject"], message["From"] = "One", "Größe <a@example.org>"
    message.set_content("Text.")
    message.add_alternative("<p>Text.</p>", subtype="html")
    raw, texts = message.as_bytes(), ["Text.", "<p>Text.</p>"]
    assert differences(raw, "One", "Größe <a@example.org>", texts) == []
    assert differences(raw, "one", "Größe <b@example.org>", ["Text.", "<p>"]) == [
        "Subject",
        "From",
        "the html text",
    ]
