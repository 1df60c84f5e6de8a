"""The texts of issues that contain figures. Those of drafts follow the data, sent ones do not."""

from django.db.models import Q
from django.urls import reverse

from glossary.models import Series
from glossary.prose.figures.tokens import tokens_in
from glossary.series.figure_uses import Text
from glossary.terms import text_problems
from newsletter.models import Issue


def draft_texts(series: Series) -> list[Text]:
    """Return the texts of unsent issues that use the series, and their data points about it."""
    drafts = Issue.objects.open().prefetch_related("data_points")
    page = "admin:newsletter_issue_change"  # because only editors see a draft
    return [
        Text(f"Issue {issue.number}", reverse(page, args=[issue.pk]), markdown)
        for issue in drafts
        for markdown in (*texts_of(issue).values(), *_numbers_of(issue, series))
        if any(token.slug == series.slug for token in tokens_in(markdown))
    ]


def _numbers_of(issue: Issue, series: Series) -> list[str]:
    """Return the data points that take their number from the series, as texts with a figure."""
    points = [point for point in issue.data_points.all() if point.series_id == series.pk]
    return [f"{{{{ {series.slug} }}}}: {point.headline}" for point in points if not point.figure]


def texts_of(issue: Issue) -> dict[str, str]:
    """Return {name for editors: text} of the issue's texts."""
    points = issue.data_points.all()
    return {
        "The intro": issue.intro,
        **{f"Data point {point.position}": point.comment for point in points},
    }


def issue_figure_problems(issue: Issue) -> list[str]:
    """Return what is wrong with the figures in the issue's texts, and where."""
    return [
        f"{place}, line {problem.line}: {problem.message}"
        for place, text in texts_of(issue).items()
        for problem in text_problems.problems(text)
    ]


def issues_showing(series: Series) -> list[Issue]:
    """Return the issues in the archive that show the series, newest first."""
    slug = series.slug
    names_it = Q(intro__contains=slug) | Q(data_points__comment__contains=slug)
    issues = (
        Issue.objects.in_archive()
        .filter(names_it | Q(data_points__series=series))
        .distinct()
        .prefetch_related("data_points")
    )
    return [issue for issue in issues if _shows(issue, series)]


def _shows(issue: Issue, series: Series) -> bool:
    """Check the tokens: a slug that the database found may be part of a longer one."""
    if any(point.series_id == series.pk for point in issue.data_points.all()):
        return True
    return any(
        token.slug == series.slug for text in texts_of(issue).values() for token in tokens_in(text)
    )
