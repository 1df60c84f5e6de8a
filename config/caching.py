"""Shared caches may keep the answers of views marked with `public_page`, and no others."""

from collections.abc import Callable, Iterable, Sequence
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponseBase, QueryDict

from config import content_stamp

# Shared caches keep a page for a minute. Browsers ask each time and get 304 by its ETag, because an
# editor who saves a term and opens its page must see the new version.
PUBLIC = "public, max-age=0, s-maxage=60, must-revalidate"

type View = Callable[..., HttpResponseBase]


def takes(*names: str) -> Callable[[View], View]:
    """Name the parameters that a view reads from the query; `public_page` hides all others."""

    def marked(view: View) -> View:
        view.parameters = names  # type: ignore[attr-defined]
        return view

    return marked


def public_page(view: View) -> View:
    """Let CDNs, proxies and config.page_cache keep this view's successful answers.

    For views that send all visitors the same bytes and read no cookie. The view sees only the
    parameters that it `takes`, so that addresses with others (utm_…) share one page. Errors, and
    answers with a Cache-Control of their own, stay unchanged.
    """
    names = getattr(view, "parameters", ())

    @wraps(view)
    def kept(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        request.GET = taken(request.GET, names)  # type: ignore[assignment]
        response = view(request, *args, **kwargs)
        is_good = response.status_code in (200, 301, 304)
        if is_good and request.method in ("GET", "HEAD") and "Cache-Control" not in response:
            response["Cache-Control"] = PUBLIC
        return response

    kept.public_parameters = names  # type: ignore[attr-defined]
    return kept


def shows_only(response: HttpResponseBase, ids: Iterable[int]) -> None:
    """Set the parts of a public page to those of its subjects (config.content_stamp), so that
    changes of other subjects leave it kept. Without this call a page depends on all subjects.
    """
    response.content_parts = content_stamp.parts_of(ids)  # type: ignore[attr-defined]


def taken(query: QueryDict, names: Sequence[str]) -> QueryDict:
    """Return the last value of each of these parameters, in the order of `names`."""
    found = QueryDict(mutable=True)
    for name in names:
        if name in query:
            found[name] = str(query[name])
    return found
