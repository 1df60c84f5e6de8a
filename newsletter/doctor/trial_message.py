"""A message like those to readers, and what its headers say when it has arrived."""

import email
import mailbox
import re
from email.message import Message
from email.utils import parseaddr
from pathlib import Path

from django.conf import settings
from django.core.mail import mailers
from django.core.mail.message import make_msgid

from config.health import Finding, State, either
from config.site import absolute
from newsletter.doctor.mail_dns import tags_of
from newsletter.doctor.public_address import NO_READER
from newsletter.mailing import signed_links
from newsletter.mailing.messages import Letter
from newsletter.values import addresses

# What the signature must cover; RFC 8058, 4, asks for the last two.
COVERED = (
    "From", "To", "Subject", "Date", "Message-ID", "List-Unsubscribe", "List-Unsubscribe-Post",
)  # fmt: skip
TEXT = """This is a test of {site}, sent by {how}. Save it with all its headers, and run:

    manage.py doctor --message FILE
"""


def mail_servers() -> dict[str, str]:
    """Return the mailers that mail goes out by, and the settings that name their servers."""
    has_bulk = settings.MAILERS["bulk"] != settings.MAILERS["default"]
    return {"default": "MAIL_URL"} | ({"bulk": "BULK_MAIL_URL"} if has_bulk else {})


def connect() -> Finding:
    """Log in to the mail servers, and send nothing."""
    for mailer, name in mail_servers().items():
        try:
            with mailers[mailer]:
                pass
        except OSError as error:  # smtplib's errors are OSErrors
            return Finding(State.BROKEN, f"The server of {name} does not let us in: {error}")
    return Finding(State.OK, f"{' and '.join(mail_servers().values())} let us in.")


def send(to: str) -> None:
    """Send a message by each mail server. Raises AddressError, OSError."""
    to = addresses.on_the_wire(to)
    for mailer, name in mail_servers().items():
        with mailers[mailer] as server:
            server.send_messages([_letter(to, name)])


def _letter(to: str, how: str) -> Letter:
    sender = addresses.line_on_the_wire(settings.DEFAULT_FROM_EMAIL)
    envelope = f"test@{settings.BOUNCE_DOMAIN}" if settings.BOUNCE_DOMAIN else sender
    return Letter(
        subject=f"Test of {settings.SITE_NAME} by {how}",
        body=TEXT.format(site=settings.SITE_URL, how=how),
        from_email=envelope,
        to=[to],
        headers={
            "From": sender,
            "Message-ID": make_msgid(domain=settings.SITE_HOST),
            "List-Unsubscribe": f"<{signed_links.leave_url(NO_READER)}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        },
    )


def newest(path: Path) -> Message:
    """Read a message from a file, or the last one of an mbox. Raises OSError."""
    content = path.read_bytes()
    if content.startswith(b"From "):
        box = mailbox.mbox(path, create=False)
        content = box.get_bytes(box.keys()[-1])
    return email.message_from_bytes(content)


def judge(message: Message) -> dict[str, Finding]:
    """Return what the headers of an arrived message say."""
    results = _header(message, "Authentication-Results")
    is_ours = _header(message, "List-Unsubscribe").startswith(f"<{absolute('/u/')}")
    is_one_click = _header(message, "List-Unsubscribe-Post") == "List-Unsubscribe=One-Click"
    meant = addresses.line_on_the_wire(settings.DEFAULT_FROM_EMAIL)
    return {
        **{f"{name} of the message": _result(name, results) for name in ("spf", "dkim", "dmarc")},
        "signature": _signature(message),
        "one-click header": either(
            is_ours and is_one_click,
            "It arrived as it was sent.",
            "It did not arrive as it was sent: the relay changes headers.",
        ),
        "sender": either(
            parseaddr(str(message["From"]))[1] == parseaddr(meant)[1],
            "It is MAIL_FROM.",
            "It is not MAIL_FROM: the relay writes another one.",
        ),
        "envelope": _envelope(message),
    }


def _result(name: str, results: str) -> Finding:
    found = re.search(rf"\b{name}=(\w+)", results)
    if found is None:
        return Finding(State.UNSEEN, "The mailbox's server does not say. Try another provider.")
    text = f"The mailbox's server says {found[1]}."
    return either(found[1] == "pass", text, text)


def _signature(message: Message) -> Finding:
    sender = _domain(message["From"])
    signatures = [re.sub(r"\s", "", str(each)) for each in message.get_all("DKIM-Signature", [])]
    for each in signatures:
        tags = tags_of(each)
        signer = tags.get("d", "").lower()
        if signer and f".{sender}".endswith(f".{signer}"):
            covered = tags.get("h", "").lower().split(":")
            missing = ", ".join(name for name in COVERED if name.lower() not in covered)
            cure = f"It does not cover {missing}. Set your relay to sign these."
            return either(not missing, f"{signer} signed all that counts.", cure)
    return Finding(State.BROKEN, f"No signature is of {sender}. Let your relay sign for it.")


def _envelope(message: Message) -> Finding:
    meant = settings.BOUNCE_DOMAIN or _domain(settings.DEFAULT_FROM_EMAIL)
    found = _domain(message["Return-Path"])
    if not found:
        return Finding(State.UNSEEN, "There is no Return-Path. Save the message with all headers.")
    if found == meant.lower():
        return Finding(State.OK, f"Bounces come back to {found}.")
    return Finding(State.LOOK, f"Bounces come back to {found}, not to {meant}: the relay's doing.")


def _header(message: Message, name: str) -> str:
    """Return a header in one line, not decoded: mailbox providers do not decode these either."""
    return " ".join(str(message[name] or "").split())


def _domain(line: object) -> str:
    return parseaddr(str(line or ""))[1].rpartition("@")[2].lower()
