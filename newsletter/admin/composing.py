"""The pages between a draft and an approved issue: propose, preview, test mail, decisions.

GET shows a page and POST acts. The pages read the issue as it is stored.
"""

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.urls import URLPattern, reverse

from newsletter.admin import preview, scheduling
from newsletter.admin.pages import Decision, View, ask, issue_step, page, report_change, show_step
from newsletter.issues import corrections
from newsletter.issues.composing import approval, proposals, recurrence, test_mails
from newsletter.issues.composing.test_mails import MOST_ADDRESSES
from newsletter.models import Issue, Newsletter
from newsletter.models.issues import DATA_POINTS, PLACES
from newsletter.values.addresses import AddressError, on_the_wire


def urls() -> list[URLPattern]:
    steps: dict[str, View] = {
        "propose": propose_numbers,
        "test": send_test_mail,
        "approve": scheduling.check_and_approve,
        "preview": preview.preview_issue,
    }
    return [
        page("propose/", propose_next, "issue_propose_next"),
        page("preview/", preview.preview_issue, "issue_preview_new"),
        *(page(f"<int:pk>/{name}/", view, f"issue_{name}") for name, view in steps.items()),
        *(
            page(f"<int:pk>/{name.replace('_', '-')}/", decide_draft, f"issue_{name}", decision=act)
            for name, act in DECISIONS.items()
        ),
    ]


def preview_url(issue: Issue | None, way: str) -> str:
    name, args = ("preview", [issue.pk]) if issue else ("preview_new", [])
    return reverse(f"admin:newsletter_issue_{name}", args=args, query={"as": way})


def propose_next(request: HttpRequest) -> HttpResponse:
    """Make the draft of the default newsletter's next day, and fill its empty places."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    newsletter = Newsletter.objects.default()
    if newsletter is None or not request.user.has_perm("newsletter.add_issue"):
        raise PermissionDenied
    if issue := recurrence.draft_next(newsletter):
        return _fill(request, issue)
    messages.info(request, "That day has an issue already. See its status.")
    return redirect("admin:newsletter_issue_changelist")


@issue_step
def propose_numbers(request: HttpRequest, issue: Issue) -> HttpResponse:
    """Show the candidates and the reasons; POST fills the empty places or replaces one."""
    if request.method == "POST":
        return _leave_out(request, issue) if "leave_out" in request.POST else _fill(request, issue)
    points = {point.position: point for point in issue.data_points.select_related("series")}
    context = {
        "title": f"Propose numbers: {issue}",
        "candidates": proposals.find_candidates(issue),
        "late": proposals.late_series(),
        "places": [(place, points.get(place)) for place in PLACES],
        "used": {point.series.slug for point in points.values() if point.series},
        "corrections": corrections.untold_corrections(issue),
        "told": corrections.told_in(issue),
        "is_draft": issue.status == Issue.Status.DRAFT,
        "is_full": len(points) == DATA_POINTS,
    }
    return show_step(request, issue, "propose", context)


def _fill(request: HttpRequest, issue: Issue) -> HttpResponse:
    """Use the “slug:place” of the pressed button; without one tell corrections, fill places."""
    slug, _, place = request.POST.get("use", "").partition(":")
    told, filled = [], []
    try:
        if slug and place.isdecimal():
            filled = [proposals.use_candidate(issue, slug, int(place))]
        else:
            told = proposals.tell_corrections(issue)
            filled = [] if "tell" in request.POST else proposals.fill_draft(issue)
    except (proposals.NotADraft, LookupError) as problem:
        messages.error(request, f"Nothing was changed. {problem}")
        return redirect("admin:newsletter_issue_propose", issue.pk)
    for correction in told:
        messages.success(request, f"In the intro: {correction}")
    for point in filled:
        messages.success(request, f"Data point {point.position}: {point.headline}")
    if not filled and not told:
        is_full = issue.data_points.count() == DATA_POINTS
        why = "no place was empty" if is_full else "there is no number to propose"
        messages.info(request, f"Nothing was filled: {why}.")
    return redirect("admin:newsletter_issue_change", issue.pk)


def _leave_out(request: HttpRequest, issue: Issue) -> HttpResponse:
    pk = request.POST["leave_out"]
    if pk.isdecimal() and corrections.leave_out(issue, int(pk)):
        messages.success(request, "Left out: no issue will tell this correction. Its note stays.")
    else:
        messages.info(request, "Nothing was changed: this correction is settled already.")
    return redirect("admin:newsletter_issue_propose", issue.pk)


class TestMailForm(forms.Form):
    addresses = forms.CharField(
        max_length=1_500,
        widget=forms.Textarea(attrs={"rows": 3, "cols": 60}),
        help_text=f"One a line, {MOST_ADDRESSES} at most. They are used for this test, not stored.",
    )

    def clean_addresses(self) -> list[str]:
        typed = self.cleaned_data["addresses"].replace(",", " ").split()
        addresses = list(dict.fromkeys(typed))
        if len(addresses) > MOST_ADDRESSES:
            raise ValidationError(
                f"These are {len(addresses)} addresses; the limit is {MOST_ADDRESSES}."
            )
        for address in addresses:
            try:
                on_the_wire(address)
            except AddressError as error:
                raise ValidationError(f"{address}: {error}") from error
        return addresses


@issue_step
def send_test_mail(request: HttpRequest, issue: Issue) -> HttpResponse:
    form = TestMailForm(
        request.POST or None, initial={"addresses": getattr(request.user, "email", "")}
    )
    if request.method != "POST" or not form.is_valid():
        context = {"title": f"Send a test mail: {issue}", "form": form}
        return show_step(request, issue, "test", context)
    problems = test_mails.send_test_mails(issue, form.cleaned_data["addresses"])
    for address, problem in problems.items():
        if problem:
            messages.error(request, f"Not sent to {address}: {problem}.")
        else:
            messages.success(request, f"Sent to {address}. Read it before you approve.")
    if any(problems.values()):
        return redirect("admin:newsletter_issue_test", issue.pk)
    return redirect("admin:newsletter_issue_change", issue.pk)


DECISIONS = {
    "withdraw": Decision(
        "Withdraw the approval?",
        "The issue becomes a draft again, and is not sent until it is approved again.",
        "Withdraw approval",
        act=approval.withdraw_approval,
        done="The approval was withdrawn: the issue is a draft again.",
    ),
    "call_off": Decision(
        "Cancel this issue?",
        "It is not sent. Its text stays here, and you can reopen it later.",
        "Cancel this issue",
        act=approval.call_off,
        done="The issue was canceled: it is not sent.",
    ),
    "take_up": Decision(
        "Reopen this issue?",
        "It becomes a draft again. It is sent only after it is approved for a new time.",
        "Reopen as draft",
        act=approval.reopen_issue,
        done="The issue is a draft again.",
    ),
}


@issue_step
def decide_draft(request: HttpRequest, issue: Issue, decision: Decision) -> HttpResponse:
    """Ask for confirmation on a page that explains the decision; a POST carries it out."""
    if request.method != "POST":
        return ask(request, decision, "issue/decide", original=issue)
    try:
        decision.act(issue)
    except approval.StepNotPossible as reason:
        messages.error(request, f"Nothing was changed. {reason}")
    else:
        report_change(request, issue, decision.done)
    return redirect("admin:newsletter_issue_change", issue.pk)
