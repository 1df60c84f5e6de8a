"""What an editor may write into a text beside Markdown, and a page of series and terms to copy."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.paginator import Page, Paginator
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html
from django.views.decorators.http import require_safe

from glossary.admin.versions import HistoryAdmin
from glossary.models import Series, Term
from glossary.series.contents import glances

# The help of a field whose text takes figures and links. templates/admin/_to_copy.html says more.
TEXT_HELP = format_html(
    "{} <a href='#to-copy'>{}</a>",
    "Markdown, with figures and links to terms.",
    "How to write them, and what to copy",
)
TOKENS_A_PAGE = 50
SERIES, TERMS = "series", "terms"


@require_safe
def tokens(request: HttpRequest, admin: HistoryAdmin) -> HttpResponse:
    """Show the page, or with `?part` only what was found, for the panel beside a form."""
    if not admin.has_view_permission(request):
        raise PermissionDenied
    query = request.GET.get("q", "").strip()
    of = TERMS if request.GET.get("of") == TERMS else SERIES
    rows: QuerySet[Any] = Term.objects.with_name_like(query).order_by("headword_key")
    if of == SERIES:
        rows = Series.objects.published().with_page().order_by("title")
        for word in query.split():
            rows = rows.filter(Q(title__icontains=word) | Q(slug__icontains=word))
    page: Page[Any] = Paginator(rows, TOKENS_A_PAGE).get_page(request.GET.get("p"))
    found = _of_terms(page) if of == TERMS else _of_series(page)
    context = {"query": query, "of": of, "page": page, "tokens": found}
    part = "#found" if "part" in request.GET else ""
    template = f"glossary/term/tokens.html{part}"
    return admin.show(request, template, "Series and terms to copy", **context)


def _of_series(page: Page[Series]) -> list[dict[str, Any]]:
    seen = glances(page)
    return [
        {
            "text": f"{{{{ {each.slug} }}}}",
            "name": each.title,
            "address": each.get_absolute_url(),
            "latest": seen[each.slug].latest,
        }
        for each in page
    ]


def _of_terms(page: Page[Term]) -> list[dict[str, Any]]:
    return [
        {
            "text": f"[[{each.headword}]]",
            "name": each.definition,
            "address": each.get_absolute_url(),
            "is_draft": not each.is_published,
        }
        for each in page
    ]
