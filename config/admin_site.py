"""Admin's own pages: the log-in in two steps, and the page on which a second factor is set up."""

import secrets
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.contrib.admin import AdminSite
from django.contrib.admin.options import TO_FIELD_VAR
from django.contrib.auth.views import LoginView
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import path, reverse

from config import logins, second_factor, sessions
from config.admin_pages import admin_page
from config.models import SecondFactor
from config.reauthentication import fields_for, still_asked
from config.sessions import person

# Pages for users who must set up a second factor first.
WITHOUT_FACTOR = {
    "second_factor", "log_ins", "logout", "password_change", "password_change_done", "jsi18n",
}  # fmt: skip


class Site(AdminSite):
    login_form = logins.LoginForm
    password_change_form = logins.PasswordForm

    def get_urls(self) -> list[Any]:
        page, log_ins = self.admin_view(self.second_factor), self.admin_view(self.log_ins)
        return [
            path("login/code/", self.login_code, name="login_code"),
            path("second-factor/", page, name="second_factor"),
            path("log-ins/", log_ins, name="log_ins"),
            *super().get_urls(),
        ]

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        """Return a view of admin that also renews the session of its user.

        A user who must have a second factor and has none is redirected to set it up. Raises
        BadRequest for a parameter with which Django would fail.
        """
        shown: Callable[..., HttpResponse] = super().admin_view(view, cacheable)

        @wraps(shown)
        def kept(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if "" in (request.GET.get(TO_FIELD_VAR), request.POST.get(TO_FIELD_VAR)):
                raise BadRequest("Django looks for a field without a name.")  # it would be a 500
            if self.has_permission(request):
                sessions.keep(request)
                name = request.resolver_match and request.resolver_match.url_name
                if name not in WITHOUT_FACTOR and second_factor.is_missing(person(request)):
                    return redirect("admin:second_factor")
            return shown(request, *args, **kwargs)

        return kept

    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        try:
            return super().login(request, extra_context)
        except logins.CodeNeeded as needed:
            logins.remember_password(request, needed)
            return redirect(reverse("admin:login_code", query={"next": _next(request)}))

    def logout(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """Log out, and tell the browser to delete the pages in its cache."""
        page = super().logout(request, extra_context)
        page["Clear-Site-Data"] = '"cache"'
        return page

    def login_code(self, request: HttpRequest) -> HttpResponse:
        """Ask for the code after the password."""
        user = logins.whose_password(request)
        if user is None:
            return redirect("admin:login")
        form = logins.ProofForm(request, user, is_bound=request.method == "POST")
        if form.is_bound and form.is_valid():
            logins.finish_login(request, user)
            return HttpResponseRedirect(_next(request))
        context = {"title": "Your code", "form": form, "next": _next(request)}
        return admin_page(request, "login_code.html", context)

    def second_factor(self, request: HttpRequest) -> HttpResponseBase:
        """Set up a second factor, or replace its recovery codes, or remove it."""
        factor = second_factor.factor_of(person(request))
        return _change_factor(request, factor) if factor else _turn_on(request)

    def log_ins(self, request: HttpRequest) -> HttpResponse:
        """List where the user is logged in; a POST ends all but this log-in."""
        user = person(request)
        if request.method == "POST":
            if asked := still_asked(request):
                return asked
            sessions.end(user, but=_key_of(request))  # which a proof has changed
            messages.success(request, "All other log-ins are ended.")
            return redirect("admin:log_ins")
        context = {"log_ins": sessions.of(user), "here": _key_of(request)}
        page = {"title": "Where you are logged in", "proof": fields_for(request), **context}
        return admin_page(request, "log_ins.html", page)

    def password_change(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> Any:
        if request.method == "POST" and (asked := still_asked(request)):
            return asked
        return super().password_change(request, extra_context)


def _key_of(request: HttpRequest) -> str:
    return request.session.session_key or ""


def _turn_on(request: HttpRequest) -> HttpResponseBase:
    """Show the QR code; a POST with a right code turns the second factor on.

    Until then the salt is kept in the session: a salt that no app has never counts.
    """
    user, wrong = person(request), ""
    salt = request.session.setdefault("salt", secrets.token_hex(16))
    if request.method == "POST":
        if asked := still_asked(request):
            return asked
        code = request.POST.get("code", "")
        if codes := second_factor.turn_on(user, salt, code, _key_of(request)):
            del request.session["salt"]
            return _show_codes(request, codes)
        wrong = "That is not the code that the app shows now. Type the six digits it shows."
    address = second_factor.address_for_apps(user, salt)
    secret = second_factor.secret_of(salt)
    context = {
        "title": "Set up your second factor",
        "is_required": second_factor.is_missing(user),
        "address": address,
        "qr_code": second_factor.qr_code(address),
        "secret": " ".join(secret[at : at + 4] for at in range(0, len(secret), 4)),
        "wrong": wrong,
    }
    return admin_page(request, "second_factor_setup.html", context)


def _change_factor(request: HttpRequest, factor: SecondFactor) -> HttpResponseBase:
    user = person(request)
    if request.method == "POST":
        if asked := still_asked(request):
            return asked
        if "remove" not in request.POST:
            return _show_codes(request, second_factor.new_recovery_codes(user))
        second_factor.remove(user, user, _key_of(request))
        messages.success(request, "Your second factor is removed. Set up the new one here.")
        return redirect("admin:second_factor")
    context = {
        "title": "Your second factor",
        "factor": factor,
        "left": factor.recovery_codes.count(),
        "proof": fields_for(request),
    }
    return admin_page(request, "second_factor.html", context)


def _show_codes(request: HttpRequest, codes: list[str]) -> HttpResponse:
    context = {"title": "Keep your recovery codes", "codes": codes}
    return admin_page(request, "recovery_codes.html", context)


def _next(request: HttpRequest) -> str:
    return LoginView().get_redirect_url(request) or reverse("admin:index")
