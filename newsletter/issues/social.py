"""The card and the structured data of an issue, for sites where its link is shared."""

from collections.abc import Sequence

from config.site import absolute
from glossary.api.cards import Card, CardNumber
from glossary.api.jsonld import CONTEXT, Thing, organization, person
from glossary.api.social import CardLink, card_line
from glossary.series.downloads import CHART_LICENSE
from glossary.series.loading import Loaded
from glossary.values.periods import day_label
from newsletter.models import Correction, DataPoint, Issue


def issue_card(issue: Issue, points: Sequence[tuple[DataPoint, Loaded | None]]) -> Card:
    """Return a card with the subject of an issue and its first point; each has its series."""
    first, loaded = points[0] if points else (None, None)
    name = "Newsletter" if issue.newsletter.is_default else issue.newsletter.name
    sent = f" · {day_label(issue.sent_on)}" if issue.sent_on else ""
    return Card(
        kicker=f"{name} · {issue.label}{sent}",
        title=issue.subject,
        fallback=issue.label,
        number=CardNumber(first.figure, labels=(first.headline, first.period)) if first else None,
        spark=card_line(loaded) if loaded else None,
    )


def issue_article(issue: Issue, card: CardLink, corrections: Sequence[Correction]) -> Thing:
    """Return the schema.org description of a sent issue, which only corrections change."""
    page = absolute(issue.get_absolute_url())
    sent = issue.sent_at.isoformat(timespec="seconds") if issue.sent_at else ""
    last = corrections[-1].found_at.isoformat(timespec="seconds") if corrections else sent
    told = {"correction": [each.text for each in corrections]} if corrections else {}
    return CONTEXT | {
        "@type": "NewsArticle",
        "@id": page,
        "url": page,
        "mainEntityOfPage": page,
        "headline": issue.subject,
        "description": issue.preheader or issue.subject,
        "datePublished": sent,
        "dateModified": last,
        "inLanguage": "en",
        "isAccessibleForFree": True,
        "license": CHART_LICENSE["url"],
        "image": [card.address],
        "author": person(issue.responsible) if issue.responsible else organization(),
        "publisher": organization(),
        "isPartOf": {
            "@type": "Periodical",
            "name": issue.newsletter.name,
            "url": absolute(issue.newsletter.get_absolute_url()),
        },
        "position": issue.number,
        **told,
    }
