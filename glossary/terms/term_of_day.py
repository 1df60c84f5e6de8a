"""The term that the front page shows while there is no issue: another one each day."""

from dataclasses import dataclass

from django.utils import timezone

from glossary.models import Term
from glossary.series.contents import Entry, first_chart


@dataclass(frozen=True)
class TermOfDay:
    term: Term
    data: Entry | None


def term_of_day() -> TermOfDay | None:
    """Return a published term, one with a chart if there are any; None without terms."""
    published = Term.objects.published().order_by("pk")
    with_charts = published.filter(shown_series__series__current_release__isnull=False).distinct()
    keys = with_charts.values_list("pk", flat=True) or published.values_list("pk", flat=True)
    if not keys:
        return None
    found = Term.objects.select_related("category").get(
        pk=keys[timezone.localdate().toordinal() % len(keys)]
    )
    return TermOfDay(found, first_chart(found))
