"""What a reader's life may look like: a small model without a database, for test_life."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

HOUR, WEEK = timedelta(hours=1), timedelta(weeks=1)


@dataclass(eq=False)
class Subscription:
    pk: int
    status: str = "pending"
    is_confirmed: bool = False
    left_at: datetime | None = None
    paused_until: datetime | None = None


@dataclass(eq=False)
class Reader:
    status: str = "ok"
    confirmed_at: datetime | None = None
    subscriptions: dict[str, Subscription] = field(default_factory=dict)


@dataclass(eq=False)
class Link:
    """A mailed link, and the newsletters that it confirms, the first one leading."""

    path: str
    address: str
    about: dict[str, Subscription]
    asked_at: datetime
    mailed_at: datetime
    used: set[str] = field(default_factory=set)


@dataclass(eq=False)
class Message:
    """An issue for one reader; `begun_at` once it was handed over, `is_soft` if it came back so."""

    pk: int
    address: str
    newsletter: str
    reader: Reader
    begun_at: datetime | None = None
    is_soft: bool = False


@dataclass
class Model:
    now: datetime
    readers: dict[str, Reader] = field(default_factory=dict)
    suppressed: set[str] = field(default_factory=set)
    links: list[Link] = field(default_factory=list)

    def subscription(self, address: str, newsletter: str) -> Subscription | None:
        reader = self.readers.get(address)
        return reader.subscriptions.get(newsletter) if reader else None

    def may_write(self, address: str) -> bool:
        return address not in self.suppressed

    def is_mailed(self, address: str, newsletter: str) -> bool:
        """Return whether an issue goes to this reader."""
        found = self.subscription(address, newsletter)
        is_active = found is not None and found.status == "active"
        return is_active and self.may_write(address) and self.readers[address].status == "ok"

    def asks(self, address: str, newsletters: list[str]) -> list[str]:
        """Return what a signup asks by mail to confirm."""
        if not self.may_write(address):
            return []
        return [each for each in newsletters if not self.is_mailed(address, each)]

    def imports(self, address: str, newsletter: str) -> bool:
        """Return whether a file adds the reader."""
        reader = self.readers.get(address)
        is_held = reader is not None and reader.status != "ok"
        is_new = self.subscription(address, newsletter) is None
        return self.may_write(address) and not is_held and is_new

    def confirm(self, link: Link) -> int:
        """Return how many newsletters are confirmed for the first time, each with a welcome."""
        confirmed = [
            each
            for name, each in link.about.items()
            if self._is_open(link, name, each) and self._activate(link, name, each)
        ]
        return len(confirmed)

    def _is_open(self, link: Link, name: str, found: Subscription) -> bool:
        is_there = self.subscription(link.address, name) is found
        left = found.left_at is not None and found.left_at >= link.asked_at
        is_fresh = self.now < link.mailed_at + WEEK and name not in link.used
        works = is_there and is_fresh and not left and self.may_write(link.address)
        return works and not self.is_mailed(link.address, name)

    def _activate(self, link: Link, name: str, found: Subscription) -> bool:
        is_first = not found.is_confirmed
        found.status, found.is_confirmed = "active", True
        found.left_at = found.paused_until = None
        link.used.add(name)
        reader = self.readers[link.address]
        reader.confirmed_at = self.now
        if reader.status == "bounced":
            reader.status = "ok"
        return is_first

    def leave(self, address: str, newsletter: str) -> None:
        if (found := self.subscription(address, newsletter)) is None:
            return
        if found.left_at is None:
            found.status, found.left_at = "unsubscribed", self.now
            return
        for link in self.links:  # asked for since, perhaps by somebody else
            if link.about.get(newsletter) is found and link.asked_at > found.left_at:
                link.used.add(newsletter)

    def undo(self, address: str, newsletter: str) -> None:
        found = self.subscription(address, newsletter)
        if found is None or found.left_at is None or not self.may_write(address):
            return
        if self.now < found.left_at + HOUR:
            is_paused = found.paused_until is not None and found.paused_until > self.now
            found.status = "paused" if is_paused else "active"
            if not found.is_confirmed:
                found.status = "pending"
            found.left_at = None

    def pause(self, address: str, newsletter: str, weeks: int) -> None:
        """Pause for some weeks; 0 ends the pause."""
        found = self.subscription(address, newsletter)
        if found and found.status in ("active", "paused"):
            found.status = "paused" if weeks else "active"
            found.paused_until = self.now + weeks * WEEK if weeks else None

    def hold(self, message: Message, status: str) -> None:
        """A message bounced, or its reader complained, and is still the same reader."""
        is_old = status == "bounced" and self._has_arrived_since(message)
        if self._is_same(message) and not is_old:
            self.suppressed.add(message.address)
            self._mark(message.reader, status)

    def hold_softly(self, message: Message, sent: list[Message]) -> None:
        """A mailbox was full; after three issues in a row the reader counts as bounced."""
        message.is_soft = True
        own = [each for each in sent if each.reader is message.reader]
        last = sorted(own, key=lambda each: (each.begun_at, each.pk))[-3:]
        is_again = len(last) == 3 and all(each.is_soft for each in last)
        if self._is_same(message) and is_again and not self._has_arrived_since(message):
            self._mark(message.reader, "bounced")

    def _is_same(self, message: Message) -> bool:
        return self.readers.get(message.address) is message.reader

    def _has_arrived_since(self, message: Message) -> bool:
        confirmed_at = message.reader.confirmed_at
        assert message.begun_at is not None
        return confirmed_at is not None and confirmed_at > message.begun_at

    def _mark(self, reader: Reader, status: str) -> None:
        if reader.status != "complained":
            reader.status = status

    def erase(self, address: str) -> None:
        if self.readers.pop(address, None):
            self.suppressed.add(address)

    def lift(self, address: str) -> None:
        if address in self.suppressed:
            self.suppressed.discard(address)
            if reader := self.readers.get(address):
                reader.status = "ok"
