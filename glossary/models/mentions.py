"""Mentions of terms in texts, and the names with which the texts were last linked."""

from __future__ import annotations

import uuid
from typing import Self

from django.db import models
from django.db.models import F, Q

from glossary.models.fields import is_one_of
from glossary.models.terms import Alias, Term
from glossary.values.mentions import LONGEST_MENTION, UNLINKED, MentionState

WHY = {
    MentionState.LINKED.value: "linked",
    MentionState.CROWDED.value: "the text has enough links",
    MentionState.HEADING.value: "in a heading",
    MentionState.QUOTE.value: "in a quotation with its source",
    MentionState.FLAGGED.value: "not linked automatically",
    MentionState.FORBIDDEN.value: "forbidden with [[!…]]",
}


class MentionQuerySet[M: PlacedMention](models.QuerySet[M]):
    def linked(self) -> Self:
        return self.filter(state=MentionState.LINKED)

    def unlinked(self) -> Self:
        """Mentions that stay plain text, unless the text itself forbids the link."""
        return self.filter(state__in=UNLINKED)

    def to_published(self) -> Self:
        return self.filter(term__status=Term.Status.PUBLISHED)


class PlacedMention(models.Model):
    """A place in a text: block, start and end as in `linking.blocks`, and the text there.

    Pages print links from these rows to the current terms, so no changed address breaks a page.
    A place whose text differs gets no link.
    """

    state = models.CharField(max_length=10, choices=WHY)
    block = models.PositiveIntegerField()
    start = models.PositiveIntegerField()
    end = models.PositiveIntegerField()
    shown = models.CharField(max_length=LONGEST_MENTION)
    is_manual = models.BooleanField(default=False)

    class Meta:
        abstract = True
        ordering = ["block", "start"]

    def __str__(self) -> str:
        return f"{self.shown} ({self.state})"


class Mention(PlacedMention):
    """A term named in another term's explanation."""

    in_term = models.ForeignKey(Term, models.CASCADE, related_name="mentions")
    term = models.ForeignKey(Term, models.CASCADE, related_name="mentioned_in")

    objects = MentionQuerySet["Mention"].as_manager()

    class Meta(PlacedMention.Meta):
        constraints = [
            is_one_of("state", WHY, "mention_state_known"),
            models.CheckConstraint(condition=~Q(in_term=F("term")), name="mention_not_of_itself"),
            models.CheckConstraint(condition=Q(start__lt=F("end")), name="mention_has_length"),
            models.UniqueConstraint(
                fields=["in_term", "block", "start"], name="mention_one_a_place"
            ),
            models.UniqueConstraint(
                fields=["in_term", "term"],
                condition=Q(is_manual=False),
                name="mention_one_a_text_unless_manual",
            ),
        ]


class LinkedName(models.Model):
    """A name with which the texts are linked; comparing with the terms' names finds changes.

    No foreign key: a name stays until the texts that mention it are linked again, also when its
    term is deleted.
    """

    HEADWORD = "headword"

    term_pk = models.BigIntegerField()
    kind = models.CharField(max_length=12, choices=[(HEADWORD, HEADWORD), *Alias.Kind.choices])
    name = models.CharField(max_length=120)
    is_case_sensitive = models.BooleanField()
    is_autolinked = models.BooleanField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["term_pk", "kind", "name"], name="linked_name_once"),
            is_one_of(
                "kind", "headword synonym abbreviation spelling hidden", "linked_name_kind_known"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class LinkedVersion(models.Model):
    """One row with the stamp of the names; locked by transactions that change names or links."""

    stamp = models.UUIDField(default=uuid.uuid4)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(pk=1), name="linked_version_is_one")]

    def __str__(self) -> str:
        return str(self.stamp)
