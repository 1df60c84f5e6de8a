"""What is said about a term's texts without refusing them: `text_problems` has what is refused.

Terms with such a text are marked when they are saved and every night, because the pages that they
link to come and go.
"""

from collections import defaultdict
from collections.abc import Iterable

from django.template.defaultfilters import pluralize

from glossary.models import Term
from glossary.models.relations import RECIPROCAL, RelationQuerySet
from glossary.prose.faults import PLAIN, WrittenLink, fault, fault_of, has_marks, written_links
from glossary.prose.linking.spelling import is_everyday
from glossary.prose.linking.vocabulary import written_words
from glossary.prose.problems import TextProblem
from glossary.terms.own_pages import page_exists, path_on_this_site

# The parts of a term's page that have a name (templates/glossary/term.html).
ANCHORS = frozenset({"live-data", "sources", "related", "main"})
NO_PAGE = "there is no such page for readers"
DEFINITION = "definition"


def remarks(term: Term) -> tuple[TextProblem, ...]:
    """List what readers do not get as it was meant; the line is 0 in the definition."""
    marked = [TextProblem(0, DEFINITION, f"{PLAIN}.")] if has_marks(term.definition) else []
    found = ((link, _why(link)) for link in written_links(term.explanation))
    return (*marked, *(fault(link, why) for link, why in found if why))


def name_remark(name: str) -> str:
    """Return how the spelling of a name limits the links to its term, or ""."""
    if is_everyday(written_words(name)):
        return f"“{name}” is a stop word or has no letter: only [[{name}]] links to it."
    if name.isupper():
        return f"“{name}” is linked as written, never as “{name.lower()}”."
    return ""


def relation_remarks(relations: RelationQuerySet) -> dict[int, list[str]]:
    """Say by a term's id which of its relations the other terms' own lists tell differently."""
    said: dict[int, list[str]] = defaultdict(list)
    columns = ("from_term_id", "to_term__headword", "kind", "back_kind")
    for term, other, kind, back_kind in relations.disagreeing().values_list(*columns):
        said[term].append(
            f"Related terms: “{other}” is {kind} here, so this term should be "
            f"{RECIPROCAL[kind]} there, where it is {back_kind}."
        )
    return said


def record(terms: Iterable[Term]) -> int:
    """Store which terms have remarks; return for how many that changed."""
    changed = 0
    for term in terms:
        if term.has_text_remarks != (has_some := bool(remarks(term))):
            term.has_text_remarks = has_some
            # An update makes no version and keeps `updated_at`, because the term was not edited.
            changed += Term.objects.filter(pk=term.pk).update(has_text_remarks=has_some)
    return changed


def record_all() -> str:
    """Look at the texts of all terms (a scheduled job)."""
    count = record(Term.objects.only("definition", "explanation", "has_text_remarks").iterator())
    return f"{count} text{pluralize(count)} found with or without faults" if count else ""


def _why(link: WrittenLink) -> str:
    if why := fault_of(link, ANCHORS):
        return why
    path = path_on_this_site(link.address)
    return NO_PAGE if path is not None and not page_exists(path) else ""
