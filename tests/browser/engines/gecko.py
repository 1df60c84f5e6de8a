"""Gecko: Firefox by WebDriver BiDi, which it speaks without a driver."""

import json
import shutil
import subprocess
import tempfile
import time
from base64 import b64decode
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import Any

from tests.browser.engines.page import DriverPage, Engine, PageGone
from tests.browser.engines.websocket import WebSocket

NAMES = ("firefox-esr", "firefox")
# Firefox asks nothing of the net on its own, and opens no page beside ours.
SETTINGS = {
    "app.normandy.enabled": False,
    "browser.safebrowsing.downloads.remote.enabled": False,
    "browser.shell.checkDefaultBrowser": False,
    "browser.startup.page": 0,
    "datareporting.policy.dataSubmissionEnabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "services.settings.server": "data:,",
}
COLORS = "layout.css.prefers-color-scheme.content-override"  # 0 is dark, 1 is light


class Gecko(Engine):
    package = "firefox-esr"

    @staticmethod
    def find() -> str | None:
        return next((path for name in NAMES if (path := shutil.which(name))), None)

    def __init__(self, *, dark: bool = False) -> None:
        self.folder = tempfile.TemporaryDirectory(prefix="gecko-", ignore_cleanup_errors=True)
        profile = Path(self.folder.name)
        settings = SETTINGS | {COLORS: 0 if dark else 1}
        lines = [f'user_pref("{key}", {json.dumps(text)});' for key, text in settings.items()]
        (profile / "user.js").write_text("\n".join(lines))
        self.process = subprocess.Popen(
            [str(self.find()), "--headless", "--no-remote", "--profile", str(profile),
             "--remote-debugging-port", "0"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        server = written(profile / "WebDriverBiDiServer.json")
        self.socket = WebSocket(server["ws_host"], server["ws_port"], "/session")
        self.numbers = count(1)
        self.call("session.new", capabilities={})

    def call(self, method: str, **params: Any) -> Any:
        """Send a command and wait for its answer; events are passed over."""
        number = next(self.numbers)
        self.socket.send(json.dumps({"id": number, "method": method, "params": params}))
        while (answer := json.loads(self.socket.receive())).get("id") != number:
            pass
        if answer["type"] == "error":
            raise PageGone(f"{method}: {answer['error']}: {answer['message']}")
        return answer["result"]

    def page(self) -> "GeckoPage":
        user = self.call("browser.createUserContext")["userContext"]
        tab = self.call("browsingContext.create", type="tab", userContext=user)["context"]
        return GeckoPage(self, tab)

    def close(self) -> None:
        with suppress(PageGone, ConnectionError):
            self.call("browser.close")
        self.socket.close()
        self.process.wait()
        self.folder.cleanup()


class GeckoPage(DriverPage):
    def __init__(self, browser: Gecko, tab: str) -> None:
        self.browser, self.tab = browser, tab

    def call(self, method: str, **params: Any) -> Any:
        return self.browser.call(method, context=self.tab, **params)

    def open(self, url: str) -> None:
        self.call("browsingContext.navigate", url=url, wait="complete")

    def run(self, body: str, *arguments: Any) -> Any:
        result = self.browser.call(
            "script.evaluate",
            expression=f"JSON.stringify([(function (selector, name) {{ {body} }})"
            f"(...{json.dumps(arguments)})])",
            target={"context": self.tab},
            awaitPromise=False,
        )
        if result["type"] == "exception":
            raise PageGone(result["exceptionDetails"]["text"])
        return json.loads(result["result"]["value"])[0]

    def resize(self, width: int, height: int) -> None:
        self.call("browsingContext.setViewport", viewport={"width": width, "height": height})

    def picture(self) -> bytes:
        return b64decode(self.call("browsingContext.captureScreenshot")["data"])

    def act(self, kind: str, *steps: dict[str, Any]) -> None:
        self.call("input.performActions", actions=[{"type": kind, "id": kind, "actions": [*steps]}])

    def close(self) -> None:
        self.call("browsingContext.close")


def written(file: Path) -> dict[str, Any]:
    """Wait for a file that Firefox writes when it listens."""
    for _ in range(300):
        with suppress(FileNotFoundError, json.JSONDecodeError):
            return json.loads(file.read_text())
        time.sleep(0.1)
    raise RuntimeError("Firefox does not start.")
