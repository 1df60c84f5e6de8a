"""What needs work, for the front page of admin, and which apps are an editor's."""

from typing import Any

from django import template
from django.contrib.auth.models import AbstractUser

from glossary.admin.desk import Desk, desk_of

register = template.Library()
# Accounts, attempts to log in and the worker's tasks: an operator's, folded on every page.
SYSTEM_APPS = frozenset({"auth", "config", "django_tasks_database"})


@register.simple_tag
def open_work(user: AbstractUser) -> Desk:
    return desk_of(user)


@register.filter
def is_system(label: str) -> bool:
    return label in SYSTEM_APPS


@register.filter
def of_work(apps: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [app for app in apps if not is_system(app["app_label"])]


@register.filter
def of_system(apps: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [app for app in apps if is_system(app["app_label"])]


@register.filter
def chosen_filters(changes: Any) -> list[str]:
    """Return the filters of a list in admin that leave rows out: "state Overdue"."""
    return [
        f"{spec.title} {choice['display']}"
        for spec in changes.filter_specs
        for number, choice in enumerate(spec.choices(changes))
        if choice["selected"] and number > 0
    ]
