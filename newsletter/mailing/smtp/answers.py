"""What a mail server's reply means for one message, and whether the cause is ours."""

import re
from dataclasses import dataclass
from enum import Enum, StrEnum
from itertools import chain

TEXT_KEPT = 200
CLOSING = 421  # the server is about to hang up (RFC 5321, 3.8)
# The server requires another log-in or encryption (RFC 4954, 4 and 6).
LOG_IN = {530, 534, 535, 538}
# The server does not understand our commands (RFC 5321, 4.2.2). 501 is missing, because servers
# also use it for a reader's address.
PROTOCOL = {500, 502, 503, 504}
# The enhanced status code at the start of each line of a reply (RFC 2034). Some servers write it
# in brackets or after "#".
ENHANCED = re.compile(r"^[\s#(\[]*([245]\.\d{1,3}\.\d{1,3})(?!\.?\d)", re.MULTILINE)
# Permanent errors that are about us (RFC 3463, 3): our sender's address, a message too large, a
# server that accepts nothing or too much from us, content, security and policy.
ABOUT_US = re.compile(r"5\.(1\.[78]|2\.3|3\.[1-5]|4\.5|[67]\.\d{1,3})")
ABOUT_THE_READER = re.compile(r"5\.(1\.[1-6]|1\.10|2\.[12])")
# What servers write without a code that decides. Words about the reader come first: a server that
# knows no such mailbox may also name its policy against spam.
WORDS_ABOUT_THE_READER = re.compile(
    r"no such (user|mailbox|recipient|person)|unknown (user|recipient|mailbox)|over quota"
    r"|\b(user|recipient|mailbox|inbox|account) (is |was |does )?"
    r"(unknown|not found|not exist|unavailable|disabled|inactive|full)",
    re.IGNORECASE,
)
# Before those, because it quotes what the sender's own server says: "no such user".
SENDER_VERIFICATION = re.compile(r"\bsender verif", re.IGNORECASE)
WORDS_ABOUT_US = re.compile(
    # Who we are.
    r"\b(relay|rcpthosts|sender|authenticat|from (address|domain)|log ?in\b|starttls|(helo|ehlo)\b)"
    r"|\b(not |un)(be )?(verified|authenticat|authori[sz]ed)|(allowed|permitted|able) to send"
    # How much we send.
    r"|too (large|big|many)|(message|maximum|mail) size|throttl|\bper (minute|hour|day)\b"
    r"|\b(daily|hourly|monthly|sending|rate)\b.*\b(limit|quota)"
    # What others think of us.
    r"|\bblock(ed)? (using|by|due|for|because|list)|\b(black|block|deny) ?list|listed (at|in|on|by)"
    r"|\b(ip|client|sending (host|network|server|domain))\b.*\b(blocked|banned|rejected)"
    # Without "rejected", which servers also write of the reader's server and domain.
    r"|\b(host|network|server|domain)\b.*\b(blocked|banned)"
    r"|\b(spf|dkim|dmarc|ptr|dnsbl|rbl|rdns|reverse dns|reputation|policy|virus|abuse)\b"
    r"|(like|as|be|is) spam|spam (content|score|detected)|unsolicited"
    r"|\byour (ip|account|domain|server|host|network|plan)\b",
    re.IGNORECASE,
)
URL = re.compile(r"\S*://\S*")
ADDRESS = re.compile(r"\S*@\S*")
UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


class DeliveryOutcome(StrEnum):
    ACCEPTED = "accepted"
    DEFERRED = "deferred"  # nothing reached the reader; a later attempt may succeed
    FAILED = "failed"
    UNKNOWN = "unknown"  # the server may have accepted it or not


class SmtpStep(Enum):
    """A step of handing over: its name, and the first digit of a positive reply."""

    SENDER = ("from", 2)
    RECIPIENT = ("to", 2)
    DATA = ("data", 3)
    MESSAGE = ("message", 2)

    def accepts(self, code: int) -> bool:
        return code // 100 == self.value[1]


@dataclass(frozen=True, slots=True)
class Reply:
    """A server's reply: its code and the text of its lines."""

    code: int
    text: str

    @property
    def is_refusal(self) -> bool:
        return self.code // 100 in (4, 5)


@dataclass(frozen=True, slots=True)
class Answer:
    """The outcome of handing over one message.

    `code` and `enhanced` (such as 5.1.1) are the server's, 0 and "" without a reply. `text`
    contains no address and at most 200 characters. `is_ours`: the server refuses us (log-in,
    sender, reputation, or it is closing) and not the reader, so the next message would be refused
    too; the outcome is then at worst deferred. `is_closed`: the connection is unusable.
    `is_untouched`: it was closed before the message itself was sent, so the server has nothing of
    it, and a new connection may do.
    """

    outcome: DeliveryOutcome
    code: int = 0
    enhanced: str = ""
    text: str = ""
    is_ours: bool = False
    is_closed: bool = False
    is_untouched: bool = False

    @property
    def is_accepted(self) -> bool:
        return self.outcome is DeliveryOutcome.ACCEPTED

    @property
    def said(self) -> str:
        return f"{self.code or ''} {self.text}".strip()


def interpret(step: SmtpStep, reply: Reply, recipient: str, *, is_closed: bool = False) -> Answer:
    """Return what the reply to a step means: a refusal, or the acceptance of the message."""
    found = ENHANCED.findall(reply.text)
    about_us = (each for each in found if ABOUT_US.fullmatch(each))
    is_ours = reply.is_refusal and (step is SmtpStep.SENDER or _is_about_us(reply.code, reply.text))
    outcome = DeliveryOutcome.FAILED
    if step is SmtpStep.MESSAGE and step.accepts(reply.code):
        outcome = DeliveryOutcome.ACCEPTED
    elif is_ours or reply.code // 100 == 4:
        outcome = DeliveryOutcome.DEFERRED
    return Answer(
        outcome=outcome,
        code=reply.code,
        enhanced=next(chain(about_us, found), ""),  # the first about us, otherwise the first
        text=redact_addresses(reply.text, recipient),
        is_ours=is_ours,
        is_closed=is_closed,
        is_untouched=reply.code == CLOSING and step is not SmtpStep.MESSAGE,
    )


def _is_about_us(code: int, text: str) -> bool:
    """Return whether a refusal is about us and not about the reader."""
    if code == CLOSING or code in LOG_IN or code in PROTOCOL:
        return True
    found = ENHANCED.findall(text)
    if any(ABOUT_US.fullmatch(each) for each in found):
        return True
    is_about_reader = any(ABOUT_THE_READER.fullmatch(each) for each in found)
    return code // 100 == 5 and not is_about_reader and has_words_about_us(text)


def has_words_about_us(text: str) -> bool:
    """Return whether the words of a permanent refusal are about us and not about the reader."""
    words = " ".join(URL.sub(" ", ADDRESS.sub(" ", text)).split())
    if SENDER_VERIFICATION.search(words):
        return True
    return not WORDS_ABOUT_THE_READER.search(words) and bool(WORDS_ABOUT_US.search(words))


def first_refusal(replies: dict[SmtpStep, Reply]) -> tuple[SmtpStep, Reply] | None:
    """Return the first negative reply, which contains the reason; None without one."""
    return next(((s, r) for s, r in replies.items() if not s.accepts(r.code)), None)


def redact_addresses(text: str, recipient: str = "") -> str:
    """Shorten a reply for tables and logs, without addresses and the recipient's name."""
    text = ADDRESS.sub("…", UNPRINTABLE.sub(" ", text))
    local = recipient.rpartition("@")[0]
    # Most replies do not name the reader, and a pattern for one reader is slow to compile.
    if local and local.casefold() in text.casefold():
        text = re.sub(rf"(?<!\w){re.escape(local)}(?!\w)", "…", text, flags=re.IGNORECASE)
    return " ".join(text.split())[:TEXT_KEPT]
