"""When sending stops itself: something is wrong with us, and going on makes it worse."""

from dataclasses import dataclass

from newsletter.models import Delivery, Snapshot

State = Delivery.State

MOST_FAILURES_IN_ROW = 20
MOST_FAILED = 5  # of a hundred that were decided
FEWEST_FAILED = 10  # a list of thirty does not stop for two dead mailboxes
MOST_COMPLAINED = 3  # of a thousand that were accepted
FEWEST_COMPLAINED = 3
MOST_POLICY_DOMAINS = 1


@dataclass(frozen=True)
class Counts:
    """What became of an issue since a person last looked. Accepted may be less than it is."""

    accepted: int
    failed: int
    complained: int
    policy_domains: tuple[str, ...] = ()


def reason(counts: Counts) -> str:
    """Say why to stop, or "". Pure."""
    decided = counts.accepted + counts.failed
    if len(counts.policy_domains) > MOST_POLICY_DOMAINS:
        domains = ", ".join(counts.policy_domains)
        return f"Refused by policy (5.7.x) at {domains}. Ask the mail server's log what for."
    if counts.failed >= FEWEST_FAILED and counts.failed * 100 >= MOST_FAILED * decided:
        return f"{counts.failed} of {decided} messages were refused for good."
    if (
        counts.complained >= FEWEST_COMPLAINED
        and counts.complained * 1000 >= MOST_COMPLAINED * counts.accepted
    ):
        return f"{counts.complained} of {counts.accepted} readers called it spam."
    return ""


def look(snapshot: Snapshot) -> str:
    """Count what matters and say why to stop, or "".

    Of the accepted, no more are counted than it takes to say that all is well.
    """
    rows = Delivery.objects.filter(issue=snapshot.issue_id, settled_at__gt=snapshot.judged_from)
    failed = rows.filter(state=State.FAILED).count()
    complained = rows.filter(state=State.COMPLAINED).count()
    enough = max(failed * 100 // MOST_FAILED, complained * 1000 // MOST_COMPLAINED) + 1
    some = rows.filter(state__in=[State.ACCEPTED, State.BOUNCED, State.COMPLAINED]).order_by()
    accepted = some[:enough].count() if failed or complained else 0
    refused = rows.filter(state__in=[State.DEFERRED, State.FAILED], enhanced__startswith="5.7.")
    domains = refused.order_by("domain").values_list("domain", flat=True).distinct()
    return reason(Counts(accepted, failed, complained, tuple(domains[:3])))
