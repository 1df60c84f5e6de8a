"""What a mail server's answer means for one message, and whose fault it is."""

import re
from dataclasses import dataclass
from enum import Enum, StrEnum

TEXT_KEPT = 200
CLOSING = 421  # the server is about to hang up (RFC 5321, 3.8)
# They ask for another log-in or for encryption (RFC 4954, 4 and 6).
LOG_IN = {530, 534, 535, 538}
# They do not understand our commands (RFC 5321, 4.2.2). 501 is left out: servers also give it
# for the address of a reader.
PROTOCOL = {500, 502, 503, 504}
# The enhanced status code that begins an answer (RFC 2034).
ENHANCED = re.compile(r"\s*([245]\.\d{1,3}\.\d{1,3})\b")
# Of permanent ones, those about us (RFC 3463, 3): our sender's address, a message too big for
# the whole server, content, security and policy.
ABOUT_US = re.compile(r"5\.(1\.[78]|3\.4|[67]\.\d{1,3})")
ADDRESS = re.compile(r"\S*@\S*")
UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


class Outcome(StrEnum):
    ACCEPTED = "accepted"
    DEFERRED = "deferred"  # nothing reached the reader; another time may do
    FAILED = "failed"
    UNKNOWN = "unknown"  # it may have been taken, and it may not


class Step(Enum):
    """What an answer was given to: its name, and the first digit that lets us go on."""

    SENDER = ("from", 2)
    RECIPIENT = ("to", 2)
    DATA = ("data", 3)
    MESSAGE = ("message", 2)

    def lets_on(self, code: int) -> bool:
        return code // 100 == self.value[1]


@dataclass(frozen=True, slots=True)
class Reply:
    """A server's answer: its code, and the text of its lines."""

    code: int
    text: str

    @property
    def is_refusal(self) -> bool:
        return self.code // 100 in (4, 5)


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of one message.

    `code` and `enhanced` (such as 5.1.1) are the server's, 0 and "" where it said nothing. `text`
    has no address in it and at most 200 characters. `is_ours`: the server has something against
    us (log-in, sender, reputation, or it is closing), so the reader is not to blame and the next
    message would fare no better; such a refusal is never more than deferred. `is_closed`: the
    connection is of no more use.
    """

    outcome: Outcome
    code: int = 0
    enhanced: str = ""
    text: str = ""
    is_ours: bool = False
    is_closed: bool = False


def judge(step: Step, reply: Reply, recipient: str, *, is_closed: bool = False) -> Answer:
    """Say what an answer to one step means: a refusal, or the yes after the whole message."""
    is_ours = reply.is_refusal and (step is Step.SENDER or is_about_us(reply.code, reply.text))
    return Answer(
        outcome=_outcome(step, reply, is_ours),
        code=reply.code,
        enhanced=_enhanced(reply.text),
        text=without_addresses(reply.text, recipient),
        is_ours=is_ours,
        is_closed=is_closed,
    )


def is_about_us(code: int, text: bytes | str) -> bool:
    """Tell whether a refusal is of us, not of the reader."""
    if isinstance(text, bytes):
        text = text.decode("ascii", "replace")
    if code == CLOSING or code in LOG_IN or code in PROTOCOL:
        return True
    return ABOUT_US.fullmatch(_enhanced(text)) is not None


def first_refusal(replies: dict[Step, Reply]) -> tuple[Step, Reply] | None:
    """Return the first answer that does not let us go on, which is the one that says why."""
    return next(((s, r) for s, r in replies.items() if not s.lets_on(r.code)), None)


def without_addresses(text: str, recipient: str = "") -> str:
    """Shorten an answer for keeping: whom it speaks of stays out of tables and logs."""
    text = ADDRESS.sub("…", UNPRINTABLE.sub(" ", text))
    local = recipient.rpartition("@")[0]
    if local:
        text = re.sub(rf"(?<!\w){re.escape(local)}(?!\w)", "…", text, flags=re.IGNORECASE)
    return " ".join(text.split())[:TEXT_KEPT]


def _outcome(step: Step, reply: Reply, is_ours: bool) -> Outcome:
    if step is Step.MESSAGE and step.lets_on(reply.code):
        return Outcome.ACCEPTED
    if is_ours or reply.code // 100 == 4:
        return Outcome.DEFERRED
    return Outcome.FAILED


def _enhanced(text: str) -> str:
    found = ENHANCED.match(text)
    return found[1] if found else ""
