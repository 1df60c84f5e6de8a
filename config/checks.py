"""System checks: misconfiguration is reported at start, with an id."""

import re
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register

from config.static_files import uncollected

# Names that nobody can own (RFC 2606), which an example may use and a real site cannot.
RESERVED = re.compile(r"(?:^|[@.])(?:example(?:\.(?:com|net|org))?|test|invalid)\b(?![.-])", re.I)


@register(Tags.security, deploy=True)
def check_keys(**kwargs: Any) -> Iterator[CheckMessage]:
    """Require separate keys for links in mail and suppressions, which outlive SECRET_KEY."""
    keys = [*settings.LINK_KEYS.values(), settings.ADDRESS_KEY, settings.SECRET_KEY]
    if len(set(keys)) < len(keys):
        yield Error("SECRET_KEY, LINK_KEYS and ADDRESS_KEY share a secret.", id="config.E001")
    if any(key.startswith("only-for-development") for key in keys):
        yield Error("A key is still the one for development.", id="config.E002")
    if not settings.ADMINS:
        yield Warning(
            "OPERATORS is empty: no person would hear of a failure.",
            hint="Set OPERATORS to one or more mail addresses.",
            id="config.W001",
        )
    if not settings.CONTACT:
        yield Warning(
            "CONTACT is empty: publishers such as the SEC refuse requests without one.",
            hint="Set CONTACT to a mail address; it is in the User-Agent of the site.",
            id="config.W003",
        )
    elif not re.fullmatch(r"[\x21-\x7e]{3,200}", settings.CONTACT):
        yield Error("CONTACT is not a mail address or a link.", id="config.E003")
    if settings.HAS_HTTPS and not settings.TRUSTED_PROXIES:
        yield Warning(
            "SITE_URL is https and TRUSTED_PROXIES is 0: behind a proxy that ends TLS every "
            "request would be redirected to https for ever.",
            hint="Set TRUSTED_PROXIES to how many of your proxies are in front.",
            id="config.W002",
        )


@register(Tags.security, deploy=True)
def check_examples(**kwargs: Any) -> Iterator[CheckMessage]:
    """Name every setting that still has the value of an example."""
    names = ["SITE_URL", "MAIL_URL", "BULK_MAIL_URL", "CONTACT", "BOUNCE_DOMAIN", "LEAVE_ADDRESS"]
    texts = {name: getattr(settings, name) for name in names}
    texts |= {"MAIL_FROM": settings.DEFAULT_FROM_EMAIL, "OPERATORS": " ".join(settings.ADMINS)}
    if found := [name for name, text in texts.items() if RESERVED.search(text)]:
        yield Error(
            f"These name a domain of an example: {', '.join(found)}.",
            hint="Set them to your own; example.org, .test and their like belong to nobody.",
            id="config.E004",
        )


@register(Tags.security, deploy=True)
def check_secrets_are_secret(**kwargs: Any) -> Iterator[CheckMessage]:
    file = settings.BASE_DIR / ".env"
    if file.exists() and file.stat().st_mode & 0o007:
        yield Error(
            f"Every user of this machine can read the secrets in {file}.",
            hint=f"Run: chmod 600 {file}",
            id="config.E005",
        )


@register(Tags.files, deploy=True)
def check_static_files(**kwargs: Any) -> Iterator[CheckMessage]:
    if names := uncollected():
        yield Warning(
            f"{len(names)} static files were not collected since they changed, such as "
            f"{names[0]}. Pages work, but browsers load these again each minute.",
            hint="Run: manage.py collectstatic --no-input",
            id="config.W004",
        )
