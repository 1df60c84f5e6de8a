"""Withdraw the newest release of a series: see what would change, say why, confirm."""

from functools import partial
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.contrib.admin.widgets import AdminTextInputWidget
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path

from glossary.admin.series_pages import series_page, series_to_change
from glossary.ingest.uploads import Stale
from glossary.ingest.withdrawals import plan_withdrawal, withdraw_release
from glossary.models import Series, WithdrawnRelease


class WithdrawalForm(forms.ModelForm[Any]):
    # The release that the person saw: a newer one may have come in since.
    release = forms.IntegerField(widget=forms.HiddenInput)

    class Meta:
        model = WithdrawnRelease
        fields = ("reason",)
        widgets = {"reason": AdminTextInputWidget}


def urls(model_admin: ModelAdmin[Any]) -> list[Any]:
    view = model_admin.admin_site.admin_view(partial(withdraw, model_admin))
    return [path("<int:pk>/withdraw/", view, name="glossary_series_withdraw")]


def withdraw(model_admin: ModelAdmin[Any], request: HttpRequest, pk: int) -> HttpResponse:
    series = series_to_change(model_admin, request, pk)
    planned = plan_withdrawal(series)
    if planned is None:
        messages.info(request, "There is no release to withdraw.")
        return redirect("admin:glossary_series_change", pk)
    form = WithdrawalForm(request.POST or None, initial={"release": planned.release.pk})
    if form.is_valid():
        return _withdraw(model_admin, request, series, form.cleaned_data)
    title = f"Withdraw the newest release: {series}"
    return series_page(model_admin, request, series, "withdraw", form, title=title, plan=planned)


def _withdraw(
    model_admin: ModelAdmin[Any], request: HttpRequest, series: Series, typed: dict[str, Any]
) -> HttpResponse:
    try:
        gone = withdraw_release(series, typed["release"], typed["reason"], request.user)
    except Stale as stale:
        messages.error(request, f"Nothing was withdrawn. {stale}")
        return redirect("admin:glossary_series_withdraw", series.pk)
    said = f"Withdrew the release of {gone.released_on}: {gone.reason}"
    model_admin.log_change(request, series, said)
    messages.success(request, said)
    return redirect("admin:glossary_series_change", series.pk)
