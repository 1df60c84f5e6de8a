"""Forms for visitors and readers, and the protection of forms without cookies."""

import re
from datetime import date, timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.core.signing import BadSignature, Signer, TimestampSigner
from django.utils import timezone

from newsletter.models import Newsletter, Subscription
from newsletter.subscribers.letters import page_name
from newsletter.subscribers.subscriptions import PAUSE_WEEKS
from newsletter.values import addresses

STAMP_DAYS = 7
SEALED_SECONDS = 3600
CHOOSE = "Please choose what you want to get."
STAMP = re.compile(r"(\d{4}-\d\d-\d\d):[\w-]{43}", re.ASCII)


def new_form_stamp() -> str:
    """Return today's date, signed; not the time: cached public pages are the same for all."""
    return _signer().sign(timezone.localdate().isoformat())


def sealed_address(address: str) -> str:
    """Return the address, signed for an hour: our next page shows no text that we did not sign."""
    return _signer(TimestampSigner).sign_object(address)


def unsealed_address(sealed: str) -> str:
    try:
        return str(_signer(TimestampSigner).unsign_object(sealed, max_age=SEALED_SECONDS))
    except (BadSignature, ValueError):
        return ""


def _signer[S: Signer](kind: type[S] = Signer) -> S:  # type: ignore[assignment]
    """Use the keys of links, because cached pages may be older than a new SECRET_KEY."""
    keys: list[bytes | str] = [*settings.LINK_KEYS.values()]
    return kind(key=keys[0], fallback_keys=keys[1:], salt="newsletter.signup")


class AddressField(forms.CharField):
    """A mail address, in normal form."""

    widget = forms.EmailInput(attrs={"autocomplete": "email", "spellcheck": "false"})

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=addresses.MAX_LENGTH, **kwargs)

    def clean(self, value: Any) -> str:
        text = super().clean(value)
        try:
            normal, key = addresses.normal_forms(text)
        except addresses.AddressError as error:
            raise forms.ValidationError(str(error)) from error
        if addresses.is_disposable(key):
            # Said aloud: it depends on what was typed alone, so it tells nothing about readers, and
            # a person would wait for a mail.
            raise forms.ValidationError(addresses.DISPOSABLE, "disposable")
        return normal


class SignupForm(forms.Form):
    """The form of a signup; templates/newsletter/_signup_row.html has its fields on every page."""

    email = AddressField(
        label="Email address",
        widget=forms.EmailInput(
            attrs={"autocomplete": "email", "placeholder": "you@example.org", "spellcheck": "false"}
        ),
        error_messages={
            "required": "Please enter your address.",
            "max_length": "An address has at most 254 characters.",
        },
    )
    # A trap: people do not see this field, so only programs fill it in.
    website = forms.CharField(
        label="Leave this empty",
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "tabindex": "-1"}),
    )
    stamp = forms.CharField(required=False, widget=forms.HiddenInput)
    page = forms.CharField(required=False, widget=forms.HiddenInput)
    # None: the default one, unless the visitor could choose.
    newsletter = forms.ModelMultipleChoiceField(
        Newsletter.objects.all(),
        to_field_name="slug",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": CHOOSE},
    )
    can_choose = forms.BooleanField(required=False)

    @classmethod
    def blank(cls, page: str, newsletter: Newsletter | None = None) -> "SignupForm":
        """Return an empty form for a page, for a newsletter or the default one."""
        chosen = [newsletter.slug] if newsletter and not newsletter.is_default else []
        initial = {"stamp": new_form_stamp(), "page": page, "newsletter": chosen}
        return cls(initial=initial, auto_id="signup-%s")

    def is_trapped(self) -> bool:
        """Return whether a program filled in the form: the trap is full, or the stamp is missing.

        A stamp with an unknown signature may come from a page that is older than our keys, so
        `clean` asks its visitor to submit again.
        """
        found = STAMP.fullmatch(self.data.get("stamp", ""))
        try:
            is_stamp = found is not None and bool(date.fromisoformat(found[1]))
        except ValueError:
            is_stamp = False
        return bool(self.data.get("website")) or not is_stamp

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("can_choose") and not self.errors and not cleaned["newsletter"]:
            self.add_error("newsletter", CHOOSE)
        try:
            stamped_on = date.fromisoformat(_signer().unsign(self.data.get("stamp", "")))
        except (BadSignature, ValueError):
            stamped_on = date.min
        if stamped_on < timezone.localdate() - timedelta(days=STAMP_DAYS):
            raise forms.ValidationError(
                "This page was open for a long time. Please press Subscribe again."
            )
        return cleaned

    def clean_page(self) -> str:
        """Return the page only if it is one of ours, because any client can fill in this field."""
        page: str = self.cleaned_data["page"]
        return page[:200] if page_name(page) else ""

    def freshly_stamped(self, default: Newsletter) -> "SignupForm":
        """Return this form with its errors and a new stamp, for the default newsletter unless it
        names others.
        """
        data: Any = self.data.copy()  # type: ignore[attr-defined]
        data["stamp"] = new_form_stamp()
        if "can_choose" not in data:
            data.setdefault("newsletter", default.slug)
        self.data = data
        return self


class PauseForm(forms.Form):
    """The number of weeks to pause; 0 ends a pause."""

    weeks = forms.TypedChoiceField(choices=[(n, n) for n in (0, *PAUSE_WEEKS)], coerce=int)


class ReasonForm(forms.Form):
    """Why a reader left, from the list and then, if they like, in their own words."""

    reason = forms.ChoiceField(choices=Subscription.LeavingReason)
    words = forms.CharField(
        label="In your own words, if you like",
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 4}),
    )


class NewAddressForm(forms.Form):
    email = AddressField(
        label="New email address", error_messages={"required": "Please enter your new address."}
    )


class PreferencesForm(forms.Form):
    """The pressed button of the preferences page, and what it is about."""

    ACTIONS = ("leave", "undo", "join", "change", "export", "erase")
    action = forms.ChoiceField(choices=[(name, name) for name in ACTIONS])
    newsletter = forms.ModelMultipleChoiceField(
        Newsletter.objects.all(), to_field_name="slug", required=False
    )
