"""What is mailed or stored for years, written out: old mail and old rows must go on working.

A test here that fails says that links in readers' mailboxes break, or that people who asked us
never to write again are forgotten. Then the code is wrong, not the answer.
"""

import json
from datetime import UTC, date, datetime

import pytest

from newsletter.issues.listings import issue_ref
from newsletter.mailing import arming, signed_links
from newsletter.mailing.signed_links import Purpose, read_link, sign
from newsletter.models import Issue, IssuePicture, Snapshot
from newsletter.sending import envelopes
from newsletter.sending.launch import checksum
from newsletter.sending.message import message_id
from newsletter.subscribers import tokens
from newsletter.subscribers.forms import SignupForm, new_form_stamp
from newsletter.values.addresses import address_hash

LEAVE = "k1.8FAZDqnV97qhuNI3Y3Rz0w.zz"
REFUSE = "k1.8pkuONxHsiTX4wr4SrPWnw.zz"
STAMP = "2026-11-23:4VFdkKUoqb1LODAs7tVJnO7SY6YoCKMlDmLld2x25Hc"


@pytest.fixture(autouse=True)
def keys(settings):
    settings.LINK_KEYS = {"k1": "known-answer-key-of-links"}
    settings.ADDRESS_KEY = "known-answer-key-of-addresses"
    settings.SITE_URL = "https://pulse.example.org"
    settings.SITE_HOST = "pulse.example.org"
    settings.BOUNCE_DOMAIN = "bounces.example.org"


def test_a_signed_link():
    assert sign(Purpose.LEAVE, 1295) == LEAVE
    assert sign(Purpose.REFUSE, 1295) == REFUSE
    assert read_link(Purpose.LEAVE, LEAVE) == read_link(Purpose.REFUSE, REFUSE) == 1295


def test_the_addresses_of_signed_links():
    assert signed_links.leave_url(1295) == f"https://pulse.example.org/u/{LEAVE}"
    assert signed_links.preferences_url(1295) == f"https://pulse.example.org/u/{LEAVE}/preferences"
    assert signed_links.refuse_url(1295) == f"https://pulse.example.org/newsletter/refuse/{REFUSE}/"


def test_the_hash_of_a_suppressed_address():
    assert address_hash("reader@example.org") == (
        "72e7296b99549d12985899caaccf2c7ce79115a5e0f9c59c02b945505f278c29"
    )


def test_the_digest_of_a_mailed_token():
    assert tokens._digest("a-token-that-was-mailed") == (
        "67a3c94c10907a6a4b8b0e3da6d6b5195bed350f5d8a4fe91e7513a85e4861fa"
    )


def test_the_envelope_sender_of_a_delivery():
    assert envelopes.bounce_address(1295, date(2026, 11, 23)) == (
        "b-1295-739943-ae8f5b4d42a8acaf7b8b@bounces.example.org"
    )


def test_the_message_id_of_a_delivery():
    assert message_id("secret-of-an-issue", 1295) == (
        "<1295.77afe6d286eef82415e7fb62@pulse.example.org>"
    )


def test_the_stamp_of_a_form_that_a_cache_keeps(clock):
    assert new_form_stamp() == STAMP
    assert SignupForm({"email": "reader@example.org", "stamp": STAMP}).is_valid()


def test_the_tag_of_an_issue_in_feeds():
    issue = Issue(pk=12, number=7, created_at=datetime(2026, 11, 23, tzinfo=UTC))
    assert issue_ref(issue) == "tag:pulse.example.org,2026-11-23:issue/12"


def test_the_placeholder_of_a_readers_link_in_frozen_mail():
    assert signed_links.READER_LINK == "READERLINK0READERLINK0READER"


def test_the_checksum_of_a_frozen_issue():
    snapshot = Snapshot(subject="Größe", html="<p>1</p>", text="1", sender="a@b.example")
    pictures = [
        IssuePicture(name="chart-2", alt="Two", png=b"\x89PNG2"),
        IssuePicture(name="chart-1", alt="One", png=b"\x89PNG1"),
    ]
    assert checksum(snapshot, pictures) == (
        "a8c005428f9ee079a4fcc3de78d75667c8ed9292954048ac032bccd666d7bb3b"
    )


@pytest.mark.django_db(transaction=True)
def test_the_file_that_arms_a_machine(settings, clock):
    arming.arm()
    kept = json.loads((settings.DATA_DIR / "sending-armed.json").read_text())
    assert kept.pop("file")["file"].isdigit()
    identity = str(arming.Arming.objects.get().identity)
    since = "2026-11-23T09:00:00+00:00"
    assert kept == {"identity": identity, "generation": 1_000_000_000, "since": since}
