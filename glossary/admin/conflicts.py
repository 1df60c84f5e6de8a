"""Edit conflicts: the second person to save an object is refused once and sees the difference.

A form carries the version it showed. Saving compares it with what is stored, after locking the row
and before writing, so that one of two people who save at the same moment sees the conflict.
"""

import hashlib
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin import ActionLocation
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.utils import display_for_field, unquote
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import capfirst

from glossary.terms.differences import Line, difference

VERSION = "version_seen"
# The field of the buttons next to the form, which write no field and may fetch for a long time.
ACTION = f"{ActionLocation.CHANGE_FORM.value}-action"
COMPARE = "Your changes are not saved yet: compare below, then save again to keep them."
EDITS = ("add", "change", "delete")
MAKE_NEW = "What you typed is still here: save it to make a new one."


@dataclass(frozen=True)
class FilledForm:
    """An object's form and its editable inline rows: as stored, or as typed."""

    form: Any
    formsets: list[Any]

    @property
    def version(self) -> str:
        """Return the SHA-256, in hexadecimal digits, of the stored values that the form shows."""
        rows = [
            sorted((row.instance.pk, row.initial) for row in formset.initial_forms)
            for formset in self.formsets
        ]
        text = json.dumps([self.form.initial, rows], default=str)
        return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True)
class Conflict:
    """Who did what after the form was opened, what to do now, and what differs, by field."""

    news: str
    advice: str
    differences: tuple[tuple[str, list[Line]], ...] = ()


class ConflictAdmin(admin.ModelAdmin[Any]):
    """An admin with history whose forms do not overwrite changes saved in between."""

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        context: dict[str, Any] = {}
        with self.begin(request):
            if object_id and ACTION not in request.POST:
                context = self.compare(request, unquote(object_id))
            if context.get("conflict") and VERSION not in context:  # it was deleted
                object_id = None
                form_url = reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_add")
            return super().changeform_view(
                request, object_id, form_url, context | (extra_context or {})
            )

    @contextmanager
    def begin(self, request: HttpRequest) -> Iterator[None]:
        """Run the block; for a POST in a transaction that holds the locks of hold()."""
        if request.method != "POST":
            yield
            return
        with transaction.atomic():
            self.hold()
            yield

    def hold(self) -> None:
        """Lock the rows that every writer of such an object locks first."""

    def compare(self, request: HttpRequest, object_id: str) -> dict[str, Any]:
        """Return context for the page: the version it shows, and the conflict if there is one.

        Call it within begin(), before making the form from request.POST.
        """
        read = self.lock if request.method == "POST" else self.get_object
        stored = read(request, object_id)
        if stored is None:
            return self._deleted(request, object_id)
        if not self.has_change_permission(request, stored):
            return {}
        saved = self.fill(request, stored)
        context: dict[str, Any] = {VERSION: saved.version}
        if news := self.news(request, saved):
            request.POST = rebase(request.POST, saved)  # type: ignore[assignment]
            typed = self.fill(request, copy(stored), request.POST)
            texts = [
                (typed.form[name].label, _text(saved.form, name), _text(typed.form, name))
                for name in typed.form.base_fields
            ]
            texts += _of_rows(saved, typed)
            differences = [(label, difference(old, new)) for label, old, new in texts if old != new]
            conflict = Conflict(news, COMPARE, tuple(differences))
            context["conflict"] = request.conflict = conflict  # type: ignore[attr-defined]
        return context

    def _deleted(self, request: HttpRequest, object_id: str) -> dict[str, Any]:
        """Offer what was typed for a deleted object as a new one; return context for the page."""
        may_keep = request.POST.get(VERSION) and self.has_add_permission(request)
        if not may_keep or not object_id.isdecimal():
            return {}
        history = self.model.history.filter(id=object_id)
        news = say_who(self.opts, "deleted", history.filter(history_type="-").first(), request.user)
        request.POST = rebase(request.POST, self.fill(request, None))  # type: ignore[assignment]
        request.conflict = Conflict(news, MAKE_NEW)  # type: ignore[attr-defined]
        return {"conflict": request.conflict}  # type: ignore[attr-defined]

    def lock(self, request: HttpRequest, object_id: str) -> Any:
        """Lock the row until the transaction ends; return it as stored now, or None if it is gone.

        Its key is not locked: others may write rows that point to it meanwhile.
        """
        found = self.get_object(request, object_id)
        rows = self.model._base_manager.select_for_update(no_key=True)
        return rows.filter(pk=found.pk).first() if found else None

    def fill(self, request: HttpRequest, obj: Any, data: QueryDict | None = None) -> FilledForm:
        """Return the form of an object, None for a new one, as stored or with submitted `data`."""
        form = self.get_form(request, obj, change=obj is not None)(data, instance=obj)
        form.is_valid()  # fills form.instance, which new rows belong to
        formsets = [
            formset(data, instance=form.instance, prefix=formset.get_default_prefix())
            for formset, inline in self.get_formsets_with_inlines(request, obj)
            if any(getattr(inline, f"has_{each}_permission")(request, obj) for each in EDITS)
        ]
        return FilledForm(form, formsets)

    def news(self, request: HttpRequest, saved: FilledForm) -> str:
        """Describe who saved the object after the user opened the form; "" if it is unchanged."""
        if request.POST.get(VERSION) in (None, "", saved.version):
            return ""
        pk, model = saved.form.instance.pk, type(saved.form.instance)
        histories = [model.history.filter(id=pk)]
        histories += [
            formset.model.history.filter(**{formset.fk.attname: pk})
            for formset in saved.formsets
            if hasattr(formset.model, "history")
        ]
        newest = [history.select_related("history_user").first() for history in histories]
        last = max(filter(None, newest), key=lambda record: record.history_date, default=None)
        return say_who(self.opts, "saved", last, request.user)

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        form: Any = super().get_form(request, obj, change, **kwargs)
        conflict: Conflict | None = getattr(request, "conflict", None)
        if conflict is None:
            return form

        said = f"{conflict.news} {conflict.advice}"

        class Refusing(form):  # type: ignore[misc]
            def clean(self) -> Any:
                cleaned = super().clean()
                self.add_error(None, said)
                return cleaned

        return Refusing

    def response_action(
        self,
        request: HttpRequest,
        queryset: QuerySet[Any],
        action_location: ActionLocation = ActionLocation.CHANGE_LIST,
    ) -> HttpResponse | None:
        """Run an action, or show the page instead if the object changed since it was opened."""
        if action_location == ActionLocation.CHANGE_FORM:
            stored = queryset.get(pk=request.POST[ACTION_CHECKBOX_NAME])
            if news := self.news(request, self.fill(request, stored)):
                said = f"{news} Nothing was done: look at it, then press the button again."
                self.message_user(request, said, messages.WARNING)
                return redirect(request.get_full_path())
        return super().response_action(request, queryset, action_location)


def rebase(data: QueryDict, saved: FilledForm) -> QueryDict:
    """Match the submitted rows to those stored now.

    A row deleted meanwhile becomes a new one; a row added meanwhile stays unchanged.
    """
    data = data.copy()
    for formset in saved.formsets:
        prefix = formset.prefix
        if f"{prefix}-TOTAL_FORMS" not in data:  # an old version from history has no rows
            continue
        stored = {str(row.instance.pk): row for row in formset.initial_forms}
        sent = _taken_rows(data, prefix)
        kept = [row for row in sent if row.get("id") in stored]
        present = {row["id"] for row in kept}
        for key, row in stored.items():
            if key not in present:  # as a browser sends an untouched row
                values = {name: row[name].value() for name in row.fields if name != "DELETE"}
                kept.append({k: str(each) for k, each in values.items() if each not in ("", None)})
        gone = [row for row in sent if row.get("id") not in present and "DELETE" not in row]
        new = [row | {"id": "", formset.fk.name: ""} for row in gone]
        for number, row in enumerate(kept + new):
            data.update({f"{prefix}-{number}-{name}": value for name, value in row.items()})
        data[f"{prefix}-INITIAL_FORMS"] = str(len(kept))
        data[f"{prefix}-TOTAL_FORMS"] = str(len(kept + new))
    return data


def _taken_rows(data: QueryDict, prefix: str) -> list[dict[str, str]]:
    """Remove a formset's rows from the data and return them in order."""
    rows: dict[int, dict[str, str]] = {}
    for key in list(data):
        if found := re.fullmatch(rf"{re.escape(prefix)}-(\d+)-(\w+)", key):
            rows.setdefault(int(found[1]), {})[found[2]] = str(data.pop(key)[-1])
    return [rows[number] for number in sorted(rows)]


def say_who(opts: Any, did: str, record: Any, user: Any) -> str:
    """Describe who did what after the form was opened; `record` None becomes "Somebody"."""
    if record is None:
        return f"Somebody {did} this {opts.verbose_name} after you opened it."
    who = "You" if record.history_user_id == user.pk else record.history_user or "Somebody"
    at = timezone.localtime(record.history_date)
    day = "" if at.date() == timezone.localdate() else f" on {date_format(at, 'F j')}"
    return f"{who} {did} this {opts.verbose_name}{day} at {at:%H:%M}, after you opened it."


def _of_rows(saved: FilledForm, typed: FilledForm) -> Iterator[tuple[str, str, str]]:
    """Yield label, old and new text per row; new rows have no old text, deleted ones no new."""
    for before, after in zip(saved.formsets, typed.formsets, strict=True):
        after.is_valid()  # reads what was typed
        stored = {row.instance.pk: row for row in before.initial_forms}
        what = before.model._meta.verbose_name
        for row in after.forms:
            old = stored.get(row.instance.pk)
            if old:
                new = "" if row.cleaned_data.get("DELETE") else _row_text(row)
                yield f"{capfirst(what)} “{old.instance}”", _row_text(old), new
            elif row.has_changed():
                yield f"New {what}", "", _row_text(row)


def _row_text(row: Any) -> str:
    texts = ((row[name].label, _text(row, name)) for name in row.base_fields)
    return "\n".join(f"{label}: {text}" for label, text in texts if text)


def _text(form: Any, name: str) -> str:
    """Return a field's value for people to read; an invalid value as it was typed."""
    if not form.is_bound:
        value = getattr(form.instance, name)
    elif name in form.cleaned_data:
        value = form.cleaned_data[name]
    else:
        return str(form[name].value() or "")
    if isinstance(value, bool):
        return "yes" if value else "no"
    field = form.instance._meta.get_field(name)
    shown = str(display_for_field(value, field, "", avoid_link=True))
    return shown.replace("\r\n", "\n")
