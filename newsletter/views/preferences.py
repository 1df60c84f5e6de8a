"""What readers can change with the signed link, and what needs a newly mailed link."""

from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from config.origin import token_form
from newsletter.mailing import signed_links
from newsletter.models import ConfirmationToken, Subscription
from newsletter.subscribers import address_change, personal_data, reader_page, subscriptions
from newsletter.subscribers.forms import NewAddressForm, PreferencesForm
from newsletter.subscribers.letters import PREFERENCES_PAGE
from newsletter.values import addresses
from newsletter.views.answers import SeeOther, to_own_page
from newsletter.views.leaving import choices_of, leave_page, signed_link_view
from newsletter.views.signup import request_signup

Purpose = ConfirmationToken.Purpose
SAID = {"mailed", "joined", "left", "stayed", "none", "moving", "changed"}
SWITCHES = {
    "leave": (subscriptions.unsubscribe, "left"),
    "undo": (subscriptions.undo_unsubscribing, "stayed"),
}


@require_http_methods(["GET", "HEAD", "POST"])
@signed_link_view
def preferences(request: HttpRequest, link: str, subscription_id: int) -> HttpResponse:
    subscription = subscriptions.find_subscription(subscription_id)
    if subscription is None:
        return leave_page(request, link, subscription_id)
    if request.method == "POST":
        form = PreferencesForm(request.POST)
        said = _act(request, subscription, form.cleaned_data) if form.is_valid() else ""
        return to_own_page("preferences", link, said)
    return render(request, "newsletter/preferences.html", _context(request, link, subscription))


@require_http_methods(["GET", "HEAD", "POST"])
@token_form
def mailed_link(request: HttpRequest, token: str) -> HttpResponse:
    """Show the page of a mailed link: one button, or a field for the new address."""
    found = personal_data.usable_link(token)
    if found is None:
        return render(request, "newsletter/mailed_link.html", status=HTTPStatus.NOT_FOUND)
    if request.method != "POST":
        return _mailed_page(request, found, NewAddressForm())
    return _spend(request, token, found) or SeeOther(request.path)


def _act(request: HttpRequest, subscription: Subscription, data: dict[str, Any]) -> str:
    """Carry out the action of a button; return the name of the message to show."""
    action = data["action"]
    if action in ("change", "export", "erase"):
        personal_data.send_own_data_link(subscription.pk, Purpose(action))
        return "mailed"
    if not data["newsletter"]:
        return "none"
    reader = subscription.subscriber
    if action == "join":
        request_signup(request, data["newsletter"], reader.address, PREFERENCES_PAGE)
        return "joined"
    act, said = SWITCHES[action]
    for each in reader.subscriptions.filter(newsletter__in=data["newsletter"]):
        act(each.pk)
    return said


def _context(request: HttpRequest, link: str, subscription: Subscription) -> dict[str, object]:
    reader = subscription.subscriber
    said = request.GET.get("said", "")
    return {
        "link": link,
        "masked": addresses.masked(reader.address),
        "subscription": subscription,
        **choices_of(reader),
        "sent": reader_page.sent_issues(reader),
        "pause_weeks": subscriptions.PAUSE_WEEKS,
        "is_suppressed": subscription.is_suppressed(),
        "said": said if said in SAID else "",
    }


def _mailed_page(
    request: HttpRequest, token: ConfirmationToken, form: NewAddressForm
) -> HttpResponse:
    context = {
        "token": token,
        "masked": addresses.masked(token.subscription.subscriber.address),
        "masked_new": addresses.masked(token.new_address) if token.new_address else "",
        "form": form,
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.is_bound else HTTPStatus.OK
    return render(request, "newsletter/mailed_link.html", context, status=status)


def _spend(request: HttpRequest, token: str, found: ConfirmationToken) -> HttpResponse | None:
    """Do what a mailed link is for; None if it was used or has expired meanwhile."""
    subscription: Subscription | None
    if found.purpose == Purpose.EXPORT:
        if (data := personal_data.export_data(token)) is None:
            return None
        content_type = "application/json; charset=utf-8"
        response = HttpResponse(personal_data.as_json(data), content_type=content_type)
        response["Content-Disposition"] = 'attachment; filename="my-data.json"'
        return response
    if found.purpose == Purpose.ERASE:
        erased = personal_data.erase_by_link(token)
        return None if erased is None else to_own_page("leave", signed_links.leave_link(erased))
    if found.new_address:
        subscription, said = address_change.change_address(token), "changed"
    else:
        form = NewAddressForm(request.POST)
        if not form.is_valid():
            return _mailed_page(request, found, form)
        address = form.cleaned_data["email"]
        subscription, said = address_change.request_change(token, address), "moving"
    if subscription is None:
        return None
    return to_own_page("preferences", signed_links.leave_link(subscription.pk), said)
