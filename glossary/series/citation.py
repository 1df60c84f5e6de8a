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
    return CitationText(text, _bibtex(series, release, address))


def cite_term(term: Term, address: str) -> CitationText:
    """Return text, BibTeX and APA style, with the day of the last change.

    APA 7th edition, 10.3: an entry in a reference work by a group. `address` is absolute.
    """
    day = timezone.localdate(term.updated_at)
    site = settings.SITE_NAME
    return CitationText(
        text=f"“{term.headword}.” {site}, glossary. Last changed {day_label(day)}. {address}",
        bibtex=_entry(
            f"{term.slug}-{day}",
            {
                "author": f"{{{site.translate(SPECIAL)}}}",
                "title": f"{{{term.headword.translate(SPECIAL)}}}",
                **_dated(day),
                "howpublished": f"Glossary of {site.translate(SPECIAL)}",
                "url": address,
            },
        ),
        apa=f"{site}. ({day:%Y, %B} {day.day}). {term.headword}. In Glossary of the AI "
        f"economy. {address}",
    )


def _noted(release: Release) -> str:
    note = release.note.strip()
    return f"{note.rstrip('.')}. " if note else ""


def _bibtex(series: Series, release: Release, address: str) -> str:
    source = series.source
    fields = {
        "author": f"{{{source.publisher.translate(SPECIAL)}}}",
        "title": f"{{{series.title.translate(SPECIAL)}}}",
        **_dated(release.released_on),
        "howpublished": source.title.translate(SPECIAL),
        "note": f"{_noted(release)}Read at {settings.SITE_NAME}".translate(SPECIAL),
        "url": address,
    }
    return _entry(f"{series.slug}-{release.released_on}", fields)


def _dated(day: date) -> dict[str, str]:
    return {"year": str(day.year), "month": str(day.month), "day": str(day.day)}


def _entry(key: str, fields: dict[str, str]) -> str:
    lines = ",\n".join(f"  {name} = {{{value}}}" for name, value in fields.items())
    return f"@misc{{{key},\n{lines}\n}}"
