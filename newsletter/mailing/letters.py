"""What our single mails say. Nothing in them was typed by whoever asked for them."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.urls import Resolver404, resolve, reverse
from django.utils import timezone

from newsletter.mailing import signed_links
from newsletter.mailing.messages import Content, Letter, build, build_for_stranger
from newsletter.models import ConfirmationToken, SignupRequest, Subscription
from newsletter.subscribers.tokens import CONFIRM_DAYS

# The pages a form stands on, by the names of their addresses. A closed list: the form says where
# it stood, so its word may choose from our words but not bring its own.
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
# Readers' own pages, whose addresses are kept without the secret part.
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


def confirmation(subscription: Subscription, token: str, request: SignupRequest) -> Letter:
    """Ask whether it was he who asked."""
    name = subscription.newsletter.name
    context = {
        "confirm_url": signed_links.absolute(reverse("newsletter:confirm", args=[token])),
        "refuse_url": signed_links.refuse_url(subscription.pk),
        "asked_at": _moment(request.requested_at),
        "asked_on": page_name(request.source_page),
        "host": settings.SITE_HOST,
        "days": CONFIRM_DAYS,
    }
    return build(subscription, Content(f"Please confirm: {name}", "confirm", context))


def own_data(token: ConfirmationToken, text: str) -> Letter:
    """Mail the link by which a reader changes, downloads or erases what we keep about him."""
    purpose = ConfirmationToken.Purpose(token.purpose)
    subject, template = OWN_DATA[purpose]
    context = _link_context(token, text)
    if token.new_address:
        content = Content("Is this your new address?", "new_address", context)
        return build_for_stranger(token.subscription, content, to=token.new_address)
    return build(token.subscription, Content(subject, template, context))


def change_note(token: ConfirmationToken) -> Letter:
    """Tell the old address that a new one is about to take its place."""
    context = {
        "asked_at": _moment(token.created_at),
        "preferences_url": signed_links.preferences_url(token.subscription_id),
    }
    content = Content("Your address is changing", "change_note", context)
    return build(token.subscription, content, to=token.note_to)


def _link_context(token: ConfirmationToken, text: str) -> dict[str, Any]:
    path = reverse("newsletter:mailed_link", args=[text])
    return {
        "link_url": signed_links.absolute(path),
        "asked_at": _moment(token.created_at),
        "minutes": 30,
    }


def _moment(at: datetime) -> str:
    local = timezone.localtime(at)
    return f"{local:%B} {local.day}, {local:%Y at %H:%M %Z}"
