"""The first mail after confirming: that it worked, when the next issue comes, and the latest one.

It goes through the outbox: at most once, and never against a suppression that came in between.
"""

from django.utils import timezone

from newsletter.issues.rendering import mail_context
from newsletter.issues.rendering.editions import edition
from newsletter.mailing import signed_links
from newsletter.mailing.messages import Content, Letter, build
from newsletter.models import Issue, OutboxMail, Subscription

# Not one that was stopped in the middle: there is something wrong with it.
GOOD = (Issue.Status.SENDING, Issue.Status.SENT)


def letter(mail: OutboxMail) -> Letter | None:
    """Write the welcome; not to readers who have left or paused meanwhile."""
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
    return build(subscription, Content(f"Welcome to {newsletter.name}", template, filled))


def _latest(subscription: Subscription) -> Issue | None:
    """Return the newest issue that does not come to this reader anyway."""
    sent = subscription.newsletter.issues.in_archive().filter(status__in=GOOD)
    mine = subscription.subscriber.deliveries.values("issue")
    return sent.exclude(pk__in=mine).select_related("newsletter").first()
