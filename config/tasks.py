from django.conf import settings
from django.contrib.auth.models import User
from django.core.mail import mail_admins, send_mail
from django.tasks import task
from django.template.loader import render_to_string
from django.urls import reverse

from config.site import absolute


@task
def mail_operators(subject: str, text: str) -> None:
    """Mail OPERATORS a text that config.logs has redacted."""
    mail_admins(subject=subject, message=text)


@task
def mail_account(user_id: int, address: str, what: str) -> None:
    """Tell the owner of an account of a change by which a stranger could take it over.

    The address is the one before the change, because the stranger may have replaced it by now.
    """
    user = User.objects.filter(pk=user_id).first()
    if user and address:
        link = absolute(reverse("admin_password_reset"))
        context = {"user": user, "what": what, "link": link, "site": settings.SITE_NAME}
        text = render_to_string("admin/account_changed.txt", context)
        send_mail(f"Your account at {settings.SITE_NAME}", text, None, [address])
