"""Issues as pages for the search index."""

from collections.abc import Collection, Iterable, Iterator

from django.utils.formats import date_format

from glossary import search
from glossary.search import SearchPage
from newsletter.models import Issue

CHUNK = 200


def issue_pages(refs: Collection[int] | None = None) -> Iterator[SearchPage]:
    """Yield the issues that lists show; “Issue 12” or “Data Letter, Issue 12” is an alias."""
    found = Issue.objects.shown().prefetch_related("data_points")
    chosen = found if refs is None else found.filter(pk__in=refs)
    for issue in chosen.iterator(chunk_size=CHUNK):
        yield SearchPage(
            ref=issue.pk,
            path=issue.get_absolute_url(),
            title=issue.subject,
            aliases=(issue.full_label,),
            note=_note(issue),
            definition=issue.summary,
            markdown=_text(issue),
        )


def refresh_after_commit(issues: Iterable[Issue]) -> None:
    """Bring new issues into the index, and take out samples if these are the first issues."""
    samples = Issue.objects.samples().values_list("pk", flat=True)
    search.after_commit("issue", {*samples, *(issue.pk for issue in issues)})


def _note(issue: Issue) -> str:
    day = date_format(issue.sent_on, "F j, Y") if issue.sent_on else ""
    is_plain = issue.newsletter.is_default and not issue.is_sample
    return day if is_plain else f"{issue.full_label}, {day}"


def _text(issue: Issue) -> str:
    points = issue.data_points.all()
    texts = [text for point in points for text in (point.headline, point.comment)]
    return "\n\n".join([issue.intro, *texts])
