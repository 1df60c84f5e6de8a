"""How our messages write their headers, and whether a built message says what it was given."""

import email
import email.policy
import re
from collections.abc import Iterable
from email.charset import Charset
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import EmailPolicy
from typing import Any

# Headers that must not be folded, because mailbox providers parse them.
UNBROKEN = {
    "list-unsubscribe", "list-unsubscribe-post", "list-id", "list-archive", "feedback-id",
    "message-id",
}  # fmt: skip
NAMED = {"from", "reply-to", "to"}
UTF_8 = Charset("utf-8")  # writes Q or B, the shorter of the two
LONGEST_ENCODED = 75  # RFC 2047, 2
BLANKS_AFTER = re.compile(r"\S+\s*|\s+")
LONGEST_WORD = 60  # longer ones do not fit a line of 78 columns beside the header's name


class PlainHeaders(EmailPolicy):
    """Keeps long addresses whole and encodes texts completely or not at all.

    Python encodes a header of more than 78 columns without a space, but a List-Unsubscribe header
    that arrives as =?utf-8?q?…?= is a button that does nothing; RFC 5322 (2.1.1) allows 998. And
    it mixes encoded words with plain ones, of which other parsers make two blanks (RFC 2047, 2).
    """

    def header_store_parse(self, name: str, value: Any) -> tuple[str, Any]:
        if name.lower() != "subject":
            return super().header_store_parse(name, value)
        if len(str(value).splitlines()) > 1:
            raise ValueError("A subject is one line.")
        return name, str(value)  # parsed, "=?" of an editor would be decoded

    def fold(self, name: str, value: Any) -> str:
        key = name.lower()
        if key in UNBROKEN:
            return f"{name}: {value}{self.linesep}"
        if key == "subject" and not _is_plain(value):
            return f"{name}: {encoded(value, name, self.linesep)}{self.linesep}"
        if key in NAMED and any(not _is_plain(each.display_name) for each in value.addresses):
            listed = (self._named(each, name) for each in value.addresses)
            return f"{name}: {f',{self.linesep} '.join(listed)}{self.linesep}"
        folded: str = super().fold(name, value)
        return folded

    def fold_binary(self, name: str, value: Any) -> bytes:
        if name.lower() in UNBROKEN | NAMED | {"subject"}:
            return self.fold(name, value).encode("ascii")
        return super().fold_binary(name, value)

    def _named(self, address: Address, name: str) -> str:
        if _is_plain(address.display_name):
            return str(address)
        shown = encoded(address.display_name, name, self.linesep)
        return f"{shown}{self.linesep} <{address.addr_spec}>"


def encoded(text: str, name: str, linesep: str) -> str:
    """Write a whole text as encoded words (RFC 2047), one per line, for the header `name`.

    They end between words where they can: some parsers keep the line break between two.
    """
    pieces, longest = [""], LONGEST_ENCODED - len(f"{name}: ")
    for word in BLANKS_AFTER.findall(text):
        if len(UTF_8.header_encode(pieces[-1] + word)) > longest:
            pieces.append("")
        for letter in word:
            if len(UTF_8.header_encode(pieces[-1] + letter)) > longest:
                pieces.append("")
            pieces[-1] += letter
    return f"{linesep} ".join(UTF_8.header_encode(piece) for piece in pieces if piece)


def _is_plain(text: str) -> bool:
    is_short = all(len(word) <= LONGEST_WORD for word in text.split(" "))
    return text.isascii() and text.isprintable() and "=?" not in text and is_short


def differences(content: bytes, subject: str, sender: str, texts: Iterable[str]) -> list[str]:
    """Parse a built message; return what a mail program would read differently.

    `sender` is a line such as "Pulse <pulse@example.org>", `texts` are the plain text and the
    HTML. Line breaks may differ.
    """
    parsed = email.message_from_bytes(content, policy=email.policy.default)
    wrong = ["Subject"] if str(parsed["Subject"]) != subject else []
    meant = email.policy.default.header_factory("From", sender)
    if _mailboxes(parsed["From"]) != _mailboxes(meant):
        wrong.append("From")
    for subtype, text in zip(("plain", "html"), texts, strict=True):
        part = parsed.get_body((subtype,))
        if not isinstance(part, EmailMessage) or _lines(part.get_content()) != _lines(text):
            wrong.append(f"the {subtype} text")
    return wrong


def _mailboxes(header: Any) -> list[tuple[str, str]]:
    # Python's parser keeps the blank between two encoded words of a name, which means none.
    return [("".join(each.display_name.split()), each.addr_spec) for each in header.addresses]


def _lines(text: str) -> list[str]:
    return text.rstrip("\r\n").splitlines()
