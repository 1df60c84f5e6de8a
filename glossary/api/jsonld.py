"""JSON-LD of our pages in the vocabulary of schema.org, as dicts.

Google's Dataset Search requires a description of 50 to 5,000 characters, a creator, a license and
the files (developers.google.com/search/docs/appearance/structured-data/dataset).
"""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django.conf import settings
from django.templatetags.static import static
from django.urls import reverse

from config.site import absolute
from glossary.api.social import CardLink
from glossary.models import Alias, Person, Release, Series, Source, Term
from glossary.series.downloads import CHART_LICENSE, MEDIA_TYPES

Thing = dict[str, Any]
CONTEXT = {"@context": "https://schema.org"}
PUBLISHER = "/#publisher"
DISTRIBUTED = ("csv", "json", "metadata.json")
CRUMBS = {"glossary:index": "Glossary", "glossary:data": "Data"}


def describe_home() -> Thing:
    return CONTEXT | {
        "@type": "WebSite",
        "@id": absolute("/#site"),
        "url": absolute(reverse("glossary:home")),
        "name": settings.SITE_NAME,
        "inLanguage": "en",
        "publisher": organization(),
        "potentialAction": {
            "@type": "SearchAction",
            "target": {
                "@type": "EntryPoint",
                "urlTemplate": absolute("/search/?q={search_term_string}"),
            },
            "query-input": "required name=search_term_string",
        },
    }


def organization() -> Thing:
    return {
        "@type": "Organization",
        "@id": absolute(PUBLISHER),
        "name": settings.SITE_NAME,
        "url": absolute(reverse("glossary:home")),
        "logo": absolute(static("mark.svg")),
    }


def person(named: Person) -> Thing:
    """Describe who reviewed or answers for a text: the office is an organization of ours."""
    if named.is_office:
        return {
            "@type": "Organization",
            "name": str(named),
            "parentOrganization": {"@id": absolute(PUBLISHER)},
        }
    said = {"name": named.name, "jobTitle": named.role, "url": named.url}
    return {"@type": "Person", **{key: text for key, text in said.items() if text}}


def glossary() -> Thing:
    files = {"glossary:glossary_json": "application/json", "glossary:glossary_csv": "text/csv"}
    return CONTEXT | {
        **_term_set(),
        "license": CHART_LICENSE["url"],
        "inLanguage": "en",
        "publisher": organization(),
        "encoding": [
            {"@type": "MediaObject", "contentUrl": absolute(reverse(name)), "encodingFormat": kind}
            for name, kind in files.items()
        ],
    }


def describe_term(term: Term, aliases: Iterable[Alias], card: CardLink) -> Thing:
    page = absolute(term.get_absolute_url())
    name = {"name": term.headword, "alternateName": [alias.name for alias in aliases]}
    field = (term.category.name, term.category.get_absolute_url())
    return _page("WebPage", term.get_absolute_url(), term.headword) | {
        "license": CHART_LICENSE["url"],
        "dateModified": term.updated_at.isoformat(timespec="seconds"),
        **({"lastReviewed": term.reviewed_on.isoformat()} if term.reviewed_on else {}),
        **({"reviewedBy": person(term.reviewed_by)} if term.reviewed_by else {}),
        **({"author": person(term.responsible)} if term.responsible else {}),
        "primaryImageOfPage": {"@type": "ImageObject", "url": card.address},
        "breadcrumb": _breadcrumb("glossary:index", term.headword, field),
        "mainEntity": {
            "@type": "DefinedTerm",
            "@id": f"{page}#term",
            **{key: value for key, value in name.items() if value},
            "description": term.definition,
            "url": page,
            "inDefinedTermSet": _term_set(),
        },
    }


def describe_series(
    series: Series, release: Release, days: list[date], twins: Mapping[str, str], card: CardLink
) -> Thing:
    """Describe a data page. `days` are its periods in any order, `twins` addresses by ending."""
    page = absolute(series.get_absolute_url())
    topic = (series.category.name, f"{reverse('glossary:data')}#topic-{series.category.slug}")
    way = _breadcrumb("glossary:data", series.title, topic)
    values = f"{series.frequency.capitalize()} values in {series.unit}"
    return _page("Dataset", series.get_absolute_url(), series.title) | {
        # Always more than the 50 characters that are required.
        "description": f"{series.description} {values}, published by {series.source.publisher}.",
        "keywords": [series.category.name],
        **_provenance(series.source),
        **_extent(series, release, days),
        "image": card.address,
        "includedInDataCatalog": {
            "@type": "DataCatalog",
            "name": f"Data of {settings.SITE_NAME}",
            "url": absolute(reverse("glossary:data")),
        },
        "distribution": [
            {
                "@type": "DataDownload",
                "encodingFormat": MEDIA_TYPES[each],
                "contentUrl": twins[each],
            }
            for each in DISTRIBUTED
            if each in twins
        ],
        "subjectOf": {"@type": "WebPage", "url": page, "breadcrumb": way},
    }


def listing(name: str, path: str) -> Thing:
    """Describe a page that lists the terms of a field or a letter."""
    return _page("CollectionPage", path, name) | {
        "isPartOf": _term_set(),
        "breadcrumb": _breadcrumb("glossary:index", name),
    }


# --- parts of a data set ---


def _provenance(source: Source) -> Thing:
    """Name the publisher and the license, as an address where there is one."""
    licence: object = source.licence_url
    if source.licence and not licence:
        licence = {"@type": "CreativeWork", "name": source.licence}
    said = {"isBasedOn": source.url, "license": licence}
    return {
        "creator": {"@type": "Organization", "name": source.publisher},
        "publisher": organization(),
        "isAccessibleForFree": True,
        **{name: value for name, value in said.items() if value},
    }


def _extent(series: Series, release: Release, days: list[date]) -> Thing:
    """Describe what is measured, the period covered and the date of the release."""
    day = release.released_on.isoformat()
    return {
        "dateModified": day,
        "version": day,
        "variableMeasured": {
            "@type": "PropertyValue",
            "name": series.title,
            "unitText": series.unit,
        },
        **({"temporalCoverage": f"{min(days)}/{max(days)}"} if days else {}),
    }


# --- parts of several ---


def _page(kind: str, path: str, name: str) -> Thing:
    address = absolute(path)
    return CONTEXT | {"@type": kind, "@id": address, "url": address, "name": name}


def _term_set() -> Thing:
    index = absolute(reverse("glossary:index"))
    return {
        "@type": "DefinedTermSet",
        "@id": f"{index}#terms",
        "name": f"Glossary of {settings.SITE_NAME}",
        "url": index,
    }


def _breadcrumb(section: str, last: str, *between: tuple[str, str]) -> Thing:
    """Describe the breadcrumb of a page; `between` are names and paths of the steps before it.

    Its last step, the page itself, needs no address.
    """
    steps = [(CRUMBS[section], reverse(section)), *between]
    items = [
        {"@type": "ListItem", "position": number, "name": name, "item": absolute(path)}
        for number, (name, path) in enumerate(steps, 1)
    ]
    here = {"@type": "ListItem", "position": len(items) + 1, "name": last}
    return {"@type": "BreadcrumbList", "itemListElement": [*items, here]}
