"""Which terms an unknown address or word may have meant."""

from rapidfuzz import fuzz, process

from glossary.models import Alias, Term
from glossary.names import name_key

MOST = 5
# Below two thirds alike, offers were noise in the starter glossary.
LEAST_ALIKE = 67


def near_terms(text: str) -> list[Term]:
    """Return up to five published terms whose headword or alias resembles `text`, nearest first."""
    wanted = name_key(text)[:120]
    published = Term.objects.published()
    names: dict[str, int] = dict(
        Alias.objects.filter(term__in=published).values_list("key", "term_id")
    )
    names |= dict(published.values_list("headword_key", "pk"))
    found = process.extract(
        wanted, list(names), scorer=fuzz.ratio, score_cutoff=LEAST_ALIKE, limit=MOST * 3
    )
    ranked = list(dict.fromkeys(names[name] for name, _, _ in found))[:MOST]
    terms = published.in_bulk(ranked)
    return [terms[pk] for pk in ranked if pk in terms]
