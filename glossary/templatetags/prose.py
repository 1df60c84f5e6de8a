"""`{{ text|markdown }}`: an editor's Markdown as safe HTML."""

from django import template
from django.utils.safestring import SafeString

from glossary.prose import rendering

register = template.Library()


@register.filter
def markdown(text: str) -> SafeString:
    return rendering.render(text)
