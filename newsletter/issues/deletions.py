"""Bringing deleted issues back as drafts with their data points, and deleting samples for good.

Sent issues are never deleted.
"""

from collections.abc import Iterator

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from glossary.mentions import linked_names
from glossary.models import Series, Term
from glossary.models.deletions import deleted_parts, insert, last_version
from newsletter.issues import listings
from newsletter.issues.mentions import record_mentions
from newsletter.models import DataPoint, Issue


@transaction.atomic
def delete_samples() -> int:
    """Delete all samples, and their history so that none comes back as a draft; return how many."""
    samples = Issue.objects.samples()
    ids = list(samples.values_list("pk", flat=True))
    listings.refresh_after_commit(samples)
    samples.delete()
    DataPoint.history.filter(issue_id__in=ids).delete()
    Issue.history.filter(id__in=ids).delete()
    return len(ids)


@transaction.atomic
def bring_back(issue_id: int) -> tuple[Issue, list[str]]:
    """Restore a deleted issue as a draft, with its data points.

    Returns the issue and, in sentences, what is different or missing. Raises ValidationError,
    Http404.
    """
    linked_names.hold()  # before the issue, in the order of the clock when it links texts
    record = last_version(Issue, issue_id)
    issue: Issue = record.instance
    issue.status = Issue.Status.DRAFT
    issue.send_at = issue.approved_at = issue.approved_by = None
    issue.forget_missing_people()
    changes = list(_find_place(issue))
    insert(issue)
    for point in deleted_parts(record, DataPoint, Q(issue_id=record.id)):
        if not Term.objects.filter(pk=point.term_id).exists():
            point.term = None
        try:
            if point.series_id and not Series.objects.filter(pk=point.series_id).exists():
                point.series = None
                raise ValidationError("Its series is deleted.")
            insert(point)
        except ValidationError as error:
            why = " ".join(error.messages)
            changes.append(f"This could not be restored. Data point {point}: {why}")
    record_mentions(issue)
    return issue, changes


def _find_place(issue: Issue) -> Iterator[str]:
    """Give the issue another number, and no day, where its own are another issue's by now."""
    others = Issue.objects.filter(newsletter=issue.newsletter_id)
    if others.filter(number=issue.number).exists():
        issue.number, before = issue.newsletter.next_number(), issue.number
        yield f"It has number {issue.number}, because another issue is number {before} now."
    is_taken = issue.slot_on and others.filter(slot_on=issue.slot_on).exists()
    if is_taken or (issue.slot and issue.slot < timezone.now()):
        issue.slot_on = None
        why = "has another issue now" if is_taken else "has passed"
        yield f"Choose its time when you approve it, because its day {why}."
