"""The newsletter's part of the sitemap: its archive and what was sent."""

from collections.abc import Iterator

from django.urls import reverse

from config.sitemap import Page
from newsletter.models import Issue
from newsletter.models.issues import address_of


def pages() -> Iterator[Page]:
    """A sent issue never changes: it is as old as its sending."""
    sent = list(Issue.objects.in_archive().values_list("number", "slug", "sent_at"))
    yield Page(reverse("newsletter:archive"), sent[0][2] if sent else None)
    yield from (Page(address_of(number, slug), at) for number, slug, at in sent)
