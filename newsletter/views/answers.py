"""How our POSTs answer, and what a link is answered that is not one of ours."""

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render


class SeeOther(HttpResponseRedirect):
    """303: the browser GETs what comes next, and reloading it sends nothing twice."""

    status_code = 303


def unknown_link(request: HttpRequest) -> HttpResponse:
    """Help readers who want to leave by a damaged link; this page offers no subscribing."""
    return render(request, "newsletter/unknown_link.html", status=HTTPStatus.NOT_FOUND)
