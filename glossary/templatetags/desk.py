"""The front page of admin, and the navigation of all its pages."""

from typing import Any

from django import template
from django.contrib.admin.helpers import InlineAdminFormSet
from django.contrib.admin.models import LogEntry
from django.template import Context
from django.utils.formats import localize
from django.utils.text import capfirst

from glossary.admin.desk import desk_of, last_changes, shown_rooms
from glossary.terms.differences import difference

register = template.Library()
NAMED = 4  # rows of a folded part of a form


register.simple_tag(desk_of, name="open_work")
register.filter(difference)


@register.simple_tag(takes_context=True)
def rooms(context: Context) -> list[dict[str, Any]]:
    return list(shown_rooms(context["available_apps"], context["request"].path))


@register.simple_tag(takes_context=True)
def changed_last(context: Context) -> list[LogEntry]:
    return last_changes(context["available_apps"])


@register.filter
def chosen_filters(changes: Any) -> list[tuple[str, str]]:
    """Return label and query without it of each filter that leaves rows out: "State: overdue"."""
    return [
        (f"{capfirst(spec.title)}: {choice['display']}", every["query_string"])
        for spec in changes.filter_specs
        for every, *others in [list(spec.choices(changes))]
        for choice in others
        if choice["selected"]
    ]


@register.filter
def held(rows: InlineAdminFormSet) -> str:
    """Return how many stored rows an inline has, and the names of the first: "2: GPT-4, Llama"."""
    stored = rows.formset.get_queryset()
    names = list(dict.fromkeys(str(localize(getattr(row, rows.opts.named_by))) for row in stored))
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    between = "; " if any("," in name for name in names) else ", "
    return f"{len(stored)}: {between.join(names[:NAMED])}{more}" if stored else "none yet"
