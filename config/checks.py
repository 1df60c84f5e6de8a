"""Misconfiguration is said at start, by an id, not found at midnight."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register

LOCAL_HOSTS = {"127.0.0.1", "localhost", "::1", "testserver"}


@register(Tags.security)
def check_debug_is_local(**kwargs: Any) -> list[CheckMessage]:
    """A development site with a public address would show its settings to strangers."""
    if settings.DEBUG and settings.SITE_HOST not in LOCAL_HOSTS:
        return [
            Error(
                f"DEBUG is on, but SITE_URL is {settings.SITE_URL}.",
                hint="Set DEBUG=0 on a site that others can reach.",
                id="config.E001",
            )
        ]
    return []


@register(Tags.security, deploy=True)
def check_keys(**kwargs: Any) -> list[CheckMessage]:
    """Links in old mail and the suppression list outlive SECRET_KEY: they have their own keys."""
    keys = [*settings.LINK_KEYS.values(), settings.ADDRESS_KEY, settings.SECRET_KEY]
    messages: list[CheckMessage] = []
    if len(set(keys)) < len(keys):
        messages.append(
            Error("SECRET_KEY, LINK_KEYS and ADDRESS_KEY share a secret.", id="config.E002")
        )
    if any(key.startswith("only-for-development") for key in keys):
        messages.append(Error("A key is still the one for development.", id="config.E003"))
    if not settings.ADMINS:
        messages.append(
            Warning(
                "OPERATORS is empty: nobody would hear of a failure.",
                hint="Set OPERATORS to one or more mail addresses.",
                id="config.W001",
            )
        )
    return messages
