"""Admin pages of accounts, and of what people did, which can only be read."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.actions import delete_selected
from django.contrib.admin.models import LogEntry
from django.contrib.admin.utils import unquote
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.forms import AdminPasswordChangeForm, AdminUserCreationForm
from django.contrib.auth.models import Group, User
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.defaultfilters import pluralize

from config import second_factor
from config.admin_pages import LookOnly
from config.logins import LimitedPasswords
from config.models import LoginAttempt
from config.reauthentication import fields_for, still_asked
from config.sessions import person
from config.tasks import mail_account


@admin.register(LoginAttempt)
class LoginAttemptAdmin(LookOnly, admin.ModelAdmin[Any]):
    list_display = ("at", "account", "kind", "network", "succeeded", "is_lifted")
    list_filter = ("succeeded", "kind")
    list_select_related = ("user",)
    search_fields = ("user__username", "network")
    exclude = ("name_key",)
    actions = ("lift",)

    @admin.display(description="account", empty_value="(no such account)")
    def account(self, attempt: LoginAttempt) -> Any:
        return attempt.user

    def has_lift_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("config.change_loginattempt")

    @admin.action(description="Lift the pause that these failures cause", permissions=["lift"])
    def lift(self, request: HttpRequest, queryset: QuerySet[LoginAttempt]) -> None:
        chosen = LoginAttempt.objects.filter(pk__in=queryset.values("pk"))
        count = chosen.failed().update(is_lifted=True)
        said = f"{count} failure{pluralize(count)} no longer count{pluralize(count, 's,')}."
        messages.success(request, said)


@admin.register(LogEntry)
class LogEntryAdmin(LookOnly, admin.ModelAdmin[Any]):
    """What people changed in admin: texts, issues, accounts, permissions, second factors."""

    list_display = ("action_time", "user", "content_type", "object_repr", "__str__")
    list_filter = ("action_flag", "content_type")
    list_select_related = ("user", "content_type")
    search_fields = ("user__username", "object_repr", "change_message")
    show_full_result_count = False


class Accounts:
    """Asks for a password or code before a change, and logs which powers were given or taken."""

    powers = ("groups", "user_permissions", "permissions", "is_superuser", "is_staff", "is_active")

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        base: Any = super()
        may: Any = base.has_change_permission
        if request.method == "POST" and may(request) and (asked := still_asked(request)):
            return asked
        page: HttpResponse = base.changeform_view(request, object_id, *args, **kwargs)
        return page

    def construct_change_message(
        self, request: HttpRequest, form: Any, formsets: Any, add: bool = False
    ) -> Any:
        said: Any = super().construct_change_message(request, form, formsets, add)  # type: ignore[misc]
        changes = [_change(form, name) for name in self.powers if name in form.changed_data]
        return [*said, {"changed": {"fields": changes}}] if changes else said


def _change(form: Any, name: str) -> str:
    """Return how a power changed: “groups: added Publishers; removed Editors”."""
    label, new = form.fields[name].label, form.cleaned_data[name]
    if isinstance(new, bool):
        return f"{label}: {'yes' if new else 'no'}"
    before, after = {str(each) for each in form.initial.get(name, [])}, {str(each) for each in new}
    changes = (("added", after - before), ("removed", before - after))
    return f"{label}: " + "; ".join(f"{verb} {', '.join(sorted(of))}" for verb, of in changes if of)


admin.site.unregister([User, Group])


class NewAccountForm(LimitedPasswords, AdminUserCreationForm[User]):
    pass


class OthersPasswordForm(LimitedPasswords, AdminPasswordChangeForm[User]):
    pass


@admin.register(User)
class AccountAdmin(Accounts, UserAdmin[User]):
    """Accounts are never deleted here, because their log would go with them."""

    actions = ("reset_second_factor",)
    add_form = NewAccountForm
    change_password_form = OthersPasswordForm

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> Any:
        may = self.has_change_permission(request)
        if request.method == "POST" and may and (asked := still_asked(request)):
            return asked
        before = self.get_object(request, unquote(id))
        page = super().user_change_password(request, id, form_url)
        user = self.get_object(request, unquote(id))
        # Django also redirects when it has changed nothing.
        if user and before and user.password != before.password:
            verb = "set a new" if user.has_usable_password() else "disabled the"
            self._tell(request, user, before.email, f"{verb} password")
        return page

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: Any) -> None:
        super().save_model(request, obj, form, change)
        if change and "email" in form.changed_data:
            self._tell(request, obj, form.initial["email"], "changed the mail address")

    def _tell(self, request: HttpRequest, user: User, address: str, did: str) -> None:
        """Mail the owner of an account; Django logs the change."""
        what = f"{person(request)} {did}."
        mail_account.enqueue(user_id=user.pk, address=address, what=what)

    @admin.action(description="Reset the second factor", permissions=["change"])
    def reset_second_factor(
        self, request: HttpRequest, queryset: QuerySet[User]
    ) -> HttpResponse | None:
        if asked := still_asked(request):
            return asked
        by, here = person(request), request.session.session_key or ""
        removed = [user for user in queryset if second_factor.remove(user, by, here)]
        names = ", ".join(map(str, removed)) or "nobody: none of them had one"
        messages.success(request, f"The second factor of {names} was removed.")
        return None


@admin.register(Group)
class RoleAdmin(Accounts, GroupAdmin):
    pass


@admin.action(permissions=["delete"], description="Delete selected %(verbose_name_plural)s")
def delete_after_asking(
    model_admin: Any, request: HttpRequest, queryset: QuerySet[Any]
) -> HttpResponse | None:
    """Delete the chosen rows by Django's action, but first ask for a password or code.

    For several rows a word has to be typed too.
    """
    word = "delete" if queryset.count() > 1 else ""
    if "post" in request.POST and (asked := still_asked(request, word)):
        return asked
    page = delete_selected(model_admin, request, queryset)
    if page and page.context_data:
        page.context_data["proof"] = fields_for(request, word)
    return page


admin.site.disable_action("delete_selected")
admin.site.add_action(delete_after_asking, "delete_selected")
