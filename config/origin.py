"""Protects public forms without a cookie: by the origin of the request.

Browsers send it as Sec-Fetch-Site (W3C Fetch Metadata) or Origin (RFC 6454), and pages cannot
forge these. A client that sends neither is not a browser, gains nothing from a forged request, and
only gets a stricter rate limit.
"""

from collections.abc import Callable
from enum import Enum
from functools import wraps
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.views.decorators.csrf import csrf_exempt


class Verdict(Enum):
    ALLOW = "allow"
    ALLOW_SLOWLY = "allow, strictest rate"
    REFUSE = "refuse"


def judge_headers(
    fetch_site: str | None, origin: str | None, referer: str | None, own: set[str]
) -> Verdict:
    """Return the verdict on a POST; `own` are our origins, such as https://pulse.example.org."""
    if fetch_site is not None:
        return Verdict.ALLOW if fetch_site in ("same-origin", "none") else Verdict.REFUSE
    if origin is not None:
        return Verdict.ALLOW if origin in own else Verdict.REFUSE
    if referer is not None:
        return Verdict.ALLOW if _origin_of(referer) in own else Verdict.REFUSE
    return Verdict.ALLOW_SLOWLY


def _origin_of(address: str) -> str:
    try:
        parts = urlsplit(address)
    except ValueError:  # such as "https://[broken"
        return ""
    return f"{parts.scheme}://{parts.netloc}"


def judge_request(request: HttpRequest) -> Verdict:
    """Return the verdict on this request. get_host() has already checked ALLOWED_HOSTS."""
    own = {settings.SITE_URL, f"{request.scheme}://{request.get_host()}"}
    headers = request.headers
    return judge_headers(
        headers.get("Sec-Fetch-Site"), headers.get("Origin"), headers.get("Referer"), own
    )


View = Callable[..., HttpResponseBase]


def public_form(view: View) -> View:
    """Accept POSTs from our own pages only, without Django's CSRF cookie.

    `request.verdict` tells the view whether to apply the strictest rate limit.
    """

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.method == "POST":
            request.verdict = judge_request(request)  # type: ignore[attr-defined]
            if request.verdict is Verdict.REFUSE:  # type: ignore[attr-defined]
                raise PermissionDenied("This form was sent from another site.")
        return view(request, *args, **kwargs)

    guarded.is_public_form = True  # type: ignore[attr-defined]
    return csrf_exempt(guarded)


def token_form(view: View) -> View:
    """Mark a view whose POST is authorized by the secret token in its address."""
    view.is_token_form = True  # type: ignore[attr-defined]
    return csrf_exempt(view)
