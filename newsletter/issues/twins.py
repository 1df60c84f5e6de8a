"""An issue as JSON: its texts, the numbers behind them, and those numbers now.

The `value` of a number is a string of all its digits, and `machine` is the figure as it was shown;
both come from figures.readings.
"""

import json
from typing import Any

from config.site import absolute
from glossary.api.twins import second, signed_by
from glossary.models import Term
from glossary.series.downloads import CHART_LICENSE as LICENSE
from newsletter.issues import changes_since
from newsletter.issues.changes_since import ReadingChange
from newsletter.issues.rendering.editions import EditionPoint, edition
from newsletter.models import Correction, Issue

POINT = ("position", "headline", "figure", "change", "period")
SOURCE = ("publisher", "title", "url")


def as_json(issue: Issue) -> str:
    found = edition(issue)
    changes = changes_since.changes_since_sent(issue, [item.point for item in found.items])
    about = {
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
    parts = {
        "issue": about,
        "intro": {"text": found.intro.text, "html": found.intro.html},
        "data_points": [
            _item(item, changes.points.get(item.point.position)) for item in found.items
        ],
        "figures": [
            {
                "series": _series(each.as_sent.slug, each.path),
                "as_sent": each.as_sent.as_json(),
                **_now(each),
            }
            for each in changes.prose
        ],
        "corrections": [_correction(each, found.url) for each in changes.corrections],
        "terms": [_term(each) for each in found.terms],
        "license": LICENSE,
    }
    return json.dumps(parts, ensure_ascii=False, indent=2) + "\n"


def _item(item: EditionPoint, later: ReadingChange | None) -> dict[str, Any]:
    point = item.point
    return {
        **{name: getattr(point, name) for name in POINT},
        "why": {"text": item.why.text, "html": item.why.html},
        "source": {name: getattr(point, f"source_{name}") for name in SOURCE},
        "series": {"slug": point.series.slug, "url": item.series_url} if point.series else None,
        "as_sent": point.reading,
        **_now(later),
    }


def _now(later: ReadingChange | None) -> dict[str, Any]:
    now = later.now.as_json() if later and later.now else None
    return {"now": now, "changed": later.change if later else ""}


def _correction(each: Correction, page: str) -> dict[str, Any]:
    return {
        "at": each.found_at.isoformat(timespec="seconds"),
        "series": each.series and _series(each.series.slug, each.series.get_absolute_url()),
        "text": each.text,
        "url": f"{page}#{each.anchor}",
    }


def _term(each: Term) -> dict[str, str]:
    url = absolute(each.get_absolute_url())
    return {"headword": each.headword, "definition": each.definition, "url": url}


def _series(slug: str, path: str) -> dict[str, str]:
    return {"slug": slug, "url": absolute(path)}
