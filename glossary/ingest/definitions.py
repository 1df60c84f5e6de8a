"""Series as folders: series.yaml describes the series, one CSV per release has the values.

`manage.py importdata FOLDER` imports them; the starter data are such folders.
"""

from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import yaml
from django.core.exceptions import ValidationError
from django.db import models, transaction

from glossary.ingest.columns import Columns
from glossary.ingest.guessing import ChoiceNeeded
from glossary.ingest.plans import ReleasePlan, accept_release, checksum_of, plan_release
from glossary.ingest.problems import DataRefused
from glossary.ingest.steps.declaration import BadSteps, read_steps
from glossary.models import Category, Release, Series, SeriesNote, Source
from glossary.series.loading import title_problem
from glossary.terms import text_problems

DEFINITION = "series.yaml"
FIELDS = {
    "title", "description", "notes", "unit", "short_unit", "scale", "decimals", "frequency",
    "denotes", "kind", "price_basis", "interval", "chart_form", "chart_scale", "chart_subject",
    "chart_title", "expected_days", "ended_on", "fetch_url",
}  # fmt: skip
SOURCE_FIELDS = {
    "publisher", "title", "url", "licence", "licence_url", "may_redistribute", "citation",
    "attribution",
}  # fmt: skip
KNOWN = FIELDS | {"category", "chart_notes", "columns", "source", "steps", "releases"}


class FoldersRefused(Exception):
    """The folders are refused; the message names the file and what to correct.

    With `needs_a_person` they may be right, and a person has to confirm or choose.
    """

    def __init__(self, message: str, needs_a_person: bool = False) -> None:
        super().__init__(message)
        self.needs_a_person = needs_a_person


@dataclass
class DataReport:
    created: list[str] = field(default_factory=list)
    releases: list[Release] = field(default_factory=list)


@transaction.atomic
def import_folders(path: Path, dry_run: bool = False, is_accepted: bool = False) -> DataReport:
    """Create or update the series in `path` (a folder with series.yaml, or a folder of those).

    Files newer than the newest release are imported in the order of their days. All or nothing:
    raises FoldersRefused, and unless `is_accepted` also for what a person has to confirm.
    """
    folders = sorted(found.parent for found in path.rglob(DEFINITION))
    if not folders:
        raise FoldersRefused(f"{path}: there is no {DEFINITION} here.")
    report = DataReport()
    for folder in folders:
        _import_folder(folder, report, is_accepted)
    if dry_run:
        transaction.set_rollback(True)
    return report


def _import_folder(folder: Path, report: DataReport, is_accepted: bool) -> None:
    values = _read(folder / DEFINITION)
    entries = _entries(folder / DEFINITION, values.get("releases", []))
    series = _save_series(folder, values, report)
    # An older file has been imported already or had nothing new; no release can precede the newest.
    newest = series.current_release.released_on if series.current_release else date.min
    asked = Columns(columns=str(values.get("columns") or ""))
    for file in sorted(folder.glob("*.csv"), key=_day_of):
        if _day_of(file) <= newest:
            continue
        # A file that a person withdrew is not brought back.
        checksum = checksum_of(file.read_bytes())
        if not series.withdrawn_releases.filter(checksum=checksum).exists():
            series.refresh_from_db()
            planned = _plan(series, file, asked)
            entry = entries.get(planned.released_on, {})
            if planned.needs_a_person and not (is_accepted or entry.get("confirmed")):
                raise FoldersRefused(f"{file}: {' '.join(planned.questions)}", needs_a_person=True)
            release = accept_release(planned, note=str(entry.get("note") or ""))
            report.releases += [release] if release else []
    if wrong := text_problems.figure_problems(series.chart_title):
        said = " ".join(problem.message for problem in wrong)
        raise FoldersRefused(f"{folder / DEFINITION}: chart_title: {said}")


def _plan(series: Series, file: Path, asked: Columns) -> ReleasePlan:
    try:
        return plan_release(series, file.read_bytes(), file.name, _day_of(file), asked)
    except ChoiceNeeded as needed:
        said = f"{needed} Choose in {DEFINITION}, such as columns: period=date,value=price."
        raise FoldersRefused(f"{file}: {said}", needs_a_person=True) from needed
    except DataRefused as refused:
        raise FoldersRefused(f"{file}: {refused}") from refused


def _read(file: Path) -> dict[str, Any]:
    try:
        values = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise FoldersRefused(f"{file}: cannot be read ({error}).") from error
    if not isinstance(values, dict):
        raise FoldersRefused(f"{file}: “key: value” lines are expected.")
    if unknown := values.keys() - KNOWN:
        raise FoldersRefused(f"{file}: not known: {', '.join(sorted(unknown))}.")
    source = values.get("source")
    if not isinstance(source, dict) or not {"publisher", "title"} <= source.keys():
        raise FoldersRefused(f"{file}: a source with publisher and title is missing.")
    if unknown := source.keys() - SOURCE_FIELDS:
        raise FoldersRefused(f"{file}: source: not known: {', '.join(sorted(unknown))}.")
    return values


def _entries(file: Path, entries: Any) -> dict[date, dict[str, Any]]:
    """Return what is said of releases by their days: a note, and whether they are confirmed."""
    if not isinstance(entries, list):
        raise FoldersRefused(f"{file}: releases must be a list of released_on and note.")
    by_day = {}
    for entry in entries:
        # In Python a datetime is a date, and in YAML a quoted date is a text.
        if not isinstance(entry, dict) or type(entry.get("released_on")) is not date:
            raise FoldersRefused(f"{file}: releases: {entry} lacks a day: released_on: 2026-02-06.")
        by_day[entry["released_on"]] = entry
    return by_day


def _save_series(folder: Path, values: dict[str, Any], report: DataReport) -> Series:
    file = folder / DEFINITION
    source = values["source"]
    kept = Source.objects.filter(publisher=source["publisher"], title=source["title"]).first()
    series = Series.objects.filter(slug=folder.name).first() or Series(slug=folder.name)
    if series.pk is None:
        report.created.append(folder.name)
    series.source = _save(file, kept or Source(), source)
    if not (category := str(values.get("category", ""))):
        raise FoldersRefused(f"{file}: a category is missing: the topic of the series.")
    series.category = Category.objects.named(category) or _save(
        file, Category.objects.after_all(category), {}
    )
    fields = {name: values[name] for name in FIELDS & values.keys()}
    if said := title_problem(str(fields.get("chart_title", "")), folder.name):
        raise FoldersRefused(f"{file}: chart_title: {said}")
    series = _save(file, series, fields | _steps(file, values.get("steps")))
    if "chart_notes" in values:
        _save_notes(file, series, values["chart_notes"])
    return series


def _save_notes(file: Path, series: Series, entries: Any) -> None:
    """Replace the dated notes of the series by those of the file, where they differ."""
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise FoldersRefused(f"{file}: chart_notes must be a list of day and text.")
    notes = [(entry.get("day"), entry.get("text")) for entry in entries]
    if sorted(notes, key=str) == list(series.chart_notes.values_list("day", "text")):
        return
    series.chart_notes.all().delete()
    for place, (day, text) in enumerate(notes, start=1):
        _save(file, SeriesNote(series=series, position=place), {"day": day, "text": text})
    series.save()  # its pages and pictures change


def _steps(file: Path, steps: Any) -> dict[str, str]:
    """Return the steps as text for the series' field, as they are written in its form."""
    if steps is None:
        return {}
    text = yaml.safe_dump(steps, allow_unicode=True, sort_keys=False, width=1000)
    try:
        read_steps(text)
    except BadSteps as error:
        raise FoldersRefused(f"{file}: steps: {error}") from error
    return {"steps": text}


def _save[Row: models.Model](file: Path, row: Row, values: dict[str, Any]) -> Row:
    """Set, validate and save the differences. Raises FoldersRefused, with each message."""
    changed = [name for name, value in values.items() if getattr(row, name) != value]
    if row.pk is not None and not changed:
        return row
    for name in changed:
        setattr(row, name, values[name])
    try:
        row.full_clean()
    except ValidationError as error:
        said = "; ".join(f"{name}: {' '.join(texts)}" for name, texts in error.message_dict.items())
        raise FoldersRefused(f"{file}: {said}") from error
    row.save()
    return row


def _day_of(file: Path) -> date:
    try:
        return date.fromisoformat(file.stem)
    except ValueError as error:
        said = "a release is named by its day, such as 2026-02-06.csv."
        raise FoldersRefused(f"{file}: {said}") from error
