"""Imports issues that were sent elsewhere into the archive, and the samples of a new site.

Each issue is a Markdown file: front matter with its three data points, then the intro.
"""

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
SAMPLE = Issue.Status.SAMPLE
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
        values, points = _read(file)
        issue = Issue(newsletter=newsletter, **values)
        issue.slug = issue.slug or issue.slug_from_subject()
        if same := _same(issue):
            present.append(same)
        else:
            _make_room(issue)
            _add(issue, points, file)
            added.append(issue)
    listings.refresh_after_commit(added)
    if dry_run:
        transaction.set_rollback(True)
    return added, present


def _newsletter(slug: str) -> Newsletter:
    every = Newsletter.objects
    if found := every.filter(slug=slug).first() if slug else every.default():
        return found
    if not slug:
        raise ArchiveImportError("There is no default newsletter. Create one in admin first.")
    slugs = ", ".join(every.order_by("slug").values_list("slug", flat=True))
    raise ArchiveImportError(f"There is no newsletter “{slug}”. There are: {slugs or 'none'}.")


def _same(issue: Issue) -> Issue | None:
    """Return what the file's issue is already: the issue with its number, or this sample."""
    frozen = issue.newsletter.issues.frozen().filter(number=issue.number)
    return (frozen.filter(slug=issue.slug) if issue.is_sample else frozen).first()


def _make_room(issue: Issue) -> None:
    """Give an unsent issue with this number the next free one."""
    for unsent in issue.newsletter.issues.filter(number=issue.number, sent_at=None):
        unsent.number = issue.newsletter.next_number()
        unsent.save()


def _read(file: Path) -> tuple[dict[str, Any], list[Any]]:
    """Return the fields of the issue, and its data points as they are in the file."""
    try:
        _, front, intro = file.read_text(encoding="utf-8").split("---\n", 2)
        values = yaml.safe_load(front)
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise ArchiveImportError(f"{file}: the front matter cannot be read ({error}).") from error
    _require(values, NEEDED, ISSUE_KEYS, f"{file}")
    is_sample = values.pop("sample", False) is True
    if is_sample == isinstance(values.get("number"), int):
        said = "number must be a whole number; a sample has “sample: true” instead."
        raise ArchiveImportError(f"{file}: {said}")
    values |= {"number": 0, "status": SAMPLE} if is_sample else {"status": Issue.Status.SENT}
    if not isinstance(values["sent_at"], datetime) or values["sent_at"].tzinfo is None:
        raise ArchiveImportError(
            f"{file}: sent_at must be like 2026-11-13T09:00:00-05:00, with its offset."
        )
    values |= {name: _person(values[name], file) for name in PEOPLE if name in values}
    points = values.pop("data_points")
    if not isinstance(points, list) or len(points) != DATA_POINTS:
        raise ArchiveImportError(f"{file}: an issue has exactly {DATA_POINTS} data_points.")
    return values | {"intro": intro.strip()}, points


def _person(name: Any, file: Path) -> Person:
    person = Person.objects.named(name) if isinstance(name, str) else None
    if person is None:
        said = f"“{name}” is not among the people of this site. Add them in admin under People."
        raise ArchiveImportError(f"{file}: {said}")
    return person


def _require(values: Any, needed: set[str], known: set[str], where: str) -> None:
    """Check that `values` is a mapping with all `needed` and only `known` keys."""
    if not isinstance(values, dict):
        raise ArchiveImportError(f"{where}: write it as “key: value” lines.")
    if missing := needed - values.keys():
        raise ArchiveImportError(f"{where}: missing: {', '.join(sorted(missing))}.")
    if unknown := values.keys() - known:
        raise ArchiveImportError(f"{where}: unknown: {', '.join(sorted(unknown))}.")


def _add(issue: Issue, points: list[Any], file: Path) -> None:
    _save(issue, f"{file}")
    for position, point in enumerate(points, 1):
        _save(_data_point(issue, position, point, file), f"{file}: data point {position}")
    try:
        freeze(issue)
    except UnreadableFigure as unreadable:
        raise ArchiveImportError(f"{file}: {unreadable}") from unreadable


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
