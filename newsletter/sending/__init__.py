"""Sending an issue: from its approval to the last reader, nobody twice and nobody left out.

The ledger (models.Delivery) is the truth; everything here only moves its rows. `launch` freezes an
issue, fills the ledger and lets it go on, `pump` and `lanes` work it off, `decisions` stops it,
`states`, `limits` and `breaker` have the rules as pure functions, `arming` keeps copies of the
database silent, and `audit` checks what we promise.
"""

from newsletter.sending.arming import NotArmed
from newsletter.sending.decisions import cancel, pause
from newsletter.sending.launch import keep_going, resend_unknown, resume, start_due, start_now

__all__ = [
    "NotArmed",
    "cancel",
    "keep_going",
    "pause",
    "resend_unknown",
    "resume",
    "start_due",
    "start_now",
]
