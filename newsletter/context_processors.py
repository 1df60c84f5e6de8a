"""What the newsletter adds to every page: its promo."""

from dataclasses import dataclass
from email.utils import parseaddr
from functools import cache as once
from functools import partial
from typing import Any

from django.conf import settings
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import JSONObject
from django.http import HttpRequest

from glossary.models.prepared import prepared
from newsletter.models import Issue, Newsletter
from newsletter.subscribers.forms import new_form_stamp


@dataclass(frozen=True)
class Promo:
    newsletter: Newsletter | None = None
    latest: Issue | None = None  # with the fields that the promo shows
    # Of the form: the page that it is on, and the stamp of today.
    page: str = ""
    stamp: str = ""

    @property
    def contact(self) -> str:
        """The address at which a person reads mail."""
        reply_to = self.newsletter.reply_to if self.newsletter else ""
        return reply_to or parseaddr(settings.DEFAULT_FROM_EMAIL)[1]


def promo(request: HttpRequest) -> dict[str, object]:
    """Provide the promo as a function, so that pages without it need no query."""
    here = getattr(request, "resolver_match", None)
    named = here.kwargs.get("newsletter", "") if here else ""
    return {"promo": once(partial(_promo, request.path, named))}


def _promo(page: str, named: str) -> Promo:
    newsletter: Any = next(iter(_named_or_default(named)), None)
    if newsletter is None:
        return Promo()
    latest = Issue(**newsletter.latest, newsletter=newsletter) if newsletter.latest else None
    return Promo(newsletter, latest, page[:200], new_form_stamp())


@prepared
def _named_or_default(named: str) -> QuerySet[Newsletter]:
    """Return the newsletter that a page's address names, or else the default one, with fields of
    its newest issue as `latest`.
    """
    shown = Issue.objects.shown().filter(newsletter=OuterRef("pk"))
    title = JSONObject(number="number", slug="slug", subject="subject")
    found = Newsletter.objects.filter(Q(is_default=True) | Q(slug=named)).order_by("is_default")
    return found.annotate(latest=Subquery(shown.values(title=title)[:1]))[:1]
