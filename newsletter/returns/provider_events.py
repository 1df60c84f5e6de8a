"""A provider's event in Anymail's words, which we map to ours here, and nowhere else. Pure."""

import json
from typing import Any

from newsletter.mailing.smtp.answers import redact_addresses
from newsletter.models import MailEvent
from newsletter.returns.reports import OUR_ID, Report
from newsletter.returns.wording import kind_of, status_of

Kind = MailEvent.Kind

# The types of events that we take; a bounce is judged by its words. Deliveries, delays, openings
# and clicks are not stored at all.
KINDS = {
    "bounced": None,
    "rejected": None,
    "failed": Kind.POLICY,
    "complained": Kind.COMPLAINT,
    "unsubscribed": Kind.LEAVE,
    "unknown": Kind.UNKNOWN,
}
# Reasons of bounces and rejections whose words do not tell. “bounced” of a rejection: the provider
# knows the address from an earlier bounce.
REASONS = {
    "invalid": Kind.HARD,
    "timed_out": Kind.SOFT,
    "blocked": Kind.POLICY,
    "spam": Kind.POLICY,
    "unsubscribed": Kind.LEAVE,
}
# How providers themselves call a bounce, in these fields of their events.
NAMED_IN = ("event", "type", "Type", "severity")
HARD = ("hard", "permanent")
# Our names of what is kept of an event, and Anymail's.
KEPT = {
    "type": "event_type", "reason": "reject_reason", "answer": "mta_response",
    "description": "description", "recipient": "recipient", "message_id": "message_id",
    "metadata": "metadata", "event": "esp_event",
}  # fmt: skip


def keep(event: Any) -> bytes:
    """Return what is stored of an Anymail event: our selection, and the provider's own fields."""
    kept = {name: getattr(event, field) for name, field in KEPT.items()}
    return json.dumps(kept, default=str, sort_keys=True).encode()


def read_event(raw: bytes) -> Report:
    """Judge a stored event, which the provider's signature proves."""
    kept = json.loads(raw)
    answer = f"{kept['answer'] or ''} {kept['description'] or ''}"
    delivery = str((kept["metadata"] or {}).get("delivery", ""))
    return Report(
        KINDS[kept["type"]] or _kind(kept, answer),
        status_of(answer),
        redact_addresses(answer, kept["recipient"] or ""),
        delivery_id=int(delivery) if delivery.isdecimal() else None,
        message_ids=tuple(OUR_ID.findall(f"<{str(kept['message_id']).strip('<>')}>")),
        addresses=(kept["recipient"] or "",),
        is_proven=True,
    )


def _kind(kept: dict[str, Any], answer: str) -> MailEvent.Kind:
    reason, is_rejected = kept["reason"], kept["type"] == "rejected"
    found = REASONS.get(reason) if is_rejected else None
    if found := found or kind_of(answer, is_answer=True) or REASONS.get(reason):
        return found
    fields = kept["event"] if isinstance(kept["event"], dict) else {}
    called = f"{answer} {' '.join(str(fields.get(name, '')) for name in NAMED_IN)}".lower()
    is_hard = (is_rejected and reason == "bounced") or any(word in called for word in HARD)
    return Kind.HARD if is_hard else Kind.SOFT
