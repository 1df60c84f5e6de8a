"""What the glossary adds to every page: the sparkline next to the site's name."""

from django.core.cache import cache
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from glossary.charts.sparklines import Sparkline
from glossary.series.contents import pulse_line

SECONDS = 60


def pulse(request: HttpRequest) -> dict[str, object]:
    """Provide the sparkline lazily; it is cached for a minute."""
    return {"pulse": SimpleLazyObject(_kept)}


def _kept() -> Sparkline | None:
    return cache.get_or_set("pulse", pulse_line, SECONDS)
