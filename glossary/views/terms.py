"""Public pages of terms: index, lists, one term, its timeline, and the fragment for previews."""

from collections.abc import Callable
from functools import partial, wraps
from hashlib import sha256
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from config.caching import public_page, shows_only, takes
from config.site import absolute
from glossary import search
from glossary.api import jsonld, social
from glossary.models import Category, Term
from glossary.prose.figures.tokens import Viewer
from glossary.series import citation, contents
from glossary.terms import contents as term_contents
from glossary.terms.timeline import term_events

TermView = Callable[[HttpRequest, Term], HttpResponse]


@require_safe
@public_page
@takes("q", "letter")
def index(request: HttpRequest) -> HttpResponse:
    if query := request.GET.get("q", "").strip():
        return HttpResponsePermanentRedirect(reverse("glossary:search", query={"q": query}))
    if letter := request.GET.get("letter"):
        return HttpResponsePermanentRedirect(term_contents.letter_of(letter).get_absolute_url())
    letters = term_contents.letters()
    count = sum(letter.count for letter in letters)
    context: dict[str, Any] = {"letters": letters, "count": count, "structured": jsonld.glossary()}
    if count < term_contents.MOST_LISTED:
        rows = term_contents.index_terms()
        context["listing"] = sha256(repr(rows).encode()).hexdigest() if rows else ""
        # A function: the template calls it only where it has not kept the list of these rows.
        context["groups"] = partial(term_contents.by_category, rows)
    else:
        context["fields"] = Category.objects.in_use()
    return render(request, "glossary/index.html", context)


# --- lists of one field and of one letter ---


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
    before, after = term_contents.neighbors(fields, here)
    count: int = here.count  # type: ignore[attr-defined]
    context = {
        "category": here,
        "fields": fields,
        "terms": term_contents.page_of(
            term_contents.terms_of(here), count, request.GET.get("page")
        ),
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
    letters = term_contents.letters()
    used = [each for each in letters if each.count]
    here = next((each for each in used if each.slug == slug), None)
    if here is None:
        if not any(each.slug == slug for each in letters):
            return not_found(request)
        no_term = {"sign": slug.upper(), "letters": letters}
        return render(request, "glossary/no_letter.html", no_term, status=404)
    before, after = term_contents.neighbors(used, here)
    context = {
        "letter": here,
        "letters": letters,
        "terms": term_contents.page_of(
            term_contents.terms_under(here), here.count, request.GET.get("page")
        ),
        "before": before,
        "after": after,
        "structured": jsonld.listing(f"Terms with {here.sign}", here.get_absolute_url()),
    }
    return render(request, "glossary/letter.html", context)


# --- one term ---


def _with_category() -> QuerySet[Term]:
    return Term.objects.published().select_related("category")


def _no_term(request: HttpRequest, slug: str) -> HttpResponse:
    return not_found(request, near=slug.replace("-", " "))


@require_safe
@public_page
def term(request: HttpRequest, slug: str) -> HttpResponse:
    """Show a published term; redirect old addresses; show a draft to editors only."""
    found = next(iter(term_contents.whole_at(slug)), None)
    is_public = found is not None and found.is_published
    # Checked for drafts and missing terms alike, because headers show that the session was read.
    if (is_public or may_see(request, "glossary.view_term")) and found:
        return _term_page(request, found)
    if moved := term_contents.address_now(slug):
        return HttpResponsePermanentRedirect(moved.get_absolute_url())
    return _no_term(request, slug)


def published(
    view: TermView,
    terms: Callable[[], QuerySet[Term]] = _with_category,
    missing: Callable[[HttpRequest, str], HttpResponse] = _no_term,
) -> Callable[..., HttpResponse]:
    """Pass the published term to the view in place of the slug; redirect old addresses."""

    @wraps(view)
    def found(request: HttpRequest, slug: str) -> HttpResponse:
        if term := terms().filter(slug=slug).first():
            return view(request, term)
        if moved := term_contents.address_now(slug):
            here = reverse(f"glossary:{view.__name__}", args=[moved.slug])
            return HttpResponsePermanentRedirect(here)
        return missing(request, slug)

    return found


@require_safe
@public_page
@published
def card(request: HttpRequest, term: Term) -> HttpResponse:
    """Answer with a fragment for previews: a term's definition and its newest number."""
    context = {"term": term, "glance": contents.at_a_glance(term)}
    response = render(request, "glossary/card.html", context)
    # Search engines should index the page of the term, not this fragment.
    response["X-Robots-Tag"] = "noindex"
    return response


@require_safe
@public_page
@published
def term_changes(request: HttpRequest, term: Term) -> HttpResponse:
    context = {"term": term, "events": term_events(term)}
    return render(request, "glossary/changes.html", context)


def may_see(request: HttpRequest, permission: str) -> bool:
    """Return whether the visitor may see drafts; reads the session only if its cookie was sent.

    Other answers then carry no Vary: Cookie, which would tell a draft from a missing page.
    """
    if settings.SESSION_COOKIE_NAME not in request.COOKIES:
        return False
    return request.user.has_perm(permission)


def not_found(
    request: HttpRequest, exception: Exception | None = None, near: str = ""
) -> HttpResponse:
    words = near or request.path.strip("/").rpartition("/")[2].replace("-", " ")
    request.resolver_match = None  # the header marks no section: the page is in none
    return render(request, "404.html", {"near": search.offers(words)}, status=404)


def _term_page(request: HttpRequest, found: Term) -> HttpResponse:
    data = contents.for_term(found)
    viewer = Viewer.READERS if found.is_published else Viewer.EDITORS
    explanation = term_contents.explanation_of(found, data, viewer)
    aliases, citations = term_contents.aliases_of(found.pk), term_contents.citations_of(found.pk)
    context = term_contents.term_page(found, data, explanation, aliases, citations) | {
        "is_draft": not found.is_published,
        "edit_url": reverse("admin:glossary_term_change", args=[found.pk]),
    }
    if found.is_published:
        path = reverse("glossary:term_card_png", args=[found.slug])
        context["card"] = social.card_link(path, social.term_card(found, data.entries))
        context["structured"] = jsonld.describe_term(found, context["aliases"], context["card"])
        context["citation"] = citation.cite_term(found, absolute(found.get_absolute_url()))
    response = render(request, "glossary/term.html", context)
    shows_only(response, data.ids)
    if not found.is_published:
        response["Cache-Control"] = "private, no-store"
    return response
