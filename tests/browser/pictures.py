"""`make pictures`: each kind of page in every engine, width and look, into var/pictures, to look at.

python -m tests.browser.pictures --only term desk --engine Chromium --width 360 --look dark
python -m tests.browser.pictures --docs     # only those that the guides show
"""

import json
import subprocess
import sys
import tempfile
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import product
from urllib.parse import urljoin

from tests.browser.engines import ENGINES
from tests.browser.engines.chromium import Chromium
from tests.browser.engines.page import Engine, Page
from tests.browser.furnished import PASSWORD, USER
from tests.browser.lighthouse import ISSUE, ROOT, served

FOLDER = ROOT / "var" / "pictures"
PUBLIC = {
    "front-page": "/",
    "term": "/glossary/ai-compute/",
    "term-without-charts": "/glossary/hallucination/",
    "index": "/glossary/",
    "search": "/search/?q=compute",
    "data": "/data/",
    "series": "/data/h100-rental-price/",
    "newsletter": "/newsletter/",
    "issue": ISSUE,
    "signup": "/newsletter/subscribe/",
    "about": "/about/",
    "404": "/glossary/halucination/",
}
# `tests.browser.furnished` gives their addresses.
OF_EDITORS = ("desk", "term-form", "series-form", "issue-form", "sending", "mail")
WIDTHS = (360, 768, 1280)
LOOKS = ("light", "dark")
FIRST_SCREEN, TALLEST = 800, 6_000  # pixels
# What the guides show, and how many pixels of it.
DOCS = {"term": 900, "desk": 850, "term-form": 900, "series-form": 900, "issue-form": 1000,
        "sending": 700}  # fmt: skip
# Without the bar that a page higher than its window has in Gecko: it makes a page narrower.
TALL = """const page = document.documentElement;
    page.style.scrollbarWidth = "none";
    return Math.ceil(page.scrollHeight);"""
DRAWN = """return document.readyState === "complete" && !document.querySelector("iframe.coming") &&
    [...document.images].every((each) =>
      each.complete || each.getBoundingClientRect().top > innerHeight);"""


@contextmanager
def page_of(kind: type[Engine], *, dark: bool) -> Iterator[Page]:
    engine = kind(dark=dark)
    page = engine.page()
    try:
        yield page
    finally:
        page.close()
        engine.close()


def log_in(page: Page, site: str) -> None:
    page.resize(1280, FIRST_SCREEN)
    page.open(f"{site}/admin/")
    page.fill("#id_username", USER)
    page.fill("#id_password", PASSWORD)
    page.press("Enter")
    page.until("return document.querySelector('#rooms') !== null;")


def take(page: Page, url: str, width: int, height: int = 0) -> bytes:
    """Take a picture of a page, whole unless a height in pixels is given."""
    page.resize(width, height or FIRST_SCREEN)
    page.open(url)
    page.until(DRAWN)
    if not height:
        bars = FIRST_SCREEN - page.run("return innerHeight;")  # WebKit's window has some
        page.resize(width, min(page.run(TALL) + bars, TALLEST))
        page.until(DRAWN)
        page.picture()  # a frame of another process is painted when first asked for
    return page.picture()


def take_all(asked: Namespace, site: str, addresses: dict[str, str], kind: type[Engine]) -> None:
    """Take the pages of one engine that are asked for."""
    wanted = {name: urljoin(site, addresses[name]) for name in addresses if name in asked.only}
    for look in asked.look if wanted else ():
        with page_of(kind, dark=look == "dark") as page:
            if addresses is not PUBLIC:
                log_in(page, site)
            for (name, url), width in product(wanted.items(), asked.width):
                file = FOLDER / f"{name}-{width}-{kind.__name__}-{look}.png"
                file.write_bytes(take(page, url, width))


def take_for_guides(site: str, addresses: dict[str, str]) -> None:
    with page_of(Chromium, dark=False) as page:
        if addresses is not PUBLIC:
            log_in(page, site)
        for name in (each for each in DOCS if each in addresses):
            picture = take(page, site + addresses[name], 1280, DOCS[name])
            if name == "term":
                page.point_at(".prose a.term")
                page.shows(".preview", "Turn previews off")
                picture = page.picture()
            (ROOT / "docs" / "pictures" / f"{name}.png").write_bytes(picture)


def furnish(env: dict[str, str], folder: str) -> dict[str, str]:
    command = [sys.executable, "-m", "tests.browser.furnished", folder]
    done = subprocess.run(command, env=env, cwd=ROOT, check=True, stdout=subprocess.PIPE)
    addresses: dict[str, str] = json.loads(done.stdout)
    return addresses


def arguments() -> Namespace:
    parser = ArgumentParser(description=__doc__.partition("\n")[0])
    found = [each.__name__ for each in ENGINES if each.find()]
    for name, choices in (("only", [*PUBLIC, *OF_EDITORS]), ("engine", found), ("look", LOOKS)):
        parser.add_argument(f"--{name}", nargs="+", choices=choices, default=choices)
    parser.add_argument("--width", nargs="+", type=int, default=WIDTHS)
    parser.add_argument("--docs", action="store_true")
    return parser.parse_args()


def furnishings(env: dict[str, str], asked: Namespace) -> Iterator[dict[str, str]]:
    """Yield the addresses of pages, each time the site shows them as they are wanted.

    The public pages come first: while no issue is sent, they show the samples.
    """
    yield PUBLIC
    if asked.docs or {*asked.only} - {*PUBLIC}:
        with tempfile.TemporaryDirectory() as folder:
            yield furnish(env, folder)
            yield furnish(env, folder)


def main() -> None:
    asked = arguments()
    FOLDER.mkdir(parents=True, exist_ok=True)
    with served() as env:
        for addresses in furnishings(env, asked):
            if asked.docs:
                take_for_guides(env["SITE_URL"], addresses)
                continue
            for kind in (each for each in ENGINES if each.__name__ in asked.engine):
                take_all(asked, env["SITE_URL"], addresses, kind)
    print(f"The pictures are in {ROOT / 'docs/pictures' if asked.docs else FOLDER}.")


if __name__ == "__main__":
    main()
