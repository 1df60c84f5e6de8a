"""The issues that used a term, for its timeline."""

from collections.abc import Iterator

from glossary.models import Term
from glossary.terms.timeline import MOST, Event
from newsletter.issues.mentions import issues_using
from newsletter.models.issues import ADDRESS


def issue_events(term: Term) -> Iterator[Event]:
    """Yield an event for each of the newest sent issues that used the term."""
    for issue in issues_using(term).only(*ADDRESS, "subject", "sent_at")[:MOST]:
        if issue.sent_at:
            title = f"Used in the newsletter: {issue.subject}"
            path = issue.get_absolute_url()
            yield Event(issue.sent_at, f"issue/{issue.pk}", title, path=path)
