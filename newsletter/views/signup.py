"""Signing up for the newsletter, confirming, and refusing all mail."""

from collections.abc import Sequence
from datetime import timedelta
from http import HTTPStatus

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.text import get_text_list
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from config.caching import public_page, takes
from config.network import client_network
from config.origin import Verdict, public_form, token_form
from config.ratelimit import Limit, hit
from newsletter.issues.pages import front_issue
from newsletter.mailing import signed_links
from newsletter.models import ConfirmationToken, HeldSignup, Newsletter, Subscription
from newsletter.subscribers import held_signups, signups, subscriptions, tokens
from newsletter.subscribers.forms import SignupForm, sealed_address, unsealed_address
from newsletter.subscribers.letters import CONFIRMATION_PAGE
from newsletter.subscribers.subscriptions import LinkState, Status
from newsletter.values import addresses
from newsletter.views.answers import SeeOther, unknown_link

Reason = HeldSignup.Reason
HOUR = timedelta(hours=1)
# By bits of an IPv6 network: a customer is given between a /64 and a /48. IPv4 counts by /24.
SIGNUPS_PER_NETWORK = {64: [Limit(10, HOUR)], 56: [Limit(20, HOUR)], 48: [Limit(40, HOUR)]}
# For clients that send neither Origin nor Sec-Fetch-Site, unlike any current browser.
SLOW_PER_NETWORK = [Limit(3, HOUR)]
SLOW_FOR_ALL = [Limit(30, HOUR)]


@require_http_methods(["GET", "HEAD", "POST"])
@public_page
@public_form
def subscribe(request: HttpRequest) -> HttpResponse:
    """Record a signup. The answer is the same for all addresses, known to us or not."""
    newsletters = list(Newsletter.objects.all())
    default = next((each for each in newsletters if each.is_default), None)
    if default is None:
        raise Http404("There is no newsletter yet.")
    if request.method != "POST":
        return _form(request, newsletters, SignupForm.blank(request.path))
    form = SignupForm(request.POST, auto_id="signup-%s")
    if form.is_trapped():
        held_signups.record(Reason.TRAP, _cut_network(request))
        return _to_check_mail(form.data.get("email", ""))
    if not form.is_valid():
        if form.has_error("email", "disposable"):
            held_signups.record(Reason.DISPOSABLE, _cut_network(request))
        return _form(request, newsletters, form.freshly_stamped(default))
    address = form.cleaned_data["email"]
    asked = list(form.cleaned_data["newsletter"]) or [default]
    request_signup(request, asked, address, form.cleaned_data["page"])
    return _to_check_mail(address)


@require_safe
@public_page
@takes("to")
def check_mail(request: HttpRequest) -> HttpResponse:
    """Repeat the address that was typed, so that its owner sees a typing error."""
    address = unsealed_address(request.GET.get("to", ""))
    answer = render(request, "newsletter/check_mail.html", {"address": address})
    if address:
        answer["Cache-Control"] = "private, no-store"
    return answer


def _to_check_mail(typed: str) -> SeeOther:
    page = reverse("newsletter:check_mail")
    try:
        return SeeOther(f"{page}?to={sealed_address(addresses.cleaned(typed))}")
    except addresses.AddressError:
        return SeeOther(page)


@require_http_methods(["GET", "HEAD", "POST"])
@token_form
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """Show a button that activates the subscription, because mail scanners open links."""
    if request.method == "POST" and subscriptions.confirm_subscription(token) is LinkState.DONE:
        return SeeOther(request.path)
    found = tokens.find_token(token, ConfirmationToken.Purpose.CONFIRM)
    link = subscriptions.confirmation_link(found)
    if link.state is LinkState.UNKNOWN:
        return _unknown(request)
    context = {"state": link.state.value, "token": token, **_about(link.subscriptions)}
    return render(request, "newsletter/confirm.html", context)


@require_POST
@token_form
def confirm_again(request: HttpRequest, token: str) -> HttpResponse:
    """Send a new confirmation mail in place of an expired one, within the same limits."""
    found = tokens.find_token(token, ConfirmationToken.Purpose.CONFIRM)
    if found is None:
        return _unknown(request)
    asked = [each.subscription.newsletter for each in tokens.sharing_link(found)]
    request_signup(request, asked, found.subscription.subscriber.address, CONFIRMATION_PAGE)
    return SeeOther(reverse("newsletter:check_mail"))


@require_http_methods(["GET", "HEAD", "POST"])
@token_form
def refuse(request: HttpRequest, link: str) -> HttpResponse:
    """Let the owner of an address refuse all mail: “This was not me.”"""
    subscription_id = signed_links.read_link(signed_links.Purpose.REFUSE, link)
    if subscription_id is None:
        return unknown_link(request)
    if request.method == "POST":
        said = "?said=refused" if subscriptions.refuse_mail(subscription_id) else ""
        return SeeOther(f"{request.path}{said}")
    subscription = subscriptions.find_subscription(subscription_id)
    context = {
        "subscription": subscription,
        "masked": _masked(subscription),
        "is_suppressed": subscription is not None and subscription.is_suppressed(),
        "is_done": request.GET.get("said") == "refused",
    }
    return render(request, "newsletter/refuse.html", context)


def _form(request: HttpRequest, newsletters: list[Newsletter], form: SignupForm) -> HttpResponse:
    """Show the form; of several newsletters it asks for which, with the first one chosen."""
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.is_bound else HTTPStatus.OK
    if len(newsletters) > 1:
        form.initial["newsletter"] = [newsletters[0].slug]
    context = {
        "form": form,
        "newsletter": newsletters[0],
        "newsletters": newsletters,
        "story": front_issue() if len(newsletters) == 1 and not form.is_bound else None,
    }
    return render(request, "newsletter/subscribe.html", context, status=status)


def request_signup(
    request: HttpRequest, newsletters: Sequence[Newsletter], address: str, page: str
) -> None:
    """Record a signup, unless too many came from its network; the caller's answer is the same."""
    if not _is_within_limits(request):
        held_signups.record(Reason.NETWORK, _cut_network(request))
    else:
        network = client_network(request, ipv4=16, ipv6=48)
        signups.add_request(newsletters, address, page=page, network=network)


def _cut_network(request: HttpRequest) -> str:
    """Return what an operator is shown of the visitor's network: 256 addresses or customers."""
    return client_network(request, ipv4=24, ipv6=40)


def _is_within_limits(request: HttpRequest) -> bool:
    """Count a signup from narrow to wide: what a full narrow network sends must not fill a wide one
    for its neighbors."""
    is_slow = getattr(request, "verdict", Verdict.ALLOW) is Verdict.ALLOW_SLOWLY
    if is_slow and not hit("signup-slow", client_network(request), SLOW_PER_NETWORK):
        return False
    has_room = all(
        hit(f"signup/{bits}", client_network(request, ipv6=bits), limits)
        for bits, limits in SIGNUPS_PER_NETWORK.items()
    )
    return has_room and (not is_slow or hit("signup-slow-all", "", SLOW_FOR_ALL))


def _unknown(request: HttpRequest) -> HttpResponse:
    form = SignupForm.blank(CONFIRMATION_PAGE)
    context = {"state": LinkState.UNKNOWN.value, "form": form}
    return render(request, "newsletter/confirm.html", context, status=HTTPStatus.NOT_FOUND)


def _about(found: Sequence[Subscription]) -> dict[str, object]:
    newsletters = [each.newsletter for each in found]
    return {
        "found": [(each, each.newsletter.next_slot(timezone.now()).date()) for each in found],
        "newsletters": newsletters,
        "is_paused": all(each.status == Status.PAUSED for each in found),
        "names": get_text_list([each.name for each in newsletters], "and"),
        "masked": _masked(found[0]),
        "link": signed_links.leave_link(found[0].pk),
        "form": SignupForm.blank(CONFIRMATION_PAGE, newsletters[0]),
    }


def _masked(subscription: Subscription | None) -> str:
    return addresses.masked(subscription.subscriber.address) if subscription else ""
