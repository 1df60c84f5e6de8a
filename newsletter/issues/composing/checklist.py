"""What must be right before an issue goes to anybody, and what to mend where it is not."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from glossary.models import State
from glossary.values.periods import day_label
from newsletter.issues import figure_texts, freezing
from newsletter.issues.composing.address_checks import dead, not_looked_at
from newsletter.issues.composing.fingerprints import is_tested
from newsletter.issues.composing.mail_contents import links_in, pictures_without_words
from newsletter.issues.rendering import Rendered, render_words
from newsletter.models import DataPoint, Issue
from newsletter.models.issues import DATA_POINTS

# Gmail shows the first 102 kB of a message and hides the rest, the footer with its links first.
MOST_HTML = 100_000  # bytes
FIGURE, TERM_LINK = "{{", "[["
LINKS = "Every link answers, or is waived"


@dataclass(frozen=True)
class Item:
    """One thing to be right. `problems` say what to mend, `where` is the page to do it on.

    `note` says what could not be found out, which keeps nothing from being approved.
    """

    name: str
    problems: tuple[str, ...]
    where: str
    note: str = ""

    @property
    def is_right(self) -> bool:
        return not self.problems


def checklist(issue: Issue) -> list[Item]:
    """Look at the issue as it is stored and as it would be mailed now. Nothing is kept."""
    issue = Issue.objects.select_related("newsletter").get(pk=issue.pk)
    points = list(issue.data_points.select_related("series__source", "series__current_release"))
    mail = render_words(issue)
    form = reverse("admin:newsletter_issue_change", args=[issue.pk])
    points_form = f"{form}#data_points-group"
    test = reverse("admin:newsletter_issue_test", args=[issue.pk])
    newsletter = reverse("admin:newsletter_newsletter_change", args=[issue.newsletter_id])
    found = [
        ("A subject", _subject(issue), f"{form}#id_subject"),
        ("Three data points, each with a headline and why it matters", _three(points), points_form),
        ("No series overdue without a reason", _overdue(points), points_form),
        ("Every figure and term link can be read", _tokens(issue, points), f"{form}#id_intro"),
        (LINKS, _links(issue, mail), f"{form}#id_waived_links"),
        ("Every picture has words for those who do not see it", _alt(mail), points_form),
        ("The mail has both its parts", _parts(mail), form),
        (f"The HTML part is under {MOST_HTML // 1000} kB", _size(mail), form),
        ("A test mail was sent since the last edit", _test(issue), test),
        ("The newsletter has a postal address", _postal(issue), newsletter),
    ]
    notes = {LINKS: _unseen(mail)}
    return [Item(name, tuple(said), where, notes.get(name, "")) for name, said, where in found]


def problems(issue: Issue) -> list[Item]:
    return [item for item in checklist(issue) if not item.is_right]


def _subject(issue: Issue) -> Iterator[str]:
    if not issue.subject.strip():
        yield "The subject is empty."


def _three(points: list[DataPoint]) -> Iterator[str]:
    found = {point.position: point for point in points}
    for place in range(1, DATA_POINTS + 1):
        point = found.get(place)
        if point is None:
            yield f"Data point {place} is missing."
        elif not point.headline.strip():
            yield f"Data point {place} has no headline."
        elif not point.comment.strip():
            yield f"Data point {place} does not say why it matters: write its comment."


def _overdue(points: list[DataPoint]) -> Iterator[str]:
    for point in points:
        series = point.series
        if series is None or point.overdue_reason.strip():
            continue
        if series.state(timezone.localdate()) is State.OVERDUE and series.expected_on:
            yield (
                f"Data point {point.position}: newer values of “{series.title}” were expected "
                f"on {day_label(series.expected_on)}. Choose another series, or say under "
                "“Overdue reason” why this one is shown all the same."
            )


def _tokens(issue: Issue, points: list[DataPoint]) -> Iterator[str]:
    said = figure_texts.problems(issue)
    yield from said
    if not said and (refused := _refused(issue)):
        yield refused
    for place, text in _plain_texts(issue, points):
        if FIGURE in text or TERM_LINK in text:
            yield f"{place}: figures and links do not work there. Type it as plain words."


def _plain_texts(issue: Issue, points: list[DataPoint]) -> Iterator[tuple[str, str]]:
    yield "The subject", issue.subject
    yield "The preheader", issue.preheader
    for point in points:
        for name in ("headline", "figure", "period", "change"):
            yield f"Data point {point.position}, {name}", getattr(point, name)


def _refused(issue: Issue) -> str:
    """Freeze the issue as sending would, take it back, and return why that did not work."""
    try:
        with transaction.atomic():
            freezing.freeze(Issue.objects.select_related("newsletter").get(pk=issue.pk))
            transaction.set_rollback(True)
    except freezing.Unreadable as problem:
        return str(problem)
    return ""


def _links(issue: Issue, mail: Rendered) -> Iterator[str]:
    waived = set(issue.waived_links.split())
    for address, why in dead(links_in(mail.html), issue).items():
        if address not in waived:
            yield f"{address}: {why}. Mend it, or put it under “Waived links”."


def _unseen(mail: Rendered) -> str:
    found = not_looked_at(links_in(mail.html))
    return f"Nobody has looked at these yet, so try them: {', '.join(found)}." if found else ""


def _alt(mail: Rendered) -> Iterator[str]:
    for address in pictures_without_words(mail.html):
        yield f"{address} has no text in its place."


def _parts(mail: Rendered) -> Iterator[str]:
    for name, part in (("HTML", mail.html), ("text", mail.text)):
        if not part.strip():
            yield f"The {name} part is empty."


def _size(mail: Rendered) -> Iterator[str]:
    size = len(mail.html.encode())
    if size >= MOST_HTML:
        yield f"It has {size / 1000:.0f} kB. Shorten the intro or the comments."


def _test(issue: Issue) -> Iterator[str]:
    if issue.tested_at is None:
        yield "No test mail was sent yet. Send one, and read it."
    elif not is_tested(issue):
        yield "The issue was edited after its last test mail. Send another one, and read it."


def _postal(issue: Issue) -> Iterator[str]:
    if not issue.newsletter.postal_address.strip():
        yield (
            f"{issue.newsletter} has none. Whoever may change newsletters writes it there; the "
            "law asks for it in most countries."
        )
