"""Signed links in mail: they never expire, contain no address, and have a single purpose.

A link is key id, signature, subscription id: `k1.aQ3…_x.5f`. It ends in a letter or digit, because
mail programs that detect links in plain text cut off punctuation.
"""

import base64
import hmac
import re
from enum import StrEnum

from django.conf import settings
from django.urls import reverse
from django.utils.http import int_to_base36

from config.site import absolute

SIGNATURE_BYTES = 16  # 128 bits: 22 characters of base64url
LINK = re.compile(r"(?P<key>[^.]+)\.[\w-]{22}\.(?P<number>[0-9a-z]{1,13})(?![0-9a-z])", re.ASCII)
# The placeholder for each reader's own link in an issue's mail. The message is built once for all
# readers and the placeholder is replaced in its bytes, so it is ASCII that no transfer encoding
# changes. With /u/ before it, it leads to the page to unsubscribe.
READER_LINK = "READERLINK0READERLINK0READER"


class Purpose(StrEnum):
    LEAVE = "leave"
    REFUSE = "refuse"


def sign(purpose: Purpose, subscription_id: int) -> str:
    """Return a link signed with the newest key."""
    return _make(next(iter(settings.LINK_KEYS)), purpose, subscription_id)


def read_link(purpose: Purpose, link: str) -> int | None:
    """Return the subscription's id, or None unless we signed the link for this purpose.

    What a mail program took for a part of the link, such as ")" or "&utm=1", is cut off.
    """
    found = LINK.match(link)
    if found is None or found["key"] not in settings.LINK_KEYS:
        return None
    key_id, subscription_id = found["key"], int(found["number"], 36)
    # Signed again and compared as a whole, in constant time, so each link has only one spelling.
    genuine = _make(key_id, purpose, subscription_id)
    return subscription_id if hmac.compare_digest(genuine.encode(), found[0].encode()) else None


def leave_link(subscription_id: int) -> str:
    """Sign the link of a reader's own pages: leaving, pausing, preferences."""
    return sign(Purpose.LEAVE, subscription_id)


def leave_url(subscription_id: int) -> str:
    return absolute(reverse("newsletter:leave", args=[leave_link(subscription_id)]))


def preferences_url(subscription_id: int) -> str:
    return absolute(reverse("newsletter:preferences", args=[leave_link(subscription_id)]))


def refuse_url(subscription_id: int) -> str:
    return absolute(reverse("newsletter:refuse", args=[sign(Purpose.REFUSE, subscription_id)]))


def _make(key_id: str, purpose: Purpose, subscription_id: int) -> str:
    message = f"{purpose}:{subscription_id}".encode()
    digest = hmac.digest(settings.LINK_KEYS[key_id].encode(), message, "sha256")
    signature = base64.urlsafe_b64encode(digest[:SIGNATURE_BYTES]).rstrip(b"=").decode()
    return f"{key_id}.{signature}.{int_to_base36(subscription_id)}"
