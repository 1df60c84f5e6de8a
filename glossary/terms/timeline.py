"""The timeline of a term: its words, its numbers, the issues that used it.

Its words come from the versions that readers saw, each compared with the one before. Texts of
drafts never appear.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import F, Q, Window
from django.db.models.functions import Lag
from django.utils import timezone

from config.registry import Registry
from glossary.models import Release, Term
from glossary.series.contents import RELEASE_KINDS
from glossary.terms.differences import GONE, NEW, Piece, difference

MOST = 100
WORDS = ("headword", "definition", "explanation")


@dataclass(frozen=True, slots=True)
class Event:
    """One event. `ref` identifies it permanently within the term; `path` is its page.

    `before` and `after` are the texts of a headword or definition; `note` is one more line.
    """

    at: datetime
    ref: str
    title: str
    before: str = ""
    after: str = ""
    note: str = ""
    path: str = ""

    @property
    def pieces_before(self) -> list[Piece]:
        return [piece for piece in self._pieces if piece.kind != NEW]

    @property
    def pieces_after(self) -> list[Piece]:
        return [piece for piece in self._pieces if piece.kind != GONE]

    @property
    def _pieces(self) -> list[Piece]:
        return [piece for line in difference(self.before, self.after) for piece in line]

    @property
    def anchor(self) -> str:
        return self.ref.replace("/", "-")

    @property
    def day(self) -> date:
        return timezone.localdate(self.at)


# Functions from a term to its events outside the glossary.
TERM_USES = Registry[Callable[[Term], Iterable[Event]]]()


def term_events(term: Term) -> list[Event]:
    """Return the newest events of a published term, newest first."""
    words = list(_words(term))
    # Releases before the term was published are on the pages of their series.
    since = min((event.at for event in words), default=term.created_at)
    uses = (use for uses_of in TERM_USES for use in uses_of(term))
    events = [*words, *_releases(term, timezone.localdate(since)), *uses]
    return sorted(events, key=lambda event: event.at, reverse=True)[:MOST]


# --- its words ---


def _words(term: Term) -> Iterator[Event]:
    """Yield its versions newest first; two revisions of a text on one day are one event."""
    revised: set[date] = set()
    for version in versions_read(term.history, *WORDS)[:MOST]:
        events = list(reworded(version))
        if not events and (day := timezone.localdate(version.history_date)) not in revised:
            revised.add(day)
            events = [_event(version, "text", "Explanation revised")]
        yield from events


def reworded(version: Any) -> Iterator[Event]:
    """Yield an event for each change of a version, except of its explanation."""
    if version.definition_before is None:
        yield _event(version, "first", "First published", after=version.definition)
        return
    if version.definition != version.definition_before:
        before, after = version.definition_before, version.definition
        yield _event(version, "definition", "Definition changed", before, after)
    if version.headword != version.headword_before:
        yield _event(version, "name", "Renamed", version.headword_before, version.headword)


def _event(version: Any, kind: str, title: str, before: str = "", after: str = "") -> Event:
    return Event(version.history_date, f"{kind}/{version.history_id}", title, before, after)


def versions_read(versions: Any, *names: str) -> Any:  # simple_history's models have no types
    """Return the versions that changed one of these fields for readers, newest first.

    Each has the earlier values, such as `headword_before`; in the first version they are None.
    Drafts are filtered out before the window looks back, so a term that was withdrawn is compared
    with its last published version.
    """
    in_order = [F("history_date"), F("history_id")]
    before = {
        f"{name}_before": Window(Lag(name), partition_by=F("id"), order_by=in_order)
        for name in names
    }
    same = Q(**{name.removesuffix("_before"): F(name) for name in before})
    read = versions.filter(status=Term.Status.PUBLISHED).exclude(history_type="-")
    found = read.annotate(**before).filter(Q(**{f"{names[0]}_before": None}) | ~same)
    return found.order_by("-history_date", "-history_id").defer("explanation")


# --- its numbers ---


def _releases(term: Term, since: date) -> Iterator[Event]:
    """Yield the releases of the series that it shows or reads, the newest of each day."""
    is_ours = Q(series__shown_by__term=term) | Q(
        series__figure_uses__term=term, series__figure_uses__is_claim=False
    )
    releases = (
        Release.objects.filter(is_ours)
        .select_related("series")
        .distinct()
        .order_by("-imported_at", "-released_on", "-pk")[:MOST]
    )
    told: set[tuple[int, date]] = set()
    for release in releases:
        day = timezone.localdate(release.imported_at)
        if day >= since and (release.series_id, day) not in told:
            told.add((release.series_id, day))
            kind = RELEASE_KINDS[Release.Kind(release.kind)].lower()
            yield Event(
                at=release.imported_at,
                ref=f"release/{release.pk}",
                title=f"Data, {kind}: {release.series.title}",
                note=release.summary,
                path=f"{release.series.get_absolute_url()}?asof={release.released_on}",
            )
