"""Lines that are longer than a field is wide: they wrap, and stay one line."""

import re
from typing import Any

from django.db import models
from django.forms import Textarea
from django.http import HttpRequest

LINE_BREAKS = re.compile("[\r\n]+")
SHORT = 120  # characters that fit a field beside a preview, more or less


class LongLine(Textarea):
    """A field of two rows. A line break in it, typed or pasted, becomes a space."""

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__({"rows": 2, "class": "vTextField long-line", **(attrs or {})})

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
