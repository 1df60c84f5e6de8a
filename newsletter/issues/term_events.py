"""The issues that used a term, for its line of time."""

from collections.abc import Iterator

from glossary.models import Term
from glossary.terms.timeline import MOST, Event
from newsletter.issues.mentions import sent_with


def issues_using(term: Term) -> Iterator[Event]:
    """Tell the newest of them."""
    for issue in sent_with(term).only("number", "slug", "subject", "sent_at")[:MOST]:
        if issue.sent_at:
            title = f"Used in the newsletter: {issue.subject}"
            path = issue.get_absolute_url()
            yield Event(issue.sent_at, f"issue/{issue.pk}", title, path=path)
