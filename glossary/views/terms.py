"""Public pages of terms: find, answer."""

from django.conf import settings
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from config.caching import public_page
from glossary import data_pages, prose, reading
from glossary.figures.answers import live
from glossary.figures.tokens import Audience
from glossary.models import Category, Term
from glossary.near import near_terms

FEATURED = 6


@require_safe
@public_page
def home(request: HttpRequest) -> HttpResponse:
    published = Q(terms__status=Term.Status.PUBLISHED)
    counted = Category.objects.annotate(count=Count("terms", filter=published))
    # Said again, because a query that groups drops the model's own order.
    categories = list(counted.filter(count__gt=0).order_by("position", "name"))
    featured = Term.objects.published().most_related()[:FEATURED]
    context = {
        "featured": featured,
        "categories": categories,
        "category_count": len(categories),
        "term_count": sum(category.count for category in categories),
        "moved": data_pages.moved(),
    }
    return render(request, "glossary/home.html", context)


@require_safe
@public_page
def index(request: HttpRequest) -> HttpResponse:
    query = request.GET.get("q", "").strip()[:200]
    letter = request.GET.get("letter", "").upper()[:1]
    terms = reading.index_terms(query, letter)
    context = {
        "groups": reading.by_category(terms),
        "letters": reading.letters_in_use(),
        "query": query,
        "letter": letter,
        "count": len(terms),
        "near": near_terms(query) if query and not terms else [],
    }
    return render(request, "glossary/index.html", context)


@require_safe
@public_page
def term(request: HttpRequest, slug: str) -> HttpResponse:
    """Show a published term; send old addresses on; show a draft to its editors alone."""
    found = Term.objects.select_related("category").filter(slug=slug).first()
    if found and found.is_published:
        return _term_page(request, found)
    # Asked for drafts and for nothing alike: what is looked at shows in the headers.
    if may_see_drafts(request) and found:
        return _term_page(request, found)
    if moved := reading.address_now(slug):
        return HttpResponsePermanentRedirect(moved.get_absolute_url())
    return not_found(request, near=slug.replace("-", " "))


def may_see_drafts(request: HttpRequest) -> bool:
    """Look at who asks only if a session cookie came along.

    So the answer to everybody else carries no Vary: Cookie by which a draft could be told from
    an address that never was.
    """
    if settings.SESSION_COOKIE_NAME not in request.COOKIES:
        return False
    return request.user.has_perm("glossary.view_term")


def not_found(
    request: HttpRequest, exception: Exception | None = None, near: str = ""
) -> HttpResponse:
    """Answer 404 with the terms that the address may have meant."""
    words = near or request.path.strip("/").rpartition("/")[2].replace("-", " ")
    return render(request, "404.html", {"near": near_terms(words)}, status=404)


def _term_page(request: HttpRequest, found: Term) -> HttpResponse:
    cards, see_also = reading.cards_and_see_also(found)
    data = data_pages.for_term(found)
    audience = Audience.READERS if found.is_published else Audience.EDITORS
    context = {
        "term": found,
        "aliases": reading.shown_aliases(found),
        "explanation": prose.render(found.explanation, live(data.views), audience),
        "live_data": data.entries,
        "citations": found.citations.all(),
        "cards": cards,
        "see_also": see_also,
        "is_draft": not found.is_published,
        "edit_url": reverse("admin:glossary_term_change", args=[found.pk]),
    }
    response = render(request, "glossary/term.html", context)
    if not found.is_published:
        response["Cache-Control"] = "private, no-store"
    return response
