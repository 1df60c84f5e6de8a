"""The form of a term and its inline rows."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest

from glossary.admin.numbers import in_words
from glossary.models import Alias, Citation, Relation, Term, TermSeries
from glossary.models.people import SIGNED
from glossary.prose.problems import TextProblem
from glossary.terms import text_problems
from glossary.values.names import name_key

# Restoring an old version restores its text, not its address, whether it is published, or who
# reviewed it and answers for it.
NOT_RESTORED = ("slug", "status", "publish_at", *SIGNED)
CORRECT_FIRST = "Correct the text, or make the term a draft first."


class TermForm(forms.ModelForm[Any]):
    """Refuses to publish figures or links that cannot be read; for a draft it only warns."""

    text_problems: tuple[TextProblem, ...] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk and "status" not in self.fields:
            today = Term.objects.get(pk=self.instance.pk)
            for name in NOT_RESTORED:
                setattr(self.instance, name, getattr(today, name))
        # With maxlength, browsers silently cut off pasted text at 300 characters.
        if "definition" in self.fields:
            attributes = self.fields["definition"].widget.attrs
            attributes["data-count"] = attributes.pop("maxlength", "")

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean() or self.cleaned_data
        self.text_problems = text_problems.problems(cleaned.get("explanation") or "")
        status = cleaned.get("status", self.instance.status)
        if self.text_problems and status == Term.Status.PUBLISHED:
            said = [*in_words(self.text_problems), CORRECT_FIRST]
            self.add_error("explanation", ValidationError(said))
        return cleaned


class InOrder(forms.BaseInlineFormSet[Any, Any, Any]):
    """Puts new rows last unless a position is typed."""

    def save_new(self, form: Any, commit: bool = True) -> Any:
        if "position" not in form.changed_data:
            form.instance.position = 1 + max(
                (row.position for row in self.get_queryset()), default=-1
            )
        return super().save_new(form, commit)


class NamesOnce(forms.BaseInlineFormSet[Any, Any, Any]):
    """Refuses two new rows with the same name, which otherwise only the database would refuse."""

    def clean(self) -> None:
        super().clean()
        seen: set[str] = set()
        for form in self.forms:
            name = form.cleaned_data.get("name") if hasattr(form, "cleaned_data") else None
            if not name or form.cleaned_data.get("DELETE"):
                continue
            if name_key(name) in seen:
                form.add_error("name", f"“{name}” is listed twice.")
            seen.add(name_key(name))


class AliasInline(admin.TabularInline[Any, Any]):
    model = Alias
    formset = NamesOnce
    extra = 0


class RelationInline(admin.TabularInline[Any, Any]):
    model = Relation
    formset = InOrder
    fk_name = "from_term"
    fields = ("to_term", "kind", "reason", "position")
    autocomplete_fields = ("to_term",)
    extra = 0
    verbose_name_plural = "Related terms"


class CitationInline(admin.StackedInline[Any, Any]):
    """Two rows a citation: an address or a title is longer than a cell of a table."""

    model = Citation
    formset = InOrder
    fields = (("title", "publisher"), ("url", "read_on", "position"))
    extra = 0


class SeriesInline(admin.TabularInline[Any, Any]):
    model = TermSeries
    formset = InOrder
    fields = ("series", "position")
    autocomplete_fields = ("series",)
    extra = 0
    verbose_name = "series"
    verbose_name_plural = "Live data: the series this term shows, in order"

    def get_queryset(self, request: HttpRequest) -> QuerySet[TermSeries]:
        return super().get_queryset(request).select_related("series")
