"""Shared caches may keep the answers of views marked with `public_page`, and no others."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponseBase

# Shared caches keep a page for a minute. Browsers ask each time and get 304 by its ETag, because an
# editor who saves a term and opens its page must see the new version.
PUBLIC = "public, max-age=0, s-maxage=60, must-revalidate"


def public_page(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Let CDNs and proxies keep this view's successful answers for a minute.

    For views that send all visitors the same bytes and read no cookie. Errors, and answers with a
    Cache-Control of their own, stay unchanged.
    """

    @wraps(view)
    def kept(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response = view(request, *args, **kwargs)
        is_good = response.status_code in (200, 301, 304)
        if is_good and request.method in ("GET", "HEAD") and "Cache-Control" not in response:
            response["Cache-Control"] = PUBLIC
        return response

    return kept
