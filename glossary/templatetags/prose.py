"""Texts as HTML: `{{ text|markdown }}`, `{{ text|unbroken }}`."""

import re

from django import template
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from glossary.prose import rendering
from glossary.values.numbers import SCALE_WORDS

register = template.Library()
# "$0.94/h", "1.2 × 10²⁶ FLOP/s", "H100-equivalents": up to the next space where a line may break.
# Not an address. And "(4.4 million)".
WHOLE = re.compile(
    "(?<![^ ])[^ /]*[0-9][^ /-]*[/-][^ /]{1,12}(?= |$)"
    f"|[^ ]*[0-9] (?:{'|'.join(SCALE_WORDS.values())})[^ ]*"
)


@register.filter
def markdown(text: str) -> SafeString:
    """Return an editor's Markdown as safe HTML."""
    return rendering.render(text)


@register.filter
def unbroken(text: str) -> SafeString:
    """Keep numbers on one line with what belongs to them: Gecko breaks lines behind a slash."""
    html = WHOLE.sub(r'<span class="whole">\g<0></span>', escape(text))
    return mark_safe(html)  # noqa: S308 (escaped)
