"""Stored mentions as pages and admin read them."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.template.loader import render_to_string
from django.urls import reverse

from glossary.mentions import linked_names
from glossary.models import Mention, Term
from glossary.prose.linking.blocks import MASK, TermLink
from glossary.prose.linking.matching import find_mentions
from glossary.values.mentions import MentionState

MOST_SHOWN = 12


@dataclass(frozen=True)
class Uses:
    """The first terms that use a term, and how many more there are."""

    shown: list[Term]
    more: int


def links_in(term: Term) -> tuple[TermLink, ...]:
    """Return the links of a term's explanation to terms that are published now."""
    return links_of(Mention.objects.filter(in_term=term))


def links_of(mentions: Any) -> tuple[TermLink, ...]:
    """Turn a query of stored mentions into the `links` of `rendering.render`."""
    rows = (
        mentions.linked().to_published().values_list("block", "start", "end", "shown", "term__slug")
    )
    return tuple(
        TermLink(block, start, end, shown, path_to(slug)) for block, start, end, shown, slug in rows
    )


def links_if_saved(text: str, own: int | None = None) -> tuple[TermLink, ...]:
    """Return the links that a text would have, for a preview. Stores nothing."""
    mentions = find_mentions([text], linked_names.vocabulary(), own)[0]
    found = [each for each in mentions if each.state is MentionState.LINKED]
    terms = Term.objects.published().filter(pk__in={each.term for each in found})
    slugs = dict(terms.values_list("pk", "slug"))
    return tuple(
        TermLink(each.block, each.start, each.end, each.shown, path_to(slugs[each.term]))
        for each in found
        if each.term in slugs
    )


def path_to(slug: str) -> str:
    return reverse("glossary:term", args=[slug])


def used_in(term: Term) -> Uses:
    """Return the published terms whose explanation links to this one, by headword."""
    found = _linking_to(term)
    some = list(found[: MOST_SHOWN + 1])
    more = found.count() - MOST_SHOWN if len(some) > MOST_SHOWN else 0
    return Uses(some[:MOST_SHOWN], more)


def _linking_to(term: Term) -> QuerySet[Term]:
    links = Mention.objects.linked().filter(in_term=OuterRef("pk"), term=term)
    return Term.objects.published().filter(Exists(links)).only("headword", "slug", "headword_key")


def links_panel(term: Term) -> str:
    """Render for editors what a term's text links to and what it mentions without a link."""
    mentions = list(term.mentions.select_related("term"))
    for each in mentions:
        each.shown = each.shown.replace(MASK, "…")  # the place of a figure
    linked = [each for each in mentions if each.state == MentionState.LINKED]
    context = {"linked": linked, "left_out": [each for each in mentions if each not in linked]}
    return render_to_string("admin/glossary/term/mentions.html", context)
