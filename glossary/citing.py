"""How to cite a series: the publisher first, then where it was read, on which release."""

from dataclasses import dataclass
from datetime import date

from glossary.models import Release, Series
from glossary.periods import day_label

# Characters that mean something else to BibTeX and LaTeX.
SPECIAL = str.maketrans(
    {
        "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "&": r"\&", "%": r"\%", "$": r"\$",
        "#": r"\#", "_": r"\_", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
        "“": "``", "”": "''", "–": "--",
    }
)  # fmt: skip
SITE_NAME = "AI Economy Pulse"


@dataclass(frozen=True)
class Citation:
    text: str
    bibtex: str


def citation(series: Series, release: Release, address: str) -> Citation:
    """Return text and BibTeX; `address` is the page as of the release, with host."""
    source = series.source
    origin = source.citation.strip() or f"{source.publisher}, {source.title}"
    day = day_label(release.released_on)
    text = (
        f"{' '.join(origin.split()).rstrip('.')}. Release of {day}. "
        f"Series “{series.title}” at {SITE_NAME}, {address}"
    )
    return Citation(text, _bibtex(series, release.released_on, address))


def _bibtex(series: Series, released_on: date, address: str) -> str:
    source = series.source
    fields = {
        "author": f"{{{source.publisher.translate(SPECIAL)}}}",
        "title": f"{{{series.title.translate(SPECIAL)}}}",
        "year": str(released_on.year),
        "month": str(released_on.month),
        "day": str(released_on.day),
        "howpublished": source.title.translate(SPECIAL),
        "note": f"Read at {SITE_NAME}",
        "url": address,
    }
    lines = ",\n".join(f"  {name} = {{{value}}}" for name, value in fields.items())
    return f"@misc{{{series.slug}-{released_on},\n{lines}\n}}"
