"""Sending an issue, from its approval to the last reader, exactly once to each.

The ledger (models.Delivery) is the source of truth. `launch` freezes an issue, fills the ledger and
resumes it; `pump` and `lanes` send; `decisions` pauses, cancels and finishes; `states`, `limits`
and `breaker` are the rules; `release` lets a restored database send again; `audit` checks what we
promise.
"""

from newsletter.mailing.arming import NotArmed
from newsletter.sending.decisions import cancel_issue, pause_issue
from newsletter.sending.launch import (
    keep_going,
    queue_failed,
    queue_returned,
    resend_all_unknown,
    resend_unknown,
    resume_issue,
    start_due,
    start_now,
)
