"""What a journey may do with an engine and a page, the same in all of them.

Selectors are CSS and mean the first element that is drawn.
"""

import time
from abc import ABC, abstractmethod
from typing import Any, ClassVar

PATIENCE = 30  # seconds: the machine may be busy with other tests
PAUSE = 0.03  # seconds
FIND = """const found = [...document.querySelectorAll(selector)]
    .find((each) => each.getClientRects().length && getComputedStyle(each).visibility === "visible");"""
PLACE = f"""{FIND} found?.scrollIntoView({{ block: "center", behavior: "instant" }});
    const box = found?.getClientRects()[0];
    return box && [box.x + box.width / 2, box.y + box.height / 2];"""
# The keys of the WebDriver protocols, BiDi's too (W3C WebDriver, 17.4.2).
KEYS = {"Enter": "\ue007", "Escape": "\ue00c", "Home": "\ue011", "ArrowDown": "\ue015"}


class PageGone(RuntimeError):
    """The page was left, or an error was thrown in it."""


class Page(ABC):
    """One page of a browser that knows nothing of other pages."""

    @abstractmethod
    def open(self, url: str) -> None:
        """Go to an address and wait until the page is loaded."""

    @abstractmethod
    def run(self, body: str, *arguments: Any) -> Any:
        """Run the body of `function (selector, name)` in the page; return its value.

        Values go through JSON. Raises PageGone.
        """

    @abstractmethod
    def resize(self, width: int, height: int) -> None: ...

    @abstractmethod
    def picture(self) -> bytes:
        """Return what the window shows, as PNG."""

    @abstractmethod
    def move(self, x: float, y: float) -> None:
        """Move the mouse to a place in the window."""

    @abstractmethod
    def press_mouse(self) -> None: ...

    @abstractmethod
    def type(self, text: str) -> None: ...

    @abstractmethod
    def press(self, key: str) -> None:
        """Press one of KEYS."""

    @abstractmethod
    def close(self) -> None: ...

    def until(self, body: str, *arguments: Any) -> Any:
        """Run a function until it returns something, also while pages change; return that."""
        end = time.monotonic() + PATIENCE
        while not (value := self._attempt(body, *arguments)):
            assert time.monotonic() < end, f"after {PATIENCE} s not so: {body} {arguments}"
            time.sleep(PAUSE)
        return value

    def text(self, selector: str) -> str:
        return self.until(f"{FIND} return found?.innerText.trim();", selector)

    def shows(self, selector: str, text: str) -> None:
        """Wait until an element holds a text."""
        self.until(f"{FIND} return found?.innerText.includes(name);", selector, text)

    def gone(self, selector: str) -> None:
        """Wait until no such element is drawn."""
        self.until(f"{FIND} return !found;", selector)

    def path(self) -> str:
        return self.run("return location.pathname;")

    def style(self, selector: str, name: str) -> str:
        return self.until(f"{FIND} return found && getComputedStyle(found)[name];", selector, name)

    def point_at(self, selector: str) -> None:
        self.move(*self.until(PLACE, selector))

    def click(self, selector: str) -> None:
        self.point_at(selector)
        self.press_mouse()

    def fill(self, selector: str, text: str) -> None:
        self.click(selector)
        self.type(text)

    def _attempt(self, body: str, *arguments: Any) -> Any:
        try:
            return self.run(body, *arguments)
        except PageGone:
            return None


class Engine(ABC):
    """A running browser; `dark` asks for pages in dark colors."""

    package: ClassVar[str]  # what to install

    @staticmethod
    @abstractmethod
    def find() -> str | None:
        """Return the program, or None where something of the engine is missing."""

    @abstractmethod
    def __init__(self, *, dark: bool = False) -> None: ...

    @abstractmethod
    def page(self) -> Page: ...

    @abstractmethod
    def close(self) -> None: ...


class DriverPage(Page):
    """Mouse and keys as actions, which both WebDriver protocols write alike."""

    @abstractmethod
    def act(self, kind: str, *steps: dict[str, Any]) -> None: ...

    def move(self, x: float, y: float) -> None:
        self.act("pointer", {"type": "pointerMove", "x": round(x), "y": round(y)})

    def press_mouse(self) -> None:
        self.act("pointer", *({"type": kind, "button": 0} for kind in ("pointerDown", "pointerUp")))

    def type(self, text: str) -> None:
        kinds = ("keyDown", "keyUp")
        self.act("key", *({"type": kind, "value": sign} for sign in text for kind in kinds))

    def press(self, key: str) -> None:
        self.type(KEYS[key])
