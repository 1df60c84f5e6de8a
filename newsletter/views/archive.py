"""Sent issues for all visitors, and drafts for editors."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from config.caching import public_page
from glossary.api import social
from newsletter.issues import changes_since
from newsletter.issues.pages import issue_in_brief, points_on_page
from newsletter.issues.rendering.editions import data_points_of
from newsletter.issues.social import issue_article, issue_card, issue_card_path
from newsletter.models import Issue


@require_safe
@public_page
def archive(request: HttpRequest) -> HttpResponse:
    shown = Issue.objects.shown().select_related("newsletter")
    issues = list(shown.prefetch_related("data_points"))
    context = {
        "newest": issue_in_brief(issues[0]) if issues else None,
        "earlier": issues[1:],
        "are_samples": any(each.is_sample for each in issues),
    }
    return render(request, "newsletter/archive.html", context)


@require_safe
@public_page
def issue(request: HttpRequest, number: int, slug: str) -> HttpResponse:
    found = find_visible_issue(request, number, slug)
    return issue_page(request, found) if found else redirect_to_slug(number, "newsletter:issue")


def find_visible_issue(request: HttpRequest, number: int, slug: str) -> Issue | None:
    """Return the frozen issue at an address, or for editors the draft; None if there is neither.

    The permission is checked whether or not there is a draft: the headers must not reveal drafts.
    """
    # In every newsletter, not only the default one: mailed links must always work.
    found = Issue.objects.filter(number=number, slug=slug)
    found = found.select_related("newsletter", "reviewed_by", "responsible")
    public = found.frozen().first()
    return public or (found.first() if _may_see_drafts(request) else None)


def redirect_to_slug(number: int, view_name: str) -> HttpResponse:
    """Redirect from a wrong slug to the right one. Raises Http404 if no such issue was sent."""
    # Two newsletters may both have this number; the default newsletter takes precedence.
    numbered = Issue.objects.in_archive().filter(number=number)
    meant = numbered.order_by("-newsletter__is_default", "newsletter").first()
    if meant is None:
        raise Http404("No such issue.")
    return redirect(reverse(view_name, args=[meant.number, meant.slug]), permanent=True)


def issue_page(request: HttpRequest, found: Issue, is_preview: bool = False) -> HttpResponse:
    """Show an issue, sent or not. Only the changes of its numbers follow new data."""
    points = data_points_of(found)
    changes = (
        changes_since.changes_since_sent(found, points)
        if found.is_frozen
        else changes_since.IssueChanges({}, ())
    )
    on_page = points_on_page(found, points, changes.points)
    with_series = [(each.point, each.loaded) for each in on_page]
    is_sent = found.is_frozen and not found.is_sample
    card = (
        social.card_link(issue_card_path(found), issue_card(found, with_series))
        if found.is_frozen
        else None
    )
    shown = Issue.objects.shown()
    context = {
        "issue": found,
        "data_points": on_page,
        "elsewhere": changes.elsewhere,
        "other_corrections": changes.other_corrections,
        "card": card,
        "structured": issue_article(found, card, changes.corrections) if card and is_sent else None,
        "previous": shown.before(found).first(),
        "next": shown.after(found).first(),
        "edit_url": reverse("admin:newsletter_issue_change", args=[found.pk]),
        "is_preview": is_preview,
    }
    response = render(request, "newsletter/issue.html", context)
    if not found.is_frozen:
        response["Cache-Control"] = "private, no-store"
    return response


def _may_see_drafts(request: HttpRequest) -> bool:
    """Load the user only if there is a session cookie, as glossary.views.terms does."""
    if settings.SESSION_COOKIE_NAME not in request.COOKIES:
        return False
    return request.user.has_perm("newsletter.view_issue")
