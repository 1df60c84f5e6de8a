"""The first mail after confirming: when the next issue comes, and the latest issue.

The outbox sends it at most once, and not if the address was suppressed meanwhile.
"""

from django.utils import timezone

from newsletter.issues.rendering import mail_context
from newsletter.issues.rendering.editions import edition
from newsletter.mailing import signed_links
from newsletter.mailing.messages import Letter, build_letter
from newsletter.models import Issue, OutboxMail, Subscription

# An issue whose sending was stopped may contain an error, so it is not included.
GOOD = (Issue.Status.SENDING, Issue.Status.SENT)


def write_welcome(mail: OutboxMail) -> Letter | None:
    """Write the welcome; None for readers who have unsubscribed or paused meanwhile."""
    subscription, newsletter = mail.subscription, mail.subscription.newsletter
    if not Subscription.objects.mailable().filter(pk=subscription.pk).exists():
        return None
    link = signed_links.leave_link(subscription.pk)
    latest = _latest(subscription)
    filled = {
        **mail_context(newsletter, edition(latest) if latest else None, link),
        "next_on": newsletter.next_slot(timezone.now()).date(),
    }
    template = "welcome" if latest else "welcome_alone"
    return build_letter(subscription, f"Welcome to {newsletter.name}", template, filled)


def _latest(subscription: Subscription) -> Issue | None:
    """Return the newest issue that this reader does not get anyway."""
    sent = subscription.newsletter.issues.in_archive().filter(status__in=GOOD)
    mine = subscription.subscriber.deliveries.values("issue")
    return sent.exclude(pk__in=mine).select_related("newsletter").first()
