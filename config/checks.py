"""System checks: misconfiguration is reported at start, with an id."""

import re
from typing import Any

from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Tags, register


@register(Tags.security, deploy=True)
def check_keys(**kwargs: Any) -> list[CheckMessage]:
    """Require separate keys for links in mail and suppressions, which outlive SECRET_KEY."""
    keys = [*settings.LINK_KEYS.values(), settings.ADDRESS_KEY, settings.SECRET_KEY]
    messages: list[CheckMessage] = []
    if len(set(keys)) < len(keys):
        messages.append(
            checks.Error("SECRET_KEY, LINK_KEYS and ADDRESS_KEY share a secret.", id="config.E001")
        )
    if any(key.startswith("only-for-development") for key in keys):
        messages.append(checks.Error("A key is still the one for development.", id="config.E002"))
    if not settings.ADMINS:
        messages.append(
            checks.Warning(
                "OPERATORS is empty: no person would hear of a failure.",
                hint="Set OPERATORS to one or more mail addresses.",
                id="config.W001",
            )
        )
    if not settings.CONTACT:
        messages.append(
            checks.Warning(
                "CONTACT is empty: publishers such as the SEC refuse requests without one.",
                hint="Set CONTACT to a mail address; it is in the User-Agent of the site.",
                id="config.W003",
            )
        )
    elif not re.fullmatch(r"[\x21-\x7e]{3,200}", settings.CONTACT):
        messages.append(checks.Error("CONTACT is not a mail address or a link.", id="config.E003"))
    if settings.HAS_HTTPS and not settings.TRUSTED_PROXIES:
        messages.append(
            checks.Warning(
                "SITE_URL is https and TRUSTED_PROXIES is 0: behind a proxy that ends TLS every "
                "request would be redirected to https for ever.",
                hint="Set TRUSTED_PROXIES to how many of your proxies are in front.",
                id="config.W002",
            )
        )
    return messages
