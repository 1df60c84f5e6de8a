"""Takes the mail server's own refusals of an issue as events: each is proof about its reader.

It waits until the issue is sent. Until then a row of refusals may turn out to be about us: sending
pauses itself, and those readers are deferred.
"""

import json
from datetime import timedelta

from django.db.models import Exists, OuterRef
from django.template.defaultfilters import pluralize
from django.utils import timezone

from newsletter.models import Delivery, Issue, MailEvent
from newsletter.models.ledger import DeliveryQuerySet
from newsletter.returns import intake

RECENT = timedelta(days=7)  # since the issue was finished
BATCH = 500


def take_refusals() -> str:
    """Store and judge the refusals of issues that are sent (a scheduled job)."""
    rows = list(_untaken()[:BATCH])
    for row in rows:
        kept = {"delivery": row.pk, "code": row.code, "enhanced": row.enhanced, "note": row.note}
        key = f"{row.pk}-{row.settled_at:%Y%m%d%H%M%S%f}"
        intake.take(intake.SMTP, key, json.dumps(kept).encode(), at=row.settled_at)
    return f"{len(rows)} refusal{pluralize(len(rows))} judged" if rows else ""


def _untaken() -> DeliveryQuerySet:
    taken = MailEvent.objects.filter(
        delivery=OuterRef("pk"), source=intake.SMTP, received_at__gte=OuterRef("settled_at")
    )
    recent = timezone.now() - RECENT
    sent = Issue.objects.filter(status=Issue.Status.SENT, snapshot__finished_at__gt=recent)
    failed = Delivery.objects.filter(issue__in=sent, state=Delivery.State.FAILED)
    return failed.filter(~Exists(taken), code__isnull=False, settled_at__isnull=False).order_by(
        "pk"
    )
