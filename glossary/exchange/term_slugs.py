"""Which term a file is about: its slug, else its headword; a new term gets a slug that is free."""

from collections.abc import Collection, Iterable, Iterator
from itertools import count

from glossary.exchange.term_files import TermFile, TermProblem
from glossary.models import FormerSlug, Term
from glossary.models.terms import SLUG_LENGTH
from glossary.values.names import name_key, name_slug


def slugs_of(files: Iterable[TermFile]) -> dict[str, str]:
    """Return the slug of each file's term by file name; files that give none are left out."""
    slugs = {file.file: file.values["slug"] for file in files if file.values.get("slug")}
    by_headword = [file for file in files if file.file not in slugs and file.values.get("headword")]
    names = {file.file: file.values["headword"] for file in by_headword}
    found = Term.objects.filter(headword_key__in={name_key(name) for name in names.values()})
    known = dict(found.values_list("headword_key", "slug"))
    wanted = {name_slug(name) for name in names.values()}
    taken = {*slugs.values(), *known.values(), *_taken(wanted)}
    for file, name in names.items():
        if slug := known.get(key := name_key(name)) or _free(name_slug(name), taken):
            slugs[file] = known[key] = slug
            taken.add(slug)
    return slugs


def _free(slug: str, taken: set[str]) -> str:
    """Return the slug, or with a number if another term has it; "" stays ""."""
    if not slug or slug not in taken:
        return slug
    numbered = (f"{slug[: SLUG_LENGTH - 6]}-{number}" for number in count(2))
    return next(each for each in numbered if each not in taken and not _taken({each}))


def _taken(slugs: set[str]) -> set[str]:
    """Return the slugs that are an address of a term, or were."""
    return {
        *Term.objects.filter(slug__in=slugs).values_list("slug", flat=True),
        *FormerSlug.objects.filter(slug__in=slugs).values_list("slug", flat=True),
    }


def nameless(files: Iterable[TermFile], slugs: Collection[str]) -> Iterator[TermProblem]:
    """Yield a problem for each file that was read and that `slugs` has no slug for."""
    for file in files:
        is_said = "slug" in file.lines or (file.problems and not file.lines)
        if file.file not in slugs and not is_said:
            headword = file.values.get("headword")
            yield file.problem(
                f"“{headword}” has no letters for an address: give it a slug."
                if headword
                else "a slug or a headword is needed, to know which term this is."
            )
