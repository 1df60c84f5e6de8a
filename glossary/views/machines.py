"""Addresses for programs: twins of terms, pictures of shared links, and the guides to them."""

from collections.abc import Callable
from functools import wraps

from django.core.cache import cache
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponsePermanentRedirect,
    JsonResponse,
)
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from config.caching import public_page
from glossary import search
from glossary.api import openapi, social, twins
from glossary.api.cards import Card
from glossary.api.feeds import terms_feed as terms_in_atom
from glossary.models import Category, Series, Term
from glossary.series import contents
from glossary.series.as_of import Asked
from glossary.series.loading import views_for
from glossary.terms import index
from glossary.views.series import open_data, twin

JSON = "application/json"
MARKDOWN = "text/markdown; charset=utf-8"
CSV = "text/csv; charset=utf-8; header=present"
SECONDS = 60
NO_TERM = "There is no such term. All terms: /glossary.json\n"


def with_term(
    view: Callable[[HttpRequest, Term], HttpResponse],
) -> Callable[..., HttpResponseBase]:
    """Pass the published term to the view; redirect old slugs with the same ending."""

    @public_page
    @open_data
    @wraps(view)
    def found(request: HttpRequest, slug: str) -> HttpResponseBase:
        if term := twins.complete_terms().filter(slug=slug).first():
            return view(request, term)
        if moved := index.address_now(slug):
            name = f"glossary:{view.__name__}"
            return HttpResponsePermanentRedirect(reverse(name, args=[moved.slug]))
        return HttpResponse(NO_TERM, content_type="text/plain; charset=utf-8", status=404)

    return found


@with_term
def term_md(request: HttpRequest, term: Term) -> HttpResponse:
    text = twins.as_markdown(term, contents.for_term(term))
    return HttpResponse(text, content_type=MARKDOWN)


@with_term
def term_json(request: HttpRequest, term: Term) -> HttpResponse:
    return HttpResponse(twins.as_json(term, contents.for_term(term)), content_type=JSON)


@public_page
@open_data
def glossary_json(request: HttpRequest) -> HttpResponse:
    return HttpResponse(_kept("json", twins.all_as_json), content_type=JSON)


@public_page
@open_data
def glossary_csv(request: HttpRequest) -> HttpResponse:
    response = HttpResponse(_kept("csv", twins.all_as_csv), content_type=CSV)
    response["Content-Disposition"] = 'attachment; filename="glossary.csv"'
    return response


def _kept(ending: str, write: Callable[[list[Term], twins.References], str]) -> str:
    """Return the whole glossary, cached for a minute."""

    def written() -> str:
        terms = list(twins.complete_terms().in_index_order())
        texts = [term.explanation for term in terms]
        return write(terms, twins.references(texts, views_for(texts)))

    return cache.get_or_set(f"glossary.{ending}", written, SECONDS) or ""


@public_page
@open_data
def search_json(request: HttpRequest) -> HttpResponse:
    found = search.find(request.GET.get("q", ""))
    return HttpResponse(twins.found_as_json(found), content_type=JSON)


# --- pictures of shared links ---


@with_term
def term_card_png(request: HttpRequest, term: Term) -> HttpResponse:
    return _card(social.term_card(term))


@twin
def series_card_png(request: HttpRequest, found: Asked) -> HttpResponse:
    return _card(social.series_card(found.load()))


@public_page
@open_data
def site_card_png(request: HttpRequest) -> HttpResponse:
    return _card(social.site_card())


def _card(card: Card) -> HttpResponse:
    return HttpResponse(social.picture(card), content_type="image/png")


# --- guides ---


@public_page
@open_data
def terms_feed(request: HttpRequest) -> HttpResponse:
    return terms_in_atom(request)


@public_page
@open_data
def openapi_json(request: HttpRequest) -> HttpResponse:
    return JsonResponse(
        openapi.description(), json_dumps_params={"indent": 2, "ensure_ascii": False}
    )


@require_safe
@public_page
def llms_txt(request: HttpRequest) -> HttpResponse:
    """Point language models at the Markdown twins (llmstxt.org)."""
    count = Term.objects.published().count()
    is_short = count < index.MOST_LISTED
    context = {
        "groups": index.by_category(index.index_terms()) if is_short else [],
        "fields": [] if is_short else Category.objects.in_use(),
        "series": Series.objects.published().order_by("title"),
        "count": count,
    }
    return render(request, "llms.txt", context, content_type="text/plain; charset=utf-8")
