"""Text in a form that cannot be kept: the form comes back with it and says where the character is.

Control characters come with text that is copied from a PDF. PostgreSQL takes no NUL, no mail header
any of them, and nobody sees them. config.middleware.CleanInput replaces each by “�” before a view
reads the form, so that the place stays visible: left out, a vertical tab would join two words. The
field then refuses the text, in every form of the site and of admin.
"""

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.renderers import DjangoTemplates

# Line breaks and tabs are text.
NOT_TEXT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
SHOWN = "\ufffd"


class Garbled(str):
    """A text in which characters were replaced, with the reason to refuse it."""

    reason = ""

    def refuse(self, value: Any) -> None:
        """Serve as a validator that no value passes."""
        raise ValidationError(self.reason, code="garbled")


def readable(text: str) -> str:
    """Return a text as it is, or as Garbled when it holds a character that cannot be kept."""
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
    """Say where a character is, as a person counts: in a text of several lines by its line."""
    column = index - text.rfind("\n", 0, index)
    line = text.count("\n", 0, index) + 1
    return f"place {column} of line {line}" if "\n" in text else f"place {column}"


class BoundField(forms.BoundField):
    """A field with what was typed; one with a garbled text refuses it. The field is the form's own
    copy."""

    def __init__(self, form: forms.BaseForm, field: forms.Field, name: str) -> None:
        super().__init__(form, field, name)
        if form.is_bound and isinstance(self.data, Garbled):
            field.validators = [*field.validators, self.data.refuse]


class Renderer(DjangoTemplates):
    """Django's own renderer, which makes all forms use the field above."""

    bound_field_class = BoundField
