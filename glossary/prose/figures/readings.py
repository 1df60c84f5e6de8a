"""What a figure said when it was read: everything that a sent issue stores of it."""

from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from typing import Self

from glossary.values.points import Status


@dataclass(frozen=True, slots=True)
class Reading:
    """One figure, read. `value` is in `unit`; None for a date or a range, which `machine` has.

    `since` is the earlier end of a change, a ratio, a yearly rate or a doubling time.
    """

    token: str
    shown: str
    value: Decimal | None
    unit: str
    period: date
    period_label: str
    slug: str
    released_on: date
    status: Status
    machine: str  # the shown figure for a program: digits, an ISO date, or low/high
    since: date | None = None
    since_label: str = ""

    @property
    def span_label(self) -> str:
        """Return the period of the reading: "May 2026", "May 2025 – May 2026"."""
        if not self.since_label:
            return self.period_label
        return f"{self.since_label} – {self.period_label}"

    def as_json(self) -> dict[str, str | None]:
        """Return a dict that JSON can hold; numbers stay texts, so that no digit is lost."""
        return {
            **asdict(self),
            "value": None if self.value is None else str(self.value),
            "period": self.period.isoformat(),
            "released_on": self.released_on.isoformat(),
            "since": None if self.since is None else self.since.isoformat(),
            "status": self.status.value,
        }

    @classmethod
    def from_json(cls, kept: dict[str, str | None]) -> Self:
        """Read back what as_json returned. Raises KeyError when a part is missing."""
        texts = {name: text or "" for name, text in kept.items()}
        value, since = kept["value"], kept["since"]
        return cls(
            token=texts["token"],
            shown=texts["shown"],
            value=None if value is None else Decimal(value),
            unit=texts["unit"],
            period=date.fromisoformat(texts["period"]),
            period_label=texts["period_label"],
            slug=texts["slug"],
            released_on=date.fromisoformat(texts["released_on"]),
            status=Status(texts["status"]),
            machine=texts["machine"],
            since=None if since is None else date.fromisoformat(since),
            since_label=texts["since_label"],
        )
