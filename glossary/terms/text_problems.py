"""Problems that keep a text from being published (unreadable figures, links without a term), and
remarks that are only said: what readers do not get as it was meant.

Terms with such a text are marked when they are saved. Data, names, and the pages that texts link to
change afterwards, so they are looked at again: those that read a series when it changes, and all of
them every night.
"""

from collections import defaultdict
from collections.abc import Iterable

from django.db.models import Q
from django.template.defaultfilters import pluralize

from glossary.mentions import relinking
from glossary.models import Series, Term
from glossary.models.relations import RECIPROCAL, RelationQuerySet
from glossary.models.terms import TermQuerySet
from glossary.prose.faults import PLAIN, fault, fault_of, has_marks, written_links
from glossary.prose.figures import tokens
from glossary.prose.figures.tokens import Resolver, live_resolver
from glossary.prose.linking.spelling import is_everyday
from glossary.prose.linking.vocabulary import written_words
from glossary.prose.markdown import figures, manual_links
from glossary.prose.problems import TextProblem
from glossary.series.loading import views_for
from glossary.terms.own_pages import page_exists, path_on_this_site

# The parts of a term's page that have a name (templates/glossary/term.html).
ANCHORS = frozenset({"live-data", "sources", "related", "main"})
NO_PAGE = "there is no such page for readers"
DEFINITION = "definition"


def problems(text: str, resolve: Resolver | None = None) -> tuple[TextProblem, ...]:
    """List the problems of a text's figures, claims and links, by line."""
    found = (*figure_problems(text, resolve), *relinking.unknown_links(text))
    return tuple(sorted(found, key=lambda problem: problem.line))


def figure_problems(text: str, resolve: Resolver | None = None) -> tuple[TextProblem, ...]:
    """List the figures and claims that cannot be read, by default from current data."""
    known = Series.objects.published().values_list("slug", flat=True)
    return tokens.token_problems(text, resolve or live_resolver(views_for([text]), known))


def record_broken(terms: TermQuerySet) -> int:
    """Store for each published term whether its text is broken; return how many changed."""
    may_break = Q(explanation__contains=figures.OPENING)
    may_break |= Q(explanation__contains=manual_links.OPENING) | Q(has_broken_text=True)
    found = terms.published().filter(may_break).distinct().iterator()
    return sum(mark(term, "has_broken_text", bool(problems(term.explanation))) for term in found)


def mark(term: Term, name: str, is_set: bool) -> int:
    """Store a mark of the texts that were read; return 1 if it changed, else 0."""
    if getattr(term, name) == is_set:
        return 0
    setattr(term, name, is_set)
    # An update makes no version and keeps `updated_at`, because the term was not edited. Texts that
    # were saved meanwhile have their own mark.
    same = Term.objects.filter(pk=term.pk, definition=term.definition, explanation=term.explanation)
    return same.update(**{name: is_set})


def record_all_broken() -> str:
    """Store for each published term whether its text is broken (a scheduled job)."""
    count = record_broken(Term.objects.all())
    return f"{count} published text{pluralize(count)} found broken or whole again" if count else ""


# --- remarks ---


def remarks(term: Term) -> tuple[TextProblem, ...]:
    """List what readers do not get as it was meant; the line is 0 in the definition."""
    found = [TextProblem(0, DEFINITION, f"{PLAIN}.")] if has_marks(term.definition) else []
    for link in written_links(term.explanation):
        path = path_on_this_site(link.address)
        why = fault_of(link, ANCHORS)
        if why or (path is not None and not page_exists(path)):
            found.append(fault(link, why or NO_PAGE))
    return tuple(found)


def name_remark(name: str) -> str:
    """Return how the spelling of a name limits the links to its term, or ""."""
    if is_everyday(written_words(name)):
        return f"“{name}” is a stop word or has no letter: only [[{name}]] links to it."
    if name.isupper():
        return f"“{name}” is linked as written, never as “{name.lower()}”."
    return ""


def relation_remarks(relations: RelationQuerySet) -> dict[int, list[str]]:
    """Return remarks by a term's id: which relations other terms' lists tell differently."""
    said: dict[int, list[str]] = defaultdict(list)
    columns = ("from_term_id", "to_term__headword", "kind", "back_kind")
    for term, other, kind, back_kind in relations.disagreeing().values_list(*columns):
        said[term].append(
            f"Related terms: “{other}” is {kind} here, so this term should be "
            f"{RECIPROCAL[kind]} there, where it is {back_kind}."
        )
    return said


def record_remarks(terms: Iterable[Term]) -> int:
    """Store which terms have remarks; return for how many that changed."""
    return sum(mark(term, "has_text_remarks", bool(remarks(term))) for term in terms)


def record_all_remarks() -> str:
    """Look at the texts of all terms (a scheduled job)."""
    terms = Term.objects.only("definition", "explanation", "has_text_remarks")
    count = record_remarks(terms.iterator())
    return f"{count} text{pluralize(count)} found with or without faults" if count else ""
