"""The content of an issue, collected in one value for mail, feed and twin.

Texts have absolute addresses, and charts are plots that are not drawn yet.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from email.utils import parseaddr

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from config.site import absolute
from glossary.charts.description import describe
from glossary.charts.plots import Plot
from glossary.models import FormerSlug, Term
from glossary.models.prepared import prepared
from glossary.series.loading import Loaded
from glossary.values.repetition import is_said, on_one_line
from newsletter.issues import freezing
from newsletter.issues.rendering import fragments
from newsletter.mailing import messages
from newsletter.models import DataPoint, Issue

MOST_TERMS = 3
# Charts are shown 552 pixels wide, and 328 on a phone, where their labels are 11 pixels high.
CHART_WIDTH, CHART_TEXT = 552, 19
DARK = "-dark"  # the end of the name of a chart's twin in dark colors
WHY = "Why it matters."
LONGEST_BESIDE = 14  # a longer figure leaves no room beside it
# "up 30% from Q1 2024", "down 6 points since May", "14 times as much in a year": how much it
# changed, and since when.
CHANGE = re.compile(r"(?i:(?:up|down) )?(?P<size>.*?\d.*?)(?P<base> (?:from|since|in) .+)?")
# What a change says of the earlier value: "from October 6, 2025 (800 million)".
FROM_A_VALUE = re.compile(r"from (?P<when>(?P<day>[A-Z][a-z]+ \d+, )?.+) \((?P<value>.+)\)")
COMPARED = {"from": "compared with", "since": "compared with"}
A_YEAR = "in a year"


@dataclass(frozen=True)
class Prose:
    """A text with absolute addresses, as HTML and without markup."""

    html: SafeString
    text: str


@dataclass(frozen=True)
class IssueChart:
    """The chart of a data point as of the issue; `url` is its picture's, `description` its text.

    `title` names the series, `subtitle` also its unit, which the picture has.
    """

    name: str
    title: str
    subtitle: str
    description: str
    page: str
    plot: Plot

    @property
    def url(self) -> str:
        return f"{self.page}{self.name}.png"

    @property
    def dark_url(self) -> str:
        return f"{self.page}{self.name}{DARK}.png"


@dataclass(frozen=True)
class EditionPoint:
    """One of the three data points; `why_opened` is `why` with WHY before it, as in mail."""

    point: DataPoint
    why: Prose
    why_opened: Prose
    series_url: str
    chart: IssueChart | None

    @property
    def source(self) -> str:
        return ", ".join(filter(None, [self.point.source_publisher, self.point.source_title]))

    @property
    def is_short(self) -> bool:
        return len(self.point.figure) <= LONGEST_BESIDE

    @property
    def unsaid_change(self) -> str:
        return unsaid_change(self.point.change, self.point.headline, self.point.figure)

    @property
    def unsaid_period(self) -> str:
        return unsaid(self.point.period, self.point.headline)


@dataclass(frozen=True)
class Edition:
    """A whole issue; `label` is “No. 3”, `day` its date in its newsletter's time zone.

    `deck` is the line under the subject, `preheader` the one beside it in a list of mails.
    """

    label: str
    is_sample: bool
    subject: str
    deck: str
    preheader: str
    day: date
    url: str
    intro: Prose
    signed_intro: Prose
    items: tuple[EditionPoint, ...]
    terms: tuple[Term, ...]

    @property
    def charts(self) -> tuple[IssueChart, ...]:
        return tuple(item.chart for item in self.items if item.chart)


def edition(issue: Issue) -> Edition:
    """Collect a frozen issue as it was sent, or a draft as it would be sent now.

    Who answers for it signs it, or else the sender.
    """
    points, newsletter = data_points_of(issue), issue.newsletter
    sender = parseaddr(messages.sender_of(newsletter))[0]
    signature = issue.signature or sender or newsletter.name
    signed = format_html("{}<p>— {}</p>", issue.intro_shown, signature)
    due = issue.moment or newsletter.next_slot(timezone.now())
    return Edition(
        label=f"No. {issue.number}" if issue.number else issue.label,
        is_sample=issue.is_sample,
        subject=issue.subject,
        deck=issue.preheader,
        preheader=issue.preheader or next((point.headline for point in points), ""),
        day=due.date(),
        url=absolute(issue.get_absolute_url()),
        intro=_prose(issue.intro_shown),
        signed_intro=_prose(signed),
        items=tuple(
            EditionPoint(
                point=point,
                why=_prose(point.comment_shown),
                why_opened=_prose(fragments.opened_by(WHY, point.comment_shown)),
                series_url=absolute(point.series.get_absolute_url()) if point.series else "",
                chart=issue_chart(issue, point),
            )
            for point in points
        ),
        terms=tuple(explained_terms(issue, points)),
    )


def _prose(html: str) -> Prose:
    base = settings.SITE_URL
    return Prose(fragments.with_absolute_links(html, base), fragments.as_plain_text(html, base))


def data_points_of(issue: Issue) -> list[DataPoint]:
    if issue.is_frozen:
        return _points_of(issue.pk)
    return freezing.preview_points(issue)


_points_of = prepared(
    lambda issue: DataPoint.objects.filter(issue=issue).select_related("series__source", "term")
)


def series_of_point(issue: Issue, point: DataPoint) -> Loaded | None:
    """Return a data point's series as of the issue; None without a series or without data."""
    return freezing.load_series_for(issue, point.series) if point.series else None


def issue_chart(issue: Issue, point: DataPoint) -> IssueChart | None:
    loaded = series_of_point(issue, point)
    if loaded is None:
        return None
    # Titles and source are text next to the picture, so readers without pictures see them.
    titled = loaded.noted_plot(CHART_WIDTH)
    plot = replace(titled, title="", subtitle="", source="", text_size=CHART_TEXT)
    page = absolute(issue.get_absolute_url())
    name, title = f"chart-{point.position}", loaded.series.title
    return IssueChart(name, title, titled.subtitle, describe(plot), page, plot)


def explained_terms(issue: Issue, points: Sequence[DataPoint]) -> list[Term]:
    """Return the issue's first terms: those of its data points, then those its texts link to."""
    own = [point.term.slug for point in points if point.term]
    texts = [issue.intro_shown, *(point.comment_shown for point in points)]
    paths, index = fragments.linked_paths("\n".join(texts)), reverse("glossary:index")
    # What then is no term's slug, such as a field's page, is not found below.
    linked = [path.removeprefix(index).rstrip("/") for path in paths if path.startswith(index)]
    slugs = list(dict.fromkeys([*own, *linked]))
    published = Term.objects.published()
    known = {term.slug: term for term in published.filter(slug__in=slugs)}
    moved = FormerSlug.objects.filter(slug__in=set(slugs) - known.keys(), term__in=published)
    known |= {row.slug: row.term for row in moved.select_related("term")}
    return list(dict.fromkeys(known[slug] for slug in slugs if slug in known))[:MOST_TERMS]


def unsaid_change(change: str, headline: str, figure: str) -> str:
    """Return a change without its size where the headline has it, or "".

    What is left is "from $4.29 in Q1 2024", or "compared with Q1 2024" without a value.

    A size that is also the figure is kept: the headline means the figure ("70% of firms").
    """
    found = CHANGE.fullmatch(on_one_line(change))
    if found is None or is_said(found["size"], figure) or not is_said(found["size"], headline):
        return unsaid(change, headline)
    base = unsaid((found["base"] or "").strip(), headline)
    if base == A_YEAR:
        return "compared with a year before"
    if earlier := FROM_A_VALUE.fullmatch(base):
        return f"from {earlier['value']} {'on' if earlier['day'] else 'in'} {earlier['when']}"
    first, _, rest = base.partition(" ")
    return f"{COMPARED[first]} {rest}" if first in COMPARED else base and change


def unsaid(text: str, said: str) -> str:
    """Return the text, or "" if `said` contains it."""
    return "" if is_said(text, said) else text
