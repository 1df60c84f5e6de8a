"""What colleagues changed last, from the log that Django's admin keeps."""

from collections.abc import Iterable
from typing import Any

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType

MOST = 10


def last_changes(apps: Iterable[dict[str, Any]]) -> list[LogEntry]:
    """Return the newest entries about rows that a user may see, newest first.

    `apps` is the app list of Django's admin, which holds only models that the user may see.
    """
    models = [model["model"] for app in apps for model in app["models"]]
    types = ContentType.objects.get_for_models(*models).values()
    entries = LogEntry.objects.filter(content_type__in=types)
    return list(entries.select_related("user", "content_type").order_by("-pk")[:MOST])
