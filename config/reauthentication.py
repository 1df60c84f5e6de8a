"""What is asked before an issue is sent, readers are exported or much is deleted.

It asks for a password or code, unless the user gave one a short time ago, and for a typed word
where that fits. The page that leads to such an action shows the fields of `fields_for`, and the
view calls `still_asked` before it acts.
"""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from config import sessions
from config.admin_pages import admin_page
from config.logins import ProofForm

ASKED = {"typed", "proof", "csrfmiddlewaretoken"}


class ReauthenticationForm(ProofForm):
    """Asks for a word, if there is one, and for password or code, unless one was given lately."""

    def __init__(self, request: HttpRequest, word: str, *, is_bound: bool) -> None:
        super().__init__(request, sessions.person(request), is_bound=is_bound)
        self.word = word
        if sessions.is_fresh(request):
            del self.fields["proof"]
        if word:
            attrs = {"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}
            widget, label = forms.TextInput(attrs), f"Type “{word}” to go on"
            typed = forms.CharField(label=label, max_length=40, widget=widget)
            self.fields = {"typed": typed, **self.fields}

    def clean_typed(self) -> str:
        typed = " ".join(self.cleaned_data["typed"].lower().split())
        if typed != self.word:
            raise ValidationError(f"Type “{self.word}”, without the quotation marks.")
        return typed

    def clean_proof(self) -> str:
        typed = super().clean_proof()
        sessions.prove(self.request)
        return typed


def fields_for(request: HttpRequest, word: str = "") -> ReauthenticationForm:
    """Return the empty form whose fields a page shows above the button of its action."""
    return ReauthenticationForm(request, word, is_bound=False)


def still_asked(request: HttpRequest, word: str = "") -> HttpResponse | None:
    """Return None if the POST may act, else a page that asks again and repeats what was posted.

    Raises LoginPaused.
    """
    form = ReauthenticationForm(request, word, is_bound=True)
    if form.is_valid():
        return None
    if not form.fields.keys() & request.POST.keys():  # it was not asked yet
        form = fields_for(request, word)
    posted = [(name, text) for name, texts in request.POST.lists() for text in texts]
    context: dict[str, Any] = {
        "title": "Confirm that it is you" if "proof" in form.fields else f"{word.capitalize()}?",
        "form": form,
        "back": _sent_from(request),
        "posted": [(name, text) for name, text in posted if name not in ASKED],
    }
    return admin_page(request, "reauthentication.html", context)


def _sent_from(request: HttpRequest) -> str:
    """Return the address of the page with the button, or of admin's front page if not known."""
    page, host = request.headers.get("Referer", ""), request.get_host()
    is_own = url_has_allowed_host_and_scheme(page, host, require_https=request.is_secure())
    return page if is_own else reverse("admin:index")
