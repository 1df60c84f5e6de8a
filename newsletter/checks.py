"""What would let no mail out is said at start."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register

from newsletter.addresses import AddressError, mailbox_of


@register
def check_sender(**kwargs: Any) -> list[CheckMessage]:
    try:
        mailbox_of(settings.DEFAULT_FROM_EMAIL)
    except AddressError:
        return [
            Error(
                f"MAIL_FROM is {settings.DEFAULT_FROM_EMAIL!r}, which is not one mailbox.",
                hint='Write it as "Name <name@example.org>". A name with a comma needs quotes '
                "of its own: '\"Pulse, Inc\" <pulse@example.org>'.",
                id="newsletter.E001",
            )
        ]
    return []
