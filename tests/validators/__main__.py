"""Fetch every page of the sitemap and every file for programs from a running site, and judge them.

Subjects of mails are judged too, by parsers of another language.
It wants npm and Java; npm and uv fetch the validators into var/.
"""

import re
import sys
import tempfile
import urllib.error
import urllib.request
from pathlib import Path

from tests.browser.lighthouse import ISSUE, starter_site
from tests.validators import own_links, subjects, tools

LOCATION = re.compile("<loc>(.*?)</loc>")
# Pages that no sitemap names.
MORE_PAGES = [
    "/glossary/?q=chips", "/glossary/letter/t/", "/newsletter/subscribe/", "/nothing/here/",
    "/newsletter/confirm/unknown/", "/data/nvidia-compute-shipped/embed/",
    "/data/nvidia-compute-shipped/?asof=2026-01-01", "/search/?q=chips", "/search/?q=xyzzy",
    ISSUE,
]  # fmt: skip
CHARTS = ["/data/nvidia-compute-shipped.svg", "/data/training-compute-record.svg"]
FEEDS = [
    "/feeds/data.atom", "/feeds/terms.atom", "/glossary/pre-training.atom",
    "/feeds/issues.atom", "/data/calendar.atom", "/data/nvidia-compute-shipped.atom",
]  # fmt: skip
SERIES = re.compile("/data/(?!calendar/)([-a-z0-9]+)/$")


def fetch(url: str, folder: Path, ending: str) -> Path:
    """Store the response of an address, errors too: they are pages."""
    try:
        with urllib.request.urlopen(url) as answer:
            body = answer.read()
    except urllib.error.HTTPError as error:
        body = error.read()
    path = re.sub("[^a-z0-9.-]+", "_", url.partition("//")[2].partition("/")[2]) or "home"
    file = folder / f"{path}{ending}"
    file.write_bytes(body)
    return file


def judge(site: str, folder: Path) -> dict[str, list[str]]:
    """Return the findings of each validator by what it checked."""
    site_map = fetch(f"{site}/sitemap.xml", folder, "")
    listed = LOCATION.findall(site_map.read_text())
    urls = [*listed, *(site + path for path in MORE_PAGES)]
    pages = [fetch(url, folder, ".html") for url in urls]
    charts = [fetch(site + path, folder, "") for path in CHARTS]
    feeds = {site + path: fetch(site + path, folder, "") for path in FEEDS}
    series = [found[1] for url in listed if (found := SERIES.search(url))]
    tables = [f"{site}/data/{slug}.metadata.json" for slug in series]
    linking = dict(zip(urls, pages, strict=True)) | feeds
    return {
        f"HTML of {len(pages)} pages and {len(charts)} charts": tools.html([*pages, *charts]),
        "JSON-LD of these pages": tools.json_ld(pages),
        f"Atom of {len(feeds)} feeds": tools.atom([*feeds.values()]),
        f"Sitemap of {len(listed)} addresses": tools.sitemap(site_map),
        f"CSV on the Web, {len(tables)} tables": tools.csv_on_the_web(tables),
        "Links to our own site": own_links.broken(site, linking.items()),
        "iCalendar": tools.icalendar(fetch(f"{site}/data/calendar.ics", folder, "")),
        "OpenAPI": tools.openapi(fetch(f"{site}/openapi.json", folder, "")),
        f"{subjects.COUNT} subjects in two parsers of mail": subjects.findings(folder / "mails"),
    }


def main() -> int:
    tools.install()
    with tempfile.TemporaryDirectory() as folder, starter_site() as site:
        results = judge(site, Path(folder))
    for name, findings in results.items():
        print(f"{name}: {f'{len(findings)} findings' if findings else 'valid'}")
        for finding in findings:
            print(f"    {finding}")
    return 1 if any(results.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
