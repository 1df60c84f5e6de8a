"""Pages of the site itself, and its error pages."""

import sys
from datetime import UTC, timedelta
from http import HTTPStatus

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseServerError
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.views.decorators.http import require_safe

from config import health
from config import sitemap as site_map
from config.caching import public_page
from config.logins import LoginPaused
from config.site import absolute

AWAY_SECONDS = 30  # after which a program may ask again while the database is away
SECURITY_TXT_HOLDS = timedelta(days=180)


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
def security_txt(request: HttpRequest) -> HttpResponse:
    """Say where to report a weakness (RFC 9116). Its end moves on with the day."""
    contact = settings.CONTACT or absolute(reverse("privacy"))
    midnight = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    expires = (midnight + SECURITY_TXT_HOLDS).astimezone(UTC)
    lines = [
        f"Contact: {'mailto:' if '@' in contact and ':' not in contact else ''}{contact}",
        f"Expires: {expires:%Y-%m-%dT%H:%M:%SZ}",
        "Preferred-Languages: en",
        f"Canonical: {absolute(reverse('security_txt'))}",
    ]
    text = "\n".join(lines) + "\n"
    return HttpResponse(text, content_type="text/plain; charset=utf-8")


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
def livez(request: HttpRequest) -> HttpResponse:
    """Answer that this process works, for a load balancer.

    The database is not asked: all machines share it, and while it is away they serve kept pages,
    or say when to come back, which is more than a balancer without machines does.
    """
    return HttpResponse("ok\n", content_type="text/plain")


@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """Answer 503 when no page can be made; for a monitor.

    Operators see all that was found, a line each.
    """
    serves = not health.broken(health.look_at(health.ESSENTIAL))
    lines = ["ok" if serves else "not ok"]
    if _is_operator(request):
        found = health.look_at_all().items()
        lines += [f"{name}: {each.state}. {each.text}" for name, each in found]
    status = HTTPStatus.OK if serves else HTTPStatus.SERVICE_UNAVAILABLE
    return HttpResponse("\n".join(lines) + "\n", status=status, content_type="text/plain")


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    if not _is_operator(request):
        raise PermissionDenied
    return HttpResponse(health.as_metrics(), content_type=health.METRICS)


def _is_operator(request: HttpRequest) -> bool:
    """Return whether a request has HEALTH_TOKEN or the session of staff."""
    token = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if settings.HEALTH_TOKEN and constant_time_compare(token, settings.HEALTH_TOKEN):
        return True
    if settings.SESSION_COOKIE_NAME not in request.COOKIES:
        return False
    try:
        return request.user.is_active and request.user.is_staff
    except DatabaseError:
        return False


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "400.html", status=400)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    if isinstance(exception, LoginPaused):
        response = render(request, "admin/locked.html", {"wait": exception.wait}, status=429)
        response["Retry-After"] = str(exception.seconds)
        return response
    return render(request, "403.html", status=403)


def server_error(request: HttpRequest) -> HttpResponse:
    """Render without context processors and static files' names, which may be the cause.

    A database that is away, locked or full is soon back: 503 says so to programs, too.
    """
    is_away = isinstance(sys.exception(), (OperationalError, InterfaceError))
    page = render_to_string("500.html", {"SITE_NAME": settings.SITE_NAME, "is_away": is_away})
    if not is_away:
        return HttpResponseServerError(page)
    return HttpResponse(page, status=503, headers={"Retry-After": str(AWAY_SECONDS)})
