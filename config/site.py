"""The site's own addresses and how its programs introduce themselves, where there is no request."""

import re

from django.conf import settings


def absolute(path: str) -> str:
    """Return a path's address at SITE_URL: never at the host that a request came in with."""
    return f"{settings.SITE_URL}{path}"


def user_agent() -> str:
    """Say who fetches, and where to read about us: "Pulse (+https://pulse.example/about/)".

    A product is a token of ASCII (RFC 9110, 10.1.5).
    """
    product = re.sub("[^A-Za-z0-9]+", "-", settings.SITE_NAME).strip("-") or settings.SITE_HOST
    return f"{product} (+{absolute('/about/')})"
