"""The preview next to a term's form: what is typed, finished or not, as readers would see it."""

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.template.defaultfilters import pluralize
from django.utils.csp import CSP
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.csp import csp_override
from django.views.decorators.http import require_POST

from glossary.models import Category, Term
from glossary.prose import rendering
from glossary.prose.markdown.parser import plain
from glossary.terms.contents import page_from_form
from glossary.values.names import name_slug

# A form's page may contain frames of this site, and the preview may be in one.
WITH_FRAMES = csp_override({**settings.SECURE_CSP, "frame-src": [CSP.SELF]})
WORDS_A_MINUTE = 200
# Placeholders for fields that are still empty.
NAMELESS = "New term"
NOWHERE = Category(name="No category yet", slug="none")


@require_POST
@xframe_options_sameorigin
@csp_override({**settings.SECURE_CSP, "frame-ancestors": [CSP.SELF]})
def preview(request: HttpRequest, admin: Any, pk: int | None = None) -> HttpResponse:
    """Render the term page from the submitted form. Nothing is saved."""
    term = get_object_or_404(Term, pk=pk) if pk else None
    may = admin.has_change_permission(request, term) if term else admin.has_add_permission(request)
    if not may:
        raise PermissionDenied
    news = admin.news(request, admin.fill(request, term))
    filled = admin.fill(request, term, request.POST)
    form, formsets = filled.form, filled.formsets
    time = reading_time(*(_typed(form, name) for name in ("definition", "explanation")))
    if request.GET.get("as") == "time":
        return HttpResponse(time, content_type="text/plain")
    rows = {formset.prefix: _rows(formset) for formset in formsets}
    context = page_from_form(_term(form), rows)
    context |= {"is_preview": True, "reading_time": time}
    is_untouched = not (term or any(each.has_changed() for each in (form, *formsets)))
    said = [] if is_untouched else [each for part in (form, *formsets) for each in _said(part)]
    context["problems"] = [news, *said] if news else said
    return render(request, "admin/glossary/term/preview.html", context)


def reading_time(*texts: str) -> str:
    """Return “250 words, 1 minute to read” for Markdown texts taken together."""
    words = sum(len(plain(text).split()) for text in texts)
    minutes = max(1, round(words / WORDS_A_MINUTE))
    said = f", {minutes} minute{pluralize(minutes)} to read" if words else ""
    return f"{words:,} word{pluralize(words)}{said}"


def _term(form: Any) -> Term:
    """Return the term with the texts as typed. The preview also shows texts the form refuses."""
    term: Term = form.instance
    term.pk = term.pk or 0
    term.headword = _typed(form, "headword") or NAMELESS
    term.definition = _typed(form, "definition")
    explanation = _typed(form, "explanation")
    term.explanation = explanation if len(explanation) <= rendering.MAX_LENGTH else ""
    term.slug = term.slug or name_slug(term.headword)
    if term.category_id is None:
        term.category = NOWHERE
    return term


def _typed(form: Any, name: str) -> str:
    return str(form[name].value() or "").strip().replace("\r\n", "\n")


def _rows(formset: Any) -> list[Any]:
    """Return the filled-in rows in the order in which they would be saved."""
    formset.is_valid()
    filled = [
        form
        for form in formset.forms
        if form.is_valid() and form.cleaned_data and not form.cleaned_data.get("DELETE")
    ]
    return sorted((form.instance for form in filled), key=lambda row: getattr(row, "position", 0))


def _said(form: Any) -> Iterator[str]:
    """Yield the errors of a form field by field, or of a formset row by row."""
    if hasattr(form, "forms"):
        yield from form.non_form_errors()
    for part in getattr(form, "forms", [form]):
        for name, errors in part.errors.items():
            label = f"{part.fields[name].label}: " if name in part.fields else ""
            yield from (f"{label}{error}" for error in errors)
