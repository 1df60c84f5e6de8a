"""Imports issues that were sent elsewhere into the archive, and the samples of a new site.

Each issue is a Markdown file: front matter with its three data points, then the intro.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml
from django.core.exceptions import ValidationError
from django.db import transaction

from glossary.exchange.term_keys import PEOPLE
from glossary.models import Person, Series, Term
from newsletter.issues import listings
from newsletter.issues.freezing import UnreadableFigure, freeze
from newsletter.models import DataPoint, Issue, Newsletter
from newsletter.models.issues import DATA_POINTS

# A sample has `sample: true` instead of a number.
SIGNED = {"reviewed_on", "reviewed_by", "responsible", "drafting"}
ISSUE_KEYS = {
    "number", "sample", "slug", "subject", "preheader", "sent_at", "data_points", *SIGNED,
}  # fmt: skip
NEEDED = {"subject", "sent_at", "data_points"}
POINT_KEYS = {"headline", "series", "figure", "period", "change", "comment", "term", "source"}
# The optional keys of a data point, and those that are optional if it names a series.
OPTIONAL = {"series", "change", "term"}
FROM_SERIES = {"figure", "period", "source"}
SOURCE_KEYS = {"publisher", "title", "url"}


class ArchiveImportError(ValueError):
    """The files cannot be imported; the text names the file and what to fix."""


@transaction.atomic
def import_issues(
    path: Path, slug: str = "", *, dry_run: bool = False
) -> tuple[list[Issue], list[Issue]]:
    """Add the issues in `path` (a file or a folder) to the archive of a newsletter.

    Without a slug it is the default one. Returns the new issues, and those already there, which
    never change. Raises ArchiveImportError without changing anything.
    """
    newsletter = _newsletter(slug)
    added: list[Issue] = []
    present: list[Issue] = []
    for file in sorted(path.glob("*.md")) if path.is_dir() else [path]:
        with _in(f"{file}"):
            values, points = _read(file)
            issue = Issue(newsletter=newsletter, **values)
            issue.slug = issue.slug or issue.slug_from_subject()
            same = newsletter.issues.frozen().filter(number=issue.number)
            same = same.filter(slug=issue.slug) if issue.is_sample else same
            if found := same.first():
                present.append(found)
            else:
                _add(issue, points)
                added.append(issue)
    listings.refresh_after_commit(added)
    if dry_run:
        transaction.set_rollback(True)
    return added, present


@contextmanager
def _in(place: str) -> Iterator[None]:
    """Raise what is wrong as an ArchiveImportError that begins with the place."""
    try:
        yield
    except ValidationError as error:
        errors = (f"{name}: {' '.join(texts)}" for name, texts in error.message_dict.items())
        raise ArchiveImportError(f"{place}: {'; '.join(errors)}") from error
    except (ArchiveImportError, UnreadableFigure) as error:
        raise ArchiveImportError(f"{place}: {error}") from error


def _newsletter(slug: str) -> Newsletter:
    every = Newsletter.objects
    if found := every.filter(slug=slug).first() if slug else every.default():
        return found
    if not slug:
        raise ArchiveImportError("There is no default newsletter. Create one in admin first.")
    slugs = ", ".join(every.order_by("slug").values_list("slug", flat=True))
    raise ArchiveImportError(f"There is no newsletter “{slug}”. There are: {slugs or 'none'}.")


def _read(file: Path) -> tuple[dict[str, Any], list[Any]]:
    """Return the fields of the issue, and its data points as they are in the file."""
    try:
        _, front, intro = file.read_text(encoding="utf-8").split("---\n", 2)
        values = yaml.safe_load(front)
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise ArchiveImportError(f"the front matter cannot be read ({error}).") from error
    _require(values, NEEDED, ISSUE_KEYS)
    is_sample = values.pop("sample", False) is True
    if is_sample == isinstance(values.get("number"), int):
        said = "number must be a whole number; a sample has “sample: true” instead."
        raise ArchiveImportError(said)
    if is_sample:
        values |= {"number": 0, "status": Issue.Status.SAMPLE}
    values = {"status": Issue.Status.SENT, "intro": intro.strip()} | values
    if not isinstance(values["sent_at"], datetime) or values["sent_at"].tzinfo is None:
        raise ArchiveImportError("sent_at must be like 2026-11-13T09:00:00-05:00, with its offset.")
    for each in values.keys() & set(PEOPLE):
        name = values[each]
        values[each] = Person.objects.named(name) if isinstance(name, str) else None
        if values[each] is None:
            said = f"“{name}” is not among the people of this site."
            raise ArchiveImportError(f"{said} Add them in admin under People.")
    points = values.pop("data_points")
    if not isinstance(points, list) or len(points) != DATA_POINTS:
        raise ArchiveImportError(f"an issue has exactly {DATA_POINTS} data_points.")
    return values, points


def _require(values: Any, needed: set[str], known: set[str]) -> None:
    """Check that `values` is a mapping with all `needed` and only `known` keys."""
    if not isinstance(values, dict):
        raise ArchiveImportError("write it as “key: value” lines.")
    if missing := needed - values.keys():
        raise ArchiveImportError(f"missing: {', '.join(sorted(missing))}.")
    if unknown := values.keys() - known:
        raise ArchiveImportError(f"unknown: {', '.join(sorted(unknown))}.")


def _add(issue: Issue, points: list[Any]) -> None:
    """Save an issue as it was sent; an unsent one with its number gets the next free one."""
    for unsent in issue.newsletter.issues.filter(number=issue.number, sent_at=None):
        unsent.number = issue.newsletter.next_number()
        unsent.save()
    issue.full_clean()
    issue.save()
    for position, values in enumerate(points, 1):
        with _in(f"data point {position}"):
            point = _data_point(values)
            point.issue, point.position = issue, position
            point.full_clean()
            point.save()
    freeze(issue)


def _data_point(values: Any) -> DataPoint:
    has_series = isinstance(values, dict) and "series" in values
    _require(values, POINT_KEYS - OPTIONAL - (FROM_SERIES if has_series else set()), POINT_KEYS)
    if (source := values.pop("source", None)) is not None:
        with _in("source"):
            _require(source, SOURCE_KEYS, SOURCE_KEYS)
        values |= {f"source_{name}": text for name, text in source.items()}
    for name, rows in (("term", Term.objects), ("series", Series.objects)):
        if slug := values.pop(name, None):
            values[name] = rows.filter(slug=slug).first()
            if values[name] is None:
                raise ArchiveImportError(f"there is no {name} “{slug}”.")
    return DataPoint(**values)
