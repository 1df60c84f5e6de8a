"""Logs and operators' mail hold no address and no reader's link."""

import logging

from django.core import mail

from config.logs import Formatter, OperatorMail, redact


def test_addresses_are_cut_wherever_they_stand():
    said = redact(
        'Key (address_key)=(jane.doe+x@example.org) already exists, to "Ann <a@b.example>"'
    )
    assert said == 'Key (address_key)=(<address>) already exists, to "Ann <<address>>"'


def test_the_secret_part_of_a_readers_link_is_cut():
    said = redact("Internal Server Error: /u/k1.aB3_x.5f/undo and /newsletter/confirm/s3cr3t/")
    assert said == "Internal Server Error: /u/<link>/undo and /newsletter/confirm/<link>/"


def test_ordinary_addresses_of_pages_stay():
    assert redact("Not Found: /glossary/pre-training/") == "Not Found: /glossary/pre-training/"


def test_an_error_reaches_the_operators_without_the_address_in_its_traceback(settings):
    settings.ADMINS = ["operator@example.org"]
    handler = OperatorMail()
    handler.setFormatter(Formatter("{levelname} {message}", style="{"))
    try:
        raise ValueError("no mailbox reader@example.com")
    except ValueError as error:
        cause = (ValueError, error, error.__traceback__)
    handler.emit(logging.LogRecord("x", logging.ERROR, "f", 1, "It failed", None, cause))
    (sent,) = mail.outbox
    assert sent.to == ["operator@example.org"]
    assert "ERROR It failed" in sent.subject
    assert "ValueError" in sent.body
    assert "reader@example.com" not in sent.body
