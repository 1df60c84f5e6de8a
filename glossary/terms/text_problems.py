"""Problems that keep a text from being published: unreadable figures, links without a term.

Data and names change after publication, so published texts are checked again: those that read a
series when it changes, and all of them every night.
"""

from django.db.models import Q
from django.template.defaultfilters import pluralize

from glossary.mentions import relinking
from glossary.models import Series, Term
from glossary.models.terms import TermQuerySet
from glossary.prose.figures import tokens
from glossary.prose.figures.tokens import Resolver, live_resolver
from glossary.prose.markdown import figures, manual_links
from glossary.prose.problems import TextProblem
from glossary.series.loading import views_for


def problems(text: str, resolve: Resolver | None = None) -> tuple[TextProblem, ...]:
    """List the problems of a text's figures, claims and links, by line."""
    found = (*figure_problems(text, resolve), *relinking.unknown_links(text))
    return tuple(sorted(found, key=lambda problem: problem.line))


def figure_problems(text: str, resolve: Resolver | None = None) -> tuple[TextProblem, ...]:
    """List the figures and claims that cannot be read, by default from current data."""
    known = Series.objects.published().values_list("slug", flat=True)
    return tokens.token_problems(text, resolve or live_resolver(views_for([text]), known))


def check(terms: TermQuerySet) -> int:
    """Store for each published term whether its text is broken; return how many changed."""
    may_break = Q(explanation__contains=figures.OPENING)
    may_break |= Q(explanation__contains=manual_links.OPENING) | Q(has_broken_text=True)
    changed = 0
    for term in terms.published().filter(may_break).distinct().iterator():
        if term.has_broken_text != (is_broken := bool(problems(term.explanation))):
            # An update makes no version and keeps `updated_at`, because the term was not edited.
            Term.objects.filter(pk=term.pk).update(has_broken_text=is_broken)
            changed += 1
    return changed


def check_all() -> str:
    """Check every published text (a scheduled job)."""
    count = check(Term.objects.all())
    return f"{count} published text{pluralize(count)} found broken or whole again" if count else ""
