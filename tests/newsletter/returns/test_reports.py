"""What an incoming mail is, over the corpus of our own making, and within which bounds."""

from base64 import b64encode
from collections import Counter
from datetime import timedelta
from time import perf_counter

import pytest

from newsletter.mailing import signed_links
from newsletter.models import MailEvent
from newsletter.returns.incoming import LARGEST, MOST_PARTS
from newsletter.returns.reports import read_report
from newsletter.sending import envelopes
from tests.newsletter.returns.corpus import forms, mails

Kind = MailEvent.Kind
SECONDS = 5  # for any mail, however hostile


@pytest.fixture
def keys(settings):
    settings.LINK_KEYS = {"k2": "newer-key-of-links", "k1": "older-key-of-links"}
    settings.BOUNCE_DOMAIN = "bounces.example.org"
    settings.LEAVE_ADDRESS = "leave@news.example.org"


def test_every_mail_of_the_corpus_is_what_it_is():
    wrong = {
        name: f"{found}, not {kind}"
        for name, kind, raw in mails()
        if (found := read_report(raw).kind) != kind
    }
    assert wrong == {}


def test_the_corpus_has_every_kind_but_those_that_need_our_keys():
    counted = Counter(kind for _, kind, _ in mails())
    assert set(Kind.values) - set(counted) == {"leave", "parked"}
    assert counted["hard"] > 500
    assert counted["policy"] > 300


def test_a_bounce_names_code_words_and_address_without_the_address_in_the_words():
    report = read_report(forms.postfix("5.1.1", "550 5.1.1 <reader@example.net>: User unknown"))
    assert report.status == "5.1.1"
    assert report.note == "smtp; 550 5.1.1 … User unknown"
    assert report.addresses == ("reader@example.net",)


@pytest.mark.parametrize("form", [forms.exim, forms.qmail, forms.yahoo, forms.exchange_old])
def test_the_address_is_found_in_bounces_of_words_too(form):
    assert read_report(form("5.1.1", "550 5.1.1 user unknown")).addresses == ("reader@example.net",)


def test_the_address_of_a_forwarded_report_is_found():
    report = read_report(forms.forwarded("5.1.1", "550 5.1.1 user unknown"))
    assert (report.kind, report.addresses) == (Kind.HARD, ("reader@example.net",))


@pytest.mark.parametrize(
    "said",
    [
        "   ----- Transcript of session follows -----\n550 <{}>... User unknown\n",
        "  --- The following addresses had delivery errors---\n\n{} [User unknown]\n",
        "    Recipient: <{}>\n    >>> RCPT TO:<{}>\n    <<< 550 <{}>: User unknown\n",
        "{}\n\n-------server message\n550 5.1.1 <{}>: User unknown\n",
    ],
)
def test_an_address_is_found_that_is_not_of_the_sender_and_not_ours(said):
    headers = f"From: postmaster@example.net\nTo: {forms.VERP}\nSubject: failure notice"
    text = f"From postmaster@example.net to <{forms.VERP}>.\n\n{said.replace('{}', forms.READER)}"
    report = read_report(forms.mail(headers, f"{text}\n{forms.ORIGINAL}"))
    assert (report.kind, report.addresses) == (Kind.HARD, (forms.READER,))


def test_the_signed_envelope_is_found_wherever_servers_keep_it(keys):
    address = envelopes.bounce_address(1295, envelopes.today()).upper()
    plain = forms.qmail("5.1.1", "550 5.1.1 user unknown")
    assert read_report(plain).delivery_id is None
    for header in ("Delivered-To", "X-Original-To", "Envelope-To", "Received: by mx for"):
        raw = f"{header}: <{address}>\n".encode() + plain
        assert read_report(raw).delivery_id == 1295
    assert read_report(plain.replace(forms.VERP.encode(), address.encode())).delivery_id == 1295
    in_the_original = plain.replace(b"user unknown", f"user unknown\nTo: {address}".encode())
    assert read_report(in_the_original).delivery_id is None


def test_a_signed_envelope_is_valid_for_ten_days_and_with_older_keys(keys, settings):
    today = envelopes.today()
    address = envelopes.bounce_address(7, today - timedelta(days=10))
    settings.LINK_KEYS = {"k3": "newest-key-of-links"} | settings.LINK_KEYS
    assert envelopes.read_bounce_address(f"<{address}>") == 7
    for wrong in (
        envelopes.bounce_address(7, today - timedelta(days=11)),
        envelopes.bounce_address(7, today + timedelta(days=2)),
        address.replace("b-7-", "b-8-"),
        address.replace("@", "0@"),
        "b-7-9999999-aaaaaaaaaaaaaaaaaaaa@bounces.example.org",
        f"x{address}",
    ):
        assert envelopes.read_bounce_address(wrong) is None
    settings.LINK_KEYS = {"k3": "newest-key-of-links"}
    assert envelopes.read_bounce_address(address) is None


def test_the_returned_original_tells_message_link_and_issue(keys):
    link = signed_links.leave_link(77)
    original = f"""\
Message-ID: <1295.77afe6d286eef82415e7fb62@pulse.example.org>
Feedback-ID: 12:ai-economy-pulse:issue:pulse.example.org
List-Unsubscribe: <https://pulse.example.org/u/{link}>,
 <mailto:leave@news.example.org?subject={link}>
To: redacted@example.net
"""
    for raw in (
        forms.feedback(original=original),
        forms.report("5.1.1", "550 5.1.1 user unknown", original=original),
        forms.qmail("5.1.1", "550 user unknown").replace(
            forms.ORIGINAL.encode(), original.encode()
        ),
    ):
        report = read_report(raw)
        assert report.message_ids == ("1295.77afe6d286eef82415e7fb62@pulse.example.org",)
        assert (report.subscription_id, report.issue) == (77, 12)
    forged = original.replace(link, link.replace(".", ".A", 1)[: len(link)])
    assert read_report(forms.feedback(original=forged)).subscription_id is None


@pytest.mark.parametrize("before", ["", "Re: ", "=?utf-8?b?", "unsubscribe "])
def test_a_mail_whose_subject_is_a_signed_link_asks_to_leave(keys, before):
    link = signed_links.leave_link(77)
    encoded = f"{before}{b64encode(link.encode()).decode()}?="
    subject = encoded if before.startswith("=?") else before + link
    headers = f"From: Reader <reader@example.net>\nTo: leave@news.example.org\nSubject: {subject}"
    report = read_report(forms.mail(headers, "This message was generated automatically.\n"))
    assert (report.kind, report.subscription_id) == (Kind.LEAVE, 77)


@pytest.mark.parametrize("subject", ["unsubscribe", "Unsubscribe", "{}"])
def test_apple_mail_asks_to_leave_though_it_says_it_is_automatic(keys, subject):
    link = signed_links.leave_link(77)
    headers = f"From: reader@example.net\nAuto-Submitted: auto-replied\nSubject: {subject}"
    raw = forms.mail(headers.format(link), "Apple Mail sent this to unsubscribe.\n")
    assert read_report(raw).kind == Kind.LEAVE
    away = raw.replace(b"Subject: ", b"Subject: Away: ")
    assert read_report(away).kind == (Kind.LEAVE if link in subject.format(link) else Kind.REPLY)


def test_mail_to_the_address_for_leaving_without_a_valid_link_leaves_nobody(keys, settings):
    headers = "From: Reader <reader@example.net>\nTo: Leave <LEAVE@news.example.org>\nSubject: {}"
    for subject in ("please stop", signed_links.sign(signed_links.Purpose.REFUSE, 77)):
        report = read_report(forms.mail(headers.format(subject), "Thank you.\n"))
        assert (report.kind, report.subscription_id) == (Kind.LEAVE, None)
    settings.LEAVE_ADDRESS = ""
    assert read_report(forms.mail(headers.format("stop"), "")).kind == Kind.UNKNOWN


def test_fifty_megabytes_are_judged_by_their_beginning():
    bounce = forms.postfix("5.1.1", "550 5.1.1 user unknown") + b"A" * 50_000_000
    began = perf_counter()
    assert read_report(bounce).kind == Kind.HARD
    assert read_report(b"From: x@example.com\n\n" + b"hello\n" * 8_000_000).kind == Kind.UNKNOWN
    assert perf_counter() - began < SECONDS


def nested(header: bytes) -> bytes:
    return b"".join(header.replace(b"N", b"%d" % n) for n in range(LARGEST // 60))


PART = b"--b\nContent-Type: text/plain\n\nx\n"
MIXED = (
    b"From: mailer-daemon@x\nSubject: failure notice\nContent-Type: multipart/mixed; boundary=b\n\n"
)
TEXT = b"From: mailer-daemon@x\nSubject: failure notice\nReturn-Path: <>\n\n"
RETURNED = b"--b\nContent-Type: message/rfc822\n\n" + TEXT
STATUS = b"--b\nContent-Type: message/delivery-status\n\nAction: failed\nDiagnostic-Code: smtp; "
HOSTILE = {
    "a thousand parts": MIXED + PART * 1000,
    "parts in parts": nested(b"Content-Type: multipart/mixed; boundary=bN\n\n--bN\n"),
    "messages in messages": nested(b"Content-Type: message/rfc822\n\n"),
}
AWKWARD = {
    "parameters": b'Content-Type: text/plain; x="' + b";" * LARGEST,
    "sparse parameters": b'Content-Type: text/plain; x="' + b";abcd" * LARGEST,
    "folded": b'Content-Type: text/plain; x="' + b";abcd;\n " * LARGEST,
    "headers": b"".join(b"X-%d: y\n" % n for n in range(LARGEST // 10)),
    "encoded words": b"Subject: " + b"=?utf-8?q?a?= " * LARGEST,
    "half words": b"Subject: " + b"=?" * LARGEST,
    "broken words": b"Subject: =?nonsense?q?a?= =?utf-8?b?/?=\n\n",
    "no such charset": b"Content-Type: text/plain; charset=nonsense\n\n\xff\xfe",
    "no charset": b"Content-Type: text/plain; charset=hex\n\nzz",
    "slow charset": b"Content-Type: text/plain; charset=punycode\n\n" + b"a-" * LARGEST,
    "broken charset": b'Content-Type: text/plain; charset*0*="a\0b"; charset*=x\'\n\n\xff',
    "tags": TEXT.replace(b"\n\n", b"\nContent-Type: text/html\n\n") + b"<" * LARGEST,
    "lines of HTML": TEXT.replace(b"\n\n", b"\nContent-Type: text/html\n\nx") + b"\n" * LARGEST,
    "quoted lines": TEXT + b">\n" * LARGEST,
    "messages of quoted lines": MIXED + (RETURNED + b">\n" * 2500) * 49,
    "long answers": MIXED + (STATUS + b"destinat" * 2000 + b"\n\n") * 8,
    "long words for a sender": MIXED + (STATUS + "差出".encode() * 2000 + b"\n\n") * 15,
    "answers of servers": TEXT + b"said: 512 (bytes)\n" * LARGEST,
    "at signs": TEXT + b"@" * LARGEST,
    "one word": TEXT + b"the following addresses had\n" + b"a" * LARGEST,
    "words": TEXT + b"user mailbox account " * LARGEST,
    "codes": TEXT + b"5.1." * LARGEST,
    "envelopes": b"To: " + b"b-1-111111-" * LARGEST,
    "links": TEXT + b"dev.aaaaaaaaaaaaaaaaaaaaaa.b " * LARGEST,
    "blocks": MIXED
    + b"--b\nContent-Type: message/delivery-status\n\n"
    + b"Action: failed\n\n" * LARGEST,
    "base64": b"Content-Transfer-Encoding: base64\nContent-Type: message/rfc822\n\n"
    + b"=" * LARGEST,
    "bytes": bytes(range(256)) * 1000,
    "carriage returns": b"\r" * LARGEST,
    "nothing": b"",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_mail_with_too_many_parts_is_parked(name):
    began = perf_counter()
    report = read_report(HOSTILE[name])
    assert perf_counter() - began < SECONDS
    assert report.kind == Kind.PARKED
    assert report.note


@pytest.mark.parametrize("name", AWKWARD)
def test_no_mail_takes_long_or_raises(name):
    began = perf_counter()
    assert read_report(AWKWARD[name]).kind in Kind
    assert perf_counter() - began < SECONDS


def test_a_mail_may_have_as_many_parts_as_is_said():
    assert read_report(MIXED + PART * (MOST_PARTS - 1)).kind == Kind.UNKNOWN
    assert read_report(MIXED + PART * MOST_PARTS).kind == Kind.PARKED


def test_no_cut_makes_reading_raise():
    """A mail may end anywhere, and what is left of a bounce is never a complaint."""
    raw = forms.forwarded("5.1.1", "550 5.1.1 user unknown")
    for end in range(0, len(raw), 7):
        assert read_report(raw[:end]).kind in (Kind.HARD, Kind.SOFT, Kind.UNKNOWN, Kind.DELAYED)


def test_an_address_within_ours_is_not_ours():
    text = "The mailbox of ann@example.org is not there.\n"
    bounce = f"From: MAILER-DAEMON@mx.example.net\nTo: joann@example.org\nSubject: x\n\n{text}"
    assert read_report(bounce.encode()).addresses == ("ann@example.org",)
