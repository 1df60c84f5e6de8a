"""Which answers anybody may keep: those of the views marked here, and nothing else."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponseBase

# Shared caches keep a page for a minute. Browsers ask each time, and get 304 by its ETag: an
# editor who saves a term and looks at its page must see what was saved.
PUBLIC = "public, max-age=0, s-maxage=60, must-revalidate"


def public_page(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Let CDNs and proxies keep this view's good answers for a minute.

    Only for views that give everybody the same bytes and look at no cookie. Errors, and answers
    that name their own Cache-Control, stay as they are.
    """

    @wraps(view)
    def kept(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response = view(request, *args, **kwargs)
        is_good = response.status_code in (200, 301, 304)
        if is_good and request.method in ("GET", "HEAD") and "Cache-Control" not in response:
            response["Cache-Control"] = PUBLIC
        return response

    return kept
