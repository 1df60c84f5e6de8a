"""The contents of index, field, letter and term pages, the latter also from a form, and the term of
the day.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import groupby
from string import ascii_uppercase
from typing import Any, NamedTuple

from django.core.cache import caches
from django.core.paginator import Page, Paginator
from django.db.models import Count, Q, QuerySet
from django.db.models.functions import Left
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString

from glossary.mentions import stored_links
from glossary.models import Alias, Category, Citation, Relation, Term
from glossary.models.prepared import prepared
from glossary.models.relations import RECIPROCAL
from glossary.models.terms import ListedTerm, TermQuerySet
from glossary.prose import rendering
from glossary.prose.figures.tokens import Viewer, live_resolver, tokens_in
from glossary.series.contents import TermData, first_chart, term_data
from glossary.series.freshness import shown_series
from glossary.values.names import first_letter, name_key

CARDS = 6
MOST_LISTED = 500  # with this many terms the index links to lists and shows none itself
OTHER = "other"
LABELS: dict[str, str] = {
    kind: str(kind.label) for kind in Relation.Kind if kind != Relation.Kind.RELATED
}
TERMS_A_PAGE = 100


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


class RelatedCard(NamedTuple):
    """A related term on the page; the label is "", "Broader", "Narrower" or "Contrast"."""

    term: ListedTerm
    label: str = ""
    reason: str = ""


OF_RELATED = {
    end: [f"{end}__{name}" for name in ListedTerm._fields] for end in ("from_term", "to_term")
}
WHOLE = ("category", "reviewed_by", "responsible")

# The term at an address, of any status, with all that its page shows of it.
whole_at = prepared(lambda slug: Term.objects.select_related(*WHOLE).filter(slug=slug))
aliases_of = prepared(lambda term: Alias.objects.filter(term=term))
citations_of = prepared(lambda term: Citation.objects.filter(term=term))
_own_relations = prepared(
    lambda term: Relation.objects.of(term).values_list("kind", "reason", *OF_RELATED["to_term"])
)
_incoming_relations = prepared(
    lambda term: Relation.objects.to(term).values_list("kind", *OF_RELATED["from_term"])
)
# A row for each published term, in index order; `by_category` reads them.
index_terms = prepared(
    lambda: (
        Term.objects.published()
        .in_index_order()
        .values_list("category__name", "category__slug", *ListedTerm._fields)
    )
)
# The categories with published terms, with their `count`, in order.
fields = prepared(lambda: Category.objects.in_use())
_initials = prepared(
    lambda: (
        Term.objects.published()
        .order_by()
        .values(initial=Left("headword_key", 1))
        .values_list("initial", Count("pk"))
    )
)


def cards_and_see_also(
    term: Term, own: Iterable[tuple[str, ...]] | None = None
) -> tuple[list[RelatedCard], list[ListedTerm]]:
    """Return the related terms as cards, and further terms that refer to this one as links.

    All of the editor's own relations are cards; terms that refer to this one fill up to six. Rows
    of `own` relations that are not saved yet take the place of the saved ones.
    """
    rows = _own_relations(term.pk) if own is None else own
    cards = [
        RelatedCard(ListedTerm(*other), LABELS.get(kind, ""), reason.rstrip("."))
        for kind, reason, *other in rows
    ]
    shown = {card.term.slug for card in cards}
    others = [
        RelatedCard(other, LABELS.get(RECIPROCAL[kind], ""))
        for kind, *columns in _incoming_relations(term.pk)
        if (other := ListedTerm(*columns)).slug not in shown
    ]
    room = max(CARDS - len(cards), 0)
    rest = sorted((card.term for card in others[room:]), key=lambda other: name_key(other.headword))
    return cards + others[:room], rest


def aliases_to_show(headword: str, aliases: Iterable[Alias]) -> list[Alias]:
    """Return the aliases that readers see: not hidden, and not part of the headword."""
    said = {name_key(part) for part in re.split(r"[()]", headword)}
    return [alias for alias in aliases if alias.kind != Alias.Kind.HIDDEN and alias.key not in said]


def explanation_of(term: Term, data: TermData, viewer: Viewer) -> SafeString:
    """Return the explanation as HTML, kept for its text, its links and the data that it reads."""
    links = stored_links.links_in(term)
    said = f"{viewer}{data.edition}{links}{term.explanation}"
    html: SafeString | None = caches["template_fragments"].get_or_set(
        f"prose-{sha256(said.encode()).hexdigest()}",
        lambda: rendering.render(term.explanation, live_resolver(data.views), viewer, links),
        timeout=None,
    )
    return html or SafeString()


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


def by_category(rows: Iterable[tuple[str, ...]]) -> list[tuple[Category, list[ListedTerm]]]:
    return [
        (Category(name=name, slug=slug), [ListedTerm(*row[2:]) for row in group])
        for (name, slug), group in groupby(rows, lambda row: row[:2])
    ]


def letters() -> list[InitialLetter]:
    """Return A to Z, and "#" if a term begins otherwise, each with its number of terms."""
    counts: Counter[str] = Counter()
    for initial, count in _initials():
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


def page_of[Row](
    rows: QuerySet[Any, Row] | Sequence[Row],
    count: int,
    number: str | None,
    length: int = TERMS_A_PAGE,
) -> Page[Row]:
    """Return one page of `count` rows: that of the typed `number`, or the nearest there is."""
    pages = Paginator(rows, length)
    pages.count = count  # known; without it the rows of a table are counted again
    asked = int(number[:9]) if number and number.isdecimal() else 1
    return pages.page(min(max(asked, 1), pages.num_pages))


def term_of_day() -> dict[str, Any] | None:
    """Return a published `term` for the front page while there is no issue, and its `data`.

    It is another one each day, one with a chart if there are any; None without terms.
    """
    published = Term.objects.published().order_by("pk")
    with_charts = published.filter(shown_series__series__current_release__isnull=False).distinct()
    keys = with_charts.values_list("pk", flat=True) or published.values_list("pk", flat=True)
    if not keys:
        return None
    found = Term.objects.select_related("category").get(
        pk=keys[timezone.localdate().toordinal() % len(keys)]
    )
    return {"term": found, "data": first_chart(found)}


def term_page(
    term: Term,
    data: TermData,
    explanation: SafeString,
    aliases: Iterable[Alias],
    citations: Sequence[Citation],
    own: Iterable[tuple[str, ...]] | None = None,
) -> dict[str, Any]:
    """Return the context of the term's template; `own` as in `cards_and_see_also`."""
    cards, see_also = cards_and_see_also(term, own)
    return {
        "term": term,
        "aliases": aliases_to_show(term.headword, aliases),
        "explanation": explanation,
        "used_in": stored_links.used_in(term),
        **data.beside(term.explanation),
        "citations": citations,
        "cards": cards,
        "see_also": see_also,
    }


# --- a term's page from a form and not from the database ---


def page_from_form(term: Term, rows: Mapping[str, list[Any]]) -> dict[str, Any]:
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
    links = stored_links.links_if_saved(term.explanation, term.pk)
    unsaved = [
        (each.kind, each.reason, *(getattr(each.to_term, name) for name in ListedTerm._fields))
        for each in relations
        if each.to_term.is_published
    ]
    explanation = rendering.render(
        term.explanation, live_resolver(data.views), Viewer.EDITORS, links
    )
    return term_page(term, data, explanation, aliases, rows.get("citations", []), unsaved)


def _data(term: Term, places: list[int]) -> TermData:
    tokens = tokens_in(term.explanation)
    wanted = Q(pk__in=places) | Q(slug__in={token.slug for token in tokens})
    candidates = list(shown_series().filter(wanted).order_by("title"))
    listed = [series for series in candidates if series.pk in places]
    listed.sort(key=lambda series: places.index(series.pk))
    return term_data(candidates, listed, tokens)
