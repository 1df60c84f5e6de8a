"""Refuses requests that carry too much, before their bodies are parsed or kept on disk.

Django writes large files of a form to temporary files as soon as anything reads the form, which
our middleware does before the view or its permissions are known.
"""

from base64 import b64encode
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import Resolver404, resolve
from django.utils.crypto import constant_time_compare

from config.middleware import Rule
from config.site import is_admin

# Public forms and the links in mail. The longest form has 2 kB.
PUBLIC_BYTES = 16 * 1024

View = Callable[..., Any]


def takes_files(view: View, max_bytes: int, *permissions: str) -> View:
    """Let a view of admin take bodies of `max_bytes` from staff with all these permissions."""
    view.takes_files = (max_bytes, permissions)  # type: ignore[attr-defined]
    return view


def takes_events(view: View) -> View:
    """Let a mail provider that sends its password post up to DATA_UPLOAD_MAX_MEMORY_SIZE bytes to
    this view; others up to PUBLIC_BYTES.
    """
    view.takes_events = True  # type: ignore[attr-defined]
    return view


class BoundedBody(Rule):
    """Answer 413 to a body that is longer than its user may send to its address.

    It runs after the middleware that knows the user and before all that reads forms.
    """

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        length = _length(request)
        # Who the user is costs queries, so it is asked only when it matters.
        if length > PUBLIC_BYTES and length > (most := most_bytes(request)):
            context = {"most": most, "is_staff": is_admin(request) and most > PUBLIC_BYTES}
            return render(request, "413.html", context, status=413)
        return self.get_response(request)


def most_bytes(request: HttpRequest) -> int:
    if "Content-Length" not in request.headers:
        return PUBLIC_BYTES  # no more of it was read
    of_forms = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    is_staff = is_admin(request) and request.user.is_active and request.user.is_staff
    try:
        view = resolve(request.path_info).func
    except Resolver404:
        return of_forms if is_staff else PUBLIC_BYTES
    if not is_staff:
        is_provider = getattr(view, "takes_events", False) and _has_password(request)
        return of_forms if is_provider else PUBLIC_BYTES
    max_bytes, permissions = getattr(view, "takes_files", (of_forms, ()))
    return max_bytes if request.user.has_perms(permissions) else of_forms


def _has_password(request: HttpRequest) -> bool:
    """Return whether a provider's webhook brought its password, before anything is read."""
    secret = settings.ANYMAIL.get("WEBHOOK_SECRET", "")
    right = f"Basic {b64encode(secret.encode()).decode()}"
    return bool(secret) and constant_time_compare(request.headers.get("Authorization", ""), right)


def _length(request: HttpRequest) -> int:
    if "Content-Length" not in request.headers:
        return _counted(request)
    try:
        return int(request.headers["Content-Length"])
    except ValueError:
        return 0  # as Django reads it


def _counted(request: HttpRequest) -> int:
    """Read a chunked body up to our limit and return its length.

    Django takes a request without Content-Length for empty. Browsers and mail providers send one,
    so the limit of public forms serves all that do not.
    """
    # Only a server that marks the end of a body can be read without knowing its length.
    if not request.META.get("wsgi.input_terminated"):
        return 0
    try:
        body = request.META["wsgi.input"].read(PUBLIC_BYTES + 1)
    except Exception as error:  # each server has errors of its own for broken chunks
        raise BadRequest("The body of the request cannot be read.") from error
    request._body = body
    request.META["CONTENT_LENGTH"] = str(len(body))
    return len(body)
