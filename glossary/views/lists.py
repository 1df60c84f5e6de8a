"""Public lists of terms: those of one field, those under one letter."""

from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from config.caching import public_page, takes
from glossary.api import jsonld
from glossary.models import Category
from glossary.terms import index, pages
from glossary.views.terms import not_found


@require_safe
@public_page
@takes("page")
def category(request: HttpRequest, slug: str) -> HttpResponse:
    """Show the terms of one field; 404 when none of them is published."""
    fields = list(Category.objects.in_use())
    here = next((field for field in fields if field.slug == slug.lower()), None)
    if here is None:
        return not_found(request)
    if here.slug != slug:
        return HttpResponsePermanentRedirect(here.get_absolute_url())
    before, after = index.neighbors(fields, here)
    count: int = here.count  # type: ignore[attr-defined]
    context = {
        "category": here,
        "fields": fields,
        "terms": pages.page_of(index.terms_of(here), count, request.GET.get("page")),
        "has_data": here.series.published().exists(),
        "before": before,
        "after": after,
        "structured": jsonld.listing(here.name, here.get_absolute_url()),
    }
    return render(request, "glossary/category.html", context)


@require_safe
@public_page
@takes("page")
def letter(request: HttpRequest, slug: str) -> HttpResponse:
    """Show the terms under one letter; if there are none, 404 and the letters that have terms."""
    if slug != slug.lower():
        lowered = reverse("glossary:letter", args=[slug.lower()])
        return HttpResponsePermanentRedirect(lowered)
    letters = index.letters()
    used = [each for each in letters if each.count]
    here = next((each for each in used if each.slug == slug), None)
    if here is None:
        return _no_terms(request, slug, letters)
    before, after = index.neighbors(used, here)
    context = {
        "letter": here,
        "letters": letters,
        "terms": pages.page_of(index.terms_under(here), here.count, request.GET.get("page")),
        "before": before,
        "after": after,
        "structured": jsonld.listing(f"Terms with {here.sign}", here.get_absolute_url()),
    }
    return render(request, "glossary/letter.html", context)


def _no_terms(request: HttpRequest, slug: str, letters: list[index.InitialLetter]) -> HttpResponse:
    if not any(each.slug == slug for each in letters):
        return not_found(request)
    context = {"sign": slug.upper(), "letters": letters}
    return render(request, "glossary/no_letter.html", context, status=404)
