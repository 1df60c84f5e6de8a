"""Terms for programs: one as Markdown or JSON, and what the files of all (`dumps`) have of each.

Keys and columns have the names of the front matter of term files. Texts are those that readers
see: what editors write for us, such as `[[the name of a draft|words]]`, is in the export only.
Hidden aliases are left out, as on pages.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from functools import partial
from typing import Any

import nh3
import yaml
from django.conf import settings
from django.db.models import Prefetch
from django.urls import reverse
from django.utils import timezone

from config.site import absolute
from glossary.api.plain_markdown import escaped, linked, written_out
from glossary.exchange.term_keys import ITEM_KEYS, LISTS, PEOPLE, SIGNED, join_entries
from glossary.mentions import linked_names, stored_links
from glossary.models import Alias, Citation, Person, Relation, SearchEntry, Series, Term, TermSeries
from glossary.models.people import Signed
from glossary.models.terms import ListedTerm, TermQuerySet
from glossary.prose import rendering
from glossary.prose.figures.series_view import SeriesView
from glossary.prose.figures.tokens import live_resolver
from glossary.prose.markdown.manual_links import OPENING
from glossary.search import Results
from glossary.series.contents import Entry, TermData
from glossary.series.downloads import CHART_LICENSE as LICENSE
from glossary.terms.contents import RelatedCard, cards_and_see_also

COLUMNS = (
    "slug", "headword", "category", "definition", "explanation_text", "aliases",
    "related", "citations", "series", "reviewed_on", *SIGNED, "address", "updated_at",
    "license",
)  # fmt: skip


def writer_out(texts: Iterable[str], views: Mapping[str, SeriesView]) -> Callable[[str], str]:
    """Return a function that writes out figures and `[[links]]` in these texts.

    The names of terms are read only when a text has links.
    """
    names, slugs = None, {}
    if any(OPENING in text for text in texts):
        names = linked_names.vocabulary()
        slugs = dict(Term.objects.published().values_list("pk", "slug"))

    def page_of(name: str) -> str:
        slug = slugs.get(names.holder(name) or 0) if names else ""
        return absolute(reverse("glossary:term", args=[slug])) if slug else ""

    return partial(written_out, resolve=live_resolver(views), page_of=page_of)


def complete_terms() -> TermQuerySet:
    """Return the published terms with everything a twin contains, in five queries."""
    relations = Relation.objects.filter(to_term__status=Term.Status.PUBLISHED)
    shown = TermSeries.objects.filter(series__current_release__isnull=False)
    return (
        Term.objects.published()
        .select_related("category", *PEOPLE)
        .prefetch_related(
            Prefetch("aliases", Alias.objects.exclude(kind=Alias.Kind.HIDDEN)),
            Prefetch("relations", relations.select_related("to_term")),
            Prefetch("shown_series", shown.select_related("series")),
            "citations",
        )
    )


def term_address(term: Term | ListedTerm, ending: str = "") -> str:
    """Return the absolute address of a term's page, or of its twin: "md", "json"."""
    return absolute(reverse(f"glossary:term{f'_{ending}' if ending else ''}", args=[term.slug]))


# --- JSON ---


def as_json(term: Term, data: TermData) -> str:
    shown: dict[str, dict[str, Any]] = {}
    for entry in data.entries:
        newest = entry.latest and {
            "text": entry.latest.text,
            "value": entry.latest.machine,  # a string of digits, so that none is lost
            "period": entry.latest.period,
            "status": entry.latest.status.value,
        }
        shown[entry.series.slug] = {"finding": entry.finding, "latest": newest}
    said = term_facts(term, writer_out([term.explanation], data.views))
    html = rendering.render(
        term.explanation, live_resolver(data.views), links=stored_links.links_in(term)
    )
    said["explanation_html"] = nh3.clean(  # as on the page, with absolute addresses
        html,
        tags=rendering.TAGS,
        attributes=rendering.ATTRIBUTES,
        link_rel="noopener",
        url_relative=("rewrite_with_base", settings.SITE_URL),
    )
    said["series"] = [each | shown.get(each["slug"], {}) for each in said["series"]]
    return _dumped(said | {"license": LICENSE})


def term_facts(term: Term, write_out: Callable[[str], str]) -> dict[str, Any]:
    return {
        "slug": term.slug,
        "address": term_address(term),
        "headword": term.headword,
        "category": term.category.name,
        "definition": term.definition,
        "explanation_text": write_out(term.explanation),
        "aliases": [{"name": each.name, "kind": each.kind} for each in term.aliases.all()],
        "related": [
            {
                "term": each.to_term.slug,
                "headword": each.to_term.headword,
                "kind": each.kind,
                "reason": each.reason,
                "address": term_address(each.to_term),
            }
            for each in term.relations.all()
        ],
        "citations": [
            {
                "publisher": each.publisher,
                "title": each.title,
                "url": each.url,
                "read_on": each.read_on.isoformat() if each.read_on else None,
            }
            for each in term.citations.all()
        ],
        "series": [_series(each.series) for each in term.shown_series.all()],
        **signed_by(term),
        "updated_at": second(term.updated_at),
    }


def signed_by(text: Signed) -> dict[str, Any]:
    """Return who reviewed a text and when, who answers for it, and how it was drafted."""
    return {
        "reviewed_on": text.reviewed_on.isoformat() if text.reviewed_on else None,
        "reviewed_by": _person(text.reviewed_by),
        "responsible": _person(text.responsible),
        "drafting": text.drafting,
    }


def _person(person: Person | None) -> dict[str, str] | None:
    if person is None:
        return None
    kind = "office" if person.is_office else "person"
    return {"kind": kind, "name": str(person), "role": person.role, "url": person.url}


def _series(series: Series) -> dict[str, Any]:
    address = absolute(series.get_absolute_url())
    return {"slug": series.slug, "title": series.title, "address": address}


def _dumped(said: dict[str, Any]) -> str:
    return json.dumps(said, ensure_ascii=False, indent=2) + "\n"


def second(moment: datetime | None) -> str | None:
    return moment.isoformat(timespec="seconds") if moment else None


def found_as_json(found: Results) -> str:
    """Return the results of a search as JSON, best first; `near` are pages of similar names."""
    return _dumped(
        {
            "query": found.query.text,
            "is_cut": found.is_cut,
            "hits": [_page(hit.entry) for hit in found.hits],
            "near": [_page(entry) for entry in found.near],
        }
    )


def _page(entry: SearchEntry) -> dict[str, str]:
    return {
        "kind": entry.kind,
        "title": entry.title,
        "address": absolute(entry.path),
        "text": entry.definition,
    }


# --- CSV ---


def table_row(said: dict[str, Any]) -> dict[str, str]:
    lists = {name: join_entries(said[name], ITEM_KEYS[name]) for name in LISTS}
    people = {name: said[name]["name"] if said[name] else "" for name in PEOPLE}
    row = said | lists | people | {"license": LICENSE["id"]}
    return {name: row[name] or "" for name in COLUMNS}


# --- Markdown ---


def as_markdown(term: Term, data: TermData) -> str:
    cards, see_also = cards_and_see_also(term)
    parts = [
        f"# {escaped(term.headword)}",
        escaped(term.definition),
        writer_out([term.explanation], data.views)(term.explanation),
        _section("Live Data", map(_live_line, data.entries)),
        _section("Related Terms", map(_card_line, [*cards, *map(RelatedCard, see_also)])),
        _section("Sources", map(_source_line, term.citations.all())),
    ]
    return "\n\n".join([_front_matter(term), *filter(None, parts)]) + "\n"


def _front_matter(term: Term) -> str:
    facts = {
        "headword": term.headword,
        "address": term_address(term),
        "publisher": settings.SITE_NAME,
        "license": f"{LICENSE['id']} ({LICENSE['url']})",
        "category": term.category.name,
        "aliases": [alias.name for alias in term.aliases.all()],
        "reviewed_on": term.reviewed_on,
        **{name: str(getattr(term, name) or "") for name in PEOPLE},
        "drafting": term.drafting,
        "updated_on": timezone.localdate(term.updated_at),
    }
    said = {name: fact for name, fact in facts.items() if fact}
    dumped = yaml.safe_dump(said, allow_unicode=True, sort_keys=False, width=1000)
    return f"---\n{dumped}---"


def _section(heading: str, lines: Iterable[str]) -> str:
    said = "\n".join(lines)
    return f"## {heading}\n\n{said}" if said else ""


def _live_line(entry: Entry) -> str:
    series, latest = entry.series, entry.latest
    said = f"- {linked(series.title, absolute(series.get_absolute_url()))}"
    if latest:
        change = f" {escaped(latest.change.words)}." if latest.change else ""
        said += f": {escaped(latest.text)}, {latest.period}.{change}"
    return f"{said} Source: {escaped(series.source.short)}."


def _card_line(card: RelatedCard) -> str:
    why = ": ".join(filter(None, [card.label, card.reason]))
    said = linked(card.term.headword, term_address(card.term, "md"))
    return f"- {said}{f' ({escaped(why)})' if why else ''}: {escaped(card.term.definition)}"


def _source_line(citation: Citation) -> str:
    url, title = citation.url, citation.title
    said = linked(title, url) if url else escaped(title)
    read = f", read {citation.read_on}" if citation.read_on else ""
    return f"- {escaped(citation.publisher)}: {said}{read}"
