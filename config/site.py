"""Absolute addresses of the site, and the User-Agent of its own requests."""

import re

from django.conf import settings
from django.http import HttpRequest


def absolute(path: str) -> str:
    """Return a path's address at SITE_URL, never at the host of the current request."""
    return f"{settings.SITE_URL}{path}"


def is_admin(request: HttpRequest) -> bool:
    """Return whether the address is one of admin: every other one is public."""
    return request.path_info.startswith("/admin/")


def user_agent() -> str:
    """Return the User-Agent of our requests: "Pulse (+https://pulse.example/about/; data@…)".

    Its product is an ASCII token (RFC 9110, 10.1.5).
    """
    product = re.sub("[^A-Za-z0-9]+", "-", settings.SITE_NAME).strip("-") or settings.SITE_HOST
    contact = f"; {settings.CONTACT}" if settings.CONTACT else ""
    return f"{product} (+{absolute('/about/')}{contact})"
