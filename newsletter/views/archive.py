"""Sent issues for all visitors, and drafts for editors: pages, pictures, twin and feed."""

from datetime import timedelta

from django.core.cache import caches
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from config.caching import public_page
from glossary.api import social
from glossary.views.series import open_data
from glossary.views.terms import may_see
from newsletter.issues import changes_since, rendering, twins
from newsletter.issues.listings import issues_feed
from newsletter.issues.pages import issue_article, issue_card, points_on_page, story_of
from newsletter.issues.rendering.editions import data_points_of, explained_terms, series_of_point
from newsletter.models import Issue, IssuePicture, Newsletter
from newsletter.models.issues import IssueQuerySet

IMMUTABLE = f"public, max-age={int(timedelta(days=365).total_seconds())}, immutable"
DRAWN_FOR = 3600  # seconds


@require_safe
@public_page
def archive(request: HttpRequest, newsletter: str = "") -> HttpResponse:
    """Show the issues of a newsletter, and the other newsletters; "" is the default one."""
    newsletters = list(Newsletter.objects.all())
    own = next((each for each in newsletters if newsletter in (each.slug, each.address_slug)), None)
    if newsletter and own is None:
        raise Http404("No such newsletter.")
    if own and own.address_slug != newsletter:
        return redirect(own)
    issues = list(Issue.objects.shown().of(newsletter).prefetch_related("data_points"))
    context = {
        "newsletter": own,
        "others": [each for each in newsletters if each != own],
        "newest": story_of(issues[0]) if issues else None,
        "earlier": issues[1:],
        "are_samples": any(each.is_sample for each in issues),
    }
    return render(request, "newsletter/archive.html", context)


@require_safe
@public_page
def issue(request: HttpRequest, number: int, slug: str, newsletter: str = "") -> HttpResponse:
    found = find_visible_issue(request, number, slug, newsletter)
    if found and found.newsletter.address_slug == newsletter:
        return issue_page(request, found)
    return redirect_to_address(found, number, newsletter, "issue")


def issues_at(number: int, slug: str, newsletter: str) -> IssueQuerySet:
    """Return the issue at an address, in any state."""
    # Without a newsletter it may be of any: a mailed link works for ever, and which newsletter is
    # the default one may change.
    found = Issue.objects.filter(number=number, slug=slug)
    found = found.of(newsletter) if newsletter else found
    return found.select_related("newsletter", "reviewed_by", "responsible")


def find_visible_issue(
    request: HttpRequest, number: int, slug: str, newsletter: str
) -> Issue | None:
    """Return the frozen issue at an address, or for editors the draft; None if there is neither.

    The permission is checked whether or not there is a draft: the headers must not reveal drafts.
    """
    found = issues_at(number, slug, newsletter)
    public = found.frozen().first()
    return public or (found.first() if may_see(request, "newsletter.view_issue") else None)


def redirect_to_address(
    found: Issue | None, number: int, newsletter: str, view_name: str
) -> HttpResponse:
    """Redirect to the address that an issue has now, or from a wrong slug to the right one.

    Raises Http404 if no such issue was sent.
    """
    if found:
        # Not for ever: the default newsletter may change back.
        return redirect(found.path_of(view_name))
    # Two newsletters may both have this number; the default newsletter takes precedence.
    numbered = Issue.objects.in_archive().filter(number=number)
    numbered = numbered.of(newsletter) if newsletter else numbered
    meant = numbered.order_by("-newsletter__is_default", "newsletter").first()
    if meant is None:
        raise Http404("No such issue.")
    return redirect(meant.path_of(view_name), permanent=True)


def issue_page(request: HttpRequest, found: Issue, is_preview: bool = False) -> HttpResponse:
    """Show an issue, sent or not. Only the changes of its numbers follow new data."""
    points = data_points_of(found)
    changes = changes_since.changes_since_sent(found, points)
    on_page = points_on_page(found, points, changes.points)
    with_series = [(each.point, each.loaded) for each in on_page]
    is_sent = found.is_frozen and not found.is_sample
    card = (
        social.card_link(found.path_of("issue_card_png"), issue_card(found, with_series))
        if found.is_frozen
        else None
    )
    previous, following = Issue.objects.shown().beside(found)
    context = {
        "issue": found,
        "data_points": on_page,
        "elsewhere": changes.elsewhere,
        "other_corrections": changes.other_corrections,
        "terms": explained_terms(found, points),
        "card": card,
        "structured": issue_article(found, card, changes.corrections) if card and is_sent else None,
        "previous": previous,
        "next": following,
        "edit_url": reverse("admin:newsletter_issue_change", args=[found.pk]),
        "is_preview": is_preview,
    }
    response = render(request, "newsletter/issue.html", context)
    if not found.is_frozen:
        response["Cache-Control"] = "private, no-store"
    return response


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


@open_data
def issues_atom(request: HttpRequest, newsletter: str = "") -> HttpResponse:
    """Return the feed of a newsletter. The default one's is also at the address with its slug, so
    that a feed stays where it is when the default newsletter changes.
    """
    return issues_feed(newsletter)


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
