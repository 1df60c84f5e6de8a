"""What the head of a page tells programs: JSON-LD, and the picture of a shared link."""

import json
from typing import Any

from django import template
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe

from glossary.api import social
from glossary.api.plain_markdown import escaped

register = template.Library()
# Within a script element only "<" could end it or open a comment (HTML, 4.12.1.3); the others are
# escaped as in Django's json_script, in case the data are pasted elsewhere.
HARMLESS = {sign: f"\\u{ord(sign):04X}" for sign in "<>&"}


@register.filter
def jsonld(said: dict[str, Any] | str) -> SafeString:
    """Print a description, or nothing if there is none. Browsers do not run a data block."""
    if not said:
        return SafeString()
    text = json.dumps(said, ensure_ascii=False, separators=(",", ":"))
    for sign, harmless in HARMLESS.items():
        text = text.replace(sign, harmless)
    return mark_safe(f'<script type="application/ld+json">{text}</script>')  # noqa: S308 (escaped)


@register.simple_tag
def card_or_site(card: social.CardLink | str) -> social.CardLink:
    """Return a page's own card, or the site's if it has none."""
    if isinstance(card, social.CardLink):
        return card
    return social.card_link(reverse("glossary:site_card_png"), social.site_card())


register.filter("markdown", escaped)
