"""Which texts read which series: stored when a text is saved, read when data change."""

from collections.abc import Callable
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Q

from config.registry import Registry
from glossary.models import FigureUse, Release, Series, Term
from glossary.prose.figures.claims import check_claim, parse_claim
from glossary.prose.figures.series_view import SeriesView
from glossary.prose.figures.tokens import tokens_in
from glossary.prose.markdown.figures import OPENING
from glossary.prose.problems import FigureProblem
from glossary.series.loading import load


@dataclass(frozen=True)
class Text:
    """A text with figures, and its title for editors."""

    title: str
    path: str
    markdown: str


# Functions from a series to the texts that new data change: published terms, issues not yet sent.
TEXTS_WITH_FIGURES = Registry[Callable[[Series], list[Text]]]()
# Functions that follow new numbers in the transaction that stores them. They get the series and the
# release that brought the numbers, None after one was withdrawn.
NUMBERS_FOLLOWED = Registry[Callable[[Series, Release | None], None]]()


def term_texts(series: Series) -> list[Text]:
    """Return the published texts that read the series: explanations, and notes of other series."""
    terms = Term.objects.published().filter(figure_uses__series=series).distinct()
    texts = [Text(term.headword, term.get_absolute_url(), term.explanation) for term in terms]
    # There are few notes, so they store no backlinks.
    others = Series.objects.published().exclude(pk=series.pk).filter(notes__contains=series.slug)
    for each in others:
        if any(token.slug == series.slug for token in tokens_in(each.notes)):
            texts.append(Text(each.title, each.get_absolute_url(), each.notes))
    return texts


@transaction.atomic
def record_figures(*terms: Term) -> None:
    """Store which series the terms' explanations read, and whether their claims hold."""
    uses = FigureUse.objects.filter(term__in=terms)
    reading = set(uses.values_list("term_id", flat=True))
    for term in terms:
        if term.pk in reading or OPENING in term.explanation:
            _record(term)


def _record(term: Term) -> None:
    found = [token for token in tokens_in(term.explanation) if token.slug]
    series = _locked_series(term, {token.slug for token in found})
    wanted = [(series[t.slug], t.inside.strip(), t.is_claim) for t in found if t.slug in series]
    present = list(term.figure_uses.values_list("series_id", "token", "is_claim"))
    if present == [(each.pk, token, is_claim) for each, token, is_claim in wanted]:
        return
    term.figure_uses.all().delete()
    FigureUse.objects.bulk_create(
        FigureUse(term=term, series=each, token=token, is_claim=is_claim)
        for each, token, is_claim in wanted
    )
    for each in {each.pk: each for each, _, is_claim in wanted if is_claim}.values():
        recheck_claims(each)


def _locked_series(term: Term, slugs: set[str]) -> dict[str, Series]:
    """Lock the series that terms read or have read, always in the same order.

    An import locks its series too. So the second transaction sees what the first one stored, no
    claim is judged by outdated numbers, and there is no deadlock.
    """
    touched = Q(slug__in=slugs) | Q(figure_uses__term=term)
    ids = Series.objects.filter(touched).values("pk")
    held = Series.objects.filter(pk__in=ids).order_by("pk").select_for_update(no_key=True)
    return {each.slug: each for each in held}


def recheck_claims(series: Series) -> None:
    """Check every claim about a series against its newest release and mark the broken ones."""
    uses = list(FigureUse.objects.filter(series=series, is_claim=True))
    loaded = load(Series.objects.published().with_page().filter(pk=series.pk)) if uses else {}
    for use in uses if loaded else ():
        held, finding = claim_finding(use.token, loaded[series.slug].view)
        release = loaded[series.slug].release
        was_broken = use.broken_in_id is not None
        if held is was_broken or use.finding != finding:
            use.broken_in = None if held else (use.broken_in or release)
            use.finding = finding
            use.save(update_fields=["broken_in", "finding"])


def claim_finding(token: str, view: SeriesView) -> tuple[bool, str]:
    """Return whether a claim holds, and the finding in words."""
    claim = parse_claim(token)
    found = claim if isinstance(claim, FigureProblem) else check_claim(claim, view)
    if isinstance(found, FigureProblem):
        return False, found.message[:500]
    return found.holds, found.sentence[:500]
