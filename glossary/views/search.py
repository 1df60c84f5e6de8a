"""Search: the page, and suggestions while a person types."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from config.caching import public_page, takes
from glossary import search as searching
from glossary.models import Category, SearchEntry
from glossary.series.contents import glances
from glossary.series.freshness import shown_series
from glossary.terms import contents

RESULTS_A_PAGE = 20


@require_safe
@public_page
@takes("q", "kind", "page")
def search(request: HttpRequest) -> HttpResponse:
    found = searching.find(request.GET.get("q", ""))
    kind = request.GET.get("kind", "")
    hits = found.of_kind(kind)
    page = contents.page_of(hits, len(hits), request.GET.get("page"), RESULTS_A_PAGE)
    add_values([hit.entry for hit in page])
    context = {"found": found, "query": found.query.text, "kind": kind, "hits": page}
    if not found.hits:
        context |= {"fields": Category.objects.in_use(), "letters": contents.letters()}
    return render(request, "glossary/search.html", context)


def add_values(entries: list[SearchEntry]) -> None:
    """Give each entry of a series its newest value, as `latest`."""
    refs = [entry.ref for entry in entries if entry.kind == "series"]
    found = {each.pk: each for each in shown_series().filter(pk__in=refs)} if refs else {}
    seen = glances(found.values())
    for entry in entries:
        if entry.kind == "series" and entry.ref in found:
            entry.latest = seen[found[entry.ref].slug].latest  # type: ignore[attr-defined]


@require_safe
@public_page
@takes("q")
def suggest(request: HttpRequest) -> HttpResponse:
    """Answer with the options of a listbox as HTML, empty when nothing matches."""
    entries = searching.suggestions(request.GET.get("q", ""))
    return render(request, "glossary/_suggestions.html", {"entries": entries})
