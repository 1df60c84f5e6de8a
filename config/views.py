"""Pages of the site itself, and its error pages."""

from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse, HttpResponseServerError
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import reverse
from django.views.decorators.http import require_safe

from config import sitemap as site_map
from config.caching import public_page
from config.logins import LoginPaused
from config.site import absolute


@require_safe
@public_page
def about(request: HttpRequest) -> HttpResponse:
    return render(request, "pages/about.html")


@require_safe
@public_page
def privacy(request: HttpRequest) -> HttpResponse:
    return render(request, "pages/privacy.html")


@require_safe
@public_page
def robots(request: HttpRequest) -> HttpResponse:
    """Keep crawlers out of admin and of readers' own links."""
    lines = [
        "User-agent: *",
        "Disallow: /admin/",
        "Disallow: /u/",
        "Disallow: /newsletter/confirm/",
        "",
        f"Sitemap: {absolute(reverse('sitemap'))}",
    ]
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain")


@require_safe
@public_page
def sitemap(request: HttpRequest) -> HttpResponse:
    return HttpResponse(site_map.as_xml(site_map.all_pages()), content_type="application/xml")


@require_safe
@public_page
def favicon(request: HttpRequest) -> HttpResponse:
    """Redirect browsers that ask for the icon by its default address."""
    return redirect(static("mark.svg"), permanent=True)


@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """Answer 200 when the database answers; for a load balancer or a monitor."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return HttpResponse("ok\n", content_type="text/plain")


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "400.html", status=400)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    if isinstance(exception, LoginPaused):
        response = render(request, "admin/locked.html", {"wait": exception.wait}, status=429)
        response["Retry-After"] = str(exception.seconds)
        return response
    return render(request, "403.html", status=403)


def server_error(request: HttpRequest) -> HttpResponse:
    """Render without context processors, because these query the database and may be the cause."""
    page = render_to_string("500.html", {"SITE_NAME": settings.SITE_NAME})
    return HttpResponseServerError(page)
