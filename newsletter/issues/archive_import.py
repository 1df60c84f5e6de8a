"""Imports issues that were sent elsewhere, or samples, into the archive.

Each issue is a Markdown file: front matter with its three data points, then the intro.
"""

from datetime import datetime
from pathlib import Path
from typing import Any

import yaml
from django.core.exceptions import ValidationError
from django.db import transaction

from glossary import search
from glossary.models import Series, Term
from newsletter.issues.freezing import UnreadableFigure, freeze
from newsletter.models import DataPoint, Issue, Newsletter
from newsletter.models.issues import DATA_POINTS

ISSUE_KEYS = {"number", "slug", "subject", "preheader", "sent_at", "data_points"}
POINT_KEYS = {"headline", "series", "figure", "period", "change", "comment", "term", "source"}
# The optional keys of a data point, and those that are optional if it names a series.
OPTIONAL = {"series", "change", "term"}
FROM_SERIES = {"figure", "period", "source"}
SOURCE_KEYS = {"publisher", "title", "url"}


class ArchiveImportError(ValueError):
    """The files cannot be imported; the text names the file and what to fix."""


@transaction.atomic
def import_issues(path: Path, dry_run: bool = False) -> tuple[list[Issue], list[int]]:
    """Add the issues in `path` (a file or a folder) to the default newsletter's archive.

    Returns the new issues, and the numbers of those already there, which never change. Raises
    ArchiveImportError without changing anything.
    """
    newsletter = Newsletter.objects.default()
    if newsletter is None:
        raise ArchiveImportError("There is no default newsletter. Create one in admin first.")
    added: list[Issue] = []
    present: list[int] = []
    for file in sorted(path.glob("*.md")) if path.is_dir() else [path]:
        values, intro = _read(file)
        if newsletter.issues.in_archive().filter(number=values["number"]).exists():
            present.append(values["number"])
        else:
            _make_room(newsletter, values["number"])
            added.append(_add(newsletter, values, intro, file))
    search.after_commit("issue", [issue.pk for issue in added])
    if dry_run:
        transaction.set_rollback(True)
    return added, present


def _make_room(newsletter: Newsletter, number: int) -> None:
    """Give an unsent issue with this number the next free one."""
    for issue in newsletter.issues.filter(number=number):
        issue.number = newsletter.next_number()
        issue.save()


def _read(file: Path) -> tuple[dict[str, Any], str]:
    try:
        _, front, intro = file.read_text(encoding="utf-8").split("---\n", 2)
        values = yaml.safe_load(front)
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise ArchiveImportError(f"{file}: the front matter cannot be read ({error}).") from error
    _require(values, ISSUE_KEYS - {"preheader", "slug"}, ISSUE_KEYS, f"{file}")
    if not isinstance(values["number"], int):
        raise ArchiveImportError(f"{file}: number must be a whole number.")
    if not isinstance(values["sent_at"], datetime) or values["sent_at"].tzinfo is None:
        raise ArchiveImportError(
            f"{file}: sent_at must be like 2026-11-13T09:00:00-05:00, with its offset."
        )
    return values, intro.strip()


def _require(values: Any, needed: set[str], known: set[str], where: str) -> None:
    """Check that `values` is a mapping with all `needed` and only `known` keys."""
    if not isinstance(values, dict):
        raise ArchiveImportError(f"{where}: write it as “key: value” lines.")
    if missing := needed - values.keys():
        raise ArchiveImportError(f"{where}: missing: {', '.join(sorted(missing))}.")
    if unknown := values.keys() - known:
        raise ArchiveImportError(f"{where}: unknown: {', '.join(sorted(unknown))}.")


def _add(newsletter: Newsletter, values: dict[str, Any], intro: str, file: Path) -> Issue:
    points = values.pop("data_points")
    if not isinstance(points, list) or len(points) != DATA_POINTS:
        raise ArchiveImportError(f"{file}: an issue has exactly {DATA_POINTS} data_points.")
    issue = Issue(newsletter=newsletter, status=Issue.Status.SENT, intro=intro, **values)
    issue.slug = issue.slug or issue.slug_from_subject()
    _save(issue, f"{file}")
    for position, point in enumerate(points, 1):
        _save(_data_point(issue, position, point, file), f"{file}: data point {position}")
    try:
        freeze(issue)
    except UnreadableFigure as unreadable:
        raise ArchiveImportError(f"{file}: {unreadable}") from unreadable
    return issue


def _data_point(issue: Issue, position: int, values: Any, file: Path) -> DataPoint:
    where = f"{file}: data point {position}"
    optional = OPTIONAL | (
        FROM_SERIES if isinstance(values, dict) and "series" in values else set()
    )
    _require(values, POINT_KEYS - optional, POINT_KEYS, where)
    source = values.pop("source", None)
    if source is not None:
        _require(source, SOURCE_KEYS, SOURCE_KEYS, f"{where}: source")
    origin = {f"source_{name}": text for name, text in (source or {}).items()}
    named = {
        "term": _named(Term, values.pop("term", None), where),
        "series": _named(Series, values.pop("series", None), where),
    }
    return DataPoint(issue=issue, position=position, **named, **origin, **values)


def _named(model: type[Term] | type[Series], slug: Any, where: str) -> Any:
    found = model._default_manager.filter(slug=slug).first() if slug else None
    if slug and found is None:
        raise ArchiveImportError(f"{where}: there is no {model._meta.verbose_name} “{slug}”.")
    return found


def _save(row: Issue | DataPoint, where: str) -> None:
    try:
        row.full_clean()
    except ValidationError as error:
        errors = (f"{name}: {' '.join(texts)}" for name, texts in error.message_dict.items())
        raise ArchiveImportError(f"{where}: {'; '.join(errors)}") from error
    row.save()
