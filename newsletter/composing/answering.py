"""Whether the addresses in an issue lead anywhere, so that no reader is the first to find out."""

from collections.abc import Callable, Iterable

from django.urls import Resolver404, ResolverMatch, resolve

from glossary.models import FormerSlug, Series, Term
from newsletter.composing.mail_contents import path_on_this_site
from newsletter.models import Issue

NO_PAGE = "there is no such page on this site"


def dead(addresses: Iterable[str], issue: Issue) -> dict[str, str]:
    """Return what does not answer, and why. `issue` is the one that links: its page comes later."""
    ours = {each: path for each in addresses if (path := path_on_this_site(each)) is not None}
    gone = {each: NO_PAGE for each, path in ours.items() if not _leads_somewhere(path, issue)}
    return gone | elsewhere([each for each in addresses if each not in ours])


def elsewhere(addresses: Iterable[str]) -> dict[str, str]:
    """Return those on other sites that did not answer when they were last looked at, and why.

    Nothing is fetched here: an editor waits for the answer.
    """
    return {}


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
