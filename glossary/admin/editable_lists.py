"""Lists whose rows are edited in place. Each field carries the value it showed, so that saving
writes only changed fields and never overwrites a newer value.
"""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db import transaction
from django.http import HttpRequest, HttpResponse

from glossary.admin.conflicts import say_who


class RowForm(forms.ModelForm[Any]):
    user: Any

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.show_hidden_initial = True
            field.widget.attrs["aria-label"] = f"{field.label} of {self.instance}"

    def clean(self) -> Any:
        """Refuse, once, to replace a value that the user has not seen."""
        cleaned = super().clean()
        for name in self.changed_data:
            key, stored = self.add_initial_prefix(name), self.initial.get(name)
            seen = self.data.get(key)
            if seen is not None and self.fields[name].has_changed(stored, seen):
                record = type(self.instance).history.filter(id=self.instance.pk).first()
                news = say_who(self.instance._meta, "saved", record, self.user)
                self.add_error(
                    name, f"{news} It is {stored} now; save again to replace it with yours."
                )
                self.data = {**self.data.dict(), key: stored}  # type: ignore[attr-defined]
        return cleaned


class EditableList(admin.ModelAdmin[Any]):
    def get_changelist_form(self, request: HttpRequest, **kwargs: Any) -> Any:
        form = type("RowForm", (RowForm,), {"user": request.user})
        return super().get_changelist_form(request, **{"form": form} | kwargs)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if "_save" not in request.POST:
            return super().changelist_view(request, extra_context)
        with transaction.atomic():
            list(self.model._base_manager.order_by("pk").select_for_update(no_key=True))
            return super().changelist_view(request, extra_context)

    def get_changelist_instance(self, request: HttpRequest) -> ChangeList:
        """Show rows in the order of the submitted form, because Django pairs them by position."""
        changes: ChangeList = super().get_changelist_instance(request)
        if "_save" in request.POST:
            sent = [value for name, value in request.POST.items() if name.endswith("-id")]
            places = {pk: place for place, pk in enumerate(sent)}
            rows = changes.result_list
            changes.result_list = sorted(rows, key=lambda row: places.get(str(row.pk), len(sent)))
        return changes
