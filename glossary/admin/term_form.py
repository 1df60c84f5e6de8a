"""The form of a term and its inline rows."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest

from glossary.admin.numbers import in_words
from glossary.admin.rows import OrderedRows, Rows
from glossary.models import Alias, Citation, Relation, Term, TermSeries
from glossary.models.people import SIGNED
from glossary.prose.problems import TextProblem
from glossary.terms import text_problems
from glossary.values.names import name_key

# Restoring an old version restores its text, not its address, whether it is published, or who
# reviewed it and answers for it.
NOT_RESTORED = ("slug", "status", "publish_at", *SIGNED)
# The button that saves and publishes.
PUBLISH = "_publish"
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
        if PUBLISH in self.data:
            cleaned["status"] = Term.Status.PUBLISHED
        self.text_problems = text_problems.problems(cleaned.get("explanation") or "")
        status = cleaned.get("status", self.instance.status)
        if self.text_problems and status == Term.Status.PUBLISHED:
            said = [*in_words(self.text_problems), CORRECT_FIRST]
            self.add_error("explanation", ValidationError(said))
        return cleaned


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


class AliasInline(Rows):
    model = Alias
    formset = NamesOnce
    fields = (("name", "kind"),)
    named_by = "name"
    verbose_name_plural = "Aliases"
    hint = (
        "Other names of this term. Texts link to them as they do to the headword. A hidden one is "
        "only found by search."
    )


class RelationInline(OrderedRows):
    model = Relation
    fk_name = "from_term"
    fields = (("to_term", "kind", "reason", "position"),)
    named_by = "to_term"
    autocomplete_fields = ("to_term",)
    verbose_name_plural = "Related terms"
    hint = (
        "Both pages show it. Broader: this term is a kind, a part or an example of the other one; "
        "narrower is the reverse. The reason is half a sentence on the other term’s card, and "
        "shows on this page only."
    )


class CitationInline(OrderedRows):
    """Two rows a citation: an address or a title is longer than half a row."""

    model = Citation
    fields = (("title", "publisher"), ("url", "read_on", "position"))
    long_lines = ("publisher",)
    named_by = "publisher"
    verbose_name_plural = "Sources"
    hint = "Readers see them under the explanation, in this order."


class SeriesInline(OrderedRows):
    model = TermSeries
    fields = (("series", "position"),)
    named_by = "series"
    autocomplete_fields = ("series",)
    verbose_name = "series"
    verbose_name_plural = "Live Data"
    hint = "One chart on the page for each series, in this order."

    def get_queryset(self, request: HttpRequest) -> QuerySet[TermSeries]:
        return super().get_queryset(request).select_related("series")
