"""Issues as they were sent, and drafts for those who write them."""

from collections.abc import Iterable

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from config.caching import public_page
from glossary.machine import social
from glossary.views.series import open_data
from newsletter import freezing
from newsletter.models import DataPoint, Issue
from newsletter.social import article, card_of, card_path


@require_safe
@public_page
def archive(request: HttpRequest) -> HttpResponse:
    return render(
        request,
        "newsletter/archive.html",
        {"issues": Issue.objects.in_archive().select_related("newsletter")},
    )


@require_safe
@public_page
def issue(request: HttpRequest, number: int, slug: str) -> HttpResponse:
    # Whichever newsletter is the default one now: an address that was mailed must not die.
    numbered = Issue.objects.in_archive().filter(number=number)
    if found := numbered.filter(slug=slug).first():
        return _issue_page(request, found, found.data_points.select_related("term"))
    # Asked for drafts and for nothing alike: what is looked at shows in the headers.
    if _may_see_drafts(request):
        draft = Issue.objects.filter(number=number, slug=slug).select_related("newsletter").first()
        if draft:
            return _issue_page(request, draft, freezing.draft_as_of_now(draft))
    # Two newsletters may have an issue of one number: the default one's is meant.
    meant = numbered.order_by("-newsletter__is_default", "newsletter").first()
    if meant is None:
        raise Http404("No such issue.")
    return redirect(meant, permanent=True)


@require_safe
@public_page
@open_data
def issue_card_png(request: HttpRequest, number: int, slug: str) -> HttpResponse:
    found = get_object_or_404(Issue.objects.in_archive(), number=number, slug=slug)
    card = card_of(found, found.data_points.all())
    return HttpResponse(social.picture(card), content_type="image/png")


def _may_see_drafts(request: HttpRequest) -> bool:
    """Look at who asks only if a session cookie came along, as glossary.views.terms does."""
    if settings.SESSION_COOKIE_NAME not in request.COOKIES:
        return False
    return request.user.has_perm("newsletter.view_issue")


def _issue_page(request: HttpRequest, found: Issue, points: Iterable[DataPoint]) -> HttpResponse:
    points = list(points)
    card = social.link(card_path(found), card_of(found, points)) if found.is_sent else None
    neighbors = Issue.objects.in_archive().filter(newsletter=found.newsletter_id)
    context = {
        "issue": found,
        "data_points": points,
        "card": card,
        "structured": article(found, card) if card else None,
        "previous": neighbors.filter(number__lt=found.number).order_by("-number").first(),
        "next": neighbors.filter(number__gt=found.number).order_by("number").first(),
        "edit_url": reverse("admin:newsletter_issue_change", args=[found.pk]),
    }
    response = render(request, "newsletter/issue.html", context)
    if not found.is_sent:
        response["Cache-Control"] = "private, no-store"
    return response
