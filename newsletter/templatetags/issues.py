"""Sent issues on pages of the glossary: `{% latest_issues 1 as latest %}`, and
`{% issues_with series as issues %}`.

Tags, because the glossary's views may not import the newsletter; templates are where the two meet.
"""

from django import template
from django.db.models import QuerySet

from glossary.models import Series
from newsletter.figure_texts import issues_reading
from newsletter.models import Issue

register = template.Library()


@register.simple_tag
def latest_issues(count: int) -> QuerySet[Issue]:
    """Return what was sent last, with its data points."""
    issues = Issue.objects.in_archive().select_related("newsletter")
    return issues.prefetch_related("data_points")[:count]


@register.simple_tag
def issues_with(series: Series) -> list[Issue]:
    """Return the sent issues that tell of a series, newest first."""
    return issues_reading(series)
