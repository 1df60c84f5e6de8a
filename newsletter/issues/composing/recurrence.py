"""A newsletter's days make their own drafts: made, filled, warned about, expired by the clock.

Each job finds in the database what is due and may run any number of times. What must happen once
is claimed by a conditional UPDATE, however many clocks tick.
"""

import logging
from collections.abc import Iterator
from datetime import date, datetime, timedelta

from django.conf import settings
from django.contrib.auth.models import User
from django.core.mail import send_mail
from django.db import IntegrityError, transaction
from django.template.defaultfilters import pluralize
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from newsletter.issues.composing import proposals
from newsletter.issues.composing.checklist import problems
from newsletter.mailing.signed_links import absolute
from newsletter.models import Issue, Newsletter

logger = logging.getLogger(__name__)

PROPOSED_BEFORE = timedelta(days=2)
WARNED_BEFORE = timedelta(hours=2)
EXPIRED_AFTER = timedelta(hours=6)
# No slot is further from the midnight of its day, whatever the zone.
A_DAY_OR_SO = timedelta(days=2)


def keep_drafts() -> str:
    """See to it that the next day of every recurring newsletter has its issue."""
    count = sum(_keep_draft(each) for each in Newsletter.objects.recurring())
    return f"{count} draft{pluralize(count)} made" if count else ""


def propose_due() -> str:
    """Fill drafts that are still empty two days before they are due."""
    count = sum(_propose_once(each) for each in _near(PROPOSED_BEFORE) if not each.proposed_at)
    return f"{count} draft{pluralize(count)} filled" if count else ""


def warn_late() -> str:
    """Tell once that a draft is not approved two hours before it is due."""
    count = sum(_warn_once(each) for each in _near(WARNED_BEFORE) if not each.warned_at)
    return f"editors told that {count} draft{pluralize(count)} must be approved" if count else ""


def expire_late() -> str:
    """Expire drafts that nobody approved within six hours of their time, and ask."""
    now = timezone.now()
    count = sum(_expire(each) for each, slot in _drafts() if slot + EXPIRED_AFTER < now)
    return f"{count} draft{pluralize(count)} expired" if count else ""


def _near(before: timedelta) -> Iterator[Issue]:
    """Yield the drafts that are due in `before` at most, or were due and have not expired."""
    now = timezone.now()
    for draft, slot in _drafts():
        if slot - before <= now <= slot + EXPIRED_AFTER:
            yield draft


def _drafts() -> Iterator[tuple[Issue, datetime]]:
    """Yield the drafts of days that are past or near, each with its slot."""
    nearest = timezone.now() + PROPOSED_BEFORE + A_DAY_OR_SO
    drafts = Issue.objects.filter(status=Issue.Status.DRAFT, slot_on__lte=nearest.date())
    for draft in drafts.select_related("newsletter"):
        if slot := draft.slot:
            yield draft, slot


def _keep_draft(newsletter: Newsletter) -> bool:
    """Make the draft of the next day, unless that day has an issue, in whatever state."""
    day = newsletter.next_slot(timezone.now()).date()
    if newsletter.issues.filter(slot_on=day).exists() or _take_along(newsletter, day):
        return False
    try:
        with transaction.atomic():
            newsletter.issues.create(number=newsletter.next_number(), slot_on=day)
    except IntegrityError:
        return False  # another clock was faster, or an editor took the number
    return True


def _take_along(newsletter: Newsletter, day: date) -> bool:
    """Move a draft whose weekday is no longer the newsletter's to the new one."""
    today = timezone.localdate(timezone=newsletter.zone)
    drafts = newsletter.issues.filter(status=Issue.Status.DRAFT, slot_on__gte=today)
    stray = drafts.exclude(slot_on__iso_week_day=newsletter.weekday + 1).order_by("slot_on").first()
    if stray is None:
        return False
    return Issue.objects.filter(pk=stray.pk, slot_on=stray.slot_on).update(slot_on=day) == 1


def _propose_once(draft: Issue) -> bool:
    same = Issue.objects.filter(pk=draft.pk, proposed_at=None, status=Issue.Status.DRAFT)
    with transaction.atomic():
        if same.update(proposed_at=timezone.now()) != 1 or draft.data_points.exists():
            return False
        return bool(proposals.propose(Issue.objects.get(pk=draft.pk)))


def _warn_once(draft: Issue) -> bool:
    """Claim the warning and mail it; if no mail server takes it, the next minute tries again."""
    unwarned = Issue.objects.filter(pk=draft.pk, warned_at=None, status=Issue.Status.DRAFT)
    if unwarned.update(warned_at=timezone.now()) != 1:
        return False
    try:
        _tell(draft, "not approved yet", "It will not be sent unless somebody approves it.")
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
    question = "Take it up again for another time, or leave it: the next one comes by itself."
    _tell(draft, "was not sent", question)
    return True


def _tell(draft: Issue, news: str, what_now: str) -> None:
    """Mail the operators and whoever may approve issues."""
    said = [
        f"{draft.newsletter}, issue {draft.number}, due {_when(draft)}: {news}.",
        what_now,
        absolute(reverse("admin:newsletter_issue_change", args=[draft.pk])),
        *(f"- {each}" for item in problems(draft) for each in item.problems),
    ]
    logger.warning("Issue %s of %s %s.", draft.number, draft.newsletter, news)
    subject = f"{settings.EMAIL_SUBJECT_PREFIX}Issue {draft.number} {news}"
    send_mail(subject, "\n\n".join(said), None, _recipients())


def _when(draft: Issue) -> str:
    return date_format(draft.slot, "l, F j, H:i e") if draft.slot else ""


def _recipients() -> list[str]:
    backend = "django.contrib.auth.backends.ModelBackend"
    publishers = User.objects.with_perm("newsletter.send_issue", backend=backend).exclude(email="")
    return sorted({*settings.ADMINS, *publishers.values_list("email", flat=True)})
