"""`make test`: every test this machine can run, and a note on those it cannot.

With CI set slow tests run too, and tests that cannot run fail the run.
"""

import os
import re
import subprocess
import sys
import tempfile
from contextlib import nullcontext
from pathlib import Path

from tests.browser.chromium import find_chromium
from tests.browser.engines import missing
from tests.dovecot import SERVER
from tests.postgres import find_binaries, temporary_server
from tests.tools import missing as missing_tools

WITHOUT_BROWSER = ["--ignore", "tests/browser", "-n", "auto", "-m", "not slow"]
# Slow tests race real processes against the clock, so they get the machine to themselves.
SLOW = ["--ignore", "tests/browser", "-m", "slow", "-n", "0", "-s"]
SLOW_TEST = re.compile(r"^@pytest\.mark\.slow\n(?:@.*\n)*def (\w+)", re.MULTILINE)


def run(title: str, arguments: list[str], database_url: str = "") -> bool:
    """Run pytest once in its own process and return whether it passed."""
    print(f"\n--- {title}", flush=True)
    environment = {key: text for key, text in os.environ.items() if key != "DATABASE_URL"}
    # Keep the bytecode: the next process then need not compile it again.
    environment["PYTHONDONTWRITEBYTECODE"] = ""
    if database_url:
        environment["DATABASE_URL"] = database_url
    command = [sys.executable, "-m", "pytest", "-q", "-rs", *arguments]
    with tempfile.TemporaryDirectory(prefix="pulse-tests-") as environment["DATA_DIR"]:
        return subprocess.run(command, env=environment, check=False).returncode == 0


def slow_tests() -> list[str]:
    """Return the names of the tests that are marked as slow."""
    files = sorted(Path(__file__).parent.rglob("test_*.py"))
    return [name for file in files for name in SLOW_TEST.findall(file.read_text())]


def main() -> int:
    in_ci = bool(os.environ.get("CI"))
    left_out: list[str] = [] if in_ci else [f"{name} (slow; set CI)" for name in slow_tests()]
    passed = [run("SQLite", WITHOUT_BROWSER)]
    if in_ci:
        passed.append(run("SQLite, slow tests", SLOW))
    url, binaries = os.environ.get("DATABASE_URL", ""), find_binaries()
    if url or binaries:
        server = nullcontext(url) if url or binaries is None else temporary_server(binaries)
        with server as address:
            only = "PostgreSQL, only tests that may differ from one database to another"
            passed.append(run(only, ["--only-database", *WITHOUT_BROWSER], address))
            if in_ci:
                passed.append(run("PostgreSQL, slow tests", ["--only-database", *SLOW], address))
    else:
        left_out.append("PostgreSQL (install its server, or set DATABASE_URL)")
    if find_chromium():
        passed.append(run("Browser", ["-m", "browser"]))
    else:
        left_out.append("browser tests (install Chromium)")
    if SERVER is None:
        left_out.append("reading bounces by IMAP (install dovecot-imapd)")
    left_out += [
        f"tests that run {name} (install {each})" for name, each in missing_tools().items()
    ]
    left_out += [f"browser tests in {each.__name__} (install {each.package})" for each in missing()]
    for name in left_out:
        print(f"Left out: {name}")
    return 0 if all(passed) and not (in_ci and left_out) else 1


if __name__ == "__main__":
    raise SystemExit(main())
