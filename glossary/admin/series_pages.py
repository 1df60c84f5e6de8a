"""Shared by the pages around a series' form: finding the series, and admin's page frame."""

from typing import Any

from django.contrib.admin import ModelAdmin
from django.core.exceptions import PermissionDenied
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse

from glossary.models import Series


def series_to_change(model_admin: ModelAdmin[Any], request: HttpRequest, pk: int) -> Series:
    """Return the series. Raises Http404, and PermissionDenied to users who may not change it."""
    series = get_object_or_404(Series.objects.with_page(), pk=pk)
    if not model_admin.has_change_permission(request, series):
        raise PermissionDenied
    return series


def series_page(
    model_admin: ModelAdmin[Any],
    request: HttpRequest,
    series: Series,
    name: str,
    form: BaseForm,
    **context: Any,
) -> HttpResponse:
    """Render templates/admin/glossary/series/`name`.html as a page of admin with a form."""
    frame = {
        **model_admin.admin_site.each_context(request),
        "opts": model_admin.opts,
        "media": model_admin.media + form.media,
        "original": series,
        "form": form,
    }
    return TemplateResponse(request, f"admin/glossary/series/{name}.html", frame | context)
