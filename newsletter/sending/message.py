"""An issue's message as bytes: built once, then completed for each reader with their own link.

The headers with parts of one reader are written as bytes before the common headers, so that the
library neither folds nor encodes them (see mailing.headers).
"""

import hmac
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from email.message import EmailMessage
from email.utils import format_datetime

from django.conf import settings
from django.urls import reverse
from django.utils.text import normalize_newlines

from config.site import absolute
from newsletter.mailing import signed_links
from newsletter.mailing.headers import PlainHeaders, differences
from newsletter.mailing.messages import Letter
from newsletter.mailing.signed_links import READER_LINK
from newsletter.mailing.smtp.connection import Outgoing, as_data
from newsletter.models import Snapshot
from newsletter.sending import envelopes
from newsletter.sending.ledger import ClaimedDelivery
from newsletter.values import addresses

LONGEST_LINE = 998  # RFC 5322, 2.1.1
QUOTED_LINE = 76  # with the "=" that joins it to the next line
# Printable ASCII except "=" is not encoded, and neither are blanks within a line.
PLAIN = frozenset(range(33, 127)) - {ord("=")} | {ord(" "), ord("\t")}
WIRE = PlainHeaders(linesep="\r\n", cte_type="7bit", max_line_length=78)


@dataclass(frozen=True)
class Message:
    """An issue's message without the parts of one reader: their link goes between the `pieces`."""

    pieces: tuple[bytes, ...]
    snapshot: Snapshot
    sender: str  # the envelope sender unless BOUNCE_DOMAIN is set

    def as_outgoing(self, row: ClaimedDelivery, on: date) -> Outgoing:
        """Complete the message for one reader. Raises ValueError if their address is invalid."""
        recipient, link = _recipient(row), signed_links.leave_link(row.subscription_id)
        own_id = message_id(self.snapshot.secret, row.pk)
        head = f"Message-ID: {own_id}\r\nTo: {recipient}\r\n".encode("ascii")
        return Outgoing(
            sender=envelopes.bounce_address(row.pk, on) or self.sender,
            recipient=recipient,
            data=head + link.encode("ascii").join(self.pieces),
        )

    def as_mail(self, row: ClaimedDelivery) -> Letter:
        """Complete it for a backend that builds the bytes itself. Raises ValueError, too."""
        recipient, link = _recipient(row), signed_links.leave_link(row.subscription_id)
        own = {"Message-ID": message_id(self.snapshot.secret, row.pk)} | _leave_headers(link)
        common = _common_headers(self.snapshot)
        subject, sender = common.pop("Subject"), common.pop("From")
        del common["MIME-Version"]  # the backend writes these headers itself
        mail = Letter(
            subject=subject,
            body=self.snapshot.text.replace(READER_LINK, link),
            from_email=sender,
            to=[recipient],
            headers=common | own,
        )
        mail.attach_alternative(self.snapshot.html.replace(READER_LINK, link), "text/html")
        # Anymail returns it with every event that the provider reports about this message.
        mail.metadata = {"delivery": str(row.pk)}  # type: ignore[attr-defined]
        return mail


def build_message(snapshot: Snapshot) -> Message:
    """Build a frozen issue's message. Raises ValueError if no reader's can be built."""
    message = EmailMessage(policy=WIRE)
    for name, value in _common_headers(snapshot).items():
        message[name] = value
    message["Content-Type"] = "multipart/alternative"
    room = len(signed_links.leave_link(2**63 - 1))
    message.attach(_part("plain", snapshot.text, room))
    message.attach(_part("html", snapshot.html, room))
    leave = "".join(f"{name}: {line}\r\n" for name, line in _leave_headers(READER_LINK).items())
    data = as_data(leave.encode("ascii") + message.as_bytes(policy=WIRE))
    pieces = tuple(data.split(READER_LINK.encode()))
    links = (leave + snapshot.text + snapshot.html).count(READER_LINK)
    if len(pieces) - 1 != links:
        raise ValueError(f"it keeps {len(pieces) - 1} of {links} places for the reader's link")
    sender = addresses.on_the_wire(addresses.mailbox_of(snapshot.sender))
    return _tested(Message(pieces, snapshot, sender))


def _tested(message: Message) -> Message:
    """Complete the message for an invented reader: a fault found here would fail every reader."""
    row = ClaimedDelivery(
        2**63 - 1, 2**63 - 1, "", 0, has_place=False, address="reader@example.org"
    )
    data = message.as_outgoing(row, envelopes.today()).data
    lines = data.split(b"\r\n")
    if (longest := max(map(len, lines))) > LONGEST_LINE:
        raise ValueError(f"its longest line has {longest} bytes; mail allows {LONGEST_LINE}")
    link, snapshot = signed_links.leave_link(row.subscription_id), message.snapshot
    texts = [each.replace(READER_LINK, link) for each in (snapshot.text, snapshot.html)]
    content = data.replace(b"\r\n..", b"\r\n.")
    if wrong := differences(content, snapshot.subject, snapshot.sender, texts):
        raise ValueError(f"a mail program would read {', '.join(wrong)} differently")
    return message


def message_id(secret: str, delivery_id: int) -> str:
    """Return a delivery's Message-ID: the same in every attempt, and impossible to guess."""
    signature = hmac.digest(secret.encode(), str(delivery_id).encode(), "sha256").hex()
    return f"<{delivery_id}.{signature[:24]}@{settings.SITE_HOST}>"


def _part(subtype: str, text: str, room: int) -> EmailMessage:
    part = EmailMessage(policy=WIRE)
    part["Content-Type"] = f'text/{subtype}; charset="utf-8"'
    part["Content-Transfer-Encoding"] = "quoted-printable"
    part.set_payload(quoted(text, READER_LINK, room))
    return part


def _common_headers(snapshot: Snapshot) -> dict[str, str]:
    newsletter, host = snapshot.issue.newsletter, settings.SITE_HOST
    headers = {
        "From": snapshot.sender,
        "Subject": snapshot.subject,
        "Date": format_datetime(snapshot.frozen_at),
        "List-Id": f"<{newsletter.slug}.{host}>",  # RFC 2919
        "List-Archive": f"<{absolute(newsletter.get_absolute_url())}>",
        # Campaign, list, kind and sender, for mailbox providers' statistics; nothing personal.
        "Feedback-ID": f"{snapshot.issue.number}:{newsletter.slug}:issue:{host}"[:120],
        "Precedence": "bulk",
        "MIME-Version": "1.0",
    }
    return headers | ({"Reply-To": snapshot.reply_to} if snapshot.reply_to else {})


def _recipient(row: ClaimedDelivery) -> str:
    return row.address if row.address.isascii() else addresses.on_the_wire(row.address)


def _leave_headers(link: str) -> dict[str, str]:
    leave = f"<{absolute(reverse('newsletter:leave', args=[link]))}>"
    if settings.LEAVE_ADDRESS:
        leave += f", <mailto:{settings.LEAVE_ADDRESS}?subject={link}>"
    return {"List-Unsubscribe": leave, "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}


def quoted(text: str, placeholder: str, room: int) -> str:
    """Return quoted-printable ASCII (RFC 2045, 6.7); `placeholder` counts as `room` characters.

    The library's encoder breaks a full line anywhere, also inside a placeholder, which would then
    not be replaced. This one keeps it on one line, with room for what replaces it.
    """
    lines = normalize_newlines(text).split("\n")
    return "\r\n".join(_quoted_line(line, placeholder, room) for line in lines)


def _quoted_line(line: str, placeholder: str, room: int) -> str:
    done: list[str] = []
    now: list[str] = []
    length = 0
    for piece, size in _pieces(line, placeholder, room):
        if length + size > QUOTED_LINE - 1:
            done.append("".join(now))
            now, length = [], 0
        now.append(piece)
        length += size
    return "=\r\n".join([*done, "".join(now)])


def _pieces(line: str, placeholder: str, room: int) -> Iterator[tuple[str, int]]:
    """Cut a line into pieces that must not be split, with the length of each."""
    body = line[:-1] if line.endswith((" ", "\t")) else line
    for position, between in enumerate(body.split(placeholder)):
        if position:
            yield placeholder, room
        content = between.encode()
        for at, byte in enumerate(content):
            if content.startswith(b"From ", at):  # a mailbox file (mbox) would change such a line
                yield "=46", 3
                continue
            yield (chr(byte), 1) if byte in PLAIN else (f"={byte:02X}", 3)
    if body != line:
        yield f"={ord(line[-1]):02X}", 3
