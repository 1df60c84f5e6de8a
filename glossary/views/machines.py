"""Addresses for programs: twins of terms, pictures of shared links, and the guides to them."""

from collections.abc import Callable, Iterator

from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    JsonResponse,
    StreamingHttpResponse,
)
from django.shortcuts import render
from django.views.decorators.http import condition, require_safe

from config.caching import public_page, takes
from glossary import search
from glossary.api import dumps, openapi, social, twins
from glossary.api.cards import Card
from glossary.api.feeds import term_feed
from glossary.api.feeds import terms_feed as terms_in_atom
from glossary.models import Category, Series, Term
from glossary.series import contents
from glossary.series.as_of import FoundRelease
from glossary.terms import contents as term_contents
from glossary.views.series import open_data, twin
from glossary.views.terms import TermView, published

JSON = "application/json"
MARKDOWN = "text/markdown; charset=utf-8"
CSV = "text/csv; charset=utf-8; header=present"
NO_TERM = "There is no such term. All terms: /glossary.json\n"


def _no_term(request: HttpRequest, slug: str) -> HttpResponse:
    return HttpResponse(NO_TERM, content_type="text/plain; charset=utf-8", status=404)


def with_term(view: TermView) -> Callable[..., HttpResponseBase]:
    return open_data(published(view, twins.complete_terms, _no_term))


@with_term
def term_md(request: HttpRequest, term: Term) -> HttpResponse:
    text = twins.as_markdown(term, contents.for_term(term))
    return HttpResponse(text, content_type=MARKDOWN)


@with_term
def term_json(request: HttpRequest, term: Term) -> HttpResponse:
    return HttpResponse(twins.as_json(term, contents.for_term(term)), content_type=JSON)


@with_term
def term_atom(request: HttpRequest, term: Term) -> HttpResponse:
    return term_feed(term)


_by_stamp = condition(etag_func=lambda _: f'"{dumps.stamp()}"')


@open_data
@_by_stamp
def glossary_json(request: HttpRequest) -> HttpResponseBase:
    return _written(request, dumps.in_json(), JSON)


@open_data
@_by_stamp
def glossary_csv(request: HttpRequest) -> HttpResponseBase:
    response = _written(request, dumps.in_csv(), CSV)
    response["Content-Disposition"] = 'attachment; filename="glossary.csv"'
    return response


def _written(request: HttpRequest, parts: Iterator[str], media_type: str) -> HttpResponseBase:
    """Answer with all parts; with those of a large glossary while they are written."""
    if Term.objects.published().count() < term_contents.MOST_LISTED:
        return HttpResponse("".join(parts), content_type=media_type)
    wanted = parts if request.method == "GET" else iter(())
    return StreamingHttpResponse(wanted, content_type=media_type)


@open_data
@takes("q")
def search_json(request: HttpRequest) -> HttpResponse:
    found = search.find(request.GET.get("q", ""))
    return HttpResponse(twins.found_as_json(found), content_type=JSON)


# --- pictures of shared links ---


@with_term
def term_card_png(request: HttpRequest, term: Term) -> HttpResponse:
    return _card(social.term_card(term, contents.for_term(term).entries))


@twin
def series_card_png(request: HttpRequest, found: FoundRelease) -> HttpResponse:
    return _card(social.series_card(found.load()))


@open_data
def site_card_png(request: HttpRequest) -> HttpResponse:
    return _card(social.site_card())


def _card(card: Card) -> HttpResponse:
    return HttpResponse(social.picture(card), content_type="image/png")


# --- guides ---


@open_data
def terms_feed(request: HttpRequest) -> HttpResponse:
    return terms_in_atom()


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
    is_short = count < term_contents.MOST_LISTED
    context = {
        "groups": term_contents.by_category(term_contents.index_terms()) if is_short else [],
        "fields": [] if is_short else Category.objects.in_use(),
        "series": Series.objects.published().order_by("title"),
        "count": count,
    }
    return render(request, "llms.txt", context, content_type="text/plain; charset=utf-8")
