"""A new password by a mailed link, for people who log in to admin.

The answer is the same for every address, and takes as long. A link works once and for
PASSWORD_RESET_TIMEOUT; the second factor is still asked for after it.
"""

from datetime import timedelta

from django.conf import settings
from django.contrib import admin
from django.contrib.auth.forms import PasswordResetForm, SetPasswordForm
from django.contrib.auth.models import User
from django.contrib.auth.tokens import default_token_generator
from django.contrib.auth.views import PasswordResetConfirmView
from django.core.exceptions import PermissionDenied
from django.core.mail import send_mail
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.tasks import task
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode
from django.views.decorators.http import require_safe

from config import second_factor
from config.admin_pages import admin_page
from config.logins import LimitedPasswords
from config.network import client_network
from config.ratelimit import Limit, hit
from config.site import absolute

PER_NETWORK = [Limit(10, timedelta(hours=1))]
PER_ACCOUNT = [Limit(3, timedelta(hours=1))]


class NewPasswordForm(LimitedPasswords, SetPasswordForm[User]):
    def save(self, commit: bool = True) -> User:
        user = super().save(commit)
        second_factor.log(user, user, "Set a new password by a mailed link.")
        return user


def ask_for_link(request: HttpRequest) -> HttpResponse:
    """Show the form; a POST mails a link to the account with this address, if there is one."""
    form = PasswordResetForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        if not hit("password-reset", client_network(request, 24, 56), PER_NETWORK):
            raise PermissionDenied("Too many links were asked for from this network.")
        users = [user for user in form.get_users(form.cleaned_data["email"]) if user.is_staff]
        # A task is queued without an account too, so that the answer takes as long.
        mail_link.enqueue(user_id=users[0].pk if len(users) == 1 else 0)
        return redirect("admin_password_reset_notice", "sent")
    context = {"title": "A new password", "form": form, "minutes": _minutes()}
    return admin_page(request, "forgotten.html", context)


@require_safe
def show_notice(request: HttpRequest, step: str) -> HttpResponse:
    """Return the page after a link was requested ("sent") or the password changed ("done")."""
    title = "Your password is changed" if step == "done" else "Check your mail"
    context = {"title": title, "is_done": step == "done", "minutes": _minutes()}
    return admin_page(request, "forgotten.html", context)


@task
def mail_link(user_id: int) -> None:
    """Mail a link to an account, at most three in an hour."""
    user = User.objects.filter(pk=user_id).first()
    if user is None or not hit("password-reset-of", str(user_id), PER_ACCOUNT):
        return
    uid = urlsafe_base64_encode(force_bytes(user.pk))
    token = default_token_generator.make_token(user)
    context = {
        "user": user,
        "link": absolute(reverse("admin_password_reset_confirm", args=[uid, token])),
        "minutes": _minutes(),
        "site": settings.SITE_NAME,
    }
    text = render_to_string("admin/forgotten.txt", context)
    send_mail(f"A new password for {settings.SITE_NAME}", text, None, [user.email])


def set_password(request: HttpRequest, uidb64: str, token: str) -> HttpResponseBase:
    """Show the form of a mailed link; the view of Django keeps the token out of the address."""
    view = PasswordResetConfirmView.as_view(
        form_class=NewPasswordForm,
        template_name="admin/new_password.html",
        success_url=reverse("admin_password_reset_notice", args=["done"]),
        extra_context=admin.site.each_context(request),
    )
    return view(request, uidb64=uidb64, token=token)


def _minutes() -> int:
    return settings.PASSWORD_RESET_TIMEOUT // 60
