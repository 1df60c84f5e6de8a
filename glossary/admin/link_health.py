"""Admin of links to other sites: which are dead, which rows use them, and a new check."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin import ActionLocation
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.defaultfilters import pluralize
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from config.admin_pages import LookOnly
from glossary.admin.desk import form_of
from glossary.admin.filters import LinkStateFilter
from glossary.fetching import link_health
from glossary.models import CheckedAddress
from glossary.tasks import check_links

State = CheckedAddress.State
BOTH = [ActionLocation.CHANGE_FORM, ActionLocation.CHANGE_LIST]


@admin.register(CheckedAddress)
class CheckedAddressAdmin(LookOnly, admin.ModelAdmin[Any]):
    list_display = ("url", "state_shown", "said", "used_by", "failing_since", "checked_at")
    list_filter = (LinkStateFilter,)
    search_fields = ("url",)
    ordering = ("-failures", "url")
    list_per_page = 50
    actions = ("check_again", "works_for_me")
    fields = (
        "open", "state_shown", "said", "leads_to", "used_by", "failing_since", "checked_at",
        "next_at",
    )  # fmt: skip
    readonly_fields = ("open", "state_shown", "used_by")

    def has_settle_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("glossary.change_checkedaddress")

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """Find the rows that use the addresses of a page together, not one by one."""
        page = super().get_changelist_instance(request)
        users = link_health.users_of([address.url for address in page.result_list])
        for address in page.result_list:
            address.users = users[address.url]
        return page

    @admin.display(description="address")
    def open(self, address: CheckedAddress) -> SafeString:
        link = '<a href="{0}" target="_blank" rel="noopener noreferrer">{0}</a>'
        return format_html(link, address.url)

    @admin.display(description="state", ordering="state")
    def state_shown(self, address: CheckedAddress) -> SafeString:
        is_excused = address.excused_as is not None and address.excused_as == address.answer
        label = "works for an editor" if is_excused else address.get_state_display()
        return format_html('<span class="state {}">{}</span>', address.state, label)

    @admin.display(description="used by")
    def used_by(self, address: Any) -> SafeString | str:
        rows = getattr(address, "users", None)
        if rows is None:
            rows = link_health.users_of([address.url])[address.url]
        links = ((form_of(row), row) for row in rows)
        return format_html_join(", ", '<a href="{}">{}</a>', links) or "nothing any more"

    @admin.action(description="Check again now", permissions=["settle"], location=BOTH)
    def check_again(self, request: HttpRequest, queryset: QuerySet[CheckedAddress]) -> None:
        ids = list(queryset.values_list("pk", flat=True)[: link_health.MOST])
        check_links.enqueue(ids=ids)
        said = f"{len(ids)} link{pluralize(len(ids))} being checked. Reload in a minute."
        self.message_user(request, said, messages.SUCCESS)

    @admin.action(description="Works for me", permissions=["settle"], location=BOTH)
    def works_for_me(self, request: HttpRequest, queryset: QuerySet[CheckedAddress]) -> None:
        count = link_health.excuse(queryset.filter(state__in=[State.DEAD, State.FAILS]))
        said = f"{count} marked as working, until the answer changes."
        self.message_user(request, said, messages.SUCCESS)
