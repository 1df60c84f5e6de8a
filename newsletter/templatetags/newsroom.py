"""The newsletter's part of the front page of admin."""

from django import template

from newsletter.admin import coming_issue, desk

register = template.Library()
register.simple_tag(coming_issue.coming_issue)
register.simple_tag(desk.readers)
register.simple_tag(desk.last_sending)
