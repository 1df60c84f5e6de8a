"""What a line in a mail header may hold."""

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q

# Control characters, line and paragraph separators, and marks that turn the reading direction:
# the first would let a text break out of its header, the last let it look like another.
NOT_IN_HEADERS = r"[\u0001-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]"

header_text = RegexValidator(
    NOT_IN_HEADERS,
    message="This holds a line break or an invisible control character. Type the line again.",
    inverse_match=True,
)


def is_header_text(field: str, name: str) -> models.CheckConstraint:
    """Repeat `header_text` in the database, for what passes no form."""
    return models.CheckConstraint(condition=~Q(**{f"{field}__regex": NOT_IN_HEADERS}), name=name)
