"""What a mail provider reports by webhook, by django-anymail, which checks its signature."""

import hashlib
import json
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpResponseBase

from newsletter.returns import intake, provider_events

type View = Callable[..., HttpResponseBase]


def view_of(provider: str) -> View | None:
    """Return Anymail's view for the provider of ESP; None for any other."""
    if not settings.ESP or provider != settings.ESP:
        return None
    from anymail.signals import tracking  # only with the extra “esp”
    from anymail.urls import urlpatterns

    tracking.connect(receive, dispatch_uid="newsletter.returns")
    views: dict[str, View] = {pattern.name: pattern.callback for pattern in urlpatterns}
    return views.get(f"{provider}_tracking_webhook") or views.get(f"{provider}_webhook")


def receive(event: Any, **kwargs: Any) -> None:
    """Take one event. An error becomes a 500, after which providers send it again."""
    if event.event_type in provider_events.KINDS:
        raw = provider_events.keep(event)
        intake.take(settings.ESP, _key(event, raw), raw)


def _key(event: Any, raw: bytes) -> str:
    """Return what makes an event the same: the provider's id, or all of it without one."""
    named = [event.event_type, event.event_id, event.recipient]
    content = json.dumps(named).encode() if event.event_id else raw
    return hashlib.sha256(content).hexdigest()
