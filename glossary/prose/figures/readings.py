"""What a figure said when it was read: everything that a sent issue stores of it."""

from dataclasses import asdict, dataclass, fields
from datetime import date
from decimal import Decimal
from typing import Any, Self

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
        said: dict[str, Any] = {each.name: kept[each.name] or "" for each in fields(cls)}
        said |= {name: date.fromisoformat(said[name]) for name in ("period", "released_on")}
        said["status"] = Status(said["status"])
        said["value"] = Decimal(said["value"]) if said["value"] else None
        said["since"] = date.fromisoformat(said["since"]) if said["since"] else None
        return cls(**said)
