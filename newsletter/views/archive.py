"""Issues as they were sent."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from config.caching import public_page
from newsletter.models import Issue


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
    found = numbered.filter(slug=slug).first()
    if found is None:
        # Two newsletters may have an issue of one number: the default one's is meant.
        meant = numbered.order_by("-newsletter__is_default", "newsletter").first()
        if meant is None:
            raise Http404("No such issue.")
        return redirect(meant, permanent=True)
    neighbors = Issue.objects.in_archive().filter(newsletter=found.newsletter_id)
    context = {
        "issue": found,
        "data_points": found.data_points.select_related("term"),
        "previous": neighbors.filter(number__lt=number).order_by("-number").first(),
        "next": neighbors.filter(number__gt=number).order_by("number").first(),
    }
    return render(request, "newsletter/issue.html", context)
