"""Texts that are used in mail headers."""

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q

# Control characters, line and paragraph separators, and marks that change the reading direction:
# the first let a text break out of its header, and the last let it look like another text.
NOT_IN_HEADERS = r"[\u0001-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]"

header_text = RegexValidator(
    NOT_IN_HEADERS,
    message="This contains a line break or an invisible control character. Type it again.",
    inverse_match=True,
)


def is_header_text(field: str, name: str) -> models.CheckConstraint:
    """Return the constraint of `header_text`, for texts that do not come from a form."""
    return models.CheckConstraint(condition=~Q(**{f"{field}__regex": NOT_IN_HEADERS}), name=name)
