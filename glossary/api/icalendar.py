"""Expected releases as a calendar that programs subscribe to (iCalendar, RFC 5545).

Events take whole days and block no time. Nothing in the file depends on the moment of the request,
so it is the same bytes until something changes.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC
from urllib.parse import urlsplit

from django.conf import settings

from glossary.api.feeds import without_controls
from glossary.series.calendar import ExpectedRelease
from glossary.series.downloads import series_address

MOST_OCTETS = 75  # of a line (RFC 5545, 3.1)


def calendar_file(expected: Iterable[ExpectedRelease]) -> str:
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        f"PRODID:-//{_host()}//Release calendar//EN",
        f"NAME:{_text(f'{settings.SITE_NAME}: releases of data')}",
        *(line for each in expected for line in _event(each)),
        "END:VCALENDAR",
    ]
    return "".join(f"{_folded(line)}\r\n" for line in lines)


def _event(expected: ExpectedRelease) -> Iterator[str]:
    series = expected.series
    yield "BEGIN:VEVENT"
    # The slug of a series never changes, and each release is followed by another one.
    yield f"UID:{series.slug}-after-{expected.after.released_on}@{_host()}"
    changed_at = max(expected.after.imported_at, series.updated_at).astimezone(UTC)
    yield f"DTSTAMP:{changed_at:%Y%m%dT%H%M%SZ}"
    yield f"DTSTART;VALUE=DATE:{expected.on:%Y%m%d}"
    yield f"SUMMARY:{_text(f'{series.title}: new values expected')}"
    yield f"DESCRIPTION:{_text(f'{series.source.publisher}. {series.description}')}"
    yield f"CATEGORIES:{_text(series.category.name)}"
    yield f"URL:{series_address(series)}"
    yield "STATUS:TENTATIVE"
    yield "TRANSP:TRANSPARENT"
    yield "END:VEVENT"


def _host() -> str:
    return urlsplit(settings.SITE_URL).hostname or ""


def _text(text: str) -> str:
    """Escape a TEXT value (RFC 5545, 3.3.11)."""
    text = without_controls(text).replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    return "\\n".join(text.splitlines())


def _folded(line: str) -> str:
    """Break a line so that no part has more octets than allowed, nor half a letter."""
    parts, used = [""], 0
    for letter in line:
        size = len(letter.encode())
        if used + size > MOST_OCTETS:
            parts.append(" ")
            used = 1
        parts[-1] += letter
        used += size
    return "\r\n".join(parts)
