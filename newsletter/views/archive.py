"""Issues as they were sent."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from config.caching import public_page
from newsletter.models import Issue, Newsletter
from newsletter.models.issues import IssueQuerySet


@require_safe
@public_page
def archive(request: HttpRequest) -> HttpResponse:
    return render(request, "newsletter/archive.html", {"issues": _issues().newest_first()})


@require_safe
@public_page
def issue(request: HttpRequest, number: int, slug: str) -> HttpResponse:
    found = _issues().filter(number=number).first()
    if found is None:
        raise Http404("No such issue.")
    if found.slug != slug:
        return redirect(found, permanent=True)
    context = {
        "issue": found,
        "data_points": found.data_points.select_related("term"),
        "previous": _issues().filter(number__lt=number).order_by("-number").first(),
        "next": _issues().filter(number__gt=number).order_by("number").first(),
    }
    return render(request, "newsletter/issue.html", context)


def _issues() -> IssueQuerySet:
    """Numbers are unique within a newsletter, so the archive is the default one's."""
    return Issue.objects.sent().filter(newsletter__in=Newsletter.objects.filter(is_default=True))
