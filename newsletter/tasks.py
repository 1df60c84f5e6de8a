"""Work for the background worker. Tasks carry ids only; what they do may be done twice."""

from django.tasks import task

from newsletter.mailing import outbox
from newsletter.subscribers import signups


@task
def handle_signup(request_id: int) -> None:
    signups.handle_request(request_id)


@task
def mail_link(token_id: int) -> None:
    outbox.mail_planned(token_id)
