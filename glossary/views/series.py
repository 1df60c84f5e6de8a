"""Public pages of data, their twins for programs, the embedded chart, feeds, the calendar."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.core.cache import caches
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponsePermanentRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import http_date
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.csp import csp_override
from django.views.decorators.http import condition, require_http_methods, require_safe

from config.caching import public_page, takes
from glossary.api import jsonld, social
from glossary.api.feeds import calendar_feed, calendar_file, releases_feed, series_feed
from glossary.charts import pictures
from glossary.charts.drawing import draw
from glossary.charts.plots import LONGEST_STEP
from glossary.models import Series
from glossary.prose import rendering
from glossary.prose.figures.tokens import live_resolver
from glossary.series import as_of, citation, contents, downloads
from glossary.series.as_of import FoundRelease, Refusal
from glossary.series.freshness import expected_releases, freshness, release_calendar, state_began_at
from glossary.series.latest import latest
from glossary.series.loading import views_for
from glossary.series.point_table import point_table
from glossary.values.periods import Frequency
from glossary.views.terms import not_found

View = Callable[..., HttpResponseBase]
CSVM = downloads.MEDIA_TYPES["metadata.json"]
NOT_OURS = (
    "The publisher of these numbers does not allow them to be passed on, so they cannot be "
    "downloaded here. The page says where they come from.\n"
)


# --- pages ---


@require_safe
@public_page
@takes("order")
def data(request: HttpRequest) -> HttpResponse:
    """Show every series by field or, with `?order=newest`, by day of release."""
    topics = contents.topics()
    is_newest = request.GET.get("order") == "newest"
    context = {
        "topics": contents.newest_first(topics) if is_newest else topics,
        "tally": contents.tally(topics),
        "is_newest": is_newest,
    }
    return render(request, "glossary/data.html", context)


@require_safe
@public_page
def calendar(request: HttpRequest) -> HttpResponse:
    return render(request, "glossary/calendar.html", {"calendar": release_calendar()})


@require_safe
@public_page
@takes("asof")
def series(request: HttpRequest, slug: str) -> HttpResponse:
    """Show a series as of its newest release, or as of a day."""
    try:
        found = as_of.find_release(slug, request.GET.get("asof"))
    except Refusal as refusal:
        if moved := _in_small_letters(request, slug):
            return moved
        if refusal.status == 404 and "asof" not in request.GET:
            return not_found(request)
        context = {"message": refusal.message, "plain_path": request.path}
        return render(request, "glossary/no_release.html", context, status=refusal.status)
    return render(request, "glossary/series.html", _page(found))


def _in_small_letters(request: HttpRequest, slug: str) -> HttpResponse | None:
    """Redirect from an address with capitals to the series' own; None for any other."""
    small = slug.lower()
    if small == slug or not Series.objects.published().filter(slug=small).exists():
        return None
    query = f"?{request.GET.urlencode()}" if request.GET else ""
    return HttpResponsePermanentRedirect(request.path.replace(slug, small, 1) + query)


def _page(found: FoundRelease) -> dict[str, Any]:
    series, release, loaded = found.series, found.release, found.load()
    newest, chart = latest(loaded.view), draw(loaded.captioned_plot())
    pinned = None if found.is_newest else release.released_on
    resolve = live_resolver(views_for([series.notes]))
    twins = downloads.twins(series, pinned)
    query = {} if found.is_newest else {"asof": release.released_on}
    path = reverse("glossary:series_card_png", args=[series.slug], query=query)
    card = social.card_link(path, social.series_card(loaded))
    days = [point.period for point in loaded.points]
    change = newest.change if newest else None
    return {
        "series": series,
        "release": release,
        "is_newest": found.is_newest,
        "is_pinned": found.asof is not None,
        "latest": newest,
        "change": None if change and change.is_said_in(chart.title) else change,
        "facts": contents.facts(series, release, newest),
        "freshness": freshness(series),
        "chart": chart,
        "longest_step": LONGEST_STEP.get(Frequency(series.frequency), ""),
        "table": point_table(loaded),
        "notes": rendering.render(series.notes, resolve),
        "twins": twins,
        "feed": downloads.series_address(series, "atom"),
        "card": card,
        "structured": jsonld.describe_series(series, release, days, twins, card),
        "citation": citation.citation(
            series, release, downloads.series_address(series, "", release.released_on)
        ),
        "embed_code": downloads.embed_code(series, release),
        "releases": contents.revisions(series),
        "usual_revision": contents.usual_revision(loaded),
        "withdrawn": series.withdrawn_releases.all(),
        "terms": contents.terms_that_use(series),
    }


# --- for programs ---

PREFLIGHT = {
    "Access-Control-Allow-Methods": "GET, HEAD",
    "Access-Control-Allow-Headers": "If-None-Match",
    "Access-Control-Max-Age": "86400",
}


def open_data(view: View) -> View:
    """Make a public page that other sites may read, by script (CORS) and as a picture (CORP).

    A script that sends an ETag back asks by OPTIONS first whether it may.
    """
    asked = require_http_methods(["GET", "HEAD", "OPTIONS"])

    @wraps(view)
    def opened(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.method == "OPTIONS":
            response: HttpResponseBase = HttpResponse(status=204, headers=PREFLIGHT)
        else:
            response = view(request, *args, **kwargs)
        response["Access-Control-Allow-Origin"] = "*"
        response["Access-Control-Expose-Headers"] = "ETag, Link"
        response["Cross-Origin-Resource-Policy"] = "cross-origin"
        return response

    return public_page(asked(opened))


def with_series(view: View) -> View:
    """Pass series and release to the view in place of the slug; answer errors in plain text."""

    @takes("asof")
    @wraps(view)
    def found(request: HttpRequest, slug: str) -> HttpResponseBase:
        try:
            return view(request, as_of.find_release(slug, request.GET.get("asof")))
        except Refusal as refusal:
            moved = _in_small_letters(request, slug)
            return moved or _text(f"{refusal.message}\n", refusal.status)

    return found


def values_allowed(view: View) -> View:
    """Answer 403 with the reason when the source does not allow redistribution."""

    @wraps(view)
    def allowed(request: HttpRequest, found: FoundRelease) -> HttpResponseBase:
        if not found.series.source.may_redistribute:
            return _text(NOT_OURS, 403)
        return view(request, found)

    return allowed


def _text(message: str, status: int) -> HttpResponse:
    return HttpResponse(message, content_type="text/plain; charset=utf-8", status=status)


def checked(view: View) -> View:
    """Let a view answer 304 by the ETag, before anything is built, and set Last-Modified."""
    by_etag = condition(etag_func=lambda _, found: f'"{found.stamp}"')(view)

    @wraps(view)
    def answered(request: HttpRequest, found: FoundRelease) -> HttpResponseBase:
        response = by_etag(request, found)
        if response.status_code in (200, 304):
            # All metadata name the newest release and its state too.
            changed_at = max(state_began_at(found.series), found.series.updated_at)
            response["Last-Modified"] = http_date(changed_at.timestamp())
        return response

    return answered


def twin(view: View) -> View:
    """Make a view of one release: public and open to other sites."""
    return open_data(with_series(checked(view)))


def described(view: View) -> View:
    """Add a Link header with the address of the CSV's metadata (CSV on the Web)."""

    @wraps(view)
    def linked(request: HttpRequest, found: FoundRelease) -> HttpResponseBase:
        response = view(request, found)
        address = downloads.series_address(found.series, "metadata.json", found.asof)
        response["Link"] = f'<{address}>; rel="describedby"; type="{CSVM}"'
        return response

    return linked


@open_data
@with_series
@values_allowed
@described
@checked
def series_csv(request: HttpRequest, found: FoundRelease) -> HttpResponse:
    name = f"{found.series.slug}-{found.release.released_on}.csv"
    return HttpResponse(
        downloads.as_csv(found.load()),
        content_type="text/csv; charset=utf-8; header=present",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@open_data
@with_series
@values_allowed
@checked
def series_json(request: HttpRequest, found: FoundRelease) -> HttpResponse:
    loaded = found.load()
    text = downloads.as_json(loaded, contents.usual_revision(loaded))
    return HttpResponse(text, content_type="application/json")


@twin
def series_metadata_json(request: HttpRequest, found: FoundRelease) -> HttpResponse:
    releases = found.series.releases.newest_first()
    text = downloads.metadata(found.series, found.release, releases, found.asof)
    return HttpResponse(text, content_type=CSVM)


@csp_override({**settings.SECURE_CSP, "style-src": [pictures.style_source()]})
@twin
def series_svg(request: HttpRequest, found: FoundRelease) -> HttpResponse:
    """Answer with a file that carries its style, which its policy allows by hash."""
    return HttpResponse(
        pictures.chart_svg(found.load().captioned_plot()), content_type="image/svg+xml"
    )


@twin
def series_png(request: HttpRequest, found: FoundRelease) -> HttpResponse:
    """Answer with the PNG, which takes 40 ms to draw and is cached for each release."""
    picture = caches["pictures"].get_or_set(
        f"picture-{found.stamp}",
        lambda: pictures.chart_png(found.load().captioned_plot()),
        timeout=None,
    )
    return HttpResponse(picture, content_type="image/png")


@xframe_options_exempt
@csp_override({**settings.SECURE_CSP, "frame-ancestors": ["*"]})
@open_data
@with_series
def series_embed(request: HttpRequest, found: FoundRelease) -> HttpResponse:
    """Show the chart alone, for a frame on another site.

    It reads no cookie and has no form, so a frame around it cannot misuse clicks."""
    loaded = found.load()
    context = {
        "series": found.series,
        "release": found.release,
        "chart": draw(loaded.captioned_plot()),
        "latest": latest(loaded.view),
        "is_newest": found.is_newest,
    }
    return render(request, "glossary/embed.html", context)


@open_data
@with_series
def series_atom(request: HttpRequest, found: FoundRelease) -> HttpResponse:
    return series_feed(found.series)


@open_data
def data_feed(request: HttpRequest) -> HttpResponse:
    return releases_feed()


@open_data
def calendar_atom(request: HttpRequest) -> HttpResponse:
    return calendar_feed()


@open_data
def calendar_ics(request: HttpRequest) -> HttpResponse:
    text = calendar_file(expected_releases())
    return HttpResponse(text, content_type="text/calendar; charset=utf-8")
