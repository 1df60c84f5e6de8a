"""Sent issues on pages of the glossary: `{% latest_issues 1 as latest %}`,
`{% issues_with series as issues %}` and `{% issues_mentioning term as issues %}`.

Tags, because the glossary's views may not import the newsletter; templates are where the two meet.
"""

from django import template
from django.db.models import QuerySet

from glossary.models import Series, Term
from newsletter.issues import mentions
from newsletter.issues.figure_texts import issues_reading
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


@register.simple_tag
def issues_mentioning(term: Term) -> mentions.Uses:
    """Return the newest sent issues that use a term, and how many more there are."""
    return mentions.issues_mentioning(term)
