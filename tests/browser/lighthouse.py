"""`make lighthouse`: Google's Lighthouse on the main pages of a production-like site.

It wants 100 four times on each. npm fetches Lighthouse into var/; Chromium is the machine's own.
"""

import json
import os
import secrets
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.browser.chromium import ARGUMENTS, find_chromium

VERSION = "12.8.2"  # 13 needs a newer Node than Debian has
PORT = 8123
SITE = f"http://127.0.0.1:{PORT}"
ISSUE = "/newsletter/sample-chatgpts-weekly-users-rise-to-1-2-billion/"
PAGES = [
    "/glossary/pre-training/",
    "/glossary/",
    "/",
    "/newsletter/",
    "/data/",
    "/data/nvidia-compute-shipped/",
    ISSUE,
]
ROOT = Path(__file__).parents[2]


def environment(data_dir: str) -> dict[str, str]:
    """Production settings, but over plain HTTP on this machine."""
    return os.environ | {
        "DEBUG": "0",
        "SITE_URL": SITE,
        "DATA_DIR": data_dir,
        "SECRET_KEY": secrets.token_urlsafe(48),
        "LINK_KEYS": f"k1:{secrets.token_urlsafe(24)}",
        "ADDRESS_KEY": secrets.token_urlsafe(24),
        "MAIL_URL": "smtp://127.0.0.1:2525",
        "MAIL_FROM": "pulse@example.org",
        "REQUIRE_SECOND_FACTOR": "0",  # the editors of pictures have only a password
    }


def manage(env: dict[str, str], *arguments: str) -> None:
    command = [sys.executable, "manage.py", *arguments]
    subprocess.run(command, env=env, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)


def install() -> Path:
    """Fetch Lighthouse once; return its program."""
    folder = ROOT / "var" / "lighthouse"
    program = folder / "node_modules" / ".bin" / "lighthouse"
    if not program.exists():
        folder.mkdir(parents=True, exist_ok=True)
        subprocess.run(
            ["npm", "install", "--silent", "--no-save", f"lighthouse@{VERSION}"],
            cwd=folder, check=True,
        )  # fmt: skip
    return program


def scores(program: Path, url: str) -> dict[str, int]:
    """Run Lighthouse on one page and return its four scores, 0 to 100."""
    flags = f"--chrome-flags=--headless=new {' '.join(ARGUMENTS)}"
    done = subprocess.run(
        [str(program), url, "--output=json", "--quiet", flags],
        env=os.environ | {"CHROME_PATH": find_chromium() or ""},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    report = json.loads(done.stdout)
    for category in report["categories"].values():
        for audit in category["auditRefs"]:
            found = report["audits"][audit["id"]]
            if audit["weight"] and found["score"] is not None and found["score"] < 1:
                print(f"    {found['id']}: {found['title']} ({found.get('displayValue', '')})")
    return {name: round(100 * part["score"]) for name, part in report["categories"].items()}


def wait_for(url: str) -> None:
    for _ in range(100):
        try:
            urllib.request.urlopen(url)
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise SystemExit(f"{url} does not answer.")


@contextmanager
def starter_site() -> Iterator[str]:
    """Serve the starter content with production settings; give the site's address."""
    with served() as env:
        yield env["SITE_URL"]


@contextmanager
def served() -> Iterator[dict[str, str]]:
    """Serve it; give the environment in which other programs share its database."""
    with tempfile.TemporaryDirectory() as data_dir:
        env = environment(data_dir)
        manage(env, "migrate", "-v", "0")
        manage(env, "importdata", "glossary/starter/series")
        manage(env, "importterms", "glossary/starter/terms")
        manage(env, "importissues", "newsletter/starter/issues")
        manage(env, "collectstatic", "--no-input", "-v", "0")
        command = [sys.executable, "-m", "gunicorn", "config.wsgi", "-b", f"127.0.0.1:{PORT}"]
        server = subprocess.Popen([*command, "--threads", "4", "--log-level", "warning"], env=env)
        try:
            wait_for(f"{SITE}/healthz")
            yield env
        finally:
            server.terminate()
            server.wait()


def main() -> int:
    program = install()
    with starter_site() as site:
        results = {path: scores(program, site + path) for path in PAGES}
    for path, result in results.items():
        print(f"{path:<28} " + "  ".join(f"{name} {score}" for name, score in result.items()))
    return 0 if all(score == 100 for result in results.values() for score in result.values()) else 1


if __name__ == "__main__":
    raise SystemExit(main())
