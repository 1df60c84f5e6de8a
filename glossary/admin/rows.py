"""Inline rows of a form: short ones, in an order that buttons change (static/js/order.js)."""

from typing import Any

from django import forms
from django.contrib import admin

from glossary.admin.long_lines import LongLines


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
    """Short rows with one empty row at the end; `hint` explains their fields once."""

    template = "admin/edit_inline/rows.html"
    extra = 1
    hint = ""


class OrderedRows(Rows):
    form = OrderedForm
    formset = InOrder
