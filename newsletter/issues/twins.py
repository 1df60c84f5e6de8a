"""An issue as JSON: its texts, the numbers behind them, and those numbers now.

The `value` of a number is a string of all its digits, and `machine` is the figure as it was shown;
both come from figures.readings.
"""

import json
from typing import Any

from config.site import absolute
from glossary.api.twins import second, signed_by
from glossary.prose.figures.readings import Reading
from glossary.series.downloads import CHART_LICENSE as LICENSE
from newsletter.issues import changes_since
from newsletter.issues.changes_since import ReadingChange
from newsletter.issues.rendering.editions import Edition, EditionPoint, edition
from newsletter.models import Correction, Issue


def as_json(issue: Issue) -> str:
    found = edition(issue)
    changes = changes_since.changes_since_sent(issue, [item.point for item in found.items])
    parts = {
        "issue": _about(issue, found),
        "intro": {"text": found.intro.text, "html": found.intro.html},
        "data_points": [
            _item(item, changes.points.get(item.point.position)) for item in found.items
        ],
        "figures": [_figure(each) for each in changes.prose],
        "corrections": [_correction(each, found.url) for each in changes.corrections],
        "terms": [
            {
                "headword": term.headword,
                "definition": term.definition,
                "url": absolute(term.get_absolute_url()),
            }
            for term in found.terms
        ],
        "license": LICENSE,
    }
    return json.dumps(parts, ensure_ascii=False, indent=2) + "\n"


def _about(issue: Issue, found: Edition) -> dict[str, Any]:
    return {
        "number": issue.number or None,
        "is_sample": found.is_sample,
        "day": found.day.isoformat(),
        "newsletter": issue.newsletter.name,
        "title": found.subject,
        "summary": found.preheader,
        "sent_at": None if found.is_sample else second(issue.sent_at),
        "url": found.url,
        **signed_by(issue),
    }


def _item(item: EditionPoint, later: ReadingChange | None) -> dict[str, Any]:
    point = item.point
    return {
        "position": point.position,
        "headline": point.headline,
        "figure": point.figure,
        "change": point.change,
        "period": point.period,
        "why": {"text": item.why.text, "html": item.why.html},
        "source": {
            "publisher": point.source_publisher,
            "title": point.source_title,
            "url": point.source_url,
        },
        "series": {"slug": point.series.slug, "url": item.series_url} if point.series else None,
        "as_sent": point.reading,
        "now": _as_json(later.now) if later else None,
        "changed": later.change if later else "",
    }


def _figure(each: ReadingChange) -> dict[str, Any]:
    return {
        "series": _series(each.as_sent.slug, each.path),
        "as_sent": each.as_sent.as_json(),
        "now": _as_json(each.now),
        "changed": each.change,
    }


def _correction(each: Correction, page: str) -> dict[str, Any]:
    return {
        "at": each.found_at.isoformat(timespec="seconds"),
        "series": each.series and _series(each.series.slug, each.series.get_absolute_url()),
        "text": each.text,
        "url": f"{page}#{each.anchor}",
    }


def _series(slug: str, path: str) -> dict[str, str]:
    return {"slug": slug, "url": absolute(path)}


def _as_json(reading: Reading | None) -> dict[str, str | None] | None:
    return reading.as_json() if reading else None
