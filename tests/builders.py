"""Plain builders with defaults: make one object and name only what the test is about."""

from datetime import date, timedelta

from django.utils import timezone
from django.utils.text import slugify

from glossary.ingest.plans import accept_release, plan_release
from glossary.models import (
    Alias,
    Category,
    Citation,
    Observation,
    Person,
    Relation,
    Release,
    Series,
    Source,
    Term,
    Upload,
)
from newsletter.mailing import outbox
from newsletter.models import (
    ConfirmationToken,
    DataPoint,
    Issue,
    Newsletter,
    OutboxMail,
    SignupRequest,
    Subscriber,
    Subscription,
    Suppression,
)
from newsletter.subscribers import tokens
from newsletter.values.addresses import address_hash, address_key


def make_category(name: str = "Techniques & Methods", **fields) -> Category:
    return Category.objects.get_or_create(name=name, defaults={"slug": slugify(name), **fields})[0]


def make_term(headword: str = "Pre-Training", **fields) -> Term:
    """Make a published term; `status="draft"` makes a draft."""
    defaults = {
        "category": fields.pop("category", None) or make_category(),
        "definition": f"What {headword} means, in one sentence.",
        "explanation": f"More about {headword}.",
        "status": Term.Status.PUBLISHED,
    }
    return Term.objects.create(headword=headword, **(defaults | _reviewed(fields)))


def _reviewed(fields):
    """Name the office as the reviewer where only a day is given."""
    if fields.get("reviewed_on") and "reviewed_by" not in fields:
        return fields | {"reviewed_by": make_office()}
    return fields


def make_office() -> Person:
    return Person.objects.get_or_create(is_office=True)[0]


def make_person(name: str = "Ada Example", **fields) -> Person:
    return Person.objects.create(name=name, **fields)


def make_alias(term: Term, name: str, kind: str = Alias.Kind.SYNONYM) -> Alias:
    return Alias.objects.create(term=term, name=name, kind=kind)


def relate(from_term: Term, to_term: Term, **fields) -> Relation:
    return Relation.objects.create(from_term=from_term, to_term=to_term, **fields)


def make_citation(term: Term, **fields) -> Citation:
    defaults = {"publisher": "arXiv", "title": "A paper", "url": "https://arxiv.org/abs/1706.03762"}
    return Citation.objects.create(term=term, **(defaults | fields))


def make_newsletter(name: str = "AI Economy Pulse", **fields) -> Newsletter:
    """Return the default newsletter; any other name makes another one."""
    is_default = name == "AI Economy Pulse"
    defaults = {
        "slug": slugify(name),
        "promise": "Every Friday: the 3 AI data points that actually matter this week.",
        "frequency_text": "every Friday",
        "is_default": is_default,
    }
    newsletter, is_new = Newsletter.objects.get_or_create(name=name, defaults=defaults | fields)
    if fields and not is_new:
        for field, value in fields.items():
            setattr(newsletter, field, value)
        newsletter.save()
    return newsletter


def make_subscriber(address: str = "reader@example.org", **fields) -> Subscriber:
    key = address_key(address)
    return Subscriber.objects.get_or_create(
        address_key=key, defaults={"address": address, **fields}
    )[0]


def make_subscription(address: str = "reader@example.org", **fields) -> Subscription:
    """Make an active subscription to the default newsletter; `status="pending"` makes that."""
    status = fields.setdefault("status", Subscription.Status.ACTIVE)
    if status != Subscription.Status.PENDING:
        fields.setdefault("confirmed_at", timezone.now())
    if status == Subscription.Status.UNSUBSCRIBED:
        fields.setdefault("unsubscribed_at", timezone.now())
    if status == Subscription.Status.PAUSED:
        fields.setdefault("paused_until", timezone.now() + timedelta(weeks=2))
    newsletter = fields.pop("newsletter", None) or make_newsletter()
    return Subscription.objects.create(
        subscriber=make_subscriber(address), newsletter=newsletter, **fields
    )


def make_suppression(address: str, reason: str = Suppression.Reason.REFUSED) -> Suppression:
    key_hash = address_hash(address_key(address))
    return Suppression.objects.create(address_hash=key_hash, reason=reason)


def make_request(address: str = "reader@example.org", **fields) -> SignupRequest:
    """Make a signup that waits for the worker."""
    newsletter = fields.pop("newsletter", None) or make_newsletter()
    defaults = {"source_page": "/", "consent_text": newsletter.consent_text}
    return SignupRequest.objects.create(
        newsletter=newsletter, address=address, **(defaults | fields)
    )


def make_token(subscription: Subscription, purpose: str = "confirm", **fields) -> str:
    """Make a mailed link's token and return its text."""
    token = tokens.make_token(subscription, ConfirmationToken.Purpose(purpose), **fields)
    return tokens.give_new_text(token)


def make_mail(
    subscription: Subscription | None = None, purpose: str = "export", *, to: str = "", **fields
) -> OutboxMail:
    """Queue a mail with a link to own data; `purpose="confirm"` makes a confirmation."""
    subscription = subscription or make_subscription()
    token = tokens.make_token(subscription, ConfirmationToken.Purpose(purpose), **fields)
    kind = outbox.Kind.CONFIRMATION if purpose == "confirm" else outbox.Kind.OWN_DATA
    return outbox.queue(kind, subscription, token=token, to=to)


def make_issue(number: int = 1, subject: str = "Chips for rent", **fields) -> Issue:
    """Make a sent issue; `status="draft"` makes a draft, number 0 with “sample” a sample."""
    status = fields.setdefault("status", Issue.Status.SENT)
    defaults = {
        "newsletter": fields.pop("newsletter", None) or make_newsletter(),
        "sent_at": timezone.now() if status in ("sending", "paused", "sent", "sample") else None,
    }
    fields = defaults | _reviewed(fields)
    return Issue.objects.create(number=number, subject=subject, **fields)


def make_data_point(issue: Issue, position: int = 1, **fields) -> DataPoint:
    defaults = {
        "headline": "Renting an H100 got cheaper",
        "figure": "$2.10",
        "period": "an hour, October 2026",
        "comment": "It was more a year ago.",
        "source_publisher": "Epoch AI",
        "source_title": "GPU rental prices",
        "source_url": "https://epoch.ai/data",
    }
    return DataPoint.objects.create(issue=issue, position=position, **(defaults | fields))


def make_series(slug: str = "compute", **fields) -> Series:
    """Make a series without data; `release` gives it some."""
    source, _ = Source.objects.get_or_create(publisher="Epoch AI", title="AI chip counts")
    defaults = {
        "title": slug.replace("-", " ").capitalize(),
        "description": f"How much {slug} there is.",
        "category": make_category(),
        "source": source,
        "unit": "units",
        "frequency": "annual",
    }
    return Series.objects.create(slug=slug, **(defaults | fields))


def make_daily_series(slug: str, count: int, **fields) -> Series:
    """Make a series of `count` days from 2003 on, 10.00, 10.50 … 14.50 and again, in one insert."""
    series = make_series(slug, **({"frequency": "daily", "denotes": "day"} | fields))
    first = Release.objects.create(
        series=series, released_on=date(2026, 1, 15), kind="first", checksum="0" * 64
    )
    Observation.objects.bulk_create(
        Observation(
            series=series,
            period=date(2003, 1, 1) + timedelta(days=n),
            value=f"{10 + n % 10 / 2:.2f}",
            first_in=first,
        )
        for n in range(count)
    )
    Series.objects.filter(pk=series.pk).update(current_release=first)
    return Series.objects.with_page().get(pk=series.pk)


def make_upload(series: Series | None = None, **fields) -> Upload:
    """Make a waiting file: of data with a series, of terms without."""
    defaults = {"kind": "terms", "name": "new.csv", "content": b"period,value\n"}
    if series:
        defaults |= {"kind": "data", "series": series, "released_on": date(2026, 11, 20)}
    return Upload.objects.create(**(defaults | fields))


def release(series: Series, rows: str, day: str = "2026-01-15", **options) -> Release | None:
    """Import lines such as "2024,10 2025,12" (period, value) as the release of a day."""
    content = "period,value\n" + rows.replace(" ", "\n")
    series = Series.objects.with_page().get(pk=series.pk)
    planned = plan_release(series, content.encode(), "test.csv", date.fromisoformat(day))
    return accept_release(planned, **options)
