"""Forms refuse text with characters that cannot be stored, and say where the character is.

Text copied from a PDF can contain control characters. They are invisible; PostgreSQL rejects NUL
and mail headers reject all of them. config.middleware.CleanForm replaces each one with “�” before
a view reads the form, which keeps the place visible: dropping a vertical tab would join two words.
The field then refuses the text, in every form of the site and of admin.
"""

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.renderers import DjangoTemplates

# Line breaks and tabs are text.
NOT_TEXT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
SHOWN = "\ufffd"
# No more digits than both databases accept as an integer.
ID = re.compile("[0-9]{1,18}")


class Garbled(str):
    """A text with replaced characters and the reason to refuse it."""

    reason = ""

    def refuse(self, value: Any) -> None:
        """Raise ValidationError for any value; a validator for fields with garbled text."""
        raise ValidationError(self.reason, code="garbled")


def readable(text: str) -> str:
    """Return the text, or for a character that cannot be stored a Garbled copy with the reason.

    Form fields refuse such a copy.
    """
    found = NOT_TEXT.search(text)
    if found is None:
        return text
    garbled = Garbled(NOT_TEXT.sub(SHOWN, text))
    garbled.reason = (
        f"This holds a character that cannot be kept: U+{ord(found[0]):04X} at "
        f"{_place(text, found.start())}. It is shown as {SHOWN}; delete it."
    )
    return garbled


def _place(text: str, index: int) -> str:
    """Return the place of a character, counted from 1, with the line if there are several."""
    column = index - text.rfind("\n", 0, index)
    line = text.count("\n", 0, index) + 1
    return f"place {column} of line {line}" if "\n" in text else f"place {column}"


class BoundField(forms.BoundField):
    """A field that refuses garbled text. Each form has its own copy, so changing it is safe."""

    def __init__(self, form: forms.BaseForm, field: forms.Field, name: str) -> None:
        super().__init__(form, field, name)
        if form.is_bound and isinstance(self.data, Garbled):
            field.validators = [*field.validators, self.data.refuse]

    def value(self) -> Any:
        """Return what the field shows; of rows that were chosen, those whose id can be one.

        Django's autocomplete queries for it while the page is rendered, even if it is not a number.
        """
        shown: Any = super().value()
        if not self.form.is_bound or not isinstance(self.field, forms.ModelChoiceField):
            return shown
        rows: Any = self.field.queryset
        if self.field.to_field_name not in (None, rows.model._meta.pk.name):
            return shown
        if isinstance(shown, list | tuple):
            return [each for each in shown if ID.fullmatch(str(each))]
        return shown if ID.fullmatch(str(shown)) else None


class Renderer(DjangoTemplates):
    """Django's renderer, with the BoundField above for all forms."""

    bound_field_class = BoundField
