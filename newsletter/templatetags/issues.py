"""`{% latest_issues 1 as latest %}`: the newest sent issues on a page of the glossary."""

from django import template
from django.db.models import QuerySet

from newsletter.models import Issue

register = template.Library()


@register.simple_tag
def latest_issues(count: int) -> QuerySet[Issue]:
    """Return what the default newsletter sent last, with its data points.

    A tag, because the glossary's views may not import the newsletter; templates are where the
    two meet.
    """
    sent = Issue.objects.sent().filter(newsletter__is_default=True).newest_first()
    return sent.prefetch_related("data_points")[:count]
