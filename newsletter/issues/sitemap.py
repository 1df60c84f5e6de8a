"""The newsletter's part of the sitemap: the archive and the sent issues."""

from collections.abc import Iterator

from django.urls import reverse

from config.sitemap import SitemapPage
from newsletter.models import Issue
from newsletter.models.issues import issue_path


def sitemap_issues() -> Iterator[SitemapPage]:
    """Yield the pages; a sent issue never changes, so it was last modified when it was sent."""
    sent = list(Issue.objects.in_archive().values_list("number", "slug", "sent_at"))
    yield SitemapPage(reverse("newsletter:archive"), sent[0][2] if sent else None)
    yield from (SitemapPage(issue_path(number, slug), at) for number, slug, at in sent)
