"""Takes back the newest release of a series, so that the numbers before it hold again."""

from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone

from glossary.ingest import consequences
from glossary.ingest.plans import follow_numbers
from glossary.ingest.uploads import Stale
from glossary.models import Observation, Release, Series, WithdrawnRelease
from glossary.series.loading import load_release


@dataclass(frozen=True)
class WithdrawalPlan:
    """What withdrawing the newest release would change."""

    release: Release
    before: Release | None  # the one that would hold again
    sentences: tuple[consequences.SentenceChange, ...] = ()
    broken: tuple[consequences.BrokenClaim, ...] = ()


def plan_withdrawal(series: Series) -> WithdrawalPlan | None:
    """Return what would change; None when the series has no release."""
    release = series.current_release
    if release is None:
        return None
    before = _before(release)
    points = load_release(series, before).points if before else ()
    day = (before or release).released_on
    return WithdrawalPlan(release, before, *consequences.of(series, day, points))


@transaction.atomic
def withdraw_release(
    series: Series, release_id: int, reason: str, by: Any = None
) -> WithdrawnRelease:
    """Withdraw the newest release of a series. Raises Stale unless it is the one that was seen."""
    held = Series.objects.select_for_update(of=("self",), no_key=True).get(pk=series.pk)
    release = held.current_release
    if release is None or release.pk != release_id:
        raise Stale("Another release is the newest now. Look at it first.")
    now = timezone.now()
    kept = ("released_on", "imported_at", "checksum", "summary")
    copied = {name: getattr(release, name) for name in kept}
    withdrawn = WithdrawnRelease.objects.create(
        series=held, withdrawn_at=now, withdrawn_by=by, reason=reason, **copied
    )
    before = _before(release)
    # First what came, because a period has one current value.
    Observation.objects.filter(first_in=release).delete()
    Observation.objects.filter(superseded_in=release).update(superseded_in=None)
    # Its columns may have been the mistake, so a person confirms those of the next file.
    changed = {"current_release": before, "mapping": "", "updated_at": now}
    Series.objects.filter(pk=held.pk).update(**changed)
    release.delete()
    follow_numbers(held)
    return withdrawn


def _before(release: Release) -> Release | None:
    others = Release.objects.filter(series=release.series_id).exclude(pk=release.pk)
    return others.newest_first().first()
