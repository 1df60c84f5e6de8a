"""The effect of new data on published texts, shown before anything is accepted."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from itertools import zip_longest

from markdown_it.token import Token

from glossary.models import FigureUse, Series
from glossary.prose.figures.series_view import SeriesView
from glossary.prose.figures.tokens import Resolver, live_resolver, tokens_in
from glossary.prose.markdown.parser import parse_markdown
from glossary.prose.problems import FigureProblem
from glossary.series.figure_uses import TEXTS_WITH_FIGURES, Text, claim_finding
from glossary.series.loading import views_for
from glossary.values.points import Point

BETWEEN_SENTENCES = re.compile(r"(?<=[.!?])\s+(?=[A-Z“\"(])")
BREAKS = ("softbreak", "hardbreak")
NO_FIGURE = "—"
# How figures tell a direction (prose.figures.wording): in words, by a sign, by 0.9 times.
DIRECTION = re.compile(
    r"\b(?:up|down|almost unchanged|unchanged)\b|[+−](?=[^\s]*[0-9])"
    r"|\b0\.(?=[0-9]+\s?(?:times|-fold|×))"
)


@dataclass(frozen=True)
class SentenceChange:
    """One sentence of a published term or an unsent issue that would read differently."""

    title: str
    path: str
    before: str
    after: str

    @property
    def turns(self) -> bool:
        """Return whether it would say the opposite, up instead of down, or lose a figure."""
        lost = self.after.count(NO_FIGURE) > self.before.count(NO_FIGURE)
        return lost or DIRECTION.findall(self.before) != DIRECTION.findall(self.after)


@dataclass(frozen=True)
class BrokenClaim:
    title: str
    claim: str
    finding: str


def of(
    series: Series, released_on: date, points: tuple[Point, ...]
) -> tuple[tuple[SentenceChange, ...], tuple[BrokenClaim, ...]]:
    """Return the sentences that would change and the claims that would break."""
    texts = [text for texts_of in TEXTS_WITH_FIGURES for text in texts_of(series)]
    now = views_for(text.markdown for text in texts)
    if series.slug not in now:
        return (), ()
    then = now | {series.slug: replace(now[series.slug], points=points, released_on=released_on)}
    sentences = tuple(change for text in texts for change in _changes(text, now, then))
    claims = FigureUse.objects.filter(series=series, is_claim=True, broken_in=None)
    judged = [
        (use, *claim_finding(use.token, then[series.slug])) for use in claims.select_related("term")
    ]
    broken = ((use, finding) for use, holds, finding in judged if not holds)
    return sentences, tuple(BrokenClaim(u.term.headword, u.token, finding) for u, finding in broken)


def _changes(
    text: Text, now: dict[str, SeriesView], then: dict[str, SeriesView]
) -> Iterator[SentenceChange]:
    before, after = (sentences_of(text.markdown, live_resolver(views)) for views in (now, then))
    for old, new in zip_longest(before, after, fillvalue=""):
        if old != new:
            yield SentenceChange(text.title, text.path, old, new)


def sentences_of(markdown: str, resolve: Resolver) -> list[str]:
    """Return the sentences of a text that contain figures, as readers see them."""
    if not tokens_in(markdown):
        return []
    said = []
    for block in parse_markdown(markdown):
        children = block.children or []
        if any(child.type == "figure" for child in children):
            text = "".join(_said(child, resolve) for child in children).strip()
            said += BETWEEN_SENTENCES.split(text)
    return said


def _said(child: Token, resolve: Resolver) -> str:
    if child.type in BREAKS:
        return " "
    if child.type != "figure":
        return child.content
    answer = None if child.meta.get("fault") else resolve(child.content)
    return NO_FIGURE if answer is None or isinstance(answer, FigureProblem) else answer.text
