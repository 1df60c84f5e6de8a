"""`make test`: everything this machine allows, and a word on what it does not.

With CI set nothing may be left out: what is missing fails the run.
"""

import os
import subprocess
import sys
from contextlib import nullcontext

from tests.browser.chromium import find_chromium
from tests.postgres import find_binaries, temporary_server

WITHOUT_BROWSER = ["-m", "not browser and not slow", "-n", "2", "--dist", "loadgroup"]


def run(title: str, arguments: list[str], database_url: str = "") -> bool:
    """Run pytest once in a process of its own and tell whether it passed."""
    print(f"\n--- {title}", flush=True)
    environment = {key: text for key, text in os.environ.items() if key != "DATABASE_URL"}
    if database_url:
        environment["DATABASE_URL"] = database_url
    command = [sys.executable, "-m", "pytest", "-q", *arguments]
    return subprocess.run(command, env=environment, check=False).returncode == 0


def main() -> int:
    left_out: list[str] = []
    passed = [run("SQLite", WITHOUT_BROWSER)]
    url, binaries = os.environ.get("DATABASE_URL", ""), find_binaries()
    if url or binaries:
        server = nullcontext(url) if url or binaries is None else temporary_server(binaries)
        with server as address:
            passed.append(run("PostgreSQL", WITHOUT_BROWSER, address))
    else:
        left_out.append("PostgreSQL (install its server, or set DATABASE_URL)")
    if find_chromium():
        passed.append(run("Browser", ["-m", "browser"]))
    else:
        left_out.append("browser tests (install Chromium)")
    for name in left_out:
        print(f"Left out: {name}")
    complete = not left_out or not os.environ.get("CI")
    return 0 if all(passed) and complete else 1


if __name__ == "__main__":
    raise SystemExit(main())
