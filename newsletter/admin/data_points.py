"""The three data points in an issue's form, whose places can be swapped in one save."""

from collections import Counter
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AdminTextareaWidget
from django.core.exceptions import ValidationError
from django.db.models import F
from django.forms.models import BaseInlineFormSet
from django.http import HttpRequest
from django.utils.html import format_html

from glossary.admin.rows import LongLines, OrderedForm
from glossary.admin.tokens import TEXT_HELP
from glossary.models import Series
from newsletter.models import DataPoint
from newsletter.models.issues import DATA_POINTS, PLACES

SOURCE = ("source_publisher", "source_title", "source_url")
WRITTEN = ("position", "series", "headline", "change", "comment", "term", "proposed_because")


class DataPointForm(OrderedForm):
    position = forms.TypedChoiceField(
        label="Place", coerce=int, choices=[(place, place) for place in PLACES]
    )

    def _get_validation_exclusions(self) -> set[str]:
        # A form alone would find the other row still at its old place; the formset checks all.
        return {*super()._get_validation_exclusions(), "position"}  # type: ignore[misc]

    def clean(self) -> dict[str, Any]:
        """Clear what belongs to the former series: its source, and why it was proposed."""
        values = super().clean() or self.cleaned_data
        if "series" in self.changed_data and self.initial.get("series"):
            self.instance.proposed_because = ""
            former = Series.objects.select_related("source").get(pk=self.initial["series"])
            source = former.source
            own = (source.publisher, source.title, source.url)
            if tuple(values.get(name) for name in SOURCE) == own:
                values |= dict.fromkeys(SOURCE, "")
        return values


class DataPointFormSet(BaseInlineFormSet[Any, Any, Any]):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        taken = {point.position for point in self.get_queryset()}
        self.initial_extra = [{"position": place} for place in PLACES if place not in taken]

    def clean(self) -> None:
        super().clean()
        # Forms that were left empty have no cleaned data.
        kept = [form.cleaned_data for form in self.forms if form not in self.deleted_forms]
        places = Counter(each["position"] for each in kept if each.get("position"))
        if twice := [str(place) for place, count in places.items() if count > 1]:
            raise ValidationError(f"Two data points have place {twice[0]}. Give each its own.")

    def save(self, commit: bool = True) -> Any:
        """Save. Rows that change places first move out of the way: positions are unique."""
        leaving = [
            form.instance.pk
            for form in self.initial_forms
            if "position" in form.changed_data or form in self.deleted_forms
        ]
        points = DataPoint.objects.filter(issue=self.instance, pk__in=leaving)
        points.update(position=F("position") + DATA_POINTS)
        return super().save(commit)


class DataPointInline(LongLines, admin.StackedInline[Any, Any]):
    model = DataPoint
    form = DataPointForm
    formset = DataPointFormSet
    long_lines = ("change", "source_publisher")
    autocomplete_fields = ("series", "term")
    readonly_fields = ("proposed_because",)
    max_num = DATA_POINTS
    fieldsets = (
        (None, {"fields": WRITTEN}),
        (
            "Number and source, where they are not the series’ own",
            {"classes": ("collapse",), "fields": ("figure", "period", *SOURCE, "overdue_reason")},
        ),
    )

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "comment":
            kwargs["help_text"] = format_html("Why it matters. {}", TEXT_HELP)
            # By the placeholder the form knows an empty comment, and says so while it is.
            kwargs["widget"] = AdminTextareaWidget({"placeholder": " "})
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("series")  # each is named by it

    def get_extra(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> int:
        return DATA_POINTS - (obj.data_points.count() if obj else 0)
