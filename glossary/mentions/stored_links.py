"""Stored mentions as pages and admin read them."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Exists, OuterRef, QuerySet, Window
from django.template.loader import render_to_string

from glossary.mentions import linked_names
from glossary.models import Mention, Term
from glossary.models.prepared import prepared
from glossary.models.terms import ListedTerm, term_path
from glossary.prose.linking.blocks import MASK, TermLink
from glossary.prose.linking.matching import find_mentions
from glossary.values.mentions import MentionState

MOST_SHOWN = 12


@dataclass(frozen=True)
class Uses:
    """The first terms that use a term, and how many more there are."""

    shown: list[ListedTerm]
    more: int


def links_in(term: Term) -> tuple[TermLink, ...]:
    """Return the links of a term's explanation to terms that are published now."""
    return tuple(
        TermLink(block, start, end, shown, term_path(slug))
        for block, start, end, shown, slug in _links_in(term.pk)
    )


_links_in = prepared(
    lambda term: (
        Mention.objects.filter(in_term=term)
        .linked()
        .to_published()
        .values_list("block", "start", "end", "shown", "term__slug")
    )
)


def links_if_saved(text: str, own: int | None = None) -> tuple[TermLink, ...]:
    """Return the links that a text would have, for a preview. Stores nothing."""
    mentions = find_mentions([text], linked_names.vocabulary(), own)[0]
    found = [each for each in mentions if each.state is MentionState.LINKED]
    terms = Term.objects.published().filter(pk__in={each.term for each in found})
    slugs = dict(terms.values_list("pk", "slug"))
    return tuple(
        TermLink(each.block, each.start, each.end, each.shown, term_path(slugs[each.term]))
        for each in found
        if each.term in slugs
    )


def used_in(term: Term) -> Uses:
    """Return the published terms whose explanation links to this one, by headword."""
    rows = _linking_to(term.pk)
    return Uses([ListedTerm(*row) for _, *row in rows], rows[0][0] - len(rows) if rows else 0)


@prepared
def _linking_to(term: int) -> QuerySet[Term, tuple[Any, ...]]:
    """Return a row for each term: how many there are in all, then the fields of ListedTerm."""
    links = Mention.objects.linked().filter(in_term=OuterRef("pk"), term=term)
    found = Term.objects.published().filter(Exists(links))
    return found.values_list(Window(Count("pk")), *ListedTerm._fields)[:MOST_SHOWN]


def links_panel(term: Term) -> str:
    """Render for editors what a term's text links to and what it mentions without a link."""
    mentions = list(term.mentions.select_related("term"))
    for each in mentions:
        each.shown = each.shown.replace(MASK, "…")  # the place of a figure
    linked = [each for each in mentions if each.state == MentionState.LINKED]
    context = {"linked": linked, "left_out": [each for each in mentions if each not in linked]}
    return render_to_string("admin/glossary/term/mentions.html", context)
