"""The issues that need an editor, for the front page of admin."""

from django.contrib.auth.models import AbstractUser
from django.urls import reverse

from glossary.admin.desk import Desk, Need, may_see, said
from newsletter.models import Issue


def issue_needs(user: AbstractUser) -> Desk:
    if not may_see(user, "newsletter.issue"):
        return Desk()
    count = Issue.objects.filter(status=Issue.Status.DRAFT).count()
    page = reverse("admin:newsletter_issue_changelist", query={"status__exact": "draft"})
    return Desk((Need(count, said(count, "issue in draft", "issues in draft"), page),))
