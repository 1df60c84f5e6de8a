"""The engines that readers have, each driven by its own protocol, with one kind of page."""

from tests.browser.engines import chromium, gecko, webkit
from tests.browser.engines.page import Engine

ENGINES: tuple[type[Engine], ...] = (chromium.Chromium, gecko.Gecko, webkit.WebKit)


def missing() -> list[type[Engine]]:
    """Return the engines that are not on this machine."""
    return [engine for engine in ENGINES if not engine.find()]
