"""The Chromium that is on the machine; Playwright's own download is not used."""

import shutil

NAMES = ("chromium", "chromium-browser", "google-chrome")
# Chromium's update checks and other background requests are only noise in a test.
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def find_chromium() -> str | None:
    return next((path for name in NAMES if (path := shutil.which(name))), None)
