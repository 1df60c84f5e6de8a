"""What needs work, for the front page of admin."""

from django import template
from django.contrib.auth.models import AbstractUser

from glossary.admin.desk import Desk, desk_of

register = template.Library()


@register.simple_tag
def open_work(user: AbstractUser) -> Desk:
    return desk_of(user)
