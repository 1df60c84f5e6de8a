"""The other files of an issue: pictures of its mail, card, JSON twin, and the feed."""

from datetime import timedelta

from django.core.cache import caches
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from config.caching import public_page
from glossary.api import social
from glossary.views.series import open_data
from newsletter.issues import rendering, twins
from newsletter.issues.listings import issues_feed
from newsletter.issues.rendering.editions import data_points_of, series_of_point
from newsletter.issues.social import issue_card
from newsletter.models import Issue, IssuePicture
from newsletter.views.archive import find_visible_issue, issues_at, redirect_to_address

IMMUTABLE = f"public, max-age={int(timedelta(days=365).total_seconds())}, immutable"
DRAWN_FOR = 3600  # seconds


@require_safe
@public_page
def issue_picture(
    request: HttpRequest, number: int, slug: str, name: str, newsletter: str = ""
) -> HttpResponse:
    """Return a chart of a sent mail, or for editors that of a draft."""
    found = find_visible_issue(request, number, slug, newsletter)
    if found is None:
        raise Http404("No such picture.")
    stored = IssuePicture.objects.filter(snapshot__issue=found, name=name).first()
    if stored:
        return _picture(bytes(stored.png), IMMUTABLE)
    if found.is_frozen:
        return _picture(_kept(found, name))
    return _picture(rendering.draw_picture(found, name), "private, no-store")


@open_data
def issue_card_png(
    request: HttpRequest, number: int, slug: str, newsletter: str = ""
) -> HttpResponse:
    found = get_object_or_404(issues_at(number, slug, newsletter).frozen())
    first = data_points_of(found)[:1]
    card = issue_card(found, [(point, series_of_point(found, point)) for point in first])
    return HttpResponse(social.picture(card), content_type="image/png")


@open_data
def issue_json(request: HttpRequest, number: int, slug: str, newsletter: str = "") -> HttpResponse:
    found = issues_at(number, slug, newsletter).frozen().first()
    if found is None or found.newsletter.address_slug != newsletter:
        return redirect_to_address(found, number, newsletter, "issue_json")
    return HttpResponse(twins.as_json(found), content_type="application/json")


@require_safe
@public_page
def issues_atom(request: HttpRequest, newsletter: str = "") -> HttpResponse:
    """Return the feed of a newsletter. The default one's is also at the address with its slug, so
    that a feed stays where it is when the default newsletter changes.
    """
    response = issues_feed(newsletter)
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


def _kept(found: Issue, name: str) -> bytes | None:
    """Draw a picture of an issue that was not sent from here, so none is stored; cached."""
    key = f"issue-picture-{found.pk}-{name}"
    kept = caches["pictures"]
    return kept.get_or_set(key, lambda: rendering.draw_picture(found, name), timeout=DRAWN_FOR)


def _picture(png: bytes | None, kept: str = "") -> HttpResponse:
    if png is None:
        raise Http404("No such picture.")
    response = HttpResponse(png, content_type="image/png")
    # Web mail shows the picture on pages of other origins.
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    if kept:
        response["Cache-Control"] = kept
    return response
