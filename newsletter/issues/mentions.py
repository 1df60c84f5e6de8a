"""Terms in issues: linked again with every save until the issue is sent, then kept."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import Count, Exists, OuterRef, QuerySet, Window

from glossary.mentions import linked_names
from glossary.mentions.relinking import LinkingPage, fields, link, store
from glossary.mentions.stored_links import MOST_SHOWN
from glossary.models import Term
from glossary.models.prepared import prepared
from glossary.models.terms import term_path
from glossary.prose.linking.blocks import TermLink
from glossary.prose.linking.matching import FoundMention
from glossary.terms.timeline import MOST, Event
from newsletter.models import DataPoint, Issue, IssueMention
from newsletter.models.issues import ADDRESS, IssueQuerySet

INTRO = 0


class TermUses(NamedTuple):
    """The newest issues that use a term, and how many more there are."""

    shown: list[Issue]
    more: int


@transaction.atomic
def record_mentions(issue: Issue) -> None:
    """Find and store the terms that an issue mentions. Call it whenever its texts are saved."""
    linked_names.hold()
    link(_page_of(issue), linked_names.vocabulary())


def draft_pages() -> Iterator[LinkingPage]:
    """Yield the texts of issues that are not sent yet."""
    drafts = Issue.objects.filter(sent_at=None).order_by("pk")
    yield from map(_page_of, drafts.prefetch_related("data_points"))


def stored_term_links(issue: Issue) -> dict[int, tuple[TermLink, ...]]:
    """Return the links in an issue's texts to terms published now, by position."""
    found: dict[int, tuple[TermLink, ...]] = defaultdict(tuple)
    rows = (
        issue.mentions.linked()
        .to_published()
        .values_list("position", "block", "start", "end", "shown", "term__slug")
    )
    for position, block, start, end, shown, slug in rows:
        found[position] += (TermLink(block, start, end, shown, term_path(slug)),)
    return found


def issues_using(term: Term) -> IssueQuerySet:
    """Return the sent issues that link to a term in a text or name it with a data point."""
    links_it = IssueMention.objects.linked().filter(issue=OuterRef("pk"), term=term)
    names_it = DataPoint.objects.filter(issue=OuterRef("pk"), term=term)
    return Issue.objects.in_archive().filter(Exists(links_it) | Exists(names_it))


def issue_events(term: Term) -> Iterator[Event]:
    """Yield an event of a term's timeline for each of the newest sent issues that used it."""
    for issue in issues_using(term).only(*ADDRESS, "subject", "sent_at")[:MOST]:
        if issue.sent_at:
            title = f"Used in the newsletter: {issue.subject}"
            path = issue.get_absolute_url()
            yield Event(issue.sent_at, f"issue/{issue.pk}", title, path=path)


def newest_issues_using(term: Term) -> TermUses:
    shown: list[Any] = _newest_using(term.pk)
    return TermUses(shown, shown[0].count - len(shown) if shown else 0)


@prepared
def _newest_using(term: Term) -> QuerySet[Issue]:
    found = issues_using(term).only(*ADDRESS, "newsletter__name", "subject")
    return found.annotate(count=Window(Count("pk")))[:MOST_SHOWN]


def _page_of(issue: Issue) -> LinkingPage:
    """Return the texts in page order, because a term is linked where it appears first."""
    points = sorted(issue.data_points.all(), key=lambda point: point.position)
    texts = {INTRO: issue.intro} | {point.position: point.comment for point in points}

    def keep(found: Sequence[tuple[FoundMention, ...]]) -> bool:
        wanted = [
            IssueMention(issue=issue, position=position, **fields(each))
            for position, mentions in zip(texts, found, strict=True)
            for each in mentions
        ]
        return store(IssueMention.objects.filter(issue=issue), wanted)

    return LinkingPage(tuple(texts.values()), keep)
