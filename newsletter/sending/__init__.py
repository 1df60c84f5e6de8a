"""Sending an issue: from its approval to the last reader, nobody twice and nobody left out.

The ledger (models.Delivery) is the truth; everything here only moves its rows. `starting` freezes
an issue and fills the ledger, `pump` and `lanes` work it off, `deciding` holds what people decide,
`states`, `limits` and `breaker` have the rules as pure functions, `arming` keeps copies of the
database silent, and `audit` checks what we promise.
"""

from newsletter.sending.arming import NotArmed
from newsletter.sending.decisions import cancel, pause, resend_unknown, resume
from newsletter.sending.launch import keep_going, start_due, start_now

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
