"""The newsletter's part of the sitemap: the archive and the sent issues."""

from collections.abc import Iterator
from typing import Any

from django.db.models import Max
from django.urls import reverse

from config.sitemap import SitemapPage
from newsletter.models import Issue
from newsletter.models.issues import ADDRESS


def sitemap_issues() -> Iterator[SitemapPage]:
    """Yield the pages; only a correction changes an issue after it was sent."""
    issues = Issue.objects.in_archive().annotate(corrected_at=Max("corrections__found_at"))
    sent: list[Any] = list(issues.only(*ADDRESS, "sent_at"))
    newest = {each.newsletter.get_absolute_url(): each.sent_at for each in reversed(sent)}
    for path in {reverse("newsletter:archive"): None, **newest}:
        yield SitemapPage(path, newest.get(path))
    for issue in sent:
        yield SitemapPage(issue.get_absolute_url(), issue.corrected_at or issue.sent_at)
