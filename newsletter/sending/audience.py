"""Who receives an issue, and who is excluded for which reason.

Candidates are all readers who confirmed and have not left. Candidates = recipients + excluded,
because all three numbers come from one read of the tables.
"""

from dataclasses import dataclass, field
from typing import Any

from django.db import connection
from django.db.models import Case, Count, Exists, OuterRef, Q, QuerySet, Value, When
from django.db.models.functions import StrIndex, Substr

from newsletter.models import Issue, Newsletter, Subscriber, Subscription, Suppression

# The columns of a new row in the ledger that do not get their default.
FILLED = "issue_id, subscription_id, subscriber_id, domain"


@dataclass(frozen=True)
class Audience:
    candidates: int
    recipients: int
    # Readers by reason: "paused", "bounced", "complained", "suppressed"; none with 0.
    excluded: dict[str, int] = field(default_factory=dict)


def count_audience(newsletter: Newsletter) -> Audience:
    """Return how many readers would receive an issue of this newsletter now; writes nothing."""
    counted = _candidates(newsletter).values("reason").annotate(Count("pk")).order_by()
    return _audience(dict(counted.values_list("reason", "pk__count")))


def fill_ledger(issue: Issue) -> Audience:
    """Insert one delivery for each recipient without loading them; return how many."""
    key = "subscriber__address_key"
    domain = Substr(key, StrIndex(key, Value("@")) + 1)
    rows = _candidates(issue.newsletter).order_by()
    rows = rows.values_list("reason", Value(issue.pk), "pk", "subscriber_id", domain)
    selected, values = rows.query.get_compiler(connection=connection).as_sql()
    candidates = f"WITH candidate (reason, {FILLED}) AS MATERIALIZED ({selected})"
    insert = f"INSERT INTO newsletter_delivery ({FILLED}) SELECT {FILLED} FROM candidate WHERE reason = ''"  # noqa: E501,S608
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # One statement counts and inserts: readers come and go between two statements.
            counts = "SELECT reason, COUNT(*) FROM candidate GROUP BY reason"
            cursor.execute(f"{candidates}, filled AS ({insert}) {counts}", values)
            return _audience(dict(cursor.fetchall()))
        # SQLite has one writer at a time, so both statements read the same rows.
        cursor.execute(f"{candidates} {insert}", values)
    return count_audience(issue.newsletter)


def _audience(by_reason: dict[str, int]) -> Audience:
    excluded = {reason: by_reason[reason] for reason in sorted(by_reason) if reason}
    recipients = by_reason.get("", 0)
    return Audience(recipients + sum(excluded.values()), recipients, excluded)


def _candidates(newsletter: Newsletter) -> QuerySet[Any, Any]:
    suppressed = Suppression.objects.filter(
        Q(newsletter=None) | Q(newsletter=newsletter),
        address_hash=OuterRef("subscriber__address_hash"),
    )
    status = Subscription.Status
    reason = Case(
        When(status=status.PAUSED, then=Value("paused")),
        When(subscriber__status=Subscriber.Status.COMPLAINED, then=Value("complained")),
        When(subscriber__status=Subscriber.Status.BOUNCED, then=Value("bounced")),
        When(Exists(suppressed), then=Value("suppressed")),
        default=Value(""),
    )
    readers = newsletter.subscriptions.filter(status__in=[status.ACTIVE, status.PAUSED])
    return readers.annotate(reason=reason)
