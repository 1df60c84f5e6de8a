"""An issue as its mail: the same for every reader, but for the marks where his own link goes.

`render` draws the pictures too, which takes some tenths of a second: it is called when an issue is
frozen, tested or looked at, never once a reader. `context` is what the templates of a mail with an
issue in it need; a mail to one reader gives his own link.
"""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.urls import reverse

from glossary.charts import pictures
from newsletter.issues.rendering.editions import Chart, Edition, chart_of, edition, points_of
from newsletter.mailing import messages, signed_links
from newsletter.mailing.placeholders import READER_LINK
from newsletter.models import Issue, Newsletter

# Pixels for each that a chart is drawn with: 1080, shown 480 wide; fewer where it weighs too much.
ZOOMS = (3, 2)
LARGEST = 40_000  # bytes


@dataclass(frozen=True)
class Picture:
    """A picture of the mail, at the address of its issue with `name`.png after it."""

    name: str
    alt: str
    png: bytes


@dataclass(frozen=True)
class Rendered:
    """A whole mail. `text` and `html` hold READER_LINK of newsletter.marks."""

    subject: str
    preheader: str
    html: str
    text: str
    pictures: tuple[Picture, ...]


def render(issue: Issue) -> Rendered:
    """Write an issue's mail: a frozen issue as it was sent, a draft as it would be sent now."""
    found = edition(issue)
    return _written(issue, found, tuple(_drawn(chart) for chart in found.charts))


def render_words(issue: Issue) -> Rendered:
    """Write the same mail without drawing its pictures, for whoever only reads it through."""
    return _written(issue, edition(issue), ())


def _written(issue: Issue, found: Edition, pictures: tuple[Picture, ...]) -> Rendered:
    filled = context(issue.newsletter, found, READER_LINK)
    return Rendered(
        subject=found.subject,
        preheader=found.preheader,
        html=messages.html_part("issue", filled),
        text=messages.text_part("issue", filled),
        pictures=pictures,
    )


def context(newsletter: Newsletter, found: Edition | None, link: str) -> dict[str, Any]:
    """Return what the templates need; `link` is a reader's signed link, or the mark for it."""
    return {
        "newsletter": newsletter,
        "edition": found,
        "site_url": settings.SITE_URL,
        "host": settings.SITE_HOST,
        "leave_url": signed_links.absolute(reverse("newsletter:leave", args=[link])),
        "preferences_url": signed_links.absolute(reverse("newsletter:preferences", args=[link])),
    }


def picture(issue: Issue, name: str) -> bytes | None:
    """Draw one picture of an issue that has none stored; None where there is no such chart."""
    for point in points_of(issue):
        chart = chart_of(issue, point)
        if chart and chart.name == name:
            return _drawn(chart).png
    return None


def _drawn(chart: Chart) -> Picture:
    png = b""
    for zoom in ZOOMS:
        png = pictures.png(chart.plot, zoom)
        if len(png) <= LARGEST:
            break
    return Picture(chart.name, chart.says, png)
