"""Parts of forms: lines longer than a field is wide, which wrap and stay one line, and inline rows
in an order that buttons change (static/js/order.js).
"""

import re
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.utils import flatten
from django.db import models
from django.forms import Textarea
from django.http import HttpRequest
from django.utils.html import format_html

LINE_BREAKS = re.compile("[\r\n]+")
A_ROW = 40  # characters, between a phone and a field beside a preview
SHORT = 120  # characters that fit a field beside a preview, more or less


class LongLine(Textarea):
    """A line that wraps, in as many rows as it needs. A line break in it becomes a space.

    Browsers that fit a field to its text (`field-sizing`) do so; the rows are for the others.
    """

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__({"class": "vTextField long-line", **(attrs or {})})

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        rows = max(1, -(-len(str(value or "")) // A_ROW))
        return super().get_context(name, value, {"rows": rows} | (attrs or {}))

    def value_from_datadict(self, *args: Any) -> Any:
        value = super().value_from_datadict(*args)
        # Garbled text (config.forms) is refused as it is.
        return LINE_BREAKS.sub(" ", value) if type(value) is str else value


class LongLines:
    """For an admin or an inline: fields that take long lines show them whole."""

    long_lines: tuple[str, ...] = ()  # shorter ones that are long all the same

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        is_line = isinstance(db_field, models.CharField) and not db_field.choices
        is_line &= not isinstance(db_field, models.EmailField)
        if is_line and (db_field.max_length > SHORT or db_field.name in self.long_lines):
            kwargs.setdefault("widget", LongLine)
        return super().formfield_for_dbfield(db_field, request, **kwargs)  # type: ignore[misc]


class OrderedForm(forms.ModelForm[Any]):
    """A row with a place among others. A new row in which only the place is typed is empty."""

    position: forms.Field = forms.IntegerField(label="Order", required=False, min_value=0)

    def has_changed(self) -> bool:
        free = {"position"} if self.instance._state.adding else set()
        return bool(set(self.changed_data) - free)


class InOrder(forms.BaseInlineFormSet[Any, Any, Any]):
    """Puts rows without a place last, in the order of the form."""

    def add_fields(self, form: Any, index: int | None) -> None:
        super().add_fields(form, index)
        if form.instance._state.adding:
            form.initial["position"] = None  # not the model's 0

    def clean(self) -> None:
        super().clean()
        places = [form.instance.position for form in self.forms]
        last = max((place for place in places if place is not None), default=-1)
        for place, form in zip(places, self.forms, strict=True):
            if place is None:
                form.instance.position = last = last + 1


class Rows(LongLines, admin.StackedInline[Any, Any]):
    """Short rows with one empty row at the end; `hint` explains their fields once.

    The form of a stored object folds them under what they hold: `named_by` is the field of a row
    that names it there.
    """

    template = "admin/edit_inline/rows.html"
    extra = 1
    hint = ""
    named_by = ""


class OrderedRows(Rows):
    form = OrderedForm
    formset = InOrder


def unnamed(*fields: Any) -> Any:
    return None, {"fields": fields}


def folded(name: str, *fields: Any, description: str = "") -> Any:
    """Return a part of a form that is closed until it is clicked."""
    return name, {"classes": ("collapse",), "description": description, "fields": fields}


def unfold_errors(form: Any) -> None:
    """Unfold the parts with an error; Django overlooks those of fields that share a line."""
    wrong = set(form.form.errors)
    form.fieldsets = [
        (name, options | {"classes": ()} if wrong & set(flatten(options["fields"])) else options)
        for name, options in form.fieldsets
    ]


def with_held(fieldsets: Any, held: dict[str, str]) -> list[tuple[Any, Any]]:
    """Return the fieldsets of a form, with what is filled in beside the names of folded ones."""
    title = '{} <span class="held">{}</span>'
    return [
        (format_html(title, name, held[name]) if name in held else name, options)
        for name, options in fieldsets
    ]
