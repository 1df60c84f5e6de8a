"""Drafts of recurring newsletters: the clock makes, fills and expires them, and warns editors.

Each job finds in the database what is due and may run any number of times. A conditional UPDATE
claims what must happen only once, with any number of clocks.
"""

import logging
from collections.abc import Iterator
from datetime import datetime, timedelta

from django.conf import settings
from django.core.mail import send_mail
from django.db import IntegrityError, transaction
from django.template.defaultfilters import pluralize
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from config.site import absolute
from glossary.mentions import linked_names
from newsletter.issues.composing import approval, proposals
from newsletter.issues.composing.checklist import problems_of
from newsletter.models import Issue, Newsletter
from newsletter.values.schedule import EXPIRED_AFTER

logger = logging.getLogger(__name__)

PROPOSED_BEFORE = timedelta(days=2)
WARNED_BEFORE = timedelta(hours=2)
# In every time zone, a slot is less than this away from UTC midnight of its day.
LONGEST_DAY = timedelta(days=2)


def make_drafts() -> str:
    """Make sure that the next day of every recurring newsletter has an issue."""
    count = sum(_make_draft(each) for each in Newsletter.objects.recurring())
    return f"{count} draft{pluralize(count)} made" if count else ""


def draft_next(newsletter: Newsletter) -> Issue | None:
    """Return the draft of the newsletter's next day, made if the day has no issue.

    None if the day's issue is not a draft.
    """
    _make_draft(newsletter)
    day = newsletter.next_slot(timezone.now()).date()
    return newsletter.issues.filter(slot_on=day, status=Issue.Status.DRAFT).first()


def propose_due() -> str:
    """Fill drafts that are still empty two days before they are due."""
    count = sum(_propose_once(each) for each in _near(PROPOSED_BEFORE) if not each.proposed_at)
    return f"{count} draft{pluralize(count)} filled" if count else ""


def warn_late() -> str:
    """Warn the editors once if a draft is not approved two hours before it is due."""
    count = sum(_warn_once(each) for each in _near(WARNED_BEFORE) if not each.warned_at)
    return f"editors warned about {count} draft{pluralize(count)}" if count else ""


def expire_late() -> str:
    """Expire drafts that were not approved within six hours after their time; tell the editors."""
    now = timezone.now()
    count = sum(_expire(each) for each, slot in _drafts() if slot + EXPIRED_AFTER < now)
    return f"{count} draft{pluralize(count)} expired" if count else ""


def _near(before: timedelta) -> Iterator[Issue]:
    """Yield the drafts that are due within `before`, or were due and have not expired."""
    now = timezone.now()
    for draft, slot in _drafts():
        if slot - before <= now <= slot + EXPIRED_AFTER:
            yield draft


def _drafts() -> Iterator[tuple[Issue, datetime]]:
    """Yield the drafts of past and near days, each with its slot."""
    nearest = timezone.now() + PROPOSED_BEFORE + LONGEST_DAY
    drafts = Issue.objects.filter(status=Issue.Status.DRAFT, slot_on__lte=nearest.date())
    for draft in drafts.select_related("newsletter"):
        if slot := draft.slot:
            yield draft, slot


def _make_draft(newsletter: Newsletter) -> bool:
    """Make the draft of the next day, unless that day has an issue in any state.

    A draft of a weekday that is no longer the newsletter's moves there instead.
    """
    day = newsletter.next_slot(timezone.now()).date()
    if newsletter.issues.filter(slot_on=day).exists():
        return False
    today = timezone.localdate(timezone=newsletter.zone)
    drafts = newsletter.issues.filter(status=Issue.Status.DRAFT, slot_on__gte=today)
    stray = drafts.exclude(slot_on__iso_week_day=newsletter.weekday + 1).order_by("slot_on").first()
    if stray and drafts.filter(pk=stray.pk, slot_on=stray.slot_on).update(slot_on=day):
        return False
    try:
        with transaction.atomic():
            newsletter.issues.create(number=newsletter.next_number(), slot_on=day)
    except IntegrityError:
        return False  # another clock was faster, or an editor took the number
    return True


def _propose_once(draft: Issue) -> bool:
    same = Issue.objects.filter(pk=draft.pk, proposed_at=None, status=Issue.Status.DRAFT)
    with transaction.atomic():
        linked_names.hold()  # before the issue, as everywhere
        if same.update(proposed_at=timezone.now()) != 1 or draft.data_points.exists():
            return False
        empty = Issue.objects.get(pk=draft.pk)
        told = proposals.tell_corrections(empty)
        return bool(proposals.fill_draft(empty) or told)


def _warn_once(draft: Issue) -> bool:
    """Claim the warning and mail it; if the mail server does not take it, retry in a minute."""
    unwarned = Issue.objects.filter(pk=draft.pk, warned_at=None, status=Issue.Status.DRAFT)
    if unwarned.update(warned_at=timezone.now()) != 1:
        return False
    try:
        _tell(draft, "not approved yet", "It is not sent unless it is approved.")
    except OSError:
        Issue.objects.filter(pk=draft.pk).update(warned_at=None)
        raise
    return True


def _expire(draft: Issue) -> bool:
    with transaction.atomic():
        held = Issue.objects.select_for_update().get(pk=draft.pk)
        if held.status != Issue.Status.DRAFT:
            return False
        held.status = Issue.Status.EXPIRED
        held.save()
    advice = "Reopen it for another time, or leave it: the next draft is made automatically."
    _tell(draft, "was not sent", advice)
    return True


def _tell(draft: Issue, news: str, advice: str) -> None:
    """Mail the operators and all users who may approve issues."""
    due = date_format(draft.slot, "l, F j, H:i e") if draft.slot else ""
    lines = [
        f"{draft.newsletter}, issue {draft.number}, due {due}: {news}.",
        advice,
        absolute(reverse("admin:newsletter_issue_change", args=[draft.pk])),
        *(f"- {each}" for each in problems_of(draft)),
    ]
    logger.warning("Issue %s of %s %s.", draft.number, draft.newsletter, news)
    subject = f"{settings.EMAIL_SUBJECT_PREFIX}Issue {draft.number} {news}"
    addresses = approval.publishers().exclude(email="").values_list("email", flat=True)
    to = sorted({*settings.ADMINS, *addresses})
    send_mail(subject, "\n\n".join(lines), None, to)
