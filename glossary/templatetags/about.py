"""What About shows of the glossary: `{% about_texts as texts %}` and `{% people as listed %}`.

They are tags because the view of the page is in `config`, which imports neither app.
"""

from django import template
from django.db.models import QuerySet

from glossary.models import AboutText, Person

register = template.Library()


@register.simple_tag
def about_texts() -> dict[str, str]:
    """Return the publisher's texts in Markdown, by section."""
    return dict(AboutText.objects.values_list("section", "text"))


@register.simple_tag
def people() -> QuerySet[Person]:
    """Return the people, and the office, whom the page names."""
    return Person.objects.listed()
