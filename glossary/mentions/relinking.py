"""Keeps stored links correct: when a text is saved, and when names appear, change or go.

An app whose texts link to terms registers a function that yields their Pages.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import Q, Value
from django.db.models.functions import Replace
from django.template.defaultfilters import pluralize

from config.registry import Registry
from glossary.mentions import linked_names
from glossary.models import Alias, Mention, Term
from glossary.prose.linking.matching import FoundMention, find_mentions, link_problems
from glossary.prose.linking.vocabulary import (
    NamePrefilter,
    TermName,
    Vocabulary,
    name_forms,
    written_words,
)
from glossary.prose.markdown import manual_links
from glossary.prose.problems import TextProblem
from glossary.values.names import name_key

Keep = Callable[[Sequence[tuple[FoundMention, ...]]], bool]


@dataclass(frozen=True)
class LinkingPage:
    """Texts that readers see as one page, and how to store what they mention.

    `own` is the id of the term that the page is about. `keep` takes a tuple for each text and
    returns whether it changed a row.
    """

    texts: tuple[str, ...]
    keep: Keep
    own: int | None = None


# Functions that yield each page whose links follow the names of terms.
TEXTS_WITH_TERMS = Registry[Callable[[], Iterable[LinkingPage]]]()


@transaction.atomic
def record_links(*terms: Term) -> None:
    """Store what terms' explanations mention. Call it whenever an explanation is saved."""
    linked_names.hold()
    names = linked_names.vocabulary()
    for term in terms:
        link(linking_page(term), names)


def link(page: LinkingPage, names: Vocabulary) -> bool:
    """Link one page and return whether a row changed. The caller holds the names."""
    return page.keep(find_mentions(page.texts, names, page.own))


def relink_changed() -> str:
    """Relink the pages that mention a new, changed or deleted name (a scheduled job)."""
    if not linked_names.has_changed():
        return ""
    with transaction.atomic():
        prefilter = NamePrefilter(linked_names.renew())
        names = linked_names.vocabulary()
        found = (page for page in _pages() if prefilter.may_match(page.texts))
        count = sum(link(page, names) for page in found)
    return f"links to terms renewed on {count} page{pluralize(count)}" if count else ""


@transaction.atomic
def relink_all() -> int:
    """Relink every page; return the number of pages that changed."""
    linked_names.renew()
    names = linked_names.vocabulary()
    return sum(link(page, names) for page in _pages())


def unknown_links(text: str) -> tuple[TextProblem, ...]:
    """List the `[[links]]` whose name no term has. The name of a draft is fine."""
    if manual_links.OPENING not in text:
        return ()
    found = link_problems(text, linked_names.vocabulary())
    return tuple(each for each in found if not _has_term(each.inside))


def _has_term(name: str) -> bool:
    """Return whether any term has the name, also drafts and an import that is not linked yet."""
    keys = keys_of_link(name)
    # By their indexes first: the rest reads every name.
    if Term.objects.filter(headword_key__in=keys).exists():
        return True
    if Alias.objects.filter(key__in=keys).exists():
        return True
    joined = {key.replace(" ", "") for key in keys}  # compounds: Data Center, Datacenter
    held = Q(headword_joined__in=joined) | Q(alias_joined__in=joined)
    for key in keys:
        # Either part of "Graphics Processing Unit (GPU)".
        held |= Q(headword_key__startswith=f"{key}(") | Q(headword_key__endswith=f"({key})")
    terms = Term.objects.alias(
        headword_joined=Replace("headword_key", Value(" "), Value("")),
        alias_joined=Replace("aliases__key", Value(" "), Value("")),
    )
    return terms.filter(held).exists()


def keys_of_link(name: str) -> set[str]:
    """Return the keys of the names that a link may mean, such as the singular of a plural."""
    forms = {written_words(name), *(form.words for form in name_forms(TermName(name, 0)))}
    return {name_key(" ".join(words)) for words in forms}


def term_pages() -> Iterator[LinkingPage]:
    terms = Term.objects.exclude(explanation="").only("pk", "explanation").order_by("pk")
    return map(linking_page, terms)


def linking_page(term: Term) -> LinkingPage:
    return LinkingPage((term.explanation,), partial(_keep, term.pk), own=term.pk)


def _pages() -> Iterator[LinkingPage]:
    for pages in TEXTS_WITH_TERMS:
        yield from pages()


def _keep(pk: int, found: Sequence[tuple[FoundMention, ...]]) -> bool:
    wanted = [Mention(in_term_id=pk, **fields(each)) for each in found[0]]
    return store(Mention.objects.filter(in_term=pk), wanted)


def fields(found: FoundMention) -> dict[str, Any]:
    held = asdict(found)
    return {"term_id": held.pop("term"), **held, "state": found.state.value}


def store(present: Any, wanted: Iterable[Any]) -> bool:
    """Replace the rows of a query by the wanted ones; return whether they differed."""
    rows = list(wanted)
    if sorted(map(_values, present)) == sorted(map(_values, rows)):
        return False
    # A term that was deleted in this minute still has its names here.
    terms = set(
        Term.objects.filter(pk__in={row.term_id for row in rows}).values_list("pk", flat=True)
    )
    present.delete()
    present.model.objects.bulk_create(row for row in rows if row.term_id in terms)
    return True


def _values(row: Any) -> tuple[Any, ...]:
    names = [field.attname for field in row._meta.concrete_fields if not field.primary_key]
    return tuple(getattr(row, name) for name in names)
