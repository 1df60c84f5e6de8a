"""Corrections of sent issues: found when numbers change, told in a later issue.

A number is corrected when its value for the period it was sent with is withdrawn, or revised by the
tolerance or more. A new period corrects nothing, nor does the outcome of what was a projection. The
mail and the text as sent never change.
"""

import re
from decimal import Decimal

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from glossary.api.plain_markdown import escaped, linked
from glossary.models import Release, Series
from glossary.prose.figures.readings import Reading, read_again
from glossary.prose.figures.series_view import SeriesView
from glossary.series.loading import revised_on, views_of
from glossary.values.numbers import NO_BREAK, is_percent
from glossary.values.periods import day_label
from glossary.values.points import Status
from newsletter.issues.figure_texts import issues_showing, texts_of
from newsletter.issues.freezing import frozen_readings
from newsletter.models import Correction, Issue
from newsletter.models.corrections import CorrectionQuerySet

# The smallest revision that is a correction: of the number as sent, and of a percentage in points.
TOLERANCE, TOLERANCE_IN_POINTS = Decimal("0.01"), Decimal("0.5")
ANCHOR = re.compile(r"#correction-([0-9]+)\b")


def record_corrections(series: Series, release: Release | None) -> None:
    """Store what the numbers of the series that hold now correct in sent issues.

    `release` brought them; None after one was withdrawn. A second look stores nothing more.
    """
    issues = issues_showing(series)
    if not issues:
        return
    view = views_of({series.slug}).get(series.slug)
    recorded = Correction.objects.filter(series=series, issue__in=issues).order_by("pk")
    last = {(each.issue_id, each.as_sent): each for each in recorded}
    for issue in issues:
        kept = [each.reading for each in issue.data_points.all() if each.reading]
        found = (*frozen_readings(issue).values(), *map(Reading.from_json, kept))
        # Each number once, by what readers read.
        shown = {label_of(each): each for each in found if each.slug == series.slug}
        for label, as_sent in shown.items():
            before = last.get((issue.pk, label))
            now = read_again(as_sent, view).same_period if view else None
            now = now if now and now.period == as_sent.period else None
            if not _is_beyond(as_sent, before.machine if before else as_sent.machine, now, view):
                continue
            if before:  # the new one says all that an untold one would have said
                untold = Correction.objects.untold().filter(pk=before.pk)
                untold.update(settled_at=timezone.now())
            new = Correction(issue=issue, series=series, release=release, as_sent=label)
            new.shown, new.machine = (now.shown, now.machine) if now else ("", "")
            new.text = _text(as_sent, now, new)
            new.save()


def label_of(reading: Reading) -> str:
    """Return the name of a number in corrections: "12 units (2025)"."""
    return f"{reading.shown} ({reading.span_label})"


def correction_line(correction: Correction) -> str:
    """Return the paragraph of Markdown with which a later issue tells the correction."""
    where = linked(f"Correction to issue {correction.issue.number}", correction.path)
    title = f"{correction.series.title}: " if correction.series else ""
    return f"{where}: {escaped(title + correction.text).replace(NO_BREAK, ' ')}"


def untold_corrections(issue: Issue) -> CorrectionQuerySet:
    """Return what an issue may tell: corrections of its newsletter, newest first."""
    ours = Correction.objects.untold().filter(issue__newsletter=issue.newsletter_id)
    return ours.select_related("issue", "series").order_by("-pk")


def has_untold() -> Q:
    """Return a Q for issues with a correction that no later issue has told."""
    return Q(Exists(Correction.objects.untold().filter(issue=OuterRef("pk"))))


def told_in(issue: Issue) -> set[int]:
    """Return the ids of the corrections that the issue's texts link to."""
    return {int(pk) for text in texts_of(issue).values() for pk in ANCHOR.findall(text)}


def settle_told(issue: Issue) -> None:
    """Mark the corrections that the issue tells as told. Call it when the issue is sent."""
    told = untold_corrections(issue).filter(pk__in=told_in(issue))
    told.order_by().update(told_in=issue, settled_at=timezone.now())


def leave_out(issue: Issue, pk: int) -> bool:
    """Settle a correction that an editor does not want to tell; return whether it was open."""
    left = untold_corrections(issue).filter(pk=pk).order_by()
    return left.update(settled_at=timezone.now()) == 1


def _is_beyond(as_sent: Reading, before: str, now: Reading | None, view: SeriesView | None) -> bool:
    """Return whether the number is further from `before`, its last digits told, than tolerated."""
    if as_sent.value is None and "/" not in as_sent.machine:  # a date
        return False
    was_projected = as_sent.status is Status.PROJECTED
    if now and (now.since != as_sent.since or (was_projected and now.status is not as_sent.status)):
        return False  # it counts from another period, or is no longer a projection
    if not before or not now:
        return bool(before) != bool(now)
    # The number of a reading, or both of a range.
    ends = (each.split("/") for each in (as_sent.machine, before, now.machine))
    steps = [tuple(map(Decimal, step)) for step in zip(*ends, strict=True)]
    if is_percent(as_sent.unit, view.short_unit if view and view.unit == as_sent.unit else ""):
        return any(abs(new - old) >= TOLERANCE_IN_POINTS for _, old, new in steps)
    return any(old != new and abs(new - old) >= TOLERANCE * abs(sent) for sent, old, new in steps)


def _text(as_sent: Reading, now: Reading | None, new: Correction) -> str:
    day = day_label(new.release.released_on if new.release else timezone.localdate())
    was = f"{new.as_sent}, as sent,"
    if now is None:
        return f"{was} was withdrawn on {day}."
    if now.shown == as_sent.shown:
        return f"{was} holds again since {day}."
    # An imported issue may be older than a revision that came before it.
    revised = revised_on([as_sent]).get(as_sent)
    return f"{was} was revised to {now.shown} on {day_label(revised) if revised else day}."
