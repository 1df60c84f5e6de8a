"""Stores each event as it arrived, in a commit of its own, and then judges it once.

A stored event is never lost: the clock judges those that a crash left. An event that arrives again
is the same row, and changes nothing.
"""

import hashlib
import json
import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.db import Error, transaction
from django.db.models import Exists, OuterRef
from django.template.defaultfilters import pluralize
from django.utils import timezone

from newsletter.models import Delivery, Issue, MailEvent, Subscriber
from newsletter.returns import consequences, matching
from newsletter.returns.incoming import LARGEST
from newsletter.returns.matching import Match
from newsletter.returns.provider_events import read_event
from newsletter.returns.reports import Report, read_answer, read_report
from newsletter.subscribers.subscriptions import lock_reader

logger = logging.getLogger(__name__)

Kind = MailEvent.Kind
State = MailEvent.State

MAIL, SMTP = "mail", "smtp"
# All other sources are providers.
READERS: dict[str, Callable[[bytes], Report]] = {MAIL: read_report, SMTP: read_answer}
# Nobody has to look at these.
IGNORED = (Kind.DELAYED, Kind.RECEIPT, Kind.REPLY)
# A person reads these even where we know whom they are about, such as a reader's letter.
FOR_A_PERSON = (Kind.UNKNOWN, Kind.PARKED)
WORKER_TIME = timedelta(minutes=1)  # until the clock judges what its process has not
BATCH = 500
RAW_KEPT = timedelta(days=30)  # the content of what was matched
KEPT = timedelta(days=90)  # what belongs to no row
RECENT = timedelta(days=7)  # since an issue was finished whose refusals are taken


def take_mail(raw: bytes) -> MailEvent:
    """Store one mail and act on it; of a long one its beginning."""
    raw = raw[:LARGEST]
    return take(MAIL, hashlib.sha256(raw).hexdigest(), raw)


def take(source: str, key: str, raw: bytes, at: datetime | None = None) -> MailEvent:
    """Store an event and act on it, unless it is known; return its row."""
    defaults = {"raw": raw, "received_at": at or timezone.now()}
    event, is_new = MailEvent.objects.get_or_create(source=source, key=key, defaults=defaults)
    if is_new:
        judge(event)
        event.refresh_from_db()
    return event


def judge_waiting() -> str:
    """Judge the events that a crash left (a scheduled job)."""
    old = MailEvent.objects.waiting().filter(received_at__lt=timezone.now() - WORKER_TIME)
    events = list(old.order_by("pk")[:BATCH])
    for event in events:
        judge(event)
    return f"{len(events)} returned mail{pluralize(len(events))} judged" if events else ""


def judge(event: MailEvent) -> None:
    """Find out what a waiting event is, and act on it. It is parked where our code fails."""
    try:
        report = READERS.get(event.source, read_event)(bytes(event.raw))
        _act(event, report, matching.find(report))
    except Error:
        raise  # the database is busy or gone: the clock tries again
    except Exception as error:
        logger.exception("Returned mail %s cannot be judged.", event.pk)
        _settle(event, Report(Kind.PARKED, note=type(error).__name__), Match())


def prune() -> str:
    """Delete the content of old events, and those that belong to no row (a scheduled job)."""
    now = timezone.now()
    old = MailEvent.objects.filter(received_at__lt=now - RAW_KEPT, state=State.MATCHED)
    emptied = old.exclude(raw=b"").update(raw=b"")
    unmatched = MailEvent.objects.filter(received_at__lt=now - KEPT)
    deleted, _ = unmatched.exclude(state__in=[State.MATCHED, State.WAITING]).delete()
    count = emptied + deleted
    return f"{count} old returned mail{pluralize(count)} deleted" if count else ""


def mark_done(event_ids: list[int], by: User) -> int:
    """Record that a person has looked at unmatched events; return how many."""
    chosen = MailEvent.objects.unmatched().filter(pk__in=event_ids)
    return chosen.update(state=State.DONE, done_by=by)


def delete_unmatched(event_ids: list[int], by: User) -> int:
    """Delete unmatched events of any kind; return how many."""
    count, _ = MailEvent.objects.unmatched().filter(pk__in=event_ids).delete()
    logger.info("%s unmatched mails were deleted by user %s.", count, by.pk)
    return count


@transaction.atomic
def assign(event: MailEvent, match: Match, kind: MailEvent.Kind, by: User) -> bool:
    """Match an event to a reader as `by` decided, and act on it.

    A reader who asks to leave leaves every newsletter. Returns False if the reader is gone or
    somebody else decided first.
    """
    reader = lock_reader(match.subscription_id) if match.subscription_id is not None else None
    if reader is None:
        return False
    if event.delivery and event.delivery.subscriber_id == reader.pk:
        match = Match(event.delivery, event.delivery.subscription_id)
    event.done_by = by
    report = Report(kind, event.status, event.note, is_proven=True)
    if not _settle(event, report, match, reader, State.UNMATCHED):
        return False
    matches = [match]
    if kind == Kind.LEAVE:
        matches = [Match(None, each.pk) for each in reader.subscriptions.order_by("pk")]
    for each in matches:
        consequences.follow(event, each, reader)
    return True


@transaction.atomic
def _act(event: MailEvent, report: Report, match: Match) -> None:
    # Before the event's row, because who erases a reader locks both in this order.
    reader = lock_reader(match.subscription_id) if match.subscription_id is not None else None
    if _settle(event, report, match, reader):
        consequences.follow(event, match, reader)


def _settle(
    event: MailEvent,
    report: Report,
    match: Match,
    reader: Subscriber | None = None,
    before: MailEvent.State = State.WAITING,
) -> bool:
    """Record what an event is; return whether it was still in the state `before`."""
    is_matched = match.is_found and report.kind not in FOR_A_PERSON
    event.kind, event.state = report.kind, State.MATCHED if is_matched else State.UNMATCHED
    if report.kind in IGNORED:
        event.state = State.IGNORED
    event.status, event.note = report.status[:12], report.note[:200]
    event.is_proven = report.is_proven and match.is_found
    event.delivery, event.subscription_id = match.delivery, match.subscription_id
    fields = ("kind", "state", "status", "note", "is_proven", "delivery", "subscription_id")
    values = {field: getattr(event, field) for field in (*fields, "done_by")}
    if match.is_found and reader is None:
        values |= {"raw": b"", "note": ""}  # erased since; nothing of them comes back
    return bool(MailEvent.objects.filter(pk=event.pk, state=before).update(**values))


def take_refusals() -> str:
    """Store and judge the mail server's refusals of issues that are sent (a scheduled job).

    Each is proof about its reader. Until its issue is sent, a row of refusals may turn out to be
    about us: sending pauses itself, and those readers are deferred.
    """
    taken = MailEvent.objects.filter(
        delivery=OuterRef("pk"), source=SMTP, received_at__gte=OuterRef("settled_at")
    )
    recent = timezone.now() - RECENT
    sent = Issue.objects.filter(status=Issue.Status.SENT, snapshot__finished_at__gt=recent)
    failed = Delivery.objects.filter(issue__in=sent, state=Delivery.State.FAILED)
    refused = failed.filter(~Exists(taken), code__isnull=False, settled_at__isnull=False)
    rows = list(refused.order_by("pk")[:BATCH])
    for row in rows:
        kept = {"delivery": row.pk, "code": row.code, "enhanced": row.enhanced, "note": row.note}
        key = f"{row.pk}-{row.settled_at:%Y%m%d%H%M%S%f}"
        take(SMTP, key, json.dumps(kept).encode(), at=row.settled_at)
    return f"{len(rows)} refusal{pluralize(len(rows))} judged" if rows else ""
