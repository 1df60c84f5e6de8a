"""Search: the page, and suggestions while a person types."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from config.caching import public_page, takes
from glossary import search as searching
from glossary.models import Category
from glossary.terms import index, pages

RESULTS_A_PAGE = 20


@require_safe
@public_page
@takes("q", "kind", "page")
def search(request: HttpRequest) -> HttpResponse:
    found = searching.find(request.GET.get("q", ""))
    kind = request.GET.get("kind", "")
    hits = found.of_kind(kind)
    context = {
        "found": found,
        "query": found.query.text,
        "kind": kind,
        "hits": pages.page_of(hits, len(hits), request.GET.get("page"), RESULTS_A_PAGE),
    }
    if not found.hits:
        context |= {"fields": Category.objects.in_use(), "letters": index.letters()}
    return render(request, "glossary/search.html", context)


@require_safe
@public_page
@takes("q")
def suggest(request: HttpRequest) -> HttpResponse:
    """Answer with the options of a listbox as HTML, empty when nothing matches."""
    entries = searching.suggestions(request.GET.get("q", ""))
    return render(request, "glossary/_suggestions.html", {"entries": entries})
