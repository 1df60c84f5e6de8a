"""What the newsletter's tests share: a browser's signup, and reading the mail it brings."""

import re

import pytest
from django.core import mail
from django.test import TestCase
from django.utils.module_loading import import_string
from django_tasks_db.models import DBTaskResult

from newsletter.mailing.outbox import WRITERS
from newsletter.subscribers.forms import new_form_stamp

OWN = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def sign_up(client, django_capture_on_commit_callbacks):
    """Send the promo's form as a browser does, and let the worker run."""

    def send(address="reader@example.org", *, headers=None, work=True, **fields):
        data = {"email": address, "website": "", "stamp": new_form_stamp(), "page": "/"} | fields
        with django_capture_on_commit_callbacks(execute=True):
            response = client.post("/newsletter/subscribe/", data, headers=headers or OWN)
        if work:
            run_worker()
        return response

    return send


def run_worker():
    """Do what waits for the worker, in the open: a task that fails fails the test.

    Twice, because a signup's decision queues its mail.
    """
    for _ in range(2):
        with TestCase.captureOnCommitCallbacks(execute=True):
            for row in DBTaskResult.objects.ready():
                row.delete()
                task = import_string(row.task_path)
                task.func(*row.args_kwargs["args"], **row.args_kwargs["kwargs"])


def written(mail):
    """Write a mail as the outbox does when it is claimed."""
    return WRITERS[mail.kind](mail)


def link_in(message, part):
    """Return the path of the link in a mail's text that holds `part`."""
    return re.search(rf"^http://127\.0\.0\.1:8000(\S*{part}\S*)$", message.body, re.M)[1]


def last_link(part):
    return link_in(mail.outbox[-1], part)
