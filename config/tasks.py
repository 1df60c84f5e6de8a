from django.core.mail import mail_admins
from django.tasks import task


@task
def mail_operators(subject: str, text: str) -> None:
    """Mail OPERATORS a text that config.logs has redacted."""
    mail_admins(subject=subject, message=text)
