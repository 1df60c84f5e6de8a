from django.core.mail import mail_admins
from django.tasks import task


@task
def mail_operators(subject: str, text: str) -> None:
    """Tell OPERATORS; the text comes redacted from config.logs."""
    mail_admins(subject=subject, message=text)
