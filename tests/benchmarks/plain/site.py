"""A term page as one would write it first: three queries, one chart, templates, nothing kept."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import path

from glossary.models import Observation, Term

WIDTH, HEIGHT = 640, 240


def term(request: HttpRequest, slug: str) -> HttpResponse:
    found = get_object_or_404(Term.objects.select_related("category"), slug=slug)
    related = found.relations.select_related("to_term__category")[:6]
    shown = Observation.objects.current().filter(series__shown_by__term=found)
    values = [float(each.value or 0) for each in shown.order_by("period")[:60]]
    context = {"term": found, "related": related, "chart": chart(values)}
    return render(request, "term.html", context)


def chart(values: list[float]) -> dict[str, object]:
    """Return points and ticks of a line, in pixels."""
    high, step = max(values, default=1) or 1, WIDTH / max(1, len(values) - 1)
    points = [(round(n * step, 1), round(HEIGHT * (1 - v / high), 1)) for n, v in enumerate(values)]
    ticks = [(round(HEIGHT * (1 - n / 5), 1), f"{high * n / 5:,.0f}") for n in range(6)]
    return {"points": points, "ticks": ticks, "width": WIDTH, "height": HEIGHT}


urlpatterns = [path("glossary/<slug:slug>/", term)]
