"""The bytes of single mails, and what the server's reply means for the mail."""

import re
from email import message_from_bytes, policy

import pytest
from django.utils import timezone

from newsletter.mailing import messages, outbox
from newsletter.mailing.checks import check_sender
from newsletter.models import OutboxMail, Subscription
from tests.builders import make_mail, make_newsletter, make_subscription
from tests.bystanders import unchanged
from tests.newsletter.conftest import written
from tests.smtp_sink import Sink, running

pytestmark = pytest.mark.django_db

LONG_HOST = "https://pulse.a-host-of-30-chars.org"


@pytest.fixture
def smtp(settings):
    """Run a real SMTP server on a port of its own and send through it."""
    with running(Sink()) as sink:
        settings.MAILERS = {"default": sink.mailer}
        yield sink


def headers_of(raw):
    """Return the lines of a message's header as they were sent, not unfolded."""
    return raw.partition(b"\r\n\r\n")[0].split(b"\r\n")


@pytest.mark.parametrize("site_url", [LONG_HOST, f"https://{'a' * 60}.{'b' * 60}.example.org"])
@pytest.mark.parametrize("number", [1, 10**12])
def test_no_header_with_a_link_is_encoded_or_folded(smtp, settings, site_url, number):
    settings.SITE_URL = site_url
    subscription = make_subscription(pk=number, status="pending")
    messages.hand_over(written(make_mail(subscription, "confirm")))
    lines = headers_of(smtp.messages[0])
    unsubscribe = [line for line in lines if line.startswith(b"List-Unsubscribe:")]
    assert len(unsubscribe) == 1
    assert re.fullmatch(
        rb"List-Unsubscribe: <" + site_url.encode() + rb"/u/dev\.[\w-]{22}\.[0-9a-z]+>",
        unsubscribe[0],
    )
    assert b"List-Unsubscribe-Post: List-Unsubscribe=One-Click" in lines
    assert len([line for line in lines if line.startswith(b"Message-ID: <")]) == 1
    assert all(len(line) < 998 for line in lines)
    assert not any(b"=?" in line for line in lines)


def test_every_server_accepts_the_bytes(smtp):
    newsletter = make_newsletter(promise="Zahlen für alle – “jede Woche”")
    subscription = make_subscription("ann@bücher.example", newsletter=newsletter)
    messages.hand_over(written(make_mail(subscription)))
    raw = smtp.messages[0]
    assert raw.isascii()
    assert b"\n" not in raw.replace(b"\r\n", b"")
    message = message_from_bytes(raw, policy=policy.default)
    assert message.get_content_type() == "multipart/alternative"
    parts = [part.get_content_type() for part in message.iter_parts()]
    assert parts == ["text/plain", "text/html"]
    assert message["To"] == "ann@xn--bcher-kva.example"
    assert message.defects == []


def test_the_link_that_arrives_is_the_link_that_works(smtp, client):
    outbox.send(make_mail(make_subscription(status="pending"), "confirm").pk)
    message = message_from_bytes(smtp.messages[0], policy=policy.default)
    text = message.get_body(("plain",)).get_content().replace("\r\n", "\n")
    path = re.search(r"^http://127\.0\.0\.1:8000(/newsletter/confirm/\S+)$", text, re.M)[1]
    assert client.post(path).status_code == 303
    leave = message["List-Unsubscribe"].strip("<>").removeprefix("http://127.0.0.1:8000")
    assert client.post(leave, {"List-Unsubscribe": "One-Click"}).status_code == 200
    assert Subscription.objects.get().status == "unsubscribed"


def test_a_newsletter_with_its_own_sender_uses_it_with_its_name(smtp):
    newsletter = make_newsletter(from_address="letter@example.org")
    subscription = make_subscription(newsletter=newsletter)
    messages.hand_over(written(make_mail(subscription)))
    assert b"From: AI Economy Pulse <letter@example.org>" in headers_of(smtp.messages[0])


@pytest.mark.parametrize("answer", ["421 closing", "450 busy", "451 greylisted", "452 full"])
def test_a_deferred_mail_is_sent_later_and_once(smtp, clock, answer):
    mail = make_mail()
    smtp.obey(f"message: {answer}")
    outbox.send(mail.pk)
    assert not smtp.messages
    smtp.obey()
    for _ in range(3):
        clock.shift(3600)
        outbox.send_waiting()
    assert len(smtp.messages) == 1
    assert not OutboxMail.objects.exists()


@pytest.mark.parametrize("without", [(), ("PIPELINING",)], ids=["pipelined", "one by one"])
@pytest.mark.parametrize(
    "rule", ["from: cut", "to: cut", "data: cut", "data: 421 bye", "to: noise", "middle: 421 bye"]
)
def test_a_connection_lost_before_the_end_of_the_message_delays_the_mail(
    settings, clock, rule, without
):
    """What the server had of it was no message yet, so no attempt can reach the reader twice."""
    mail, other = make_mail(), make_mail(make_subscription("other@example.org"))
    with running(Sink(rule, without=without)) as sink, unchanged(other):
        settings.MAILERS = {"default": sink.mailer}
        pauses = []
        for _ in range(6):
            outbox.send(mail.pk)
            mail.refresh_from_db()
            pauses.append((mail.next_at - timezone.now()).total_seconds() / 60)
            clock.move_to(mail.next_at)
        assert pauses == [5, 15, 60, 360, 360, 360]
        sink.obey()
        outbox.send(mail.pk)
        outbox.send(mail.pk)
        assert [taken.recipient for taken in sink.taken] == ["reader@example.org"]


def test_while_the_server_hangs_up_the_clock_tries_one_mail_and_operators_hear(
    settings, clock, caplog
):
    mails = [make_mail(make_subscription(f"r{number}@example.org")) for number in range(3)]
    clock.shift(120)
    with running(Sink("from: cut")) as sink:
        settings.MAILERS = {"default": sink.mailer}
        assert outbox.send_waiting() == ""
        assert OutboxMail.objects.filter(attempts=0).count() == len(mails) - 1
        assert not [each for each in caplog.records if each.levelname == "ERROR"]
        clock.shift(3600)
        outbox.send(OutboxMail.objects.get(attempts=1).pk)
    assert [each.levelname for each in caplog.records][-1] == "ERROR"


@pytest.mark.parametrize("rule", ["message: cut", "kept: cut", "kept: wait 60", "message: noise"])
def test_a_connection_lost_after_the_end_of_the_message_is_never_tried_again(settings, clock, rule):
    mail = make_mail()
    with running(Sink(rule)) as sink:
        settings.MAILERS = {"default": sink.mailer}
        settings.MAILERS["default"]["OPTIONS"]["timeout"] = 1
        outbox.send(mail.pk)
        sink.obey()
        for _ in range(5):
            clock.shift(7 * 3600)
            outbox.send_waiting()
        assert len(sink.taken) == rule.startswith("kept")
    assert OutboxMail.objects.get().state == "given_up"


@pytest.mark.parametrize("step", ["to", "message"])
@pytest.mark.parametrize(
    "answer", ["550 no such user", "552 mailbox full", "550 5.1.1 5.7.1", "554 go away"]
)
def test_a_refused_mail_is_not_sent_again(smtp, clock, caplog, step, answer):
    mail = make_mail(make_subscription("second@example.org"))
    smtp.obey(f"{step}: {answer} <second@example.org>")
    outbox.send(mail.pk)
    mail.refresh_from_db()
    assert (mail.state, mail.last_error) == ("given_up", f"{answer} …")
    assert f"is given up: {answer} …" in caplog.text
    assert not [record for record in caplog.records if record.levelname == "ERROR"]
    assert "second@" not in caplog.text


@pytest.mark.parametrize("step", ["to", "message"])
@pytest.mark.parametrize(
    "answer",
    [
        "550 5.7.1 sender not authenticated",
        "554 5.7.1 relay access denied",
        "535 log in",
        "550 relay not permitted",
        "552 too large",
    ],
)
def test_a_refusal_that_is_about_us_does_not_count_against_the_reader(smtp, clock, step, answer):
    mail = make_mail()
    smtp.obey(f"{step}: {answer}")
    assert not outbox.send(mail.pk)
    for _ in range(8):  # longer than a reader's own server may put us off
        clock.shift(7 * 3600)
        outbox.send_waiting()
    mail.refresh_from_db()
    assert (mail.state, mail.attempts) == ("waiting", 9)


def test_a_mail_waits_when_the_log_in_is_refused(smtp, clock):
    smtp.obey("from: 530 5.7.0 authenticate first")
    assert not outbox.send(make_mail().pk)
    assert OutboxMail.objects.get().next_at > timezone.now()


BAD_SENDERS = [
    "AI, Inc <pulse@example.org>",
    "AI Economy Pulse pulse@example.org",
    "Pulse <pulse@example.org",
    "pulse",
    "a@example.org, b@example.org",
    "Größe GmbH, Köln <p@example.org>",
    "Pulse\nBcc: <p@example.org>",
]


@pytest.mark.parametrize("sender", BAD_SENDERS)
def test_an_invalid_sender_loses_no_mail(smtp, settings, clock, sender):
    settings.DEFAULT_FROM_EMAIL = sender
    for number in range(3):
        outbox.send(make_mail(make_subscription(f"r{number}@example.org")).pk)
    clock.shift(7 * 3600)
    outbox.send_waiting()
    assert OutboxMail.objects.filter(next_at__gt=timezone.now()).count() == 3
    settings.DEFAULT_FROM_EMAIL = "Pulse <pulse@example.org>"
    clock.shift(7 * 3600)
    assert outbox.send_waiting() == "3 waiting mails handled"
    assert len(smtp.messages) == 3


@pytest.mark.parametrize("sender", BAD_SENDERS)
def test_the_system_check_reports_an_invalid_sender(settings, sender):
    settings.DEFAULT_FROM_EMAIL = sender
    assert [error.id for error in check_sender()] == ["newsletter.E001"]


@pytest.mark.parametrize(
    "sender",
    ["pulse@example.org", "Größe <p@example.org>", '"AI, Inc" <p@example.org>', "p@bücher.example"],
)
def test_the_system_check_accepts_valid_senders(smtp, settings, sender):
    settings.DEFAULT_FROM_EMAIL = sender
    assert list(check_sender()) == []
    outbox.send(make_mail().pk)
    assert len(smtp.messages) == 1


def test_a_mail_waits_when_building_it_fails(clock, monkeypatch):
    def broken(self, *, policy=None):
        raise ValueError("reader@example.org")

    mail = make_mail()
    claimed, letter = outbox._claim(mail.pk)
    monkeypatch.setattr(messages.Letter, "message", broken)
    monkeypatch.setattr(outbox, "_claim", lambda pk: (claimed, letter))
    assert not outbox.send(mail.pk)
    assert OutboxMail.objects.get().next_at > timezone.now()


def test_an_unreachable_server_delays_the_mail(settings, smtp, clock):
    mail = make_mail()
    there = settings.MAILERS["default"]["OPTIONS"]["port"]
    settings.MAILERS["default"]["OPTIONS"]["port"] = 1  # nobody listens
    outbox.send(mail.pk)
    mail.refresh_from_db()
    assert mail.next_at > timezone.now()
    settings.MAILERS["default"]["OPTIONS"]["port"] = there
    clock.move_to(mail.next_at)
    assert outbox.send_waiting() == "1 waiting mails handled"
    assert len(smtp.messages) == 1


def test_what_a_mail_looks_like_on_a_phone_and_in_the_dark_beats_its_inlined_styles(settings):
    sheet = (settings.BASE_DIR / "templates/newsletter/email/_styles.css").read_text()
    of_media = re.findall(r"@media [^{]*\{\n(.*?)\n\}", sheet, re.DOTALL)
    rules = [rule for block in of_media for rule in re.findall(r"\{ (.*?); \}", block)]
    assert len(of_media) == 2
    assert rules
    for declaration in "; ".join(rules).split("; "):
        assert declaration.endswith(" !important"), declaration
