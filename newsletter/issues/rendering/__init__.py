"""An issue as mail: the same for every reader, with placeholders for the reader's own link.

`render_mail` also draws the pictures, which takes some tenths of a second, so it is called when an
issue is frozen, tested or previewed, not for each reader.
"""

from dataclasses import dataclass, replace
from typing import Any

from django.conf import settings
from django.urls import reverse

from config.site import absolute
from glossary.charts import pictures
from newsletter.issues.rendering import editions
from newsletter.issues.rendering.editions import DARK, Edition, IssueChart
from newsletter.mailing import messages
from newsletter.mailing.signed_links import READER_LINK
from newsletter.models import Issue, Newsletter

ZOOMS = (2, 1)  # sharp on dense screens; smaller if the file is too large
LARGEST = 60_000  # bytes
# A chart is a plate on the mail's ground. By the end of its picture's name.
PALETTES = {
    "": replace(pictures.LIGHT, ground="#ffffff"),
    DARK: replace(pictures.DARK, ground="#1a1d20"),
}


@dataclass(frozen=True)
class MailPicture:
    """A picture in the mail; its address is that of the issue plus `name`.png."""

    name: str
    alt: str
    png: bytes


@dataclass(frozen=True)
class RenderedMail:
    """A whole mail; `text` and `html` contain READER_LINK of mailing.signed_links."""

    subject: str
    preheader: str
    html: str
    text: str
    pictures: tuple[MailPicture, ...]


def render_mail(issue: Issue, *, has_pictures: bool = True) -> RenderedMail:
    """Render a frozen issue as it was sent, or a draft as it would be sent now.

    Checks and the text preview need no pictures, which take long to draw.
    """
    found = editions.edition(issue)
    filled = mail_context(issue.newsletter, found, READER_LINK)
    charts = found.charts if has_pictures else ()
    return RenderedMail(
        subject=found.subject,
        preheader=found.preheader,
        html=messages.html_part("issue", filled),
        text=messages.text_part("issue", filled),
        pictures=tuple(_draw(chart, end) for chart in charts for end in PALETTES),
    )


def mail_context(newsletter: Newsletter, found: Edition | None, link: str) -> dict[str, Any]:
    """Return the context of mail templates; `link` is a reader's signed link or READER_LINK."""
    return {
        "newsletter": newsletter,
        "edition": found,
        "site_url": settings.SITE_URL,
        "site_name": settings.SITE_NAME,
        "leave_url": absolute(reverse("newsletter:leave", args=[link])),
        "preferences_url": absolute(reverse("newsletter:preferences", args=[link])),
    }


def draw_picture(issue: Issue, name: str) -> bytes | None:
    """Draw one picture of an issue that has none stored; None if there is no such chart."""
    end = DARK if name.endswith(DARK) else ""
    for point in editions.data_points_of(issue):
        chart = editions.issue_chart(issue, point)
        if chart and chart.name + end == name:
            return _draw(chart, end).png
    return None


def _draw(chart: IssueChart, end: str) -> MailPicture:
    png = b""
    for zoom in ZOOMS:
        png = pictures.chart_png(chart.plot, zoom, PALETTES[end])
        if len(png) <= LARGEST:
            break
    return MailPicture(chart.name + end, chart.description, png)
