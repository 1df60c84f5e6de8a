"""Leaving in one press, by a link that works for ever, and what is offered instead.

GET and HEAD only show. The signed link is the authority, so these views ask for no cookie and
look at no origin: a mailbox provider's one-click POST (RFC 8058) has neither.
"""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from config.origin import token_form
from newsletter import addresses, links, subscriptions
from newsletter.forms import PauseForm, ReasonForm
from newsletter.views.answers import SeeOther


@require_http_methods(["GET", "HEAD", "POST"])
@token_form
def leave(request: HttpRequest, link: str) -> HttpResponse:
    subscription_id = read(link)
    if request.method == "POST":
        subscriptions.leave(subscription_id)
        if request.POST.get("List-Unsubscribe") == "One-Click":
            return HttpResponse("You are unsubscribed.\n", content_type="text/plain")
        return to_leave_page(link)
    return leave_page(request, link, subscription_id)


@require_POST
@token_form
def undo(request: HttpRequest, link: str) -> HttpResponse:
    subscriptions.undo(read(link))
    return to_leave_page(link)


@require_POST
@token_form
def reason(request: HttpRequest, link: str) -> HttpResponse:
    subscription_id = read(link)
    form = ReasonForm(request.POST)
    if form.is_valid():
        subscriptions.give_reason(subscription_id, form.text())
    return to_leave_page(link)


@require_POST
@token_form
def pause(request: HttpRequest, link: str) -> HttpResponse:
    """Pause for the chosen weeks; none ends the pause."""
    subscription_id = read(link)
    form = PauseForm(request.POST)
    if form.is_valid() and form.cleaned_data["weeks"]:
        subscriptions.pause(subscription_id, form.cleaned_data["weeks"])
    elif form.is_valid():
        subscriptions.resume(subscription_id)
    return to_leave_page(link)


def read(link: str) -> int:
    """Return the id of the subscription a link is for; 404 when it is not one of ours."""
    subscription_id = links.read(links.Purpose.LEAVE, link)
    if subscription_id is None:
        raise Http404("Not a link of ours.")
    return subscription_id


def leave_page(request: HttpRequest, link: str, subscription_id: int) -> HttpResponse:
    """Show how a subscription stands; one that is deleted is a page too, not an error."""
    subscription = subscriptions.find(subscription_id)
    context: dict[str, object] = {"link": link, "state": "gone"}
    if subscription:
        context |= {
            "state": subscription.status,
            "subscription": subscription,
            "newsletter": subscription.newsletter,
            "masked": addresses.masked(subscription.subscriber.address),
            "can_undo": subscriptions.can_undo(subscription),
            "reasons": ReasonForm.REASONS,
            "pause_weeks": subscriptions.PAUSE_WEEKS,
        }
    return render(request, "newsletter/leave.html", context)


def to_leave_page(link: str) -> SeeOther:
    return SeeOther(reverse("newsletter:leave", args=[link]))
