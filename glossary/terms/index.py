"""The contents of index, field, letter and term pages."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from string import ascii_uppercase

from django.db.models import Count
from django.db.models.functions import Left
from django.urls import reverse

from glossary.models import Alias, Category, Relation, Term
from glossary.models.relations import RECIPROCAL
from glossary.models.terms import TermQuerySet
from glossary.values.names import first_letter, name_key

CARDS = 6
MOST_LISTED = 500  # with so many terms the index leads to lists and shows none itself
OTHER = "other"
LABELS: dict[Relation.Kind, str] = {
    kind: str(kind.label) for kind in Relation.Kind if kind != Relation.Kind.RELATED
}


@dataclass(frozen=True, slots=True)
class InitialLetter:
    """A to Z, or "#" for all other beginnings; `count` terms begin with it."""

    sign: str
    count: int

    @property
    def slug(self) -> str:
        return OTHER if self.sign == "#" else self.sign.lower()

    @property
    def name(self) -> str:
        return "a digit or another sign" if self.sign == "#" else self.sign

    def get_absolute_url(self) -> str:
        return reverse("glossary:letter", args=[self.slug])


@dataclass(frozen=True)
class RelatedCard:
    """A related term on the page; the label is "", "Broader", "Narrower" or "Contrast"."""

    term: Term
    label: str = ""
    reason: str = ""


def cards_and_see_also(term: Term) -> tuple[list[RelatedCard], list[Term]]:
    """Return the related terms as cards, and further terms that refer to this one as links.

    All of the editor's own relations are cards; terms that refer to this one fill up to six.
    """
    return arranged(term, Relation.objects.around(term))


def arranged(term: Term, relations: Iterable[Relation]) -> tuple[list[RelatedCard], list[Term]]:
    """Divide relations, the term's own and those that refer to it, into cards and links."""
    own: list[RelatedCard] = []
    incoming: list[RelatedCard] = []
    for relation in relations:
        kind = Relation.Kind(relation.kind)
        if relation.from_term_id == term.pk:
            own.append(RelatedCard(relation.to_term, LABELS.get(kind, ""), relation.reason))
        else:
            incoming.append(RelatedCard(relation.from_term, LABELS.get(RECIPROCAL[kind], "")))
    shown = {card.term.pk for card in own}
    incoming = [card for card in incoming if card.term.pk not in shown]
    room = max(CARDS - len(own), 0)
    rest = sorted((card.term for card in incoming[room:]), key=lambda other: other.headword_key)
    return own + incoming[:room], rest


def shown_aliases(term: Term) -> list[Alias]:
    """Return the aliases that readers see: not hidden, and not part of the headword."""
    return told_aliases(term.headword, term.aliases.all())


def told_aliases(headword: str, aliases: Iterable[Alias]) -> list[Alias]:
    said = {name_key(part) for part in re.split(r"[()]", headword)}
    return [alias for alias in aliases if alias.kind != Alias.Kind.HIDDEN and alias.key not in said]


def index_terms() -> list[Term]:
    """Return the published terms in index order."""
    return list(_listed().in_index_order())


def terms_of(category: Category) -> TermQuerySet:
    return _listed().filter(category=category).order_by("headword_key")


def terms_under(letter: InitialLetter) -> TermQuerySet:
    """Return the published terms that begin with a letter, in alphabetical order."""
    if letter.slug == OTHER:
        found = _listed().exclude(headword_key__regex="^[a-z]")
    else:
        found = _listed().filter(headword_key__startswith=letter.slug)
    return found.order_by("headword_key")


def _listed() -> TermQuerySet:
    return Term.objects.published().select_related("category").defer("explanation")


def by_category(terms: Iterable[Term]) -> list[tuple[Category, list[Term]]]:
    """Group terms that come in index order."""
    return [(category, list(group)) for category, group in groupby(terms, lambda t: t.category)]


def letters() -> list[InitialLetter]:
    """Return A to Z, and "#" if a term begins otherwise, each with its number of terms."""
    initials = Term.objects.published().order_by().values(initial=Left("headword_key", 1))
    counts: Counter[str] = Counter()
    for initial, count in initials.values_list("initial", Count("pk")):
        counts[first_letter(initial)] += count
    signs = f"{ascii_uppercase}#" if counts["#"] else ascii_uppercase
    return [InitialLetter(sign, counts[sign]) for sign in signs]


def letter_of(text: str) -> InitialLetter:
    """Return the letter that a text begins with, ignoring case and accents."""
    return InitialLetter(first_letter(name_key(text)), 0)


def neighbors[Item](items: Sequence[Item], here: Item) -> tuple[Item | None, Item | None]:
    """Return the items before and after one of the items."""
    at = items.index(here)
    return (items[at - 1] if at else None), (items[at + 1] if at + 1 < len(items) else None)


def address_now(slug: str) -> Term | None:
    """Return the published term with `slug` as an earlier address, an alias, or in another case."""
    folded = slug.lower()
    published = Term.objects.published()
    former = published.formerly_at(folded).first() or published.filter(slug=folded).first()
    return former or published.filter(aliases__slug=folded).order_by("pk").first()
