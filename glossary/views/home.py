"""The front page."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from config.caching import public_page
from glossary.api import jsonld
from glossary.models import Term
from glossary.models.prepared import prepared
from glossary.series.recent_changes import recent_changes
from glossary.terms import contents
from glossary.terms.contents import term_of_day

LISTED = 5  # terms in each short list

_reviewed_last = prepared(
    lambda: (
        Term.objects.published()
        .only("headword", "slug", "reviewed_on")
        .reviewed_last()[: 2 * LISTED]
    )
)
_most_related = prepared(
    lambda: Term.objects.published().only("headword", "slug").most_related()[:LISTED]
)


@require_safe
@public_page
def home(request: HttpRequest) -> HttpResponse:
    fields, most_used = contents.fields(), _most_related()
    reviewed = [each for each in _reviewed_last() if each not in most_used][:LISTED]
    context = {
        "today": timezone.localdate(),
        "term_count": sum(field.count for field in fields),  # type: ignore[attr-defined]
        "changes": recent_changes(),
        "letters": contents.letters(),
        "fields": fields,
        "reviewed": reviewed,
        "most_used": most_used,
        # A function: the template calls it only where there is no issue to show.
        "term_of_day": term_of_day,
        "structured": jsonld.describe_home(),
    }
    return render(request, "glossary/home.html", context)
