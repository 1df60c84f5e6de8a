"""Readers found by any part of their address.

PostgreSQL does it with an index of trigrams, which its own extension pg_trgm makes. SQLite reads
all addresses.
"""

import logging
from contextlib import suppress
from typing import Any
from unicodedata import normalize

from django.db import DatabaseError, connections, transaction
from django.db.models import Case, Q, QuerySet, When

from newsletter.models import Subscriber
from newsletter.values.addresses import AddressError, address_key

logger = logging.getLogger(__name__)

# Trigrams find nothing shorter, so of such a text only addresses that begin with it are found.
SHORTEST_PART = 3
# Of more than these, those that begin with the text do not come first: sorting would take long.
MOST_SORTED = 2_000
INDEX = "CREATE INDEX subscriber_address_part ON newsletter_subscriber USING gin (address_key gin_trgm_ops)"  # noqa: E501


def install(using: str, **kwargs: Any) -> None:
    """Make the index if it is missing (after each `migrate`); log it where we may not."""
    connection = connections[using]
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('subscriber_address_part')")
        if cursor.fetchone() != (None,):
            return
        try:
            with transaction.atomic(using):
                cursor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
                cursor.execute(INDEX)
        except DatabaseError as error:
            logger.warning(
                "Readers are found slowly by a part of their address. Let a superuser of the "
                "database run CREATE EXTENSION pg_trgm, then run migrate again. (%s)",
                str(error).partition("\n")[0],
            )


def matching(readers: QuerySet[Subscriber], text: str) -> QuerySet[Subscriber]:
    """Return the reader with this address, or else all whose address has this part.

    Those that begin with it come first. The text is normalized as addresses are.
    """
    key = text = normalize("NFC", text.strip()).casefold()
    with suppress(AddressError):
        key = address_key(text)
        if (exactly := readers.filter(address_key=key)).exists():
            return exactly
    if not key.isascii():
        # Part of a domain that is not in ASCII yet, as its keys are. The index of the key finds
        # candidates if the part before the @ is known.
        local, at, domain = text.partition("@")
        known = Q(address_key__startswith=f"{local}@", address__contains=f"@{domain}")
        return readers.filter(known if at else Q(address__contains=text))
    begins = Q(address_key__startswith=key)
    if len(key) < SHORTEST_PART:
        return readers.filter(begins)
    found = readers.filter(address_key__contains=key)
    if found.order_by()[: MOST_SORTED + 1].count() > MOST_SORTED:
        return found
    return found.order_by(Case(When(begins, then=0), default=1), "-pk")
