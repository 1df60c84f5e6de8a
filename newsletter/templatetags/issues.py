"""Newsletters and sent issues on pages of the glossary: `{% front_issue as story %}`,
`{% latest_issues 5 as issues %}`, `{% other_newsletters as others %}`,
`{% issues_with series as issues %}` and `{% issues_mentioning term as issues %}`.

They are tags because the glossary's views may not import the newsletter; only templates use both.
"""

from django import template
from django.db.models import QuerySet

from newsletter.issues import mentions, pages
from newsletter.issues.figure_texts import issues_showing
from newsletter.models import Issue, Newsletter

register = template.Library()


@register.simple_tag
def latest_issues(count: int) -> QuerySet[Issue]:
    """Return the newest issues, or samples before the first."""
    return Issue.objects.shown()[:count]


@register.simple_tag
def other_newsletters() -> QuerySet[Newsletter]:
    return Newsletter.objects.filter(is_default=False)


register.simple_tag(pages.front_issue)
register.simple_tag(issues_showing, name="issues_with")
register.simple_tag(mentions.newest_issues_using, name="issues_mentioning")
