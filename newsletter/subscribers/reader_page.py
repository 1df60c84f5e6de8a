"""What a reader's own page shows: newsletters to switch on and off, and what was sent to them."""

from collections.abc import Iterator
from dataclasses import dataclass

from newsletter.models import Delivery, Issue, Newsletter, Subscriber, Subscription, Suppression
from newsletter.subscribers import subscriptions

State = Delivery.State

MOST_SENT = 20
ON_ITS_WAY = "on its way"
# For readers: what became of an issue that was to be sent to them.
WORDS = {
    State.QUEUED: ON_ITS_WAY,
    State.CLAIMED: ON_ITS_WAY,
    State.HANDING_OVER: ON_ITS_WAY,
    State.DEFERRED: "on its way: your mail server asked us to try again later",
    State.ACCEPTED: "your mail server took it",
    State.BOUNCED: "your mail server took it and sent it back",
    State.COMPLAINED: "your mail server took it, and it was reported as spam",
    State.FAILED: "your mail server refused it",
    State.SKIPPED: "not sent",
    State.UNKNOWN: "perhaps sent: the connection to the mail server broke",
}


@dataclass(frozen=True)
class Choice:
    """A newsletter, the reader's subscription to it if there is one, and what they may do."""

    newsletter: Newsletter
    own: Subscription | None
    is_on: bool
    may_join: bool
    can_undo: bool


def choices(reader: Subscriber) -> Iterator[Choice]:
    """Yield a choice for each newsletter."""
    rows = reader.subscriptions.select_related("subscriber", "newsletter")
    by_newsletter = {each.newsletter_id: each for each in rows}
    found = Suppression.objects.filter(address_hash=reader.address_hash)
    suppressed = set(found.values_list("newsletter", flat=True))
    for newsletter in Newsletter.objects.all():
        own = by_newsletter.get(newsletter.pk)
        is_on = own is not None and own.is_on
        yield Choice(
            newsletter=newsletter,
            own=own,
            is_on=is_on,
            may_join=not is_on and not suppressed & {None, newsletter.pk},
            can_undo=own is not None and subscriptions.can_undo(own),
        )


def sent_issues(reader: Subscriber) -> list[tuple[Issue, str]]:
    """Return the newest issues that were to go to a reader, each with the result in words."""
    rows = reader.deliveries.select_related("issue__newsletter").order_by("-pk")
    return [(row.issue, WORDS[State(row.state)]) for row in rows[:MOST_SENT]]
