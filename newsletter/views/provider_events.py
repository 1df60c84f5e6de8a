"""The address to which a mail provider posts bounces and complaints."""

from django.http import Http404, HttpRequest, HttpResponseBase
from django.views.decorators.http import require_http_methods

from config.bodies import takes_events
from config.origin import token_form
from newsletter.returns import webhooks


@takes_events
@require_http_methods(["HEAD", "POST"])
@token_form
def provider_events(request: HttpRequest, provider: str) -> HttpResponseBase:
    """Pass an event to Anymail, which asks for a password and, where there is one, a signature."""
    view = webhooks.view_of(provider)
    if view is None:
        raise Http404
    return view(request)
