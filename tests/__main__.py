"""`make test`: every test this machine can run, and a note on those it cannot.

With CI set slow tests run too, and tests that cannot run fail the run, but those of other Pythons.
"""

import os
import re
import shutil
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
# Two at a time on any machine: each starts a site and three engines.
BROWSER = ["tests/browser", "-n", "2", "--dist", "worksteal", "-m", "browser"]
# Slow tests race real processes against the clock, so they get the machine to themselves.
SLOW = ["--ignore", "tests/browser", "-m", "slow", "-n", "0", "-s"]
# On other Pythons: the rooms that lean on the language (numbers, dates, texts), and a site
# with the settings of production, which imports all. The rest mostly asks Django and the database.
ROOMS = ["glossary/values", "glossary/prose", "glossary/charts", "newsletter/values",
         "config/test_environment.py", "config/test_deployment.py"]  # fmt: skip
QUICK = ["-n", "auto", "-m", "not slow", *(f"tests/{each}" for each in ROOMS)]
OLDEST = 12  # of Python 3
SLOW_TEST = re.compile(r"^@pytest\.mark\.slow\n(?:@.*\n)*def (\w+)", re.MULTILINE)


def run(
    title: str, arguments: list[str], database_url: str = "", python: str = sys.executable
) -> bool:
    """Run pytest once in its own process and return whether it passed."""
    print(f"\n--- {title}", flush=True)
    environment = {key: text for key, text in os.environ.items() if key != "DATABASE_URL"}
    # Keep the bytecode: the next process then need not compile it again.
    environment["PYTHONDONTWRITEBYTECODE"] = ""
    if database_url:
        environment["DATABASE_URL"] = database_url
    command = [python, "-m", "pytest", "-q", "-rs", "--durations=12", *arguments]
    with tempfile.TemporaryDirectory(prefix="pulse-tests-") as environment["DATA_DIR"]:
        return subprocess.run(command, env=environment, check=False).returncode == 0


def run_on_others() -> tuple[list[bool], list[str]]:
    """Run a part of the suite on the oldest and the newest other Python of this machine.

    Returns what passed, and what was left out. Nothing but packages is downloaded.
    """
    found, uv = other_pythons(), shutil.which("uv") or shutil.which("uv", path=".tools/bin")
    if uv is None:
        return [], ["another Python (no uv, which make brings)"]
    ends = {min(found), max(found)} if found else set()
    passed, left_out = [], [] if ends else ["another Python from 3.12 on: there is none"]
    for minor in sorted(ends):
        with tempfile.TemporaryDirectory(prefix="pulse-python-") as folder:
            python = f"{folder}/bin/python"
            make = [
                uv,
                "venv",
                "--quiet",
                "--no-python-downloads",
                "--python",
                found[minor],
                folder,
            ]
            install = [uv, "pip", "sync", "--quiet", "--require-hashes", "--python", python]
            for command in (make, [*install, "requirements-dev.txt"]):
                if subprocess.run(command, check=False).returncode:
                    left_out.append(f"Python 3.{minor}: its packages could not be installed")
                    break
            else:
                passed.append(run(f"Python 3.{minor}: {', '.join(ROOMS)}", QUICK, python=python))
    return passed, left_out


def other_pythons() -> dict[int, str]:
    """Return the supported Pythons of this machine beside this one, by minor version.

    What pyenv and uv installed need not be in PATH, and what pyenv has there may not run.
    """
    own = [Path.home() / ".pyenv/versions", Path.home() / ".local/share/uv/python"]
    folders = [*map(Path, os.get_exec_path()), *(bin for each in own for bin in each.glob("*/bin"))]
    found: dict[int, str] = {}
    for file in (file for folder in folders for file in folder.glob("python3.[1-9][0-9]")):
        minor = int(file.suffix[1:])
        if minor < OLDEST or minor == sys.version_info.minor or minor in found:
            continue
        asked = subprocess.run([file, "-c", "import venv"], capture_output=True, check=False)
        if asked.returncode == 0:
            found[minor] = str(file)
    return found


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
        passed.append(run("Browser", BROWSER))
    else:
        left_out.append("browser tests (install Chromium)")
    if SERVER is None:
        left_out.append("reading bounces by IMAP (install dovecot-imapd)")
    left_out += [
        f"tests that run {name} (install {each})" for name, each in missing_tools().items()
    ]
    left_out += [f"browser tests in {each.__name__} (install {each.package})" for each in missing()]
    ran, not_there = run_on_others()
    passed += ran
    for name in [*left_out, *not_there]:
        print(f"Left out: {name}")
    return 0 if all(passed) and not (in_ci and left_out) else 1


if __name__ == "__main__":
    raise SystemExit(main())
