"""Social cards: the picture of a shared link, 1200 by 630 pixels, drawn from our own SVG.

Drawing takes about 40 ms, so pictures are cached under the digest of their content. The digest is
also the version in the address, so a changed card is fetched again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from urllib.parse import urlsplit

from django.conf import settings
from django.core.cache import caches
from django.template.loader import render_to_string

from config.site import absolute
from glossary.api.cards import SPARK_HEIGHT, SPARK_WIDTH, Card, CardNumber, lay_out
from glossary.charts.pictures import DARK, LIGHT, SANS, SERIF, rasterized
from glossary.charts.sparklines import Sparkline, sparkline
from glossary.models import Term
from glossary.series.contents import Entry
from glossary.series.latest import Latest, latest
from glossary.series.loading import Loaded

# Increase it when the drawing changes: it is part of every digest.
EDITION = 2
SPARK_COUNT = 40
PENS = {"stroke": 5, "end": 9}  # widths of strokes and a radius, in pixels

STYLE = (
    f".ground{{fill:{LIGHT.ground}}}.bar{{fill:{LIGHT.signal}}}"
    f"text{{font-family:{SANS};fill:{LIGHT.muted}}}"
    f".name,.title,.number{{font-family:{SERIF};font-weight:600;fill:{LIGHT.ink}}}"
    f".kicker{{font-weight:600;fill:{LIGHT.signal}}}"
    f".text{{fill:{LIGHT.ink}}}"
    f".host{{text-anchor:end}}"
    f".tile rect{{fill:{LIGHT.ink}}}"
    f"path{{fill:none;stroke:{LIGHT.signal};stroke-linecap:round;stroke-linejoin:round}}"
    f".dashed{{stroke-dasharray:4 9}}"
    f"circle{{fill:{LIGHT.signal}}}"
    f".tile path{{stroke:{DARK.signal};stroke-width:1.9}}"
)


@dataclass(frozen=True, slots=True)
class CardLink:
    """The absolute address of a card, and its alternative text."""

    address: str
    alt: str


# --- the cards of our pages ---


def site_card() -> Card:
    return Card(
        kicker="Glossary, data, newsletter",
        title="The AI economy in plain words and checked numbers",
        text="Terms with their sources, series with every revision, and a newsletter with the "
        "three numbers that matter.",
    )


def term_card(term: Term, live_data: Sequence[Entry]) -> Card:
    """Return a card with the newest value of the first series that the term shows."""
    first = next((entry for entry in live_data[:1] if entry.latest), None)
    return Card(
        kicker=f"Glossary · {term.category.name}",
        title=term.headword,
        fallback=term.slug.replace("-", " ").capitalize(),
        text=term.definition,
        number=_number(first.latest, first.series.title) if first and first.latest else None,
        spark=first.spark if first and first.spark.x else None,
    )


def series_card(loaded: Loaded) -> Card:
    """Return a card with what the chart shows."""
    series, newest = loaded.series, latest(loaded.view)
    finding = loaded.plot().title
    return Card(
        kicker=f"Data · {series.category.name}",
        title=finding,
        fallback=series.slug.replace("-", " ").capitalize(),
        number=_number(newest, series.title if finding != series.title else "") if newest else None,
        spark=card_line(loaded),
    )


def card_line(loaded: Loaded) -> Sparkline | None:
    """Return the line of the last values; None where they are too few for one."""
    line = sparkline(loaded.plot(), SPARK_COUNT, SPARK_WIDTH, SPARK_HEIGHT)
    return line if line.x else None


def _number(newest: Latest, said: str) -> CardNumber:
    unit = f"{newest.unit}, {newest.period}" if newest.unit else newest.period
    return CardNumber(newest.number, newest.power, (unit, said))


# --- addresses and pictures ---


def card_link(path: str, card: Card) -> CardLink:
    """Return the absolute address of a card; its version changes with the content."""
    version = f"{'&' if '?' in path else '?'}v={digest(card)[:12]}"
    return CardLink(absolute(path) + version, card.alt)


def digest(card: Card) -> str:
    return sha256(f"{EDITION}{card!r}{settings.SITE_NAME}{settings.SITE_URL}".encode()).hexdigest()


def picture(card: Card) -> bytes:
    kept = caches["pictures"]
    return kept.get_or_set(f"card-{digest(card)}", lambda: png(card), timeout=None) or b""


def png(card: Card) -> bytes:
    return rasterized(svg(card), STYLE)


def svg(card: Card) -> str:
    lines = lay_out(card, settings.SITE_NAME, urlsplit(settings.SITE_URL).netloc)
    # A line drawn for another width is enlarged, and its strokes with it.
    zoom = card.spark.width / SPARK_WIDTH if card.spark else 1
    return render_to_string(
        "glossary/social_card.svg",
        {"lines": lines, "spark": card.spark} | {name: zoom * size for name, size in PENS.items()},
    )
