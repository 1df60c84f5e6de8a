"""The preview of a term's page, made from a form and not from the database."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction
from django.db.models import Q

from glossary.mentions import stored_links
from glossary.models import Relation, Term
from glossary.prose import rendering
from glossary.prose.figures.tokens import Viewer, live_resolver, tokens_in
from glossary.prose.linking.blocks import TermLink
from glossary.series import contents
from glossary.series.freshness import shown_series
from glossary.terms import index


def page_of(term: Term, rows: Mapping[str, list[Any]]) -> dict[str, Any]:
    """Return the context of the term's template. Editors see why a figure is missing.

    Neither the term nor its rows are saved; they are in their order, by the names of the relations.
    A new term has the id 0, which no row has, so queries about it find nothing.
    """
    aliases, relations, shown = (
        rows.get(name, []) for name in ("aliases", "relations", "shown_series")
    )
    for alias in aliases:
        alias.derive()
    data = _data(term, [row.series_id for row in shown])
    cards, see_also = index.cards_and_see_also(term, _own_relations(relations))
    return {
        "term": term,
        "aliases": index.aliases_to_show(term.headword, aliases),
        "explanation": rendering.render(
            term.explanation, live_resolver(data.views), Viewer.EDITORS, _links(term)
        ),
        "used_in": stored_links.used_in(term),
        **data.beside(term.explanation),
        "citations": rows.get("citations", []),
        "cards": cards,
        "see_also": see_also,
    }


@transaction.atomic
def _links(term: Term) -> tuple[TermLink, ...]:
    return stored_links.links_if_saved(term.explanation, term.pk)


def _own_relations(relations: Iterable[Relation]) -> list[tuple[str, ...]]:
    """Return rows as of saved relations: kind, reason, and what cards show of the other term."""
    shown = [(each, each.to_term) for each in relations if each.to_term.is_published]
    return [
        (each.kind, each.reason, other.headword, other.definition, other.slug)
        for each, other in shown
    ]


def _data(term: Term, places: list[int]) -> contents.TermData:
    tokens = tokens_in(term.explanation)
    wanted = Q(pk__in=places) | Q(slug__in={token.slug for token in tokens})
    candidates = list(shown_series().filter(wanted).order_by("title"))
    listed = [series for series in candidates if series.pk in places]
    listed.sort(key=lambda series: places.index(series.pk))
    return contents.term_data(candidates, listed, tokens)
