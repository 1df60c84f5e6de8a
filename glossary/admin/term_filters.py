"""Filters of the list of terms. The counts on the front page of admin link to them, so both use the
same QuerySet methods."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from glossary.admin.desk import SOON
from glossary.fetching import link_health
from glossary.models.relations import with_disagreeing_relations
from glossary.models.terms import TermQuerySet

type Question = Callable[[Any], QuerySet[Any]]


class QuestionFilter(admin.SimpleListFilter):
    """A filter by QuerySet methods. `questions` maps its query value to label and method."""

    questions: dict[str, tuple[str, Question]] = {}

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(asked, label) for asked, (label, _) in self.questions.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any] | None:
        _, question = self.questions.get(self.value() or "", ("", None))
        return question(queryset) if question else None


class ReviewFilter(QuestionFilter):
    title = parameter_name = "review"
    questions = {
        "due": ("Due", TermQuerySet.review_due),
        "soon": ("Due within 30 days", lambda terms: terms.review_due_within(SOON)),
        "changed": ("Changed since its review", TermQuerySet.changed_since_review),
        "never": ("Never reviewed", TermQuerySet.never_reviewed),
    }


class TextFilter(QuestionFilter):
    title = parameter_name = "text"
    questions = {
        "broken": ("Broken", TermQuerySet.with_broken_text),
        "faulty": ("With a link or mark that does not work", TermQuerySet.with_text_remarks),
    }


class ClaimsFilter(QuestionFilter):
    title = parameter_name = "claims"
    questions = {"broken": ("Broken", TermQuerySet.with_broken_claims)}


class DataFilter(QuestionFilter):
    title = parameter_name = "data"
    questions = {
        "none": ("None", TermQuerySet.without_data),
        "some": ("Some", lambda terms: terms.exclude(pk__in=terms.without_data())),
    }


class RelationsFilter(QuestionFilter):
    title = parameter_name = "relations"
    questions = {
        "none": ("None", TermQuerySet.without_relations),
        "disagreeing": ("Told differently", with_disagreeing_relations),
    }


class CitationsFilter(QuestionFilter):
    title = parameter_name = "citations"
    questions = {"none": ("None", TermQuerySet.without_citations)}


class LinksFilter(QuestionFilter):
    title = parameter_name = "links"
    questions = {"dead": ("Dead", link_health.with_dead_links)}


class MentionsFilter(QuestionFilter):
    title = parameter_name = "mentions"
    questions = {
        "unlinked": ("Not linked", TermQuerySet.with_unlinked_mentions),
        "nobody": ("Mentioned by no other term", TermQuerySet.mentioned_by_nobody),
    }
