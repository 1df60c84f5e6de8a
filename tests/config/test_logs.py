"""Logs and mail to operators contain no address and no reader's link."""

import json
import logging

import pytest
from django.core import mail
from django.core.management import call_command
from django.db import DatabaseError
from django_tasks_db.models import DBTaskResult

from config.logs import REQUEST_ID, Formatter, JSONFormatter, OperatorMail, is_no_pulse, redact
from config.tasks import mail_operators


@pytest.mark.parametrize(
    "text",
    [
        "Key (address_key)=(jane.doe+x@example.org) already exists",
        "to Ann <a@b.example>",
        "x=@example.org",
        "o'brien@example.org",
        "jane%40example.org",
        "mailto:jane@example.org?subject=x",
    ],
)
def test_addresses_are_cut_whole_wherever_they_stand(text):
    said = redact(text)
    assert "<address>" in said
    for part in ("jane", "example", "a@", "brien", "x="):
        assert part not in said


def test_the_secret_part_of_a_readers_link_is_cut():
    said = redact("Internal Server Error: /u/k1.aB3_x.5f/undo and /newsletter/confirm/s3cr3t/")
    assert said == "Internal Server Error: /u/<link>/undo and /newsletter/confirm/<link>/"


def test_the_address_sealed_in_the_answer_to_a_signup_is_cut():
    said = redact('"GET /newsletter/subscribe/check-your-mail/?to=ImphbmUi:x_-1 HTTP/1.1" 200')
    assert said == '"GET /newsletter/subscribe/check-your-mail/?to=<link> HTTP/1.1" 200'


def test_ordinary_addresses_of_pages_stay():
    assert redact("Not Found: /glossary/pre-training/") == "Not Found: /glossary/pre-training/"


REFUSED = {
    "address": ("get", "/search/?q=%00", {}),
    "origin": ("post", "/newsletter/subscribe/", {"sec-fetch-site": "cross-site"}),
    "host": ("get", "/", {"host": "evil.example"}),
    "form": ("post", "/newsletter/subscribe/", {"content-type": "multipart/form-data; boundary="}),
    "length": ("post", "/newsletter/subscribe/", {"content-length": "99999"}),
}


@pytest.mark.django_db
@pytest.mark.parametrize("name", REFUSED)
def test_a_refused_request_is_one_line_and_no_traceback(client, caplog, name):
    method, path, headers = REFUSED[name]
    extra = {"headers": headers}
    if kind := headers.pop("content-type", None):
        extra |= {"content_type": kind, "data": b"x"}
    assert 400 <= getattr(client, method)(path, **extra).status_code < 500
    (refusal,) = caplog.records
    assert path.partition("?")[0] in refusal.getMessage() or "evil.example" in refusal.getMessage()
    assert "\n" not in Formatter("{levelname} {message}", style="{").format(refusal)


def test_the_pulse_of_each_minute_is_not_logged_and_its_fault_is():
    said = "Task id=5 path=config.watching.pulse state=RUNNING"
    assert not is_no_pulse(logging.LogRecord("x", logging.INFO, "f", 1, said, (), None))
    assert is_no_pulse(logging.LogRecord("x", logging.ERROR, "f", 1, said, (), None))
    assert is_no_pulse(logging.LogRecord("x", logging.INFO, "f", 1, "Task id=6", (), None))


def test_a_fault_keeps_its_traceback():
    fault = record("It failed")
    fault.status_code, fault.exc_info = 500, (ValueError, ValueError("odd"), None)
    assert "ValueError: odd" in Formatter("{message}", style="{").format(fault)


def test_json_logs_are_one_object_a_line_without_addresses():
    REQUEST_ID.set("4f8a-90_Zq")
    fault = record("It failed for %s", "reader@example.com")
    fault.exc_info = (ValueError, ValueError("odd"), None)
    line = JSONFormatter().format(fault)
    assert "\n" not in line
    said = json.loads(line)
    assert (said["level"], said["logger"], said["request"]) == ("ERROR", "x", "4f8a-90_Zq")
    assert said["message"] == "It failed for <address>\nValueError: odd"
    assert said["time"].endswith("+00:00")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("proxies", "given", "is_kept"),
    [
        (1, "4f8a-90_Zq", True),
        (0, "4f8a-90_Zq", False),
        (1, "x y@z.example", False),
        (1, "", False),
    ],
)
def test_a_line_names_its_request_by_the_id_of_our_proxy(
    client, caplog, settings, proxies, given, is_kept
):
    settings.TRUSTED_PROXIES = proxies
    caplog.handler.setFormatter(JSONFormatter())
    client.get("/no-such-page/", headers={"X-Request-ID": given, "X-Forwarded-Proto": "http"})
    found = json.loads(caplog.text.splitlines()[0])["request"]
    assert (found == given) is is_kept
    assert len(found) >= 8


@pytest.mark.django_db(transaction=True)
def test_an_error_reaches_the_operators_without_the_address_in_its_traceback(settings):
    settings.ADMINS = ["operator@example.org"]
    handler = OperatorMail()
    handler.setFormatter(Formatter("{levelname} {message}", style="{"))
    try:
        raise ValueError("no mailbox reader@example.com")
    except ValueError as error:
        cause = (ValueError, error, error.__traceback__)
    handler.emit(logging.LogRecord("x", logging.ERROR, "f", 1, "It failed", None, cause))
    assert mail.outbox == []  # nobody who visits waits for the mail server
    run_worker()
    (sent,) = mail.outbox
    assert sent.to == ["operator@example.org"]
    assert "ERROR It failed" in sent.subject
    assert "ValueError" in sent.body
    assert "reader@example.com" not in sent.body


def run_worker():
    call_command("db_worker", "--batch", "--no-startup-delay", verbosity=0)


def record(message, *arguments):
    return logging.LogRecord("x", logging.ERROR, "f", 1, message, arguments, None)


@pytest.mark.django_db
def test_one_fault_met_often_is_one_mail_and_an_hour_holds_twelve(settings):
    settings.ADMINS = ["operator@example.org"]
    handler = OperatorMail()
    for number in range(50):
        handler.emit(record("It failed for %s", number))
    assert DBTaskResult.objects.count() == 1
    for number in range(50):
        handler.emit(record(f"Another fault {number}"))
    assert DBTaskResult.objects.count() == 12


@pytest.mark.django_db
@pytest.mark.parametrize(("seconds", "mails"), [(3590, 1), (3600, 2)])
def test_the_same_fault_is_mailed_again_after_an_hour(settings, seconds, mails):
    settings.ADMINS = ["operator@example.org"]
    handler = OperatorMail()
    handler.emit(record("It failed"))
    handler.mailed = {key: at - seconds for key, at in handler.mailed.items()}
    handler.emit(record("It failed"))
    assert DBTaskResult.objects.count() == mails


def test_a_database_that_is_down_makes_one_line_without_addresses(settings, capsys, monkeypatch):
    def refuse(**_):
        raise DatabaseError("no connection for reader@example.com")

    monkeypatch.setattr(type(mail_operators), "enqueue", lambda self, **_: refuse())
    OperatorMail().emit(record("Lost reader@example.com"))
    said = capsys.readouterr().err
    assert "could not be told" in said
    assert "reader@example.com" not in said
