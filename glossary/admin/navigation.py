"""The rooms of admin: what editors work on each day by name, all else together as System.

An app registers its rooms in ROOMS.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from config.registry import Registry

SYSTEM = "System"


@dataclass(frozen=True, slots=True)
class Room:
    """A name, and models of an app such as "Term", the main one first."""

    name: str
    app: str
    models: tuple[str, ...]

    @property
    def labels(self) -> list[str]:
        return [f"{self.app}.{model}" for model in self.models]


@dataclass(frozen=True, slots=True)
class Entry:
    name: str
    url: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class ShownRoom:
    """A room as a user sees it: `main` has the room's name, `others` are its other lists.

    System, which is folded, has no main list.
    """

    name: str
    main: Entry | None
    others: tuple[Entry, ...]

    @property
    def is_current(self) -> bool:
        entries = (self.main, *self.others)
        return any(entry is not None and entry.is_current for entry in entries)


ROOMS = Registry[Room]()


def shown_rooms(apps: Iterable[dict[str, Any]], path: str) -> Iterator[ShownRoom]:
    """Yield the rooms with a list that the user may see, and System with what is in no room.

    `apps` is the app list of Django's admin, which holds only lists that the user may see; `path`
    is that of the page.
    """
    models = [model for app in apps for model in app["models"] if model["admin_url"]]
    lists = {model["model"]._meta.label: _entry(model, path) for model in models}
    for room in ROOMS:
        found = [lists.pop(label) for label in room.labels if label in lists]
        if found:
            yield ShownRoom(room.name, found[0], tuple(found[1:]))
    if lists:
        yield ShownRoom(SYSTEM, None, tuple(lists.values()))


def _entry(model: dict[str, Any], path: str) -> Entry:
    url = model["admin_url"]
    return Entry(model["name"], url, path.startswith(url))
