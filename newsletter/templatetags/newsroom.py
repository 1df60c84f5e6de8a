"""The newsletter's part of the front page of admin."""

from django import template

from newsletter.admin import desk

register = template.Library()
register.simple_tag(desk.coming_issue)
register.simple_tag(desk.readers)
register.simple_tag(desk.last_sending)
