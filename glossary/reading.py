"""What the pages show: the index grouped and filtered, a term with everything around it."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from string import ascii_uppercase

from django.db.models import Q

from glossary.models import Alias, Category, Relation, Term
from glossary.names import first_letter, name_key

CARDS = 6
LABELS = {Relation.Kind.BROADER: "Broader", Relation.Kind.CONTRAST: "Contrast"}


@dataclass(frozen=True)
class Card:
    """A related term as shown on the page: label is "", "Broader" or "Contrast"."""

    term: Term
    label: str = ""
    reason: str = ""


def cards_and_see_also(term: Term) -> tuple[list[Card], list[Term]]:
    """Return the related terms as cards, and the rest of those that point here as plain links.

    All of the editor's own choices are cards; terms that name this one fill up to six.
    """
    own: list[Card] = []
    incoming: list[Card] = []
    for relation in Relation.objects.around(term):
        if relation.from_term_id == term.pk:
            label = LABELS.get(Relation.Kind(relation.kind), "")
            own.append(Card(relation.to_term, label, relation.reason))
        else:
            incoming.append(Card(relation.from_term))
    shown = {card.term.pk for card in own}
    incoming = [card for card in incoming if card.term.pk not in shown]
    room = max(CARDS - len(own), 0)
    rest = sorted((card.term for card in incoming[room:]), key=lambda other: other.headword_key)
    return own + incoming[:room], rest


def shown_aliases(term: Term) -> list[Alias]:
    """Return the aliases a reader is told of: not hidden, and not in the headword's own words."""
    said = {name_key(part) for part in re.split(r"[()]", term.headword)}
    return [
        alias
        for alias in term.aliases.all()
        if alias.kind != Alias.Kind.HIDDEN and alias.key not in said
    ]


def index_terms(query: str = "", letter: str = "") -> list[Term]:
    """Return the published terms in index order, narrowed to a first letter or to a search text.

    Every word of `query` has to stand in the headword, an alias or the definition.
    """
    terms = (
        Term.objects.published().in_index_order().select_related("category").defer("explanation")
    )
    for word in name_key(query).split()[:8]:
        in_alias = Alias.objects.filter(key__contains=word).values("term_id")
        terms = terms.filter(
            Q(headword_key__contains=word) | Q(definition__icontains=word) | Q(pk__in=in_alias)
        )
    return [term for term in terms if letter in ("", term.first_letter)]


def by_category(terms: Iterable[Term]) -> list[tuple[Category, list[Term]]]:
    """Group terms that come in index order."""
    return [(category, list(group)) for category, group in groupby(terms, lambda t: t.category)]


def letters_in_use() -> list[tuple[str, bool]]:
    """Return A to Z, and "#" for what begins otherwise, each with whether a term begins so."""
    heads = Term.objects.published().values_list("headword_key", flat=True)
    used = {first_letter(key) for key in heads}
    letters = [*ascii_uppercase, "#"] if "#" in used else list(ascii_uppercase)
    return [(letter, letter in used) for letter in letters]


def address_now(slug: str) -> Term | None:
    """Return the published term that `slug` leads to by an older address, an alias or its case."""
    folded = slug.lower()
    published = Term.objects.published()
    former = published.formerly_at(folded).first() or published.filter(slug=folded).first()
    return former or published.filter(aliases__slug=folded).order_by("pk").first()
