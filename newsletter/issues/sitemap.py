"""The newsletter's part of the sitemap: the archive and the sent issues."""

from collections.abc import Iterator

from django.db.models import Max
from django.urls import reverse

from config.sitemap import SitemapPage
from newsletter.models import Issue
from newsletter.models.issues import issue_path


def sitemap_issues() -> Iterator[SitemapPage]:
    """Yield the pages; only a correction changes an issue after it was sent."""
    issues = Issue.objects.in_archive().annotate(corrected_at=Max("corrections__found_at"))
    sent = list(issues.values_list("number", "slug", "sent_at", "corrected_at"))
    yield SitemapPage(reverse("newsletter:archive"), sent[0][2] if sent else None)
    for number, slug, sent_at, corrected_at in sent:
        yield SitemapPage(issue_path(number, slug), corrected_at or sent_at)
