"""Numbers in texts, for editors: problems with figures, and numerals that are only typed."""

from collections.abc import Iterable

from django.template.loader import render_to_string

from glossary.models import Term
from glossary.prose.figures.numerals import Backing, audit_numerals, count_by_backing, source_names
from glossary.prose.problems import TextProblem
from glossary.terms.text_problems import figure_problems, problems, remarks


def in_words(problems: Iterable[TextProblem]) -> list[str]:
    places = ((f"Line {each.line}" if each.line else "Definition", each) for each in problems)
    return [f"{place}: {each.message}" for place, each in places]


def numbers_panel(term: Term) -> str:
    """Return HTML of an explanation's numerals by what backs them, its claims, and its problems."""
    broken = frozenset(each.inside for each in figure_problems(term.explanation))
    numerals = audit_numerals(term.explanation, cited_names(term), broken)
    backings = [
        (backing.value, number, [each for each in numerals if each.backing is backing])
        for backing, number in count_by_backing(numerals).items()
        if number or backing is not Backing.BROKEN
    ]
    uses = term.figure_uses.filter(is_claim=True).select_related("series", "broken_in")
    context = {
        "problems": in_words(problems(term.explanation)),
        "remarks": in_words(remarks(term)),
        "backings": backings,
        "claims": uses,
        "needs_care": any(each.backing is Backing.NEITHER for each in numerals),
    }
    return render_to_string("admin/glossary/term/numbers.html", context)


def cited_names(term: Term) -> frozenset[str]:
    """Return the names by which a term's sentences may refer to its citations."""
    named = [source_names(each.publisher, each.title) for each in term.citations.all()]
    return frozenset().union(*named)
