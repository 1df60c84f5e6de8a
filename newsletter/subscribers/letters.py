"""What the single mails to readers say. Nothing in them was typed by the person who asked for them.

Each function writes one kind of mail for the outbox, in the transaction in which it is claimed.
"""

from datetime import datetime

from django.conf import settings
from django.urls import Resolver404, resolve, reverse
from django.utils import timezone

from config.site import absolute
from newsletter.mailing import signed_links
from newsletter.mailing.messages import Content, Letter, build, build_for_stranger
from newsletter.models import ConfirmationToken, ConsentEvent, OutboxMail, Subscriber
from newsletter.subscribers import subscriptions, tokens
from newsletter.subscribers.subscriptions import LinkState

# The pages with a signup form, by the names of their addresses. A closed list: the form says which
# page it was on, so it may choose from our words but not bring its own.
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
# Readers' own pages: their addresses are kept without the secret part.
CONFIRMATION_PAGE = "/newsletter/confirm/"
PREFERENCES_PAGE = "/u/preferences"
OWN_PAGES = {
    CONFIRMATION_PAGE: "the confirmation page",
    PREFERENCES_PAGE: "your preferences page",
}
OWN_DATA = {
    ConfirmationToken.Purpose.CHANGE: ("Change your address", "change_address"),
    ConfirmationToken.Purpose.EXPORT: ("Download your data", "export"),
    ConfirmationToken.Purpose.ERASE: ("Erase your data", "erase"),
}


def page_name(path: str) -> str:
    """Say in our words which of our pages a path is; "" for any other."""
    if path in OWN_PAGES:
        return OWN_PAGES[path]
    try:
        return PAGES.get(resolve(path).view_name, "")
    except Resolver404:
        return ""


def confirmation(mail: OutboxMail) -> Letter | None:
    """Ask whether it was the reader who asked; not where pressing the button would do nothing."""
    token, subscription = _token(mail), mail.subscription
    has_complained = subscription.subscriber.status == Subscriber.Status.COMPLAINED
    if has_complained or subscriptions.link_state(token) is not LinkState.OPEN:
        return None
    # The newest request that the link can be for.
    asked = subscription.consent_events.filter(
        kind=ConsentEvent.Kind.REQUESTED, at__lte=token.created_at
    ).last()
    name = subscription.newsletter.name
    path = reverse("newsletter:confirm", args=[tokens.give_text(token)])
    context = {
        "confirm_url": absolute(path),
        "refuse_url": signed_links.refuse_url(subscription.pk),
        "asked_at": _moment(token.created_at),
        "asked_on": page_name(asked.source_page) if asked else "",
        "host": settings.SITE_HOST,
        "days": tokens.CONFIRM_DAYS,
    }
    return build(subscription, Content(f"Please confirm: {name}", "confirm", context))


def own_data(mail: OutboxMail) -> Letter:
    """Mail the link by which readers change, download or erase what we keep about them."""
    token = _token(mail)
    path = reverse("newsletter:mailed_link", args=[tokens.give_text(token)])
    context = {
        "link_url": absolute(path),
        "asked_at": _moment(mail.created_at),
        "minutes": tokens.OWN_DATA_MINUTES,
    }
    if token.new_address:
        content = Content("Is this your new address?", "new_address", context)
        return build_for_stranger(mail.subscription, content, to=mail.address)
    subject, template = OWN_DATA[ConfirmationToken.Purpose(token.purpose)]
    return build(mail.subscription, Content(subject, template, context))


def change_note(mail: OutboxMail) -> Letter:
    """Tell the old address that a new one is about to replace it."""
    context = {
        "asked_at": _moment(mail.created_at),
        "preferences_url": signed_links.preferences_url(mail.subscription_id),
    }
    content = Content("Your address is changing", "change_note", context)
    return build(mail.subscription, content, to=mail.address)


def _token(mail: OutboxMail) -> ConfirmationToken:
    assert mail.token  # noqa: S101 (outbox_mail_token_by_kind)
    mail.token.subscription = mail.subscription
    return mail.token


def _moment(at: datetime) -> str:
    local = timezone.localtime(at)
    return f"{local:%B} {local.day}, {local:%Y at %H:%M %Z}"
