"""What is said about an imported term and does not keep it from being imported."""

from collections.abc import Iterable, Iterator

from glossary.exchange.term_files import TermFile
from glossary.models import Term
from glossary.terms import text_remarks

STALE = "its text changed after the review in this file, which is left out: review it on its page."


def remarks(
    file: TermFile, term: Term, is_named: bool, is_stale: bool, related: Iterable[str]
) -> Iterator[str]:
    """Yield them; `is_named` if the file gives names, `is_stale` if its review is too old,
    `related` is what is said about the term's relations.
    """
    if is_stale:
        yield STALE
    names = [item.values.get("name", "") for item in file.lists.get("aliases") or ()]
    if is_named:
        yield from filter(None, map(text_remarks.name_remark, (term.headword, *names)))
    yield from related
    start = file.lines.get("explanation", 0) - 1
    for each in text_remarks.remarks(term):
        where = f"line {start + each.line}" if start >= 0 else f"explanation, line {each.line}"
        yield f"{where if each.line else 'definition'}: {each.message}"
