"""`{% latest_issues 1 as latest %}`: the newest sent issues on a page of the glossary."""

from django import template
from django.db.models import QuerySet

from newsletter.models import Issue

register = template.Library()


@register.simple_tag
def latest_issues(count: int) -> QuerySet[Issue]:
    """Return what was sent last, with its data points.

    A tag, because the glossary's views may not import the newsletter; templates are where the
    two meet.
    """
    return Issue.objects.in_archive().prefetch_related("data_points")[:count]
