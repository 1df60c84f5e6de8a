"""Whether the addresses in an issue lead anywhere, so that no reader is the first to find out."""

from collections.abc import Callable, Iterable, Iterator
from functools import partial

from django.db import transaction
from django.urls import Resolver404, ResolverMatch, resolve

from glossary.fetching import link_health
from glossary.models import CheckedAddress, FormerSlug, Series, Term
from glossary.tasks import check_links
from newsletter.issues.composing.mail_contents import path_on_this_site
from newsletter.models import Issue

NO_PAGE = "there is no such page on this site"


def dead(addresses: Iterable[str], issue: Issue) -> dict[str, str]:
    """Return what does not answer, and why. `issue` is the one that links: its page comes later."""
    ours = {each: path for each in addresses if (path := path_on_this_site(each)) is not None}
    gone = {each: NO_PAGE for each, path in ours.items() if not _leads_somewhere(path, issue)}
    return gone | elsewhere([each for each in addresses if each not in ours])


def elsewhere(addresses: Iterable[str]) -> dict[str, str]:
    """Return those on other sites that did not answer when they were last looked at, and why.

    Nothing is fetched here: an editor waits for the answer. `look` has them fetched.
    """
    failing = CheckedAddress.objects.failing().filter(url__in=list(addresses))
    return {each.url: f"it did not answer ({each.said})" for each in failing}


def not_looked_at(addresses: Iterable[str]) -> list[str]:
    """Return those on other sites of which nobody knows yet whether they answer."""
    others = [each for each in addresses if path_on_this_site(each) is None]
    known = CheckedAddress.objects.exclude(state=CheckedAddress.State.NEW).filter(url__in=others)
    looked_at = set(known.values_list("url", flat=True))
    return [each for each in others if each not in looked_at]


def look(issue: Issue) -> None:
    """Have the worker look at addresses of an issue that nobody has looked at yet."""
    if ids := link_health.take_up(_addresses_of(issue)):
        transaction.on_commit(partial(check_links.enqueue, ids))


def addresses() -> Iterator[str]:
    """Give the addresses that issues to come send readers to, for the clock's look at links."""
    for issue in Issue.objects.open().prefetch_related("data_points"):
        yield from _addresses_of(issue)


def _addresses_of(issue: Issue) -> set[str]:
    points = list(issue.data_points.all())
    texts = (issue.intro, *(point.comment for point in points))
    sources = {point.source_url for point in points if point.source_url}
    return sources.union(*map(link_health.links_in, texts))


def _leads_somewhere(path: str, issue: Issue) -> bool:
    try:
        found = resolve(path)
    except Resolver404:
        return False
    is_there = KEPT.get(found.view_name)
    return is_there is None or is_there(found, issue)


def _is_term(found: ResolverMatch, issue: Issue) -> bool:
    slug = found.kwargs["slug"]
    named = Term.objects.published().filter(slug=slug)
    moved = FormerSlug.objects.filter(slug=slug, term__in=Term.objects.published())
    return named.exists() or moved.exists()


def _is_series(found: ResolverMatch, issue: Issue) -> bool:
    return Series.objects.published().filter(slug=found.kwargs["slug"]).exists()


def _is_issue(found: ResolverMatch, issue: Issue) -> bool:
    number = found.kwargs["number"]
    return number == issue.number or Issue.objects.in_archive().filter(number=number).exists()


# Pages that are there only while their row is; all others are there always.
KEPT: dict[str, Callable[[ResolverMatch, Issue], bool]] = {
    "glossary:term": _is_term,
    "glossary:series": _is_series,
    "newsletter:issue": _is_issue,
}
