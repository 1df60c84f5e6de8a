"""A term and its parts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from functools import lru_cache, reduce
from operator import or_
from typing import Any, NamedTuple, Self

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.urls import reverse
from django.utils import timezone
from simple_history.models import HistoricalRecords

from glossary.models.categories import Category
from glossary.models.fields import is_filled, is_one_of, web_address
from glossary.models.people import Signed, review_constraints
from glossary.values.mentions import UNLINKED
from glossary.values.names import SLUG_LENGTH, name_key, name_slug

DEFINITION_LENGTH = 300
KEY_LENGTH = 160
EXPLANATION_LENGTH = 100_000
MOST_REVIEW_DAYS = 3650
# Some letters become several when folded: ﬃ becomes three.
NO_SLUG = (
    "The headword has no Latin letter or digit to make an address of. Write one, such as: chip"
)
TOO_LONG = "This is too long when written in plain letters."


def name_is_taken(name: str, owner: Term) -> str:
    return f"“{name}” is already a name of “{owner}”."


def address_is_taken(slug: str, owner: Term) -> str:
    return f"/glossary/{slug}/ is an earlier address of “{owner}”."


@lru_cache(maxsize=10_000)
def term_path(slug: str) -> str:
    return reverse("glossary:term", args=[slug])


class ListedTerm(NamedTuple):
    """What lists show of a term: by these texts templates keep the markup of a list."""

    headword: str
    definition: str
    slug: str

    def get_absolute_url(self) -> str:
        return term_path(self.slug)


class TermQuerySet(models.QuerySet["Term"]):
    def published(self) -> Self:
        return self.filter(status=Term.Status.PUBLISHED)

    def due(self) -> Self:
        """Drafts whose time to publish has come, by the database's clock."""
        return self.filter(status=Term.Status.DRAFT, publish_at__lte=Now())

    def review_due(self) -> Self:
        """Terms last reviewed longer ago than their own interval, as of the day `today`."""
        today = timezone.localdate()
        return self._by_interval(lambda interval: Q(reviewed_on__lt=today - interval))

    def review_due_within(self, span: timedelta) -> Self:
        """Terms that become due within the span."""
        today = timezone.localdate()
        return self._by_interval(
            lambda interval: Q(
                reviewed_on__gte=today - interval, reviewed_on__lt=today - interval + span
            )
        )

    def _by_interval(self, condition: Callable[[timedelta], Q]) -> Self:
        """Filter each term by a condition on its own interval; few intervals are in use."""
        intervals = self.order_by().values_list("review_interval", flat=True).distinct()
        conditions = [
            Q(review_interval=days) & condition(timedelta(days=days)) for days in intervals
        ]
        return self.filter(reduce(or_, conditions)) if conditions else self.none()

    def never_reviewed(self) -> Self:
        return self.filter(reviewed_on=None, reopened_on=None)

    def changed_since_review(self) -> Self:
        return self.filter(reopened_on__isnull=False)

    def without_data(self) -> Self:
        """Terms that neither list a series nor read one in their text."""
        return self.filter(shown_series=None, figure_uses=None)

    def mentioned_by_nobody(self) -> Self:
        """Terms that no other published term's text mentions, linked or not."""
        published = Q(mentioned_in__in_term__status=Term.Status.PUBLISHED)
        return self.exclude(pk__in=Term.objects.filter(published).values("pk"))

    def with_unlinked_mentions(self) -> Self:
        """Terms with mentions that stay plain text for a reason that an editor can change."""
        return self.filter(mentions__state__in=UNLINKED).distinct()

    def with_broken_text(self) -> Self:
        return self.filter(has_broken_text=True)

    def with_text_remarks(self) -> Self:
        return self.filter(has_text_remarks=True)

    def with_broken_claims(self) -> Self:
        return self.filter(figure_uses__broken_in__isnull=False).distinct()

    def named(self, name: str) -> Self:
        """Terms with `name` as headword or alias, in any spelling."""
        key = name_key(name)
        return self.filter(Q(headword_key=key) | Q(aliases__key=key)).distinct()

    def with_name_like(self, text: str) -> Self:
        """Terms with `text` in their headword or an alias, in any spelling."""
        key = name_key(text)
        return self.filter(Q(headword_key__contains=key) | Q(aliases__key__contains=key)).distinct()

    def formerly_at(self, slug: str) -> Self:
        return self.filter(former_slugs__slug=slug)

    def reviewed_last(self) -> Self:
        """Terms by their day of review; those of one day as in `most_related()`."""
        reviewed = self.exclude(reviewed_on=None).most_related()
        return reviewed.order_by("-reviewed_on", *reviewed.query.order_by)

    def most_related(self) -> Self:
        """Terms in the order of how many published terms relate to them."""
        published = Q(incoming_relations__from_term__status=Term.Status.PUBLISHED)
        counted = self.annotate(named_by=models.Count("incoming_relations", filter=published))
        return counted.order_by("-named_by", "headword_key")

    def in_index_order(self) -> Self:
        return self.order_by("category__position", "category__name", "headword_key")


class Term(Signed):
    class Status(models.TextChoices):
        DRAFT = "draft"
        PUBLISHED = "published"

    category = models.ForeignKey(Category, models.PROTECT, related_name="terms")
    headword = models.CharField(max_length=120)
    # The folded headword (names.name_key), unique: two spellings of one name are the same.
    headword_key = models.CharField(max_length=KEY_LENGTH, unique=True, editable=False)
    slug = models.SlugField(
        max_length=SLUG_LENGTH,
        unique=True,
        blank=True,
        help_text="The last part of the page’s address. Empty: made from the headword. If you "
        "change it, the old address still leads here.",
    )
    definition = models.CharField(
        max_length=DEFINITION_LENGTH,
        help_text="One sentence that can be read alone. It opens the page, and is shown in lists, "
        "previews and search.",
    )
    explanation = models.TextField(blank=True, max_length=EXPLANATION_LENGTH, help_text="Markdown.")
    is_autolinked = models.BooleanField(
        "linked automatically",
        default=True,
        help_text="The first mention in each other text becomes a link. Turn it off for an "
        "everyday word, such as model or token: then only [[links by hand]] lead here.",
    )
    is_case_sensitive = models.BooleanField(
        "only as written",
        default=False,
        help_text="Only this spelling is linked. For a name that is another word in small "
        "letters, such as Transformer. Names in capitals, such as CLIP, do not need it.",
    )
    status = models.CharField(max_length=10, choices=Status, default=Status.DRAFT)
    publish_at = models.DateTimeField(
        null=True,
        blank=True,
        help_text="When a draft is published automatically. Publishing or withdrawing it earlier "
        "clears this.",
    )
    review_interval = models.PositiveSmallIntegerField(
        "days between reviews",
        default=180,
        validators=[MinValueValidator(1), MaxValueValidator(MOST_REVIEW_DAYS)],
        help_text="Then “Today” lists it as due.",
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    # Set by terms.text_problems for published terms, because data and names change after
    # publication, and for drafts that it kept from being published at their time.
    has_broken_text = models.BooleanField(default=False, editable=False)
    # Set by terms.text_problems, also for drafts: a link or a mark that does not work for readers.
    has_text_remarks = models.BooleanField(default=False, editable=False)

    objects = TermQuerySet.as_manager()
    history = HistoricalRecords(
        excluded_fields=["headword_key", "has_broken_text", "has_text_remarks"]
    )

    class Meta:
        ordering = ["headword_key"]
        constraints = [
            is_filled("headword", "term_has_headword"),
            is_filled("slug", "term_has_slug"),
            is_filled("definition", "term_has_definition"),
            models.CheckConstraint(
                condition=Q(review_interval__gte=1, review_interval__lte=MOST_REVIEW_DAYS),
                name="term_review_interval_sane",
            ),
            is_one_of("status", "draft published", "term_status_known"),
            # Otherwise the clock would publish a term again after its withdrawal.
            models.CheckConstraint(
                condition=Q(status="draft") | Q(publish_at=None),
                name="term_published_waits_for_no_time",
            ),
            *review_constraints("term"),
        ]
        indexes = [
            # The query of due(), every minute.
            models.Index(
                fields=["publish_at"],
                condition=Q(status="draft", publish_at__isnull=False),
                name="term_drafts_due",
            )
        ]

    def __str__(self) -> str:
        return self.headword

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save, and store the earlier address of the page, so that it always redirects here."""
        self.derive()
        if kwargs.get("update_fields"):
            kwargs["update_fields"] = {*kwargs["update_fields"], "updated_at"}
        # Read from the database, because a version restored from history was never loaded.
        before = Term.objects.filter(pk=self.pk).values_list("slug", flat=True).first()
        super().save(*args, **kwargs)
        if before and before != self.slug:
            FormerSlug.objects.get_or_create(slug=before, defaults={"term": self})
        FormerSlug.objects.filter(slug=self.slug, term=self).delete()

    def derive(self) -> None:
        """Fill in derived fields. Code that saves in bulk has to call it."""
        self.headword_key = name_key(self.headword)
        # Browsers send CRLF, which would make every save a change of the text.
        self.explanation = self.explanation.replace("\r\n", "\n")
        self.slug = self.slug or name_slug(self.headword)
        self._drop_time()
        self.end_reopening()

    def _drop_time(self) -> None:
        """Clear the time to publish of a published term."""
        if self.is_published:
            self.publish_at = None

    def clean(self) -> None:
        """Raise ValidationError for a name or an address of another term; it names that term."""
        self.headword = self.headword.strip()
        self.slug = self.slug or name_slug(self.headword)
        self._drop_time()  # before a form checks the constraints
        self.clean_review()
        others = Term.objects.exclude(pk=self.pk)
        errors: dict[str, str] = {}
        if len(name_key(self.headword)) > KEY_LENGTH:
            errors["headword"] = TOO_LONG
        elif owner := others.named(self.headword).first():
            errors["headword"] = name_is_taken(self.headword, owner)
        if not self.slug:
            errors["slug"] = NO_SLUG
        elif owner := others.formerly_at(self.slug).first():
            errors["slug"] = address_is_taken(self.slug, owner)
        if errors:
            raise ValidationError(errors)

    def get_absolute_url(self) -> str:
        return term_path(self.slug)

    @property
    def is_published(self) -> bool:
        return self.status == self.Status.PUBLISHED

    @property
    def review_due_on(self) -> date | None:
        """The first day on which the review is overdue; None before the first review."""
        return self.reviewed_on and self.reviewed_on + timedelta(days=self.review_interval + 1)


class FormerSlug(models.Model):
    """An earlier address of a term, which redirects to the current one."""

    term = models.ForeignKey(Term, models.CASCADE, related_name="former_slugs")
    slug = models.SlugField(max_length=SLUG_LENGTH, unique=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return self.slug


class Alias(models.Model):
    class Kind(models.TextChoices):
        SYNONYM = "synonym"
        ABBREVIATION = "abbreviation"
        SPELLING = "spelling", "other spelling"
        HIDDEN = "hidden"

    term = models.ForeignKey(Term, models.CASCADE, related_name="aliases")
    name = models.CharField(max_length=120)
    key = models.CharField(max_length=KEY_LENGTH, unique=True, editable=False)
    slug = models.SlugField(max_length=SLUG_LENGTH, blank=True, editable=False, db_index=True)
    kind = models.CharField(max_length=12, choices=Kind, default=Kind.SYNONYM)

    history = HistoricalRecords(excluded_fields=["key", "slug"])

    class Meta:
        ordering = ["kind", "key"]
        verbose_name_plural = "aliases"
        constraints = [
            is_filled("name", "alias_has_name"),
            is_one_of("kind", "synonym abbreviation spelling hidden", "alias_kind_known"),
        ]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.derive()
        super().save(*args, **kwargs)

    def derive(self) -> None:
        self.key, self.slug = name_key(self.name), name_slug(self.name)

    def clean(self) -> None:
        if len(name_key(self.name)) > KEY_LENGTH:
            raise ValidationError({"name": TOO_LONG})
        if owner := Term.objects.exclude(pk=self.term_id).named(self.name).first():
            raise ValidationError({"name": name_is_taken(self.name, owner)})


class Citation(models.Model):
    term = models.ForeignKey(Term, models.CASCADE, related_name="citations")
    publisher = models.CharField(max_length=120)
    title = models.CharField(max_length=300)
    url = models.CharField("address", max_length=500, blank=True, validators=[web_address])
    read_on = models.DateField("date read", null=True, blank=True)
    position = models.PositiveSmallIntegerField(default=0)

    history = HistoricalRecords()

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["term", "publisher", "title", "url"],
                name="citation_once_a_term",
                violation_error_message="This source is listed already.",
            ),
            is_filled("publisher", "citation_has_publisher"),
            is_filled("title", "citation_has_title"),
        ]

    def __str__(self) -> str:
        return f"{self.publisher}: {self.title}"

    @property
    def key(self) -> tuple[str, str, str]:
        """What the term's other citations differ in."""
        return self.publisher, self.title, self.url
