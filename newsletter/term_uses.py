"""The issues that used a term, for its line of time."""

from collections.abc import Iterator

from django.db.models import Exists, OuterRef

from glossary.models import Term
from glossary.term_changes import MOST, Event
from newsletter.models import DataPoint, Issue, IssueMention


def issues_using(term: Term) -> Iterator[Event]:
    """Tell the sent issues that name a term beside a number or link to it in a text."""
    names_it = DataPoint.objects.filter(issue=OuterRef("pk"), term=term)
    links_it = IssueMention.objects.linked().filter(issue=OuterRef("pk"), term=term)
    found = Issue.objects.in_archive().filter(Exists(names_it) | Exists(links_it))
    for issue in found.only("number", "slug", "subject", "sent_at")[:MOST]:
        if issue.sent_at:
            title = f"Used in the newsletter: {issue.subject}"
            path = issue.get_absolute_url()
            yield Event(issue.sent_at, f"issue/{issue.pk}", title, path=path)
