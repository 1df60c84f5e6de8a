"""The address to which a mail provider posts bounces and complaints, by django-anymail."""

import hashlib
import json
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponseBase
from django.views.decorators.http import require_http_methods

from config.bodies import takes_events
from config.origin import token_form
from newsletter.returns import intake
from newsletter.returns.provider_events import KINDS, keep

type View = Callable[..., HttpResponseBase]


@takes_events
@require_http_methods(["HEAD", "POST"])
@token_form
def provider_events(request: HttpRequest, provider: str) -> HttpResponseBase:
    """Pass an event to Anymail, which asks for a password and, where there is one, a signature."""
    view = _view_of(provider)
    if view is None:
        raise Http404
    return view(request)


def _view_of(provider: str) -> View | None:
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
    if event.event_type in KINDS:
        raw = keep(event)
        intake.take(settings.ESP, _key(event, raw), raw)


def _key(event: Any, raw: bytes) -> str:
    """Return what makes an event the same: the provider's id, or all of it without one."""
    named = [event.event_type, event.event_id, event.recipient]
    content = json.dumps(named).encode() if event.event_id else raw
    return hashlib.sha256(content).hexdigest()
