"""The bytes of an issue: built once and completed for each reader."""

import quopri
from datetime import date
from email import message_from_bytes
from email.policy import default

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.mailing import arming, signed_links
from newsletter.mailing.signed_links import READER_LINK
from newsletter.models import Snapshot
from newsletter.sending import envelopes, ledger, message
from tests.builders import make_newsletter, make_subscription
from tests.newsletter.sending.conftest import start

DAY = date(2026, 11, 23)
PARTS = st.lists(
    st.sampled_from([READER_LINK, "a", " ", "=", "é", "\n", "“x”", ".", "\t", "From ", "long " * 9])
)


@given(PARTS)
def test_every_text_survives_encoding_with_its_placeholders_whole(parts):
    text = "".join(parts)
    encoded = message.quoted(text, READER_LINK, room=40)
    assert quopri.decodestring(encoded).decode().replace("\r\n", "\n") == text
    assert encoded.count(READER_LINK) == text.count(READER_LINK)
    filled = encoded.replace(READER_LINK, "x" * 40)
    assert all(len(line) <= 76 for line in filled.split("\r\n"))
    assert not any(line.endswith((" ", "\t")) for line in encoded.split("\r\n"))
    assert "From " not in encoded  # a mailbox file would put a ">" before it


@pytest.fixture
def outgoing(armed, settings):
    """Build the only message of an issue; `fields` are the newsletter's."""

    def make(address="reader@example.org", **fields):
        make_newsletter(**fields)
        subscription = make_subscription(address)
        issue = start()
        built = message.build_message(Snapshot.objects.select_related("issue__newsletter").get())
        row = ledger.claim_due(issue.pk, "lane", 1)[0]
        return subscription, row, built.as_outgoing(row, DAY)

    return make


@pytest.mark.django_db
def test_every_header_that_a_reader_and_their_mail_provider_need(outgoing, settings):
    settings.LEAVE_ADDRESS = "leave@pulse.example.org"
    subscription, _row, sent = outgoing(
        reply_to="desk@example.org", from_address="pulse@example.org", slug="pulse"
    )
    mail = message_from_bytes(sent.data, policy=default)
    link = signed_links.sign(signed_links.Purpose.LEAVE, subscription.pk)
    assert mail.defects == []
    assert {name: mail[name] for name in mail if name not in ("Message-ID", "Date", "Content-Type")} == {
        "To": "reader@example.org",
        "From": "AI Economy Pulse <pulse@example.org>",
        "Reply-To": "desk@example.org",
        "Subject": "Rents fell again",
        "List-Id": "<pulse.127.0.0.1>",
        "List-Archive": "<http://127.0.0.1:8000/newsletter/>",
        "List-Unsubscribe": f"<http://127.0.0.1:8000/u/{link}>, <mailto:leave@pulse.example.org?subject={link}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "Feedback-ID": "7:pulse:issue:127.0.0.1",
        "Precedence": "bulk",
        "MIME-Version": "1.0",
    }  # fmt: skip
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]


@pytest.mark.django_db
def test_the_bytes_are_ascii_with_crlf_and_short_lines_and_no_placeholder(outgoing):
    _, _, sent = outgoing(
        name="AI Economy Pulse", promise="Drei Zahlen für Österreich — jede Woche."
    )
    assert sent.data.isascii()
    assert sent.data.count(b"\n") == sent.data.count(b"\r\n") == sent.data.count(b"\r")
    assert max(map(len, sent.data.split(b"\r\n"))) <= 998
    assert READER_LINK.encode() not in sent.data


@pytest.mark.django_db
def test_the_message_id_is_the_same_in_every_attempt_and_cannot_be_guessed(outgoing):
    _, row, sent = outgoing()
    secret = Snapshot.objects.get().secret
    own_id = message.message_id(secret, row.pk)
    assert f"Message-ID: {own_id}\r\n".encode() in sent.data
    assert own_id != message.message_id("another secret", row.pk)
    assert message.message_id(secret, row.pk + 1) != own_id


@pytest.mark.django_db
def test_a_domain_in_another_script_goes_out_as_servers_take_it(outgoing):
    _, row, sent = outgoing("reader@straße.example")
    assert sent.recipient == "reader@xn--strae-oqa.example"
    assert b"To: reader@xn--strae-oqa.example\r\n" in sent.data
    assert row.domain == "xn--strae-oqa.example"


@pytest.mark.django_db
def test_a_sender_in_another_script_goes_out_as_servers_take_it(outgoing):
    _, _, sent = outgoing(from_address="pulse@straße.example", reply_to="desk@straße.example")
    mail = message_from_bytes(sent.data, policy=default)
    assert sent.sender == "pulse@xn--strae-oqa.example"
    assert mail["From"] == "AI Economy Pulse <pulse@xn--strae-oqa.example>"
    assert mail["Reply-To"] == "desk@xn--strae-oqa.example"


@pytest.mark.django_db
def test_what_programs_read_in_headers_is_never_folded_or_encoded(outgoing, settings):
    settings.SITE_HOST = ".".join(["a" * 60] * 4)
    settings.SITE_URL = f"https://{settings.SITE_HOST}"
    arming.arm()
    _, _, sent = outgoing(slug="ai-economy-pulse")
    for header in (
        f"List-Id: <ai-economy-pulse.{settings.SITE_HOST}>\r\n",
        f"List-Archive: <{settings.SITE_URL}/newsletter/>\r\n",
        f"List-Unsubscribe: <{settings.SITE_URL}/u/",
        "Feedback-ID: 7:ai-economy-pulse:issue:aaa",
    ):
        assert header.encode() in sent.data
    assert max(map(len, sent.data.split(b"\r\n"))) <= 998


@pytest.mark.django_db
@pytest.mark.parametrize("leave_address", ["leave@straße.example", "l" * 900 + "@example.org"])
def test_a_message_that_would_fail_for_every_reader_is_not_built(outgoing, settings, leave_address):
    settings.LEAVE_ADDRESS = leave_address
    with pytest.raises(ValueError, match=r"ascii|its longest line has"):
        outgoing()


@pytest.mark.django_db
def test_bounces_go_to_the_sender_or_to_an_address_signed_for_this_delivery(outgoing, settings):
    _, row, sent = outgoing()
    assert sent.sender == "pulse@example.org"
    settings.BOUNCE_DOMAIN = "bounces.example.org"
    local, _, domain = envelopes.bounce_address(row.pk, DAY).partition("@")
    assert domain == "bounces.example.org"
    assert len(local) <= 64
    assert local == local.lower()


def test_a_bounce_address_is_made_like_this_for_ever(settings):
    """Bounces come days later: the next release has to know what this one signed."""
    settings.LINK_KEYS = {"k2": "a key of one test", "k1": "an older one"}
    settings.BOUNCE_DOMAIN = "bounces.example.org"
    known = "b-41-739943-0b6e430369a75ab5a843@bounces.example.org"
    assert envelopes.bounce_address(41, DAY) == known
