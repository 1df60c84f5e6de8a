"""Sent issues as pages for the search index."""

from collections.abc import Collection, Iterator

from django.utils.formats import date_format

from glossary.search import SearchPage
from newsletter.models import Issue

CHUNK = 200


def issue_pages(refs: Collection[int] | None = None) -> Iterator[SearchPage]:
    """Yield the issues in the archive; “Issue 12” is an alias of each."""
    found = Issue.objects.in_archive().select_related("newsletter").prefetch_related("data_points")
    chosen = found if refs is None else found.filter(pk__in=refs)
    for issue in chosen.iterator(chunk_size=CHUNK):
        yield SearchPage(
            ref=issue.pk,
            path=issue.get_absolute_url(),
            title=issue.subject,
            aliases=(f"Issue {issue.number}",),
            note=_day(issue),
            definition=issue.summary,
            markdown=_text(issue),
        )


def _day(issue: Issue) -> str:
    return date_format(issue.sent_on, "F j, Y") if issue.sent_on else ""


def _text(issue: Issue) -> str:
    points = issue.data_points.all()
    texts = [text for point in points for text in (point.headline, point.comment)]
    return "\n\n".join([issue.intro, *texts])
