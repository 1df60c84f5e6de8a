"""What visitors may type, and how forms are guarded that carry no cookie."""

import re
from datetime import date, timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.utils import timezone

from newsletter.subscribers.letters import page_name
from newsletter.subscribers.subscriptions import PAUSE_WEEKS
from newsletter.values import addresses

STAMP_DAYS = 7
STAMP = re.compile(r"(\d{4}-\d\d-\d\d):[\w-]{43}", re.ASCII)


def new_stamp() -> str:
    """Sign the day. Not the second: public pages are the same bytes for everybody, and are kept."""
    return _signer().sign(timezone.now().date().isoformat())


def _signer() -> Signer:
    """With the keys of links: pages that caches keep outlive a SECRET_KEY that was replaced."""
    keys: list[bytes | str] = [*settings.LINK_KEYS.values()]
    return Signer(key=keys[0], fallback_keys=keys[1:], salt="newsletter.signup")


def _is_stamp(text: str) -> bool:
    """Tell whether a text looks like a stamp of ours; its signature is not checked."""
    found = STAMP.fullmatch(text)
    try:
        return found is not None and bool(date.fromisoformat(found[1]))
    except ValueError:
        return False


class AddressField(forms.CharField):
    """A mail address, in normal form."""

    widget = forms.EmailInput

    def clean(self, value: Any) -> str:
        text = super().clean(value)
        try:
            return addresses.cleaned(text)
        except addresses.AddressError as error:
            raise forms.ValidationError(str(error)) from error


class SignupForm(forms.Form):
    """The form of the promo, on every public page."""

    email = AddressField(
        label="Email address",
        max_length=addresses.MAX_LENGTH,
        widget=forms.EmailInput(
            attrs={"autocomplete": "email", "placeholder": "you@example.org", "spellcheck": "false"}
        ),
        error_messages={
            "required": "Please type your address.",
            "max_length": "An address has 254 characters at most.",
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

    @classmethod
    def blank(cls, page: str, *, prefix_of_ids: str = "signup") -> "SignupForm":
        """Make an empty form for a page; `prefix_of_ids` keeps ids apart within one page."""
        initial = {"stamp": new_stamp(), "page": page[:200]}
        return cls(initial=initial, auto_id=f"{prefix_of_ids}-%s")

    def is_trapped(self) -> bool:
        """Tell whether a program filled this in: the trap is full, or there is no stamp.

        A stamp whose signature we do not know may come from an honest page of before our keys
        were changed; its visitor is asked to press once more.
        """
        return bool(self.data.get("website")) or not _is_stamp(self.data.get("stamp", ""))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        stamped_on = self._stamped_on()
        oldest = timezone.now().date() - timedelta(days=STAMP_DAYS)
        if stamped_on is None or stamped_on < oldest:
            raise forms.ValidationError(
                "This page was open for a long time. Press Subscribe once more."
            )
        return cleaned

    def clean_page(self) -> str:
        """Keep the page only when it is one of ours: the field is anybody's to fill in."""
        page: str = self.cleaned_data["page"]
        return page[:200] if page_name(page) else ""

    def freshly_stamped(self) -> "SignupForm":
        """Return this form, checked and its errors kept, to be shown with a new stamp."""
        self.data = {name: self.data.get(name, "") for name in self.fields} | {"stamp": new_stamp()}
        return self

    def _stamped_on(self) -> date | None:
        try:
            return date.fromisoformat(_signer().unsign(self.data.get("stamp", "")))
        except (BadSignature, ValueError):
            return None


class PauseForm(forms.Form):
    """For how many weeks; 0 ends a pause."""

    weeks = forms.TypedChoiceField(choices=[(n, n) for n in (0, *PAUSE_WEEKS)], coerce=int)


class ReasonForm(forms.Form):
    REASONS = (
        ("often", "It comes too often"),
        ("other", "It is not what I expected"),
        ("time", "I have no time to read it"),
        ("never", "I never signed up"),
    )
    reason = forms.ChoiceField(choices=REASONS)

    def text(self) -> str:
        return dict(self.REASONS)[self.cleaned_data["reason"]]


class NewAddressForm(forms.Form):
    email = AddressField(
        label="New email address",
        max_length=addresses.MAX_LENGTH,
        widget=forms.EmailInput(attrs={"autocomplete": "email", "spellcheck": "false"}),
        error_messages={"required": "Please type your new address."},
    )


class PreferencesForm(forms.Form):
    """One button of the preferences page."""

    ACTIONS = ("leave", "join", "change", "export", "erase")
    action = forms.ChoiceField(choices=[(name, name) for name in ACTIONS])
    newsletter = forms.SlugField(required=False)
