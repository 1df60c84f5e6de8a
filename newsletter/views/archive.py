"""Issues as they were sent, and drafts for those who write them."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from config.caching import public_page
from glossary.api import social
from glossary.charts.drawing import Chart, draw
from newsletter.issues import changes_since
from newsletter.issues.changes_since import Since
from newsletter.issues.rendering.editions import loaded_of, points_of
from newsletter.issues.social import article, card_of, card_path
from newsletter.models import DataPoint, Issue


@dataclass(frozen=True)
class Shown:
    """A data point on the issue's page, with its chart as of then, and what became of it since."""

    point: DataPoint
    chart: Chart | None
    since: Since | None


@require_safe
@public_page
def archive(request: HttpRequest) -> HttpResponse:
    issues = Issue.objects.in_archive().select_related("newsletter")
    context = {"issues": issues.prefetch_related("data_points")}
    return render(request, "newsletter/archive.html", context)


@require_safe
@public_page
def issue(request: HttpRequest, number: int, slug: str) -> HttpResponse:
    found = visible(request, number, slug)
    return issue_page(request, found) if found else moved(number, "newsletter:issue")


def visible(request: HttpRequest, number: int, slug: str) -> Issue | None:
    """Find what this visitor may see at an address: an issue that was sent, or an editor's draft.

    Asked for drafts and for nothing alike: what is looked at shows in the headers.
    """
    # Whichever newsletter is the default one now: an address that was mailed must not die.
    found = Issue.objects.filter(number=number, slug=slug).select_related("newsletter")
    sent = found.in_archive().first()
    return sent or (found.first() if _may_see_drafts(request) else None)


def moved(number: int, view_name: str) -> HttpResponse:
    """Lead from a wrong slug to the right one; Http404 where no such issue was sent."""
    # Two newsletters may have an issue of one number: the default one's is meant.
    numbered = Issue.objects.in_archive().filter(number=number)
    meant = numbered.order_by("-newsletter__is_default", "newsletter").first()
    if meant is None:
        raise Http404("No such issue.")
    return redirect(reverse(view_name, args=[meant.number, meant.slug]), permanent=True)


def issue_page(request: HttpRequest, found: Issue) -> HttpResponse:
    """Show an issue, sent or not. Only what became of its numbers follows the data."""
    points = points_of(found)
    changes = (
        changes_since.changes(found, points) if found.is_frozen else changes_since.Changes({}, ())
    )
    card = social.card_link(card_path(found), card_of(found, points)) if found.is_frozen else None
    neighbors = Issue.objects.in_archive().filter(newsletter=found.newsletter_id)
    context = {
        "issue": found,
        "data_points": _shown(found, points, changes),
        "elsewhere": changes.elsewhere,
        "card": card,
        "structured": article(found, card) if card else None,
        "previous": neighbors.filter(number__lt=found.number).order_by("-number").first(),
        "next": neighbors.filter(number__gt=found.number).order_by("number").first(),
        "edit_url": reverse("admin:newsletter_issue_change", args=[found.pk]),
    }
    response = render(request, "newsletter/issue.html", context)
    if not found.is_frozen:
        response["Cache-Control"] = "private, no-store"
    return response


def _may_see_drafts(request: HttpRequest) -> bool:
    """Look at who asks only if a session cookie came along, as glossary.views.terms does."""
    if settings.SESSION_COOKIE_NAME not in request.COOKIES:
        return False
    return request.user.has_perm("newsletter.view_issue")


def _shown(
    found: Issue, points: Iterable[DataPoint], changes: changes_since.Changes
) -> list[Shown]:
    return [
        Shown(point, _chart(found, point), changes.points.get(point.position)) for point in points
    ]


def _chart(found: Issue, point: DataPoint) -> Chart | None:
    loaded = loaded_of(found, point)
    return draw(loaded.plot()) if loaded else None
