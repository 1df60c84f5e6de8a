"""What must be right before an issue is sent, and what to fix where it is not."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.text import get_text_list

from glossary.prose.faults import link_faults
from glossary.terms import text_problems
from glossary.values.periods import day_label
from newsletter.issues import freezing
from newsletter.issues.composing.address_checks import MailReader, dead_links, unchecked_links
from newsletter.issues.composing.reviewing import is_tested
from newsletter.issues.figure_texts import faults_in_texts
from newsletter.issues.rendering import render_mail
from newsletter.models import DataPoint, Issue
from newsletter.models.issues import PLACES

# Gmail shows only the first 102 kB of a message and hides the rest, such as the footer's links.
MOST_HTML = 100_000  # bytes
FIGURE, TERM_LINK = "{{", "[["
PLAIN = ("headline", "figure", "period", "change")  # texts of a data point without markup
LINKS = "Every link works, or is waived"


@dataclass(frozen=True)
class ChecklistItem:
    """One requirement. `problems` say what to fix, and `where` is the page to fix it on.

    `note` says what is not known yet; it does not prevent approval.
    """

    name: str
    problems: tuple[str, ...]
    where: str
    note: str = ""

    @property
    def is_right(self) -> bool:
        return not self.problems


def checklist(issue: Issue) -> list[ChecklistItem]:
    """Check the issue as it is stored and as it would be mailed now. Stores nothing."""
    issue = Issue.objects.select_related("newsletter").get(pk=issue.pk)
    points = list(issue.data_points.select_related("series__source", "series__current_release"))
    mail = render_mail(issue, has_pictures=False)
    read, size = MailReader(mail.html), len(mail.html.encode())
    links, unchecked = _links(issue, read)
    form = reverse("admin:newsletter_issue_change", args=[issue.pk])
    points_form = f"{form}#data_points-group"
    test = reverse("admin:newsletter_issue_test", args=[issue.pk])
    newsletter = reverse("admin:newsletter_newsletter_change", args=[issue.newsletter_id])
    no_alt = [f"{address} has no alternative text." for address in read.without_alt]
    parts = {"HTML": mail.html, "text": mail.text}
    no_part = [f"The {name} part is empty." for name, part in parts.items() if not part.strip()]
    large = f"It has {size / 1000:.0f} kB. Shorten the intro or the comments."
    too_large = [large] if size >= MOST_HTML else []
    found: list[tuple[str, Iterable[str], str]] = [
        ("A subject", _subject(issue), f"{form}#id_subject"),
        ("Three data points, each with a headline and why it matters", _three(points), points_form),
        ("No late series without a reason", _overdue(points), points_form),
        ("Every figure and term link can be read", _tokens(issue, points), f"{form}#id_intro"),
        (LINKS, links, f"{form}#id_waived_links"),
        ("Every picture has a text for readers who do not see it", no_alt, points_form),
        ("The mail has both parts, HTML and text", no_part, form),
        (f"The HTML part is under {MOST_HTML // 1000} kB", too_large, form),
        ("A test mail was sent since the last edit", _test(issue), test),
        ("The newsletter has a postal address", _postal(issue), newsletter),
    ]
    notes = {LINKS: unchecked}
    return [
        ChecklistItem(name, tuple(problems), where, notes.get(name, ""))
        for name, problems, where in found
    ]


def unwritten(issue: Issue) -> list[str]:
    """Return what an editor still has to write; unlike the whole checklist it renders nothing."""
    return [*_subject(issue), *_three(list(issue.data_points.all()))]


def problems_of(issue: Issue) -> list[str]:
    """Return all that must be fixed before the issue is sent."""
    return [problem for item in checklist(issue) for problem in item.problems]


def _subject(issue: Issue) -> Iterator[str]:
    if not issue.subject.strip():
        yield "The subject is empty."


def _three(points: list[DataPoint]) -> Iterator[str]:
    found = {point.position: point for point in points}
    places: dict[tuple[str, str], list[str]] = {}
    for place in PLACES:
        if lack := _lack(found.get(place)):
            places.setdefault(lack, []).append(str(place))
    for (one, several), which in places.items():
        said = one if len(which) == 1 else several
        yield said.format(get_text_list(which, "and"))


def _lack(point: DataPoint | None) -> tuple[str, str] | None:
    """Return what a data point lacks first, as said of one and of several; None if nothing."""
    if point is None:
        return "Data point {} is missing.", "Data points {} are missing."
    if not point.headline.strip():
        return "Data point {} has no headline.", "Data points {} have no headline."
    if not point.comment.strip():
        return (
            "Data point {} does not say why it matters: write its comment.",
            "Data points {} do not say why they matter: write their comments.",
        )
    return None


def _overdue(points: list[DataPoint]) -> Iterator[str]:
    for point in points:
        series = point.series
        if series is None or point.overdue_reason.strip():
            continue
        if series.state(timezone.localdate()).is_late and series.expected_on:
            yield (
                f"Data point {point.position}: newer values of “{series.title}” were expected "
                f"on {day_label(series.expected_on)}. Choose another series, or explain under "
                "“Overdue reason” why this one is shown."
            )


def _tokens(issue: Issue, points: list[DataPoint]) -> Iterator[str]:
    problems = faults_in_texts(issue, text_problems.problems)
    yield from problems
    if not problems and (problem := _freezing_problem(issue)):
        yield problem
    plain = {"The subject": issue.subject, "The preheader": issue.preheader}
    for point in points:
        where = f"Data point {point.position}"
        plain |= {f"{where}, {name}": getattr(point, name) for name in PLAIN}
    for place, text in plain.items():
        if FIGURE in text or TERM_LINK in text:
            yield f"{place}: figures and links do not work here. Write plain text."


def _freezing_problem(issue: Issue) -> str:
    """Freeze the issue as sending does, roll back, and return why that failed, or ""."""
    try:
        with transaction.atomic():
            freezing.freeze(Issue.objects.select_related("newsletter").get(pk=issue.pk))
            transaction.set_rollback(True)
    except freezing.UnreadableFigure as problem:
        return str(problem)
    return ""


def _links(issue: Issue, read: MailReader) -> tuple[list[str], str]:
    """Return the problems, and a note that names the links that were never checked."""
    waived = set(issue.waived_links.split())
    dead = [
        f"{address}: {why}. Fix it, or add it to “Waived links”."
        for address, why in dead_links(read.links, issue).items()
        if address not in waived
    ]
    new = ", ".join(each for each in unchecked_links(read.links) if each not in waived)
    note = f"Not checked yet, so open them yourself: {new}." if new else ""
    return faults_in_texts(issue, link_faults) + dead, note


def _test(issue: Issue) -> Iterator[str]:
    if issue.tested_at is None:
        yield "No test mail was sent yet. Send one and read it."
    elif not is_tested(issue):
        yield "The issue was edited after its last test mail. Send another one and read it."


def _postal(issue: Issue) -> Iterator[str]:
    if not issue.newsletter.postal_address.strip():
        yield (
            f"{issue.newsletter} has none. A person who may change newsletters has to add it; the "
            "law requires it in most countries."
        )
