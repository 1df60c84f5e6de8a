"""How terms relate to each other."""

from __future__ import annotations

from functools import reduce
from operator import or_
from typing import Self

from django.db import models
from django.db.models import F, OuterRef, Q
from simple_history.models import HistoricalRecords

from glossary.models.fields import is_one_of
from glossary.models.terms import Term, TermQuerySet


class RelationQuerySet(models.QuerySet["Relation"]):
    def of(self, term: int) -> Self:
        """A term's own relations to published terms, in order."""
        return self.filter(from_term=term, to_term__status=Term.Status.PUBLISHED)

    def to(self, term: int) -> Self:
        """Relations of published terms that point at a term, contrasts first."""
        last = models.Case(models.When(kind=Relation.Kind.CONTRAST, then=0), default=1)
        incoming = self.filter(to_term=term, from_term__status=Term.Status.PUBLISHED)
        return incoming.order_by(last, "position", "from_term__headword_key")

    def disagreeing(self) -> Self:
        """Relations whose other term lists this one too, as `back_kind`, which is not the
        reciprocal kind.
        """
        back = Relation.objects.filter(from_term=OuterRef("to_term"), to_term=OuterRef("from_term"))
        agree = reduce(or_, (Q(kind=one, back_kind=other) for one, other in RECIPROCAL.items()))
        told = self.annotate(back_kind=models.Subquery(back.values("kind")))
        return told.filter(back_kind__isnull=False).exclude(agree)


class Relation(models.Model):
    """How `from_term` relates to `to_term`. Both pages show it, the other one as the reciprocal
    kind (ISO 25964-1): broader is the wider term, of which this one is a kind, part or instance.
    """

    class Kind(models.TextChoices):
        RELATED = "related"
        BROADER = "broader"
        NARROWER = "narrower"
        CONTRAST = "contrast"

    from_term = models.ForeignKey(Term, models.CASCADE, related_name="relations")
    to_term = models.ForeignKey(
        Term, models.CASCADE, related_name="incoming_relations", verbose_name="other term"
    )
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.RELATED)
    reason = models.CharField(
        max_length=140, blank=True, help_text="Half a sentence on why, shown on the card."
    )
    position = models.PositiveSmallIntegerField(default=0)

    objects = RelationQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["from_term", "to_term"],
                name="relation_once_a_pair",
                violation_error_message="The other term is listed already.",
            ),
            models.CheckConstraint(
                condition=~Q(from_term=F("to_term")),
                name="relation_not_to_itself",
                violation_error_message="A term cannot be related to itself.",
            ),
            is_one_of("kind", "related broader narrower contrast", "relation_kind_known"),
        ]

    def __str__(self) -> str:
        return f"{self.from_term} → {self.to_term}"


# The kind that each kind is for the other term.
RECIPROCAL: dict[str, Relation.Kind] = {
    Relation.Kind.RELATED: Relation.Kind.RELATED,
    Relation.Kind.BROADER: Relation.Kind.NARROWER,
    Relation.Kind.NARROWER: Relation.Kind.BROADER,
    Relation.Kind.CONTRAST: Relation.Kind.CONTRAST,
}


def with_disagreeing_relations(terms: TermQuerySet) -> TermQuerySet:
    """Filter terms with a relation that the other term's own list tells differently."""
    return terms.filter(relations__in=Relation.objects.disagreeing().values("pk")).distinct()
