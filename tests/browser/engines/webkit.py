"""WebKit: its MiniBrowser by WebDriver, on a screen that nobody sees."""

import json
import os
import shutil
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from base64 import b64decode
from pathlib import Path
from typing import Any

from tests.browser.engines.page import DriverPage, Engine, PageGone

DRIVER = "WebKitWebDriver"
SCREEN = ["-screen", "0", "1500x6100x24", "-nolisten", "tcp"]
# The screen has no graphics card (a page would crash when resized), and a container no sandbox.
ENVIRONMENT = {
    "LANG": "en_US.UTF-8",  # of "C" WebKit makes a language that no script knows
    "LIBGL_ALWAYS_SOFTWARE": "1",
    "WEBKIT_DISABLE_COMPOSITING_MODE": "1",
    "WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS": "1",
}
# A picture is taken when the page is next painted, which a page at rest never is.
REPAINT = """let turn = 0;
const paint = () => {
  document.documentElement.style.outline = turn % 2 ? "" : "1px solid transparent";
  if (turn++ < 99) setTimeout(paint, 30);
};
paint();"""
# With its tool bar the window would be wider than a phone.
NARROW = "* { min-width: 0; padding: 0; margin: 0; font-size: 1px; -gtk-icon-source: none; }"


class WebKit(Engine):
    """The driver; each page is a browser of its own, and there is one at a time."""

    package = "webkit2gtk-driver xvfb"

    @staticmethod
    def find() -> str | None:
        if not (shutil.which(DRIVER) and shutil.which("Xvfb")):
            return None
        return next(map(str, Path("/usr/lib").glob("*/webkit2gtk-4.*/MiniBrowser")), None)

    def __init__(self, *, dark: bool = False) -> None:
        self.dark = dark
        self.folder = tempfile.TemporaryDirectory(prefix="webkit-")
        style = Path(self.folder.name) / "gtk-3.0" / "gtk.css"
        style.parent.mkdir()
        style.write_text(NARROW)
        self.screen, display = open_screen()
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        self.address = f"http://127.0.0.1:{port}"
        own = {"DISPLAY": display, "XDG_CONFIG_HOME": self.folder.name}
        self.driver = subprocess.Popen(
            [DRIVER, f"--port={port}"],
            env=os.environ | ENVIRONMENT | own,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        self._wait()

    def call(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        request = urllib.request.Request(
            self.address + path,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            raise PageGone(f"{path}: {error.read().decode()}") from None

    def page(self) -> "WebKitPage":
        arguments = ["--automation", *(["--dark-mode"] if self.dark else [])]
        options = {"binary": self.find(), "args": arguments}
        wanted = {"alwaysMatch": {"webkitgtk:browserOptions": options}}
        session = self.call("POST", "/session", {"capabilities": wanted})["sessionId"]
        return WebKitPage(self, f"/session/{session}")

    def close(self) -> None:
        for process in (self.driver, self.screen):
            process.terminate()
            process.wait()
        self.folder.cleanup()

    def _wait(self) -> None:
        for _ in range(200):
            try:
                self.call("GET", "/status")
            except urllib.error.URLError:
                time.sleep(0.05)
            else:
                return
        raise RuntimeError(f"{DRIVER} does not start.")


class WebKitPage(DriverPage):
    def __init__(self, browser: WebKit, session: str) -> None:
        self.browser, self.session = browser, session

    def post(self, path: str, **body: Any) -> Any:
        return self.browser.call("POST", self.session + path, body)

    def open(self, url: str) -> None:
        self.post("/url", url=url)

    def run(self, body: str, *arguments: Any) -> Any:
        script = f"return (function (selector, name) {{ {body} }})(...arguments) ?? null"
        return self.post("/execute/sync", script=script, args=arguments)

    def resize(self, width: int, height: int) -> None:
        self.post("/window/rect", x=0, y=0, width=width, height=height)
        self.until("return innerWidth === selector;", width)

    def picture(self) -> bytes:
        self.run(REPAINT)
        return b64decode(self.browser.call("GET", f"{self.session}/screenshot"))

    def act(self, kind: str, *steps: dict[str, Any]) -> None:
        self.post("/actions", actions=[{"type": kind, "id": kind, "actions": [*steps]}])

    def close(self) -> None:
        self.browser.call("DELETE", self.session)


def open_screen() -> tuple["subprocess.Popen[bytes]", str]:
    """Start a virtual screen; return its process and its name."""
    reading, writing = os.pipe()
    command = ["Xvfb", "-displayfd", str(writing), *SCREEN]
    process = subprocess.Popen(command, pass_fds=[writing], stderr=subprocess.DEVNULL)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        return process, f":{pipe.readline().strip()}"
