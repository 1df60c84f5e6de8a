"""When sending pauses itself: something is wrong on our side, and going on makes it worse."""

from dataclasses import dataclass

from newsletter.models import Delivery, MailEvent, Snapshot
from newsletter.models.ledger import ARRIVED

State = Delivery.State

MOST_FAILURES_IN_ROW = 20
MOST_FAILED = 5  # of 100 deliveries that were accepted or failed
FEWEST_FAILED = 10  # a list of 30 readers does not pause for two dead mailboxes
MOST_COMPLAINED = 3  # of 1,000 accepted deliveries
FEWEST_COMPLAINED = 3
MOST_POLICY_DOMAINS = 1


@dataclass(frozen=True)
class FailureCounts:
    """An issue's results since a person last resumed it; `accepted` may be too low."""

    accepted: int
    failed: int
    complained: int
    policy_domains: tuple[str, ...] = ()


def pause_reason(counts: FailureCounts) -> str:
    """Return why to pause, or "". Pure."""
    decided = counts.accepted + counts.failed
    if len(counts.policy_domains) > MOST_POLICY_DOMAINS:
        domains = ", ".join(counts.policy_domains)
        return f"Refused by policy (5.7.x) at {domains}. The mail server's log says why."
    if counts.failed >= FEWEST_FAILED and counts.failed * 100 >= MOST_FAILED * decided:
        return f"{counts.failed} of {decided} messages were refused for good."
    if (
        counts.complained >= FEWEST_COMPLAINED
        and counts.complained * 1000 >= MOST_COMPLAINED * counts.accepted
    ):
        return f"{counts.complained} of {counts.accepted} readers called it spam."
    return ""


def count_failures(snapshot: Snapshot) -> FailureCounts:
    """Return an issue's results; accepted messages are counted until they are enough not to pause.

    A message that came back because of us counts as the refusal that it would have been.
    """
    since = snapshot.judged_from
    rows = Delivery.objects.filter(issue=snapshot.issue_id, settled_at__gt=since)
    returned = MailEvent.objects.filter(
        delivery__issue=snapshot.issue_id,
        kind=MailEvent.Kind.POLICY,
        is_proven=True,
        received_at__gt=since,
    ).exclude(delivery__state=State.FAILED)
    failed = rows.filter(state=State.FAILED).count() + returned.count()
    complained = rows.filter(state=State.COMPLAINED).count()
    enough = max(failed * 100 // MOST_FAILED, complained * 1000 // MOST_COMPLAINED) + 1
    some = rows.filter(state__in=ARRIVED).order_by()
    accepted = some[:enough].count() if failed or complained else 0
    refused = rows.filter(state__in=[State.DEFERRED, State.FAILED], enhanced__startswith="5.7.")
    of_returned = returned.order_by().values_list("delivery__domain", flat=True)
    domains = refused.order_by().values_list("domain", flat=True).union(of_returned)
    return FailureCounts(accepted, failed, complained, tuple(sorted(domains[:3])))
