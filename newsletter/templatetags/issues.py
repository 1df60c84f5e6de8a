"""Newsletters and sent issues on pages of the glossary: `{% front_issue as story %}`,
`{% latest_issues 5 as issues %}`, `{% other_newsletters as others %}`,
`{% issues_with series as issues %}` and `{% issues_mentioning term as issues %}`.

They are tags because the glossary's views may not import the newsletter; only templates use both.
"""

from django import template
from django.db.models import QuerySet

from glossary.models import Series, Term
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
    """Return the newsletters other than the default one."""
    return Newsletter.objects.filter(is_default=False)


@register.simple_tag
def front_issue() -> pages.FrontIssue | None:
    """Return the newest issue with its charts."""
    return pages.front_issue()


@register.simple_tag
def issues_with(series: Series) -> list[Issue]:
    """Return the sent issues that show a series, newest first."""
    return issues_showing(series)


@register.simple_tag
def issues_mentioning(term: Term) -> mentions.TermUses:
    """Return the newest sent issues that use a term, and how many more there are."""
    return mentions.newest_issues_using(term)
