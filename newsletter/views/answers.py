"""Responses that several views share."""

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render


class SeeOther(HttpResponseRedirect):
    """303: the browser loads the next page with GET, so reloading it does not POST again."""

    status_code = 303


def unknown_link(request: HttpRequest) -> HttpResponse:
    """Help readers who want to unsubscribe with a damaged link."""
    return render(request, "newsletter/unknown_link.html", status=HTTPStatus.NOT_FOUND)
