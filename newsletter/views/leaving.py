"""Unsubscribing with one button, through a link that never expires, and pausing instead.

GET and HEAD only show. The signed link authorizes the request, so these views check neither cookie
nor origin: a mailbox provider's one-click POST (RFC 8058) has none.
"""

from collections.abc import Callable
from functools import wraps
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST

from config.origin import token_form
from newsletter.mailing import signed_links
from newsletter.models import Newsletter, Subscriber, Subscription
from newsletter.subscribers import reader_page, subscriptions
from newsletter.subscribers.forms import PauseForm, ReasonForm
from newsletter.values import addresses
from newsletter.views.answers import to_own_page, unknown_link

# What a reader who stays has just done; the page takes everything else from the subscription.
SAID = {"stayed", "paused", "resumed"}


def signed_link_view(
    view: Callable[[HttpRequest, str, int], HttpResponse],
) -> Callable[..., HttpResponseBase]:
    """Pass the subscription's id from the link to a view; show a page if the link is damaged.

    The link authorizes a POST, so no token in a cookie is asked for (`token_form`).
    """

    @token_form
    @wraps(view)
    def read(request: HttpRequest, link: str) -> HttpResponse:
        subscription_id = signed_links.read_link(signed_links.Purpose.LEAVE, link)
        if subscription_id is None:
            return unknown_link(request)
        return view(request, link, subscription_id)

    return read


@require_http_methods(["GET", "HEAD", "POST"])
@signed_link_view
def leave(request: HttpRequest, link: str, subscription_id: int) -> HttpResponse:
    if request.method == "POST":
        subscriptions.unsubscribe(subscription_id)
        if request.POST.get("List-Unsubscribe") == "One-Click":
            return HttpResponse("You are unsubscribed.\n", content_type="text/plain")
        return to_own_page("leave", link)
    return leave_page(request, link, subscription_id)


@require_POST
@signed_link_view
def undo(request: HttpRequest, link: str, subscription_id: int) -> HttpResponse:
    subscriptions.undo_unsubscribing(subscription_id)
    return to_own_page("leave", link, "stayed")


@require_POST
@signed_link_view
def reason(request: HttpRequest, link: str, subscription_id: int) -> HttpResponse:
    form = ReasonForm(request.POST)
    if form.is_valid():
        subscriptions.give_reason(subscription_id, **form.cleaned_data)
    elif "words" in form.errors:
        return leave_page(request, link, subscription_id, form)
    return to_own_page("leave", link)


@require_POST
@signed_link_view
def pause(request: HttpRequest, link: str, subscription_id: int) -> HttpResponse:
    """Pause for the chosen number of weeks; 0 ends the pause."""
    form = PauseForm(request.POST)
    if not form.is_valid():
        return to_own_page("leave", link)
    if weeks := form.cleaned_data["weeks"]:
        subscriptions.pause_subscription(subscription_id, weeks)
        return to_own_page("leave", link, "paused")
    subscriptions.resume_subscription(subscription_id)
    return to_own_page("leave", link, "resumed")


def leave_page(
    request: HttpRequest, link: str, subscription_id: int, form: ReasonForm | None = None
) -> HttpResponse:
    """Show the state of a subscription; one that is deleted is a page too, not an error.

    `form` has words that could not be kept.
    """
    subscription = subscriptions.find_subscription(subscription_id)
    context: dict[str, object] = {"link": link, "state": "gone"}
    if subscription:
        context |= {
            "state": subscription.status,
            "subscription": subscription,
            "newsletter": subscription.newsletter,
            "masked": addresses.masked(subscription.subscriber.address),
            "is_after_act": subscription.is_on and request.GET.get("said") in SAID,
            "is_suppressed": subscription.is_suppressed(),
            "can_undo": subscriptions.can_undo(subscription),
            **choices_of(subscription.subscriber, other_than=subscription.newsletter),
            "reasons": Subscription.LeavingReason.choices,
            "form": form or ReasonForm(initial={"reason": subscription.leaving_reason}),
            "pause_weeks": subscriptions.PAUSE_WEEKS,
        }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form else HTTPStatus.OK
    return render(request, "newsletter/leave.html", context, status=status)


def choices_of(reader: Subscriber, other_than: Newsletter | None = None) -> dict[str, object]:
    """Return the context of templates/newsletter/_choices.html."""
    found = [each for each in reader_page.choices(reader) if each.newsletter != other_than]
    # What one confirmation mail can be requested for.
    several = [each for each in found if each.may_join and not each.can_undo]
    return {"choices": found, "several": several if len(several) > 1 else []}
