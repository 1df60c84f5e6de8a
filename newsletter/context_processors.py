"""What the newsletter adds to every page: its promo."""

from dataclasses import dataclass
from functools import partial

from django.db.models import OuterRef, Subquery
from django.db.models.functions import JSONObject
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from newsletter.forms import SignupForm
from newsletter.models import Issue, Newsletter


@dataclass(frozen=True)
class Promo:
    newsletter: Newsletter | None = None
    latest: Issue | None = None
    form: SignupForm | None = None


def promo(request: HttpRequest) -> dict[str, object]:
    """Offer the promo lazily: a page that shows none costs no query."""
    return {"promo": SimpleLazyObject(partial(_promo, request.path))}


def _promo(page: str) -> Promo:
    """Read the default newsletter and its newest issue's title in one query."""
    sent = Issue.objects.sent().newest_first().filter(newsletter=OuterRef("pk"))
    title = JSONObject(number="number", slug="slug", subject="subject")
    defaults = Newsletter.objects.filter(is_default=True)
    newsletter = defaults.annotate(latest=Subquery(sent.values(title=title)[:1])).first()
    if newsletter is None:
        return Promo()
    latest = Issue(**newsletter.latest) if newsletter.latest else None
    return Promo(newsletter, latest, SignupForm.blank(page, prefix_of_ids="promo"))
