"""Writes the single mails to readers. They contain no text from the person who asked for them.

Each function writes one kind of mail, in the transaction that claims it in the outbox.
"""

from datetime import datetime

from django.conf import settings
from django.urls import Resolver404, resolve, reverse
from django.utils import timezone
from django.utils.text import get_text_list

from config.site import absolute
from newsletter.issues.rendering import mail_context
from newsletter.issues.rendering.editions import edition
from newsletter.mailing import signed_links
from newsletter.mailing.messages import Letter, build_letter
from newsletter.models import (
    ConfirmationToken,
    ConsentEvent,
    Issue,
    OutboxMail,
    Subscriber,
    Subscription,
)
from newsletter.subscribers import address_change, subscriptions, tokens
from newsletter.subscribers.subscriptions import LinkState

# The pages with a signup form, by view name. The form says which page it was on; with this closed
# list it can choose among our texts but not bring its own.
PAGES = {
    "glossary:home": "the front page",
    "glossary:index": "the glossary",
    "glossary:term": "a page of the glossary",
    "newsletter:archive": "the newsletter’s page",
    "newsletter:issue": "an issue of the newsletter",
    "newsletter:subscribe": "the subscription page",
    "about": "the About page",
    "privacy": "the Privacy page",
}
# Readers' own pages, whose paths are stored without the secret part.
CONFIRMATION_PAGE = "/newsletter/confirm/"
PREFERENCES_PAGE = "/u/preferences"
OWN_PAGES = {CONFIRMATION_PAGE: "the confirmation page", PREFERENCES_PAGE: "your preferences page"}
# What begins the page of a reader whom an import asks; its number follows.
IMPORT_PAGE = "import "
OWN_DATA = {
    ConfirmationToken.Purpose.CHANGE: ("Change your address", "change_address"),
    ConfirmationToken.Purpose.EXPORT: ("Download your data", "export"),
    ConfirmationToken.Purpose.ERASE: ("Erase your data", "erase"),
}


def page_name(path: str) -> str:
    """Return our name for one of our pages; "" for any other path."""
    if path in OWN_PAGES:
        return OWN_PAGES[path]
    try:
        return PAGES.get(resolve(path).view_name, "")
    except Resolver404:
        return ""


def write_confirmation(mail: OutboxMail) -> Letter | None:
    """Return the mail that asks to confirm; None if the link would do nothing."""
    token, subscription = _token(mail), mail.subscription
    has_complained = subscription.subscriber.status == Subscriber.Status.COMPLAINED
    link = subscriptions.confirmation_link(token)
    if has_complained or link.state is not LinkState.OPEN:
        return None
    # The newest request before the link was made.
    asked = subscription.consent_events.filter(
        kind=ConsentEvent.Kind.REQUESTED, at__lte=token.created_at
    ).last()
    newsletters = [each.newsletter for each in link.subscriptions]
    names = get_text_list([each.name for each in newsletters], "and")
    path = reverse("newsletter:confirm", args=[tokens.give_new_text(token)])
    context = {
        "newsletters": newsletters,
        "names": names,
        "confirm_url": absolute(path),
        "refuse_url": signed_links.refuse_url(subscription.pk),
        "asked_at": _moment(token.created_at),
        "asked_on": page_name(asked.source_page) if asked else "",
        "is_imported": bool(asked and asked.source_page.startswith(IMPORT_PAGE)),
        "host": settings.SITE_HOST,
        "days": tokens.CONFIRM_DAYS,
    }
    return build_letter(subscription, f"Please confirm: {names}", "confirm", context)


def write_welcome(mail: OutboxMail) -> Letter | None:
    """Return the welcome mail; None for readers who have unsubscribed or paused meanwhile."""
    subscription, newsletter = mail.subscription, mail.subscription.newsletter
    if not Subscription.objects.mailable().filter(pk=subscription.pk).exists():
        return None
    link = signed_links.leave_link(subscription.pk)
    # Not one whose sending was stopped, which may contain an error, or that they get anyway.
    sent = newsletter.issues.in_archive().filter(
        status__in=[Issue.Status.SENDING, Issue.Status.SENT]
    )
    others = sent.exclude(pk__in=subscription.subscriber.deliveries.values("issue"))
    latest = others.select_related("newsletter").first()
    filled = {
        **mail_context(newsletter, edition(latest) if latest else None, link),
        "next_on": newsletter.next_slot(timezone.now()).date(),
    }
    template = "welcome" if latest else "welcome_alone"
    return build_letter(subscription, f"Welcome to {newsletter.name}", template, filled)


def write_own_data(mail: OutboxMail) -> Letter | None:
    """Return the mail with a link to own data; None if a new address may not be asked."""
    token = _token(mail)
    if token.new_address and not address_change.may_ask(token, mail.attempts):
        return None
    path = reverse("newsletter:mailed_link", args=[tokens.give_new_text(token)])
    context = {
        "link_url": absolute(path),
        "asked_at": _moment(mail.created_at),
        "minutes": tokens.OWN_DATA_MINUTES,
    }
    if token.new_address:
        return build_letter(
            mail.subscription,
            "Is this your new address?",
            "new_address",
            context,
            to=mail.address,
            is_to_stranger=True,
        )
    subject, template = OWN_DATA[ConfirmationToken.Purpose(token.purpose)]
    return build_letter(mail.subscription, subject, template, context)


def write_change_note(mail: OutboxMail) -> Letter:
    """Return the note to the old address that a new one will replace it."""
    context = {
        "asked_at": _moment(mail.created_at),
        "preferences_url": signed_links.preferences_url(mail.subscription_id),
    }
    return build_letter(
        mail.subscription, "Your address is changing", "change_note", context, to=mail.address
    )


def _token(mail: OutboxMail) -> ConfirmationToken:
    assert mail.token  # noqa: S101 (outbox_mail_token_by_kind)
    mail.token.subscription = mail.subscription
    return mail.token


def _moment(at: datetime) -> str:
    local = timezone.localtime(at)
    return f"{local:%B} {local.day}, {local:%Y at %H:%M %Z}"
