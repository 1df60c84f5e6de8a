"""Fields and validators that several models share: exact numbers, addresses of web pages."""

from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.db import models

MAX_LENGTH = 120
web_address = URLValidator(schemes=["http", "https"])


def is_filled(field: str, name: str) -> models.CheckConstraint:
    return models.CheckConstraint(condition=~models.Q(**{field: ""}), name=name)


def is_one_of(
    field: str, values: str | Iterable[str], name: str, or_empty: bool = False
) -> models.CheckConstraint:
    """Return the constraint that a field with choices holds one of their values, which a text
    names separated by spaces. tests/test_stored_values.py finds one that is missing.
    """
    found = values.split() if isinstance(values, str) else [*map(str, values)]
    known = models.Q(**{f"{field}__in": [""] * or_empty + found})
    return models.CheckConstraint(condition=known, name=name)


class ExactDecimal(models.CharField[Any, Any]):
    """A Decimal kept as text, digit for digit.

    SQLite keeps decimals as binary floats of 15 digits, and no fixed number of places fits both
    10²⁶ operations and 0.0000001 dollars. The database never adds them up, so text is enough.
    """

    # For mypy: the attribute is a Decimal, although the base class keeps texts.
    _pyi_private_set_type: Decimal | None  # type: ignore[assignment]
    _pyi_private_get_type: Decimal | None  # type: ignore[assignment]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", MAX_LENGTH)
        super().__init__(*args, **kwargs)

    def from_db_value(self, value: str | None, *_: Any) -> Decimal | None:
        return None if value is None else Decimal(value)

    def to_python(self, value: Any) -> Any:
        if value is None or isinstance(value, Decimal):
            return value
        try:
            number = Decimal(str(value))
        except InvalidOperation as error:
            raise ValidationError(f"“{value}” is not a number.") from error
        if not number.is_finite():
            raise ValidationError("A number must be finite.")
        return number

    def get_prep_value(self, value: Any) -> str | None:
        number = self.to_python(value)
        return None if number is None else str(number)

    def value_to_string(self, obj: models.Model) -> str:
        value = self.value_from_object(obj)
        return "" if value is None else str(value)
