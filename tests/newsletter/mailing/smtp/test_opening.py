"""Connecting up to the log-in, and errors that do not contain the password."""

import pytest

from newsletter.mailing.smtp.connection import Connection, Outgoing
from newsletter.mailing.smtp.opening import SMTP, Encryption, SmtpOptions, Unavailable
from tests.smtp_sink import CERTIFICATE, Sink, running

MESSAGE = Outgoing("a@example.org", "ann@example.org", b"Subject: x\r\n\r\n.\r\n")


def refusal(sink, **options):
    with running(sink), pytest.raises(Unavailable) as error:
        Connection.open(sink.options(**options))
    assert "secret" not in str(error.value)
    return error.value


@pytest.mark.parametrize(
    ("rule", "is_ours", "reason"),
    [
        ("connect: 421 4.3.2 too busy", True, "connecting: 421 4.3.2 too busy"),
        ("connect: 554 5.7.1 you again", True, "connecting: 554 5.7.1 you again"),
        ("connect: cut", False, "connecting: reading: "),
        ("connect: noise", False, "connecting: the answer is not SMTP"),
        ("connect: wait 60", False, "connecting: reading: timed out"),
        ("ehlo: 550 5.7.1 not you", True, "greeting: 550 5.7.1 not you"),
        ("ehlo: cut", False, "greeting: reading: "),
        ("login: 535 5.7.8 no such pulse@example.org", True, "logging in: 535 5.7.8 no such …"),
        ("login: 454 4.7.0 not now", True, "logging in: 454 4.7.0 not now"),
        ("login: cut", False, "logging in: reading: "),
    ],
)
def test_a_server_that_rejects_us(rule, is_ours, reason):
    error = refusal(Sink(rule), timeout=0.2, username="pulse@example.org", password="secret")
    assert error.is_ours == is_ours
    assert str(error).startswith(reason)


def test_a_refused_log_in_does_not_tell_a_name_that_is_no_address():
    error = refusal(Sink("login: 535 5.7.8 no user pulse"), username="pulse", password="secret")
    assert str(error) == "logging in: 535 5.7.8 no user …"


def test_a_name_without_a_password_does_not_log_in():
    with running(Sink("login: 535 no")) as sink:
        connection = Connection.open(SmtpOptions("127.0.0.1", sink.port, username="pulse"))
        assert connection.is_usable
        connection.close()


def test_an_unreachable_server():
    with pytest.raises(Unavailable) as error:
        Connection.open(SmtpOptions("127.0.0.1", 1))  # nobody listens
    assert (str(error.value), error.value.is_ours) == ("connecting: ConnectionRefusedError", False)


@pytest.mark.parametrize(
    ("sink", "options", "reason"),
    [
        (Sink(without=("AUTH",)), {"username": "p", "password": "secret"}, "logging in: SMTPNot"),
        (Sink(), {"username": "p", "password": "secret-ü"}, "logging in: UnicodeEncodeError"),
        (Sink(), {"encryption": Encryption.STARTTLS}, "encrypting: SMTPNotSupported"),
        (Sink(tls="starttls"), {"encryption": Encryption.STARTTLS}, "encrypting: SSLCertVer"),
        (Sink(tls="implicit"), {"encryption": Encryption.TLS}, "connecting: SSLCertVer"),
        (
            Sink("tls: 454 4.7.0 no keys", tls="starttls"),
            {"encryption": Encryption.STARTTLS},
            "encrypting: 454 4.7.0 no keys",
        ),
    ],
)
def test_errors_that_a_person_has_to_fix(sink, options, reason):
    error = refusal(sink, **options)
    assert error.is_ours
    assert str(error).startswith(reason)


@pytest.mark.parametrize(
    ("tls", "encryption"), [("starttls", Encryption.STARTTLS), ("implicit", Encryption.TLS)]
)
def test_an_encrypted_connection_takes_messages(tls, encryption, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
    with running(Sink(tls=tls)) as sink:
        options = sink.options(encryption=encryption, username="pulse", password="secret")
        connection = Connection.open(options)
        assert connection.is_usable
        for _ in range(2):
            assert connection.hand_over(MESSAGE).outcome == "accepted"
        connection.close()
    assert len(sink.taken) == 2


@pytest.mark.parametrize(
    ("fields", "encryption"),
    [
        ({}, Encryption.NONE),
        ({"use_tls": True}, Encryption.STARTTLS),
        ({"use_ssl": True}, Encryption.TLS),
    ],
)
def test_options_come_from_a_mailer_and_hide_the_password(fields, encryption):
    given = {"host": "mail.example.org", "port": 587, "username": "u", "password": "secret"}
    given |= {"timeout": 12, **fields}
    options = SmtpOptions.from_mailer({"BACKEND": SMTP, "OPTIONS": given})
    assert options == SmtpOptions("mail.example.org", 587, "u", "secret", encryption, 12)
    assert "secret" not in repr(options)
