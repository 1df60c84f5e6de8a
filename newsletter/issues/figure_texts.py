"""The texts of issues that contain figures. Those of drafts follow the data, sent ones do not."""

from collections.abc import Callable, Iterable
from typing import Any

from django.db.models import Q
from django.urls import reverse

from glossary.models import Series
from glossary.prose.figures.tokens import tokens_in
from glossary.series.figure_uses import Text
from newsletter.models import Issue


def draft_texts(series: Series) -> list[Text]:
    """Return the texts of unsent issues that use the series, and their data points about it.

    A data point that takes its number from the series counts as a text with that figure.
    """
    found = []
    for issue in Issue.objects.open().prefetch_related("data_points"):
        page = reverse("admin:newsletter_issue_change", args=[issue.pk])  # only editors see a draft
        own = [
            f"{{{{ {series.slug} }}}}: {point.headline}"
            for point in issue.data_points.all()
            if point.series_id == series.pk and not point.figure
        ]
        texts = [text for text in texts_of(issue).values() if _names(text, series)]
        found += [Text(f"Issue {issue.number}", page, text) for text in (*texts, *own)]
    return found


def texts_of(issue: Issue) -> dict[str, str]:
    """Return {name for editors: text} of the issue's texts."""
    comments = {f"Data point {each.position}": each.comment for each in issue.data_points.all()}
    return {"The intro": issue.intro, **comments}


def faults_in_texts(issue: Issue, faults_in: Callable[[str], Iterable[Any]]) -> list[str]:
    """Return what a function finds wrong with the issue's texts, and where."""
    return [
        f"{place}, line {each.line}: {each.message}"
        for place, text in texts_of(issue).items()
        for each in faults_in(text)
    ]


def issues_showing(series: Series) -> list[Issue]:
    """Return the issues in the archive that show the series, newest first."""
    slug, is_own = series.slug, Q(data_points__series=series)
    names_it = Q(intro__contains=slug) | Q(data_points__comment__contains=slug)
    issues = Issue.objects.in_archive().filter(names_it | is_own).distinct()
    # A slug that the database found may be part of a longer one.
    return [
        issue
        for issue in issues.prefetch_related("data_points")
        if any(point.series_id == series.pk for point in issue.data_points.all())
        or any(_names(text, series) for text in texts_of(issue).values())
    ]


def _names(text: str, series: Series) -> bool:
    return any(token.slug == series.slug for token in tokens_in(text))
