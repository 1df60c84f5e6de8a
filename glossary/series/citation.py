"""How to cite a series (the publisher first, then where and when it was read) or a term."""

from dataclasses import dataclass
from datetime import date

from django.conf import settings
from django.utils import timezone

from glossary.models import Release, Series, Term
from glossary.values.periods import day_label

# Characters with a meaning in BibTeX and LaTeX.
SPECIAL = str.maketrans(
    {
        "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "&": r"\&", "%": r"\%", "$": r"\$",
        "#": r"\#", "_": r"\_", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
        "“": "``", "”": "''", "–": "--",
    }
)  # fmt: skip


@dataclass(frozen=True)
class CitationText:
    text: str
    bibtex: str
    apa: str = ""


def citation(series: Series, release: Release, address: str) -> CitationText:
    """Return text and BibTeX; `address` is the absolute address as of the release.

    The note of the release is part of both, because it says what its day is if not the publisher's.
    """
    source = series.source
    origin = source.citation.strip() or f"{source.publisher}, {source.title}"
    day = day_label(release.released_on)
    text = (
        f"{' '.join(origin.split()).rstrip('.')}. Release of {day}. {_noted(release)}"
        f"Series “{series.title}” at {settings.SITE_NAME}, {address}"
    )
    bibtex = _bibtex(
        series.slug,
        release.released_on,
        address,
        author=source.publisher,
        title=series.title,
        howpublished=source.title,
        note=f"{_noted(release)}Read at {settings.SITE_NAME}",
    )
    return CitationText(text, bibtex)


def cite_term(term: Term, address: str) -> CitationText:
    """Return text, BibTeX and APA style, with the day of the last change.

    APA 7th edition, 10.3: an entry in a reference work by a group. `address` is absolute.
    """
    day = timezone.localdate(term.updated_at)
    site = settings.SITE_NAME
    return CitationText(
        text=f"“{term.headword}.” {site}, glossary. Last changed {day_label(day)}. {address}",
        bibtex=_bibtex(
            term.slug,
            day,
            address,
            author=site,
            title=term.headword,
            howpublished=f"Glossary of {site}",
        ),
        apa=f"{site}. ({day:%Y, %B} {day.day}). {term.headword}. In Glossary of the AI "
        f"economy. {address}",
    )


def _noted(release: Release) -> str:
    note = release.note.strip()
    return f"{note.rstrip('.')}. " if note else ""


def _bibtex(slug: str, day: date, url: str, *, author: str, title: str, **others: str) -> str:
    """Return an entry. Its author and title keep their capitals, by a second pair of braces."""
    fields = {
        "author": f"{{{author.translate(SPECIAL)}}}",
        "title": f"{{{title.translate(SPECIAL)}}}",
        "year": day.year,
        "month": day.month,
        "day": day.day,
        **{name: text.translate(SPECIAL) for name, text in others.items()},
        "url": url,
    }
    lines = ",\n".join(f"  {name} = {{{value}}}" for name, value in fields.items())
    return f"@misc{{{slug}-{day},\n{lines}\n}}"
