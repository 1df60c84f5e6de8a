"""Mail addresses as keys: when two are the same, when two may be one person's, how to show one."""

import hashlib
import hmac
from email.headerregistry import AddressHeader
from email.utils import formataddr
from typing import Any

from django.conf import settings
from email_validator import EmailNotValidError, ValidatedEmail, validate_email

MAX_LENGTH = 254  # RFC 5321, 4.5.3.1.3


class AddressError(ValueError):
    """Says to the person who typed the address what to mend."""


def cleaned(text: str) -> str:
    """Return the address in normal form (NFC, domain in its own script); raise AddressError."""
    return _parse(text).normalized


def on_the_wire(text: str) -> str:
    """Return the address as servers take it, the domain in ASCII by IDNA 2008.

    Left to Django it would be IDNA 2003, by which “straße” is another domain.
    """
    return _parse(text).ascii_email or ""


def address_key(text: str) -> str:
    """Fold an address so that one mailbox has one key; raise AddressError when it is none.

    Servers may tell capitals apart before the @ (RFC 5321, 2.4); none that people use does.
    """
    return on_the_wire(text).casefold()


def fold_for_limits(key: str) -> str:
    """Fold dots and +tags too. Only for counting: elsewhere two such addresses are two people."""
    local, _, domain = key.rpartition("@")
    bare = local.partition("+")[0].replace(".", "")
    return f"{bare or local}@{domain}"


def address_hash(key: str) -> str:
    """Hash what `address_key` returned, keyed, for lists that outlive the address itself."""
    message = f"address:{key}".encode()
    return hmac.new(settings.ADDRESS_KEY.encode(), message, hashlib.sha256).hexdigest()


def masked(address: str) -> str:
    """Show whose address it is to him who knows it, and to nobody else: r•••@•••.org.

    Of a name of one letter nothing is shown, and of a domain only its last label: people name
    both after themselves.
    """
    local, _, domain = address.rpartition("@")
    first = local[0] if len(local) > 1 else ""
    return f"{first}•••@•••.{domain.rpartition('.')[2]}"


def mailbox_of(sender: str) -> str:
    """Return the bare address of a line such as “Pulse <pulse@example.org>”.

    Raises AddressError unless the line is exactly one mailbox, as the parser of mail reads it.
    """
    return cleaned(_mailbox(sender).addr_spec)


def line_on_the_wire(sender: str) -> str:
    """Return such a line with its domain in ASCII, which the library would encode as a word."""
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
        raise AddressError("An address has an @ in it, as in name@example.org.")
    if not text.rpartition("@")[0].isascii():
        # Few servers take such names (SMTPUTF8, RFC 6531), and no relay takes them reliably.
        raise AddressError("We can only write to names of plain letters before the @.")
    try:
        # Asking DNS here would make the answer slow, and different for each domain.
        return validate_email(text, check_deliverability=False, allow_smtputf8=False, strict=True)
    except EmailNotValidError as error:
        raise AddressError("No mail can reach this address. Please look it over.") from error
