"""What the newsletter adds to every page: its promo."""

from dataclasses import dataclass
from email.utils import parseaddr
from functools import partial
from typing import Any

from django.conf import settings
from django.db.models import OuterRef, Q, Subquery
from django.db.models.functions import JSONObject
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from newsletter.models import Issue, Newsletter
from newsletter.models.issues import issue_label, issue_path
from newsletter.subscribers.forms import SignupForm


@dataclass(frozen=True)
class Title:
    """The fields of an issue that the promo shows."""

    number: int
    slug: str
    subject: str
    newsletter: str  # as in issue_path

    @property
    def label(self) -> str:
        return "Latest" if self.number else issue_label(self.number)

    def get_absolute_url(self) -> str:
        return issue_path(self.number, self.slug, self.newsletter)


@dataclass(frozen=True)
class Promo:
    newsletter: Newsletter | None = None
    latest: Title | None = None
    form: SignupForm | None = None
    lead_form: SignupForm | None = None  # beside what a page is about

    @property
    def contact(self) -> str:
        """The address at which a person reads mail."""
        reply_to = self.newsletter.reply_to if self.newsletter else ""
        return reply_to or parseaddr(settings.DEFAULT_FROM_EMAIL)[1]


def promo(request: HttpRequest) -> dict[str, object]:
    """Provide the promo lazily, so that pages without it need no query."""
    here = getattr(request, "resolver_match", None)
    named = here.kwargs.get("newsletter", "") if here else ""
    return {"promo": SimpleLazyObject(partial(_promo, request.path, named))}


def _promo(page: str, named: str) -> Promo:
    """Load with one query the newsletter that a page's address names, or else the default one, and
    its newest issue's title.
    """
    shown = Issue.objects.shown().filter(newsletter=OuterRef("pk"))
    title = JSONObject(number="number", slug="slug", subject="subject")
    found = Newsletter.objects.filter(Q(is_default=True) | Q(slug=named)).order_by("is_default")
    newsletter: Any = found.annotate(latest=Subquery(shown.values(title=title)[:1])).first()
    if newsletter is None:
        return Promo()
    at = newsletter.address_slug
    latest = Title(**newsletter.latest, newsletter=at) if newsletter.latest else None
    forms = [SignupForm.blank(page, newsletter, prefix_of_ids=place) for place in ("promo", "lead")]
    return Promo(newsletter, latest, *forms)
