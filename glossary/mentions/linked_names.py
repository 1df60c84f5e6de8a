"""The names with which the texts are linked, and what has changed since.

Texts are linked with the names in LinkedName, not with those of the terms. So all texts agree at
any time, and renaming a term does not wait for them. `relinking` updates the names.
"""

import uuid
from collections.abc import Iterator
from functools import lru_cache, reduce
from itertools import batched
from operator import or_
from typing import Any, NamedTuple

from django.db.models import F, Q, QuerySet, Value

from glossary.models import Alias, LinkedName, LinkedVersion, Term
from glossary.prose.linking.vocabulary import TermName, Vocabulary


class _Row(NamedTuple):
    """The fields of a LinkedName, as they are compared."""

    term_pk: int
    kind: str
    name: str
    is_case_sensitive: bool
    is_autolinked: bool

    def as_name(self) -> TermName:
        # In another case an abbreviation is another word: MoE and moe, colo and Colo. (Colorado).
        is_short = self.kind == Alias.Kind.ABBREVIATION
        return TermName(
            self.name,
            self.term_pk,
            is_as_written=self.is_case_sensitive or is_short,
            is_automatic=self.is_autolinked,
            is_hidden=self.kind == Alias.Kind.HIDDEN,
        )


def hold() -> None:
    """Lock the names: other transactions that change names or links wait for this one.

    Call it before saving a term. In the other order two transactions deadlock, one waiting for the
    term's row and one for this lock.
    """
    LinkedVersion.objects.get_or_create(pk=1)
    LinkedVersion.objects.select_for_update().get(pk=1)


def vocabulary() -> Vocabulary:
    """Return the names with which texts are linked. Call hold() first to store links."""
    return _made(LinkedVersion.objects.values_list("stamp", flat=True).first())


@lru_cache(maxsize=1)
def _made(stamp: uuid.UUID | None) -> Vocabulary:
    """Build the vocabulary, once per process for each stamp, which identifies a state of names.

    Without the lock, names newer than the stamp may be read. No later lock finds that stamp again,
    so no links are stored with them.
    """
    rows = LinkedName.objects.order_by("term_pk", "kind", "name").values_list(*_Row._fields)
    return Vocabulary(_Row(*row).as_name() for row in rows)


def has_changed() -> bool:
    return any(query.exists() for query in _differences())


def renew() -> list[TermName]:
    """Copy the current names; return those that are new, gone or link differently."""
    hold()
    lost_headwords, new_headwords, lost_aliases, new_aliases = (
        [_Row(*row) for row in rows] for rows in _differences()
    )
    lost, new = lost_headwords + lost_aliases, new_headwords + new_aliases
    for some in batched(lost, 100):
        names = (Q(term_pk=row.term_pk, kind=row.kind, name=row.name) for row in some)
        LinkedName.objects.filter(reduce(or_, names)).delete()
    for some in batched(new, 1000):
        LinkedName.objects.bulk_create(LinkedName(**row._asdict()) for row in some)
    if lost or new:
        LinkedVersion.objects.filter(pk=1).update(stamp=uuid.uuid4())
    return [row.as_name() for row in dict.fromkeys(lost + new)]


def _differences() -> Iterator[QuerySet[Any, Any]]:
    """Yield queries of rows that only LinkedName or only the terms have; the database compares."""
    flags = "is_case_sensitive", "is_autolinked"
    headwords = Term.objects.published().values_list(
        "pk", Value(LinkedName.HEADWORD), "headword", *flags
    )
    aliases = Alias.objects.filter(term__status=Term.Status.PUBLISHED).values_list(
        "term_id", "kind", "name", *(F(f"term__{flag}") for flag in flags)
    )
    is_headword = Q(kind=LinkedName.HEADWORD)
    for names, kept in ((headwords, is_headword), (aliases, ~is_headword)):
        now = names.order_by()
        then = LinkedName.objects.filter(kept).values_list(*_Row._fields)
        yield then.difference(now).order_by()
        yield now.difference(then).order_by()
