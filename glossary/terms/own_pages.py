"""Which addresses of this site have a page for readers, found without an HTTP request."""

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import unquote

from django.conf import settings
from django.urls import Resolver404, resolve

from config.registry import Registry
from glossary.models import Category, Series, Term
from glossary.terms.contents import address_now


@dataclass(frozen=True)
class PageOfRow:
    """The pages of a row and its twins, such as glossary:term and glossary:term_md.

    They exist while the row does; `exists` takes what the address names, such as a slug.
    """

    view_name: str
    exists: Callable[..., bool]

    def has(self, view_name: str) -> bool:
        return view_name == self.view_name or view_name.startswith(f"{self.view_name}_")


PAGES_OF_ROWS = Registry[PageOfRow]()


def path_on_this_site(address: str) -> str | None:
    """Return the path of an address of this site, with or without the host; None for another."""
    if address == settings.SITE_URL:
        return "/"
    path = address.removeprefix(settings.SITE_URL)
    if not path.startswith("/") or path.startswith("//"):
        return None
    return path.partition("#")[0].partition("?")[0]


def page_exists(path: str) -> bool:
    """Return whether a path of this site has a page for readers, or redirects to one."""
    for each in (unquote(path), f"{unquote(path)}/"):  # without its last slash it redirects
        try:
            found = resolve(each)
            break
        except Resolver404:
            continue
    else:
        return path.startswith(settings.STATIC_URL)
    rows = (page for page in PAGES_OF_ROWS if page.has(found.view_name))
    return "admin" not in found.app_names and all(page.exists(**found.kwargs) for page in rows)


def term_exists(slug: str) -> bool:
    return Term.objects.published().filter(slug=slug).exists() or address_now(slug) is not None


def series_exists(slug: str) -> bool:
    return Series.objects.published().filter(slug=slug.lower()).exists()


def category_exists(slug: str) -> bool:
    return Category.objects.in_use().filter(slug=slug.lower()).exists()
