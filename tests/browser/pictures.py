"""`make pictures`: the main pages in every engine of this machine, light and dark, to be looked at."""

from pathlib import Path

from tests.browser.engines import ENGINES
from tests.browser.engines.page import Engine
from tests.browser.lighthouse import ISSUE, starter_site

FOLDER = Path(__file__).parents[2] / "var" / "pictures"
PAGES = {
    "home": "/",
    "index": "/glossary/",
    "search": "/search/?q=compute",
    "term": "/glossary/h100-equivalent/",
    "data": "/data/h100-rental-price/",
    "issue": ISSUE,
    "signup": "/newsletter/subscribe/",
}
SIZES = [(390, 2000), (1280, 1500)]


def take(site: str, kind: type[Engine], *, dark: bool) -> None:
    engine = kind(dark=dark)
    page = engine.page()
    try:
        for name, path in PAGES.items():
            for width, height in SIZES:
                page.resize(width, height)
                page.open(site + path)
                look = "dark" if dark else "light"
                file = FOLDER / f"{name}-{width}-{kind.__name__}-{look}.png"
                file.write_bytes(page.picture())
    finally:
        page.close()
        engine.close()


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    with starter_site() as site:
        for kind in ENGINES:
            for dark in (False, True) if kind.find() else ():
                take(site, kind, dark=dark)
    print(f"The pictures are in {FOLDER}.")


if __name__ == "__main__":
    main()
