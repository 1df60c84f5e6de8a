"""The timeline of a term: its page and its feed."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from config.caching import public_page
from glossary.api.feeds import term_feed
from glossary.models import Term
from glossary.terms import timeline as changes
from glossary.views.machines import with_term
from glossary.views.terms import published


@require_safe
@public_page
@published
def term_changes(request: HttpRequest, term: Term) -> HttpResponse:
    context = {"term": term, "events": changes.term_events(term)}
    return render(request, "glossary/changes.html", context)


@with_term
def term_atom(request: HttpRequest, term: Term) -> HttpResponse:
    return term_feed(request, term=term)
