"""`python -m tests.browser.furnished FOLDER`: fill a site, so that editors' pages have what to show.

Makes an account, readers, a sent issue and the next draft in the environment's database, writes an
issue's mail to FOLDER/mail.html, and prints the address of each page as JSON. A second run puts the
sent issue back to where most of its readers have it, because the desk shows such an issue alone.
"""

import json
import os
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import django

USER, PASSWORD = "paula", "pictures of the desk"
READERS, MAILED = 240, 150


def furnish(folder: Path) -> dict[str, str]:
    """Fill the database; return the address of each page by its name."""
    from django.contrib.auth.models import User

    from glossary.models import Series, Term
    from newsletter.models import Issue, Newsletter

    User.objects.create_superuser(USER, "paula@example.org", PASSWORD, first_name="Paula")
    Newsletter.objects.update(postal_address="1 Main Street, New York", reply_to="us@example.org")
    mail = folder / "mail.html"
    write_mail(Issue.objects.samples().latest("sent_at"), mail)
    make_readers()
    send_issue()
    form = "/admin/{0._meta.app_label}/{0._meta.model_name}/{0.pk}/change/".format
    return {
        "desk": "/admin/",
        "term-form": form(Term.objects.get(slug="ai-compute")),
        "series-form": form(Series.objects.get(slug="h100-rental-price")),
        "issue-form": form(make_draft()),
        "mail": mail.as_uri(),
    }


def write_mail(issue: Any, file: Path) -> None:
    from newsletter.issues.rendering import render_mail
    from newsletter.mailing.signed_links import READER_LINK

    file.write_text(render_mail(issue).html.replace(READER_LINK, ""))


def make_readers() -> None:
    """Make readers who confirmed one after the other in the last twelve weeks."""
    from django.utils import timezone

    from tests.builders import make_subscription

    for n in range(READERS):
        make_subscription(
            f"reader{n}@example.{('com', 'org', 'net')[n % 3]}",
            confirmed_at=timezone.now() - timedelta(weeks=12) * n / READERS,
        )


def send_issue() -> None:
    """Send an issue with proposed numbers, as if the mail server had taken every message."""
    from django.utils import timezone

    from newsletter.issues.composing import proposals
    from newsletter.mailing import arming
    from newsletter.models import Delivery, Issue, Newsletter
    from newsletter.sending import launch

    arming.arm()
    now = timezone.now()
    issue = Newsletter.objects.get().issues.create(number=1)
    proposals.fill_draft(issue)
    subject = issue.data_points.earliest("position").headline
    approved = {"subject": subject, "status": "approved", "approved_at": now, "send_at": now}
    Issue.objects.filter(pk=issue.pk).update(**approved)
    issue.refresh_from_db()
    launch.start_issue(issue)
    Delivery.objects.update(state="accepted", attempts=1, settled_at=now)
    Issue.objects.filter(pk=issue.pk).update(status="sent")


def go_back() -> dict[str, str]:
    """Put the sent issue back to where some readers wait for it."""
    from newsletter.models import Delivery, Issue

    issue = Issue.objects.get(status="sent")
    mailed = Delivery.objects.order_by("pk").values_list("pk", flat=True)[:MAILED]
    waiting = Delivery.objects.exclude(pk__in=list(mailed))
    waiting.update(state="queued", attempts=0, settled_at=None)
    Issue.objects.filter(pk=issue.pk).update(status="sending")
    return {"sending": f"/admin/newsletter/issue/{issue.pk}/sending/"}


def make_draft() -> Any:
    """Make the draft of the coming slot, filled with what moved."""
    from newsletter.issues.composing import proposals, recurrence
    from newsletter.models import Newsletter

    draft = recurrence.draft_next(Newsletter.objects.get())
    assert draft is not None
    proposals.fill_draft(draft)
    return draft


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    from django.contrib.auth.models import User

    addresses = go_back() if User.objects.exists() else furnish(Path(sys.argv[1]))
    print(json.dumps(addresses))
