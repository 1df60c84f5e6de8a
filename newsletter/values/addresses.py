"""Mail addresses: their normal form, the key and hash that identify one, and a masked form."""

import hashlib
import hmac
from email.headerregistry import AddressHeader
from email.utils import formataddr
from typing import Any

from django.conf import settings
from email_validator import EmailNotValidError, ValidatedEmail, validate_email

MAX_LENGTH = 254  # RFC 5321, 4.5.3.1.3
DISPOSABLE = "Addresses there last only for minutes. Please enter one that you keep."


class AddressError(ValueError):
    """The address is invalid; the text tells the person who typed it what to fix."""


def cleaned(text: str) -> str:
    """Return the address in normal form (NFC, domain in its own script). Raises AddressError."""
    return _parse(text).normalized


def on_the_wire(text: str) -> str:
    """Return the address as mail servers need it, with its domain in ASCII (IDNA 2008).

    Django would use IDNA 2003, where “straße” is a different domain. Raises AddressError.
    """
    return _parse(text).ascii_email or ""


def address_key(text: str) -> str:
    """Return one key for each mailbox. Raises AddressError.

    Servers may distinguish case before the @ (RFC 5321, 2.4), but those that people use do not.
    """
    return on_the_wire(text).casefold()


def normal_forms(text: str) -> tuple[str, str]:
    """Return the address in normal form and its key, parsing it once. Raises AddressError."""
    parsed = _parse(text)
    return parsed.normalized, (parsed.ascii_email or "").casefold()


def fold_for_limits(key: str) -> str:
    """Remove dots and +tags too. Only for rate limits: these may be addresses of two people."""
    local, _, domain = key.rpartition("@")
    bare = local.partition("+")[0].replace(".", "")
    return f"{bare or local}@{domain}"


def is_disposable(key: str) -> bool:
    """Return whether the domain of an `address_key`, or one above it, is a disposable one."""
    labels = key.rpartition("@")[2].split(".")
    return any(".".join(labels[n:]) in settings.DISPOSABLE_DOMAINS for n in range(len(labels)))


def address_hash(key: str) -> str:
    """Return a keyed hash of an `address_key`, for lists that are kept longer than the address."""
    message = f"address:{key}".encode()
    return hmac.new(settings.ADDRESS_KEY.encode(), message, hashlib.sha256).hexdigest()


def masked(address: str) -> str:
    """Return r•••@•••.org, which only people who know the address recognize.

    It hides names of one letter and all of the domain but its last label, because people use
    their own names in both.
    """
    local, _, domain = address.rpartition("@")
    first = local[0] if len(local) > 1 else ""
    return f"{first}•••@•••.{domain.rpartition('.')[2]}"


def mailbox_of(sender: str) -> str:
    """Return the bare address of a line such as “Pulse <pulse@example.org>”.

    Raises AddressError unless the line contains exactly one mailbox.
    """
    return cleaned(_mailbox(sender).addr_spec)


def line_on_the_wire(sender: str) -> str:
    """Return a line such as “Pulse <pulse@example.org>” with its domain in ASCII (IDNA 2008).

    Python would encode the domain as a word (RFC 2047).
    """
    if sender.isascii():
        return sender
    mailbox = _mailbox(sender)
    return formataddr((mailbox.display_name or "", on_the_wire(mailbox.addr_spec)))


def _mailbox(sender: str) -> Any:
    parsed = AddressHeader.value_parser(sender)
    if "\n" in sender or "\r" in sender or parsed.all_defects or len(parsed.all_mailboxes) != 1:
        raise AddressError("This is not one mailbox, such as: Pulse <pulse@example.org>.")
    return parsed.all_mailboxes[0]


def _parse(text: str) -> ValidatedEmail:
    text = text.strip()
    if "@" not in text:
        raise AddressError("An address contains an @, as in name@example.org.")
    if not text.rpartition("@")[0].isascii():
        # Few servers accept such names (SMTPUTF8, RFC 6531), and no relay does so reliably.
        raise AddressError("We can only write to addresses with plain letters before the @.")
    try:
        # Querying DNS here would make the response slow, and its time depend on the domain.
        return validate_email(text, check_deliverability=False, allow_smtputf8=False, strict=True)
    except EmailNotValidError as error:
        raise AddressError("No mail can reach this address. Please check it.") from error
