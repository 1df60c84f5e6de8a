"""The ping of a dead man's switch: a service elsewhere that calls for help when pings stop."""

import logging
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register

from config.site import user_agent
from glossary.fetching.connecting import STRICT, Policy, target_of
from glossary.fetching.errors import AddressRefused, Empty, FetchError
from glossary.fetching.fetch import Wanted, fetch

logger = logging.getLogger(__name__)

# The clock waits for it.
QUICK = replace(STRICT, total_seconds=10.0, max_bytes=10_000)


@register
def check_ping(**kwargs: Any) -> Iterator[CheckMessage]:
    try:
        if settings.PING_URL:
            target_of(settings.PING_URL)
    except AddressRefused as error:
        yield Error(f"PING_URL cannot be called: {error}", id="glossary.E001")


def ping(policy: Policy = QUICK) -> None:
    """Get PING_URL, if it is set. A service that does not answer is one line in the log."""
    if not settings.PING_URL:
        return
    try:
        fetch(Wanted(settings.PING_URL), user_agent(), policy)
    except Empty:
        pass
    except FetchError as error:
        logger.warning("PING_URL was not called: %s", str(error).replace(settings.PING_URL, "…"))
