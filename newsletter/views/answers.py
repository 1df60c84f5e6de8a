"""Responses that several views share."""

from http import HTTPStatus
from urllib.parse import quote

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe


class SeeOther(HttpResponseRedirect):
    """303: the browser loads the next page with GET, so reloading it does not POST again."""

    status_code = 303


def to_own_page(name: str, link: str, said: str = "") -> SeeOther:
    """Redirect to a reader's own page at a signed link; `said` names the message it shows."""
    query = {"said": said} if said else None
    return SeeOther(reverse(f"newsletter:{name}", args=[link], query=query))


@require_safe
def whole_link(request: HttpRequest, path: str) -> HttpResponse:
    """Redirect a link that has one character too many to the link that was mailed."""
    return HttpResponseRedirect(f"/{quote(path)}")


def unknown_link(request: HttpRequest) -> HttpResponse:
    """Help readers who want to unsubscribe with a damaged link."""
    return render(request, "newsletter/unknown_link.html", status=HTTPStatus.NOT_FOUND)
