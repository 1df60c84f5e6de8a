"""What a visitor and a mail program meet at SITE_URL: the certificate, the proxy, one-click."""

import http.client
import re
import socket
import ssl
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.utils import timezone

from config.health import Finding, State, either
from config.site import absolute, user_agent
from newsletter.mailing import signed_links

SECONDS = 10
SOON = timedelta(days=14)
NO_READER = 0  # no subscription has this id
ONE_CLICK = {"List-Unsubscribe": "One-Click"}
TO_OURSELVES = (
    "It redirects to itself. Set TRUSTED_PROXIES, and let the proxy send X-Forwarded-Proto."
)


def certificate() -> Finding:
    """Check the certificate and when it ends. Raises OSError when the host is not reached."""
    parts = urlsplit(settings.SITE_URL)
    if parts.scheme != "https":
        return Finding(State.LOOK, "SITE_URL is no https address: passwords are sent as they are.")
    context = ssl.create_default_context()
    try:
        with (
            socket.create_connection((parts.hostname, parts.port or 443), SECONDS) as plain,
            context.wrap_socket(plain, server_hostname=parts.hostname) as line,
        ):
            found = line.getpeercert() or {}
    except ssl.SSLError as error:
        why = getattr(error, "verify_message", "") or error.reason
        return Finding(State.BROKEN, f"No visitor gets in: {why}. Renew or correct it.")
    ends = datetime.fromtimestamp(ssl.cert_time_to_seconds(str(found["notAfter"])), UTC)
    left = ends - timezone.now()
    text = f"It ends on {ends:%d %B %Y}."
    if left < SOON:
        return Finding(State.LOOK, f"{text} See why it is not renewed.", left.total_seconds())
    return Finding(State.OK, text, left.total_seconds())


def public_pages() -> Finding:
    """Check that SITE_URL is this site's address. Raises OSError when the host is not reached."""
    status, location, text = _ask("GET", "/robots.txt")
    if status in (301, 302, 307, 308) and location == absolute("/robots.txt"):
        return Finding(State.BROKEN, TO_OURSELVES)
    is_ours = status == 200 and absolute("/sitemap.xml") in text
    answers = f"{settings.SITE_URL} answers"
    return either(is_ours, f"{answers} as this site.", f"{answers} {status}, not as this site.")


def one_click() -> Finding:
    """Unsubscribe a reader who does not exist, as providers do (RFC 8058). Raises OSError."""
    path = signed_links.leave_url(NO_READER).removeprefix(settings.SITE_URL)
    for method, is_right in (("GET", r"<html"), ("POST", r"You are unsubscribed\.")):
        status, location, text = _ask(method, path)
        if location:
            why = f"{method} is redirected to {urlsplit(location).netloc or 'another page'}"
            return Finding(State.BROKEN, f"{why}, which RFC 8058 forbids. See the proxy.")
        if status == 404:
            why = "The site does not know its own link: it has other LINK_KEYS than this command."
            return Finding(State.BROKEN, why)
        if status != 200 or not re.search(is_right, text):
            why = f"{method} is answered with {status}. Is a firewall or a log-in in front?"
            return Finding(State.BROKEN, why)
    return Finding(State.OK, "GET shows a page, and POST unsubscribes.")


def _ask(method: str, path: str) -> tuple[int, str, str]:
    """Return status, Location and text; redirects are not followed."""
    parts = urlsplit(settings.SITE_URL)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.netloc, timeout=SECONDS)
    form = "application/x-www-form-urlencoded"
    body, more = (urlencode(ONE_CLICK), {"Content-Type": form}) if method == "POST" else (None, {})
    try:
        connection.request(method, path, body, {"User-Agent": user_agent(), **more})
        answer = connection.getresponse()
        text = answer.read(100_000).decode("utf-8", "replace")
        return answer.status, answer.headers.get("Location", ""), text
    except http.client.HTTPException as error:
        raise OSError(f"{settings.SITE_URL} does not answer as a web server.") from error
    finally:
        connection.close()
