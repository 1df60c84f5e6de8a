"""Issues as texts with figures: unsent ones follow the data, sent ones keep what they said."""

from glossary.backlinks import Text
from glossary.figures.tokens import tokens_in
from glossary.models import Series
from newsletter.models import Issue


def draft_texts(series: Series) -> list[Text]:
    """Return the texts of unsent issues that read the series."""
    drafts = Issue.objects.exclude(status=Issue.Status.SENT).prefetch_related("data_points")
    return [
        Text(f"Issue {issue.number}", issue.get_absolute_url(), markdown)
        for issue in drafts
        for markdown in texts_of(issue)
        if any(token.slug == series.slug for token in tokens_in(markdown))
    ]


def texts_of(issue: Issue) -> list[str]:
    return [issue.intro, *(point.comment for point in issue.data_points.all())]
