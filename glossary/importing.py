"""Taking term files into the glossary: all of them or none, and every problem by file and line."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models, transaction

from glossary import backlinks
from glossary.models import Alias, Category, Citation, Relation, Series, Term, TermSeries
from glossary.names import name_key, name_slug
from glossary.termfiles import Item, Problem, Refused, TermFile, parse

MAX_FILE_BYTES = 500_000
# Control characters but the tab; those after 0x7f too.
NOT_TEXT = re.compile("[\x00-\x08\x0a-\x1f\x7f-\x9f]")
PLAIN_FIELDS = ("headword", "definition", "explanation", "reviewed_on", "status")


@dataclass
class Report:
    """What an import did, or would do."""

    categories: list[str] = field(default_factory=list)
    created: list[str] = field(default_factory=list)
    updated: dict[str, list[str]] = field(default_factory=dict)
    unchanged: list[str] = field(default_factory=list)


def read_files(path: Path) -> list[TermFile]:
    """Read one file, or every .md file in a folder; raise Refused with all problems."""
    if path.is_dir():
        paths = [p for p in sorted(path.rglob("*.md")) if p.name.lower() != "readme.md"]
    else:
        paths = [path]
    if not paths or not paths[0].exists():
        raise Refused([Problem(str(path), 1, "There is no Markdown file (.md) here.")])
    found: list[TermFile] = []
    problems: list[Problem] = []
    for each in paths:
        try:
            found.append(parse(_text_of(each), str(each)))
        except Refused as refused:
            problems += refused.problems
    if problems:
        raise Refused(problems)
    return found


def import_terms(files: list[TermFile], dry_run: bool = False) -> Report:
    """Create and update terms by slug in one transaction; with `dry_run` take it back at the end.

    What a file does not name stays as it is. Raises Refused, and then nothing has changed.
    """
    with transaction.atomic():
        report = _Import(files).run()
        if dry_run:
            transaction.set_rollback(True)
    return report


def make_categories(files: list[TermFile]) -> None:
    """Create the categories these files name, in their order, where they are missing.

    For the starter content: series come in before the terms that show them, in another order.
    """
    for name in dict.fromkeys(file.values.get("category", "") for file in files):
        if name and Category.objects.named(name) is None:
            Category.objects.after_all(name).save()


def _text_of(path: Path) -> str:
    if path.stat().st_size > MAX_FILE_BYTES:
        raise Refused([Problem(str(path), 1, f"The file is over {MAX_FILE_BYTES:,} bytes.")])
    raw = path.read_bytes()
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise Refused([Problem(str(path), line, "This is not UTF-8 text.")]) from error
    for number, line_text in enumerate(text.replace("\r\n", "\n").split("\n"), 1):
        if NOT_TEXT.search(line_text):
            raise Refused([Problem(str(path), number, "The line holds a control character.")])
    return text


class _Import:
    """One run over all files. The passes follow each other because terms name one another."""

    def __init__(self, files: list[TermFile]) -> None:
        self.files = files
        self.report = Report()
        self.problems: list[Problem] = []
        self.terms: dict[str, Term] = {}  # by file name
        self.changes: dict[str, list[str]] = {}

    def run(self) -> Report:
        self._refuse_double_slugs()
        self._in_each_file(self._save_term)
        self._stop_at_problems()
        self._in_each_file(self._drop_aliases)
        self._in_each_file(self._add_aliases)
        self._in_each_file(self._set_relations)
        self._in_each_file(self._set_citations)
        self._in_each_file(self._set_series)
        self._in_each_file(self._check_figures)
        self._stop_at_problems()
        for term in self.terms.values():
            backlinks.record(term)
        return self._finish()

    def _in_each_file(self, step: Any) -> None:
        for file in self.files:
            step(file)

    def _stop_at_problems(self) -> None:
        if self.problems:
            raise Refused(self.problems)

    def _refuse_double_slugs(self) -> None:
        seen: dict[str, str] = {}
        for file in self.files:
            slug = _slug_of(file)
            if slug in seen:
                self.problems.append(
                    file.problem(f"The slug “{slug}” is also that of {seen[slug]}.", "slug")
                )
            seen[slug] = file.file
        self._stop_at_problems()

    def _save_term(self, file: TermFile) -> None:
        slug = _slug_of(file)
        term = Term.objects.filter(slug=slug).first()
        is_new = term is None
        term = term or Term(slug=slug, status=Term.Status.PUBLISHED)
        changed = [name for name in PLAIN_FIELDS if self._take(file, term, name)]
        if self._take_category(file, term):
            changed.append("category")
        if is_new and not self._has_what_a_new_term_needs(file):
            return
        if (is_new or changed) and self._is_valid(file, term):
            self._save(term, file)
        self.terms[file.file] = term
        self.changes[file.file] = ["new"] if is_new else changed

    def _has_what_a_new_term_needs(self, file: TermFile) -> bool:
        missing = [key for key in ("headword", "category", "definition") if key not in file.values]
        if missing:
            message = f"A new term needs: {', '.join(missing)}."
            self.problems.append(file.problem(message))
        return not missing

    def _take(self, file: TermFile, term: Term, name: str) -> bool:
        if name not in file.values or getattr(term, name) == file.values[name]:
            return False
        setattr(term, name, file.values[name])
        return True

    def _take_category(self, file: TermFile, term: Term) -> bool:
        name = file.values.get("category")
        if not name:
            return False
        category = Category.objects.named(name)
        if category is None:
            category = Category.objects.after_all(name)
            if not self._is_valid(file, category, "category"):
                return False
            self._save(category, file)
            self.report.categories.append(name)
        changed = term.category_id != category.pk
        term.category = category
        return changed

    def _drop_aliases(self, file: TermFile) -> None:
        """Before any is added, so that an alias can move from one term to another."""
        items = file.lists.get("aliases")
        if items is None:
            return
        wanted = {name_key(item.values.get("name", "")) for item in items}
        for alias in Alias.objects.filter(term=self.terms[file.file]).exclude(key__in=wanted):
            alias.delete()
            self._note(file, "aliases")

    def _add_aliases(self, file: TermFile) -> None:
        term = self.terms[file.file]
        existing = {alias.key: alias for alias in Alias.objects.filter(term=term)}
        for item in file.lists.get("aliases") or []:
            name, kind = item.values.get("name", ""), item.values.get("kind", Alias.Kind.SYNONYM)
            alias = existing.get(name_key(name)) or Alias(term=term)
            if (alias.name, alias.kind) == (name, kind):
                continue
            alias.name, alias.kind = name, kind
            if self._is_valid(file, alias, line=item.line):
                self._save(alias, file)
                existing[alias.key] = alias
                self._note(file, "aliases")

    def _set_relations(self, file: TermFile) -> None:
        items = file.lists.get("related")
        if items is None:
            return
        term = self.terms[file.file]
        wanted: dict[int, Relation] = {}
        for position, item in enumerate(items):
            other = self._find_term(file, item)
            if other is None:
                continue
            if other.pk == term.pk or other.pk in wanted:
                why = "is this term itself" if other.pk == term.pk else "is listed twice"
                self.problems.append(file.problem(f"“{other}” {why}.", line=item.line))
                continue
            wanted[other.pk] = Relation(
                from_term=term,
                to_term=other,
                kind=item.values.get("kind", Relation.Kind.RELATED),
                reason=item.values.get("reason", ""),
                position=position,
            )
            self._is_valid(file, wanted[other.pk], line=item.line, unique=False)
        existing = {relation.to_term_id: relation for relation in term.relations.all()}
        compared = ("kind", "reason", "position")
        self._sync(file, "related", existing, wanted, compared)

    def _find_term(self, file: TermFile, item: Item) -> Term | None:
        name = item.values.get("term", "")
        found = Term.objects.filter(slug=name).first() or Term.objects.named(name).first()
        if found is None:
            message = f"“{name}” is neither the slug nor the headword of a term."
            self.problems.append(file.problem(message, line=item.line))
        return found

    def _set_citations(self, file: TermFile) -> None:
        items = file.lists.get("citations")
        if items is None:
            return
        term = self.terms[file.file]
        wanted: dict[tuple[str, ...], Citation] = {}
        for position, item in enumerate(items):
            citation = Citation(term=term, position=position, **item.values)
            if self._is_valid(file, citation, line=item.line):
                wanted[citation.publisher, citation.title, citation.url] = citation
        existing = {(c.publisher, c.title, c.url): c for c in term.citations.all()}
        self._sync(file, "citations", existing, wanted, ("read_on", "position"))

    def _set_series(self, file: TermFile) -> None:
        items = file.lists.get("series")
        if items is None:
            return
        term = self.terms[file.file]
        wanted: dict[int, TermSeries] = {}
        for position, item in enumerate(items):
            slug = item.values.get("slug", "")
            series = Series.objects.filter(slug=slug).first()
            if series is None:
                message = f"There is no series “{slug}”. Import its data first."
                self.problems.append(file.problem(message, line=item.line))
            else:
                wanted[series.pk] = TermSeries(term=term, series=series, position=position)
        existing = {shown.series_id: shown for shown in term.shown_series.all()}
        self._sync(file, "series", existing, wanted, ("position",))

    def _check_figures(self, file: TermFile) -> None:
        """Refuse figures and claims that cannot be read, at the line they stand in."""
        start = file.lines.get("explanation", 1) - 1
        for problem in backlinks.problems(file.values.get("explanation", "")):
            self.problems.append(file.problem(problem.message, line=start + problem.line))

    def _sync(
        self,
        file: TermFile,
        name: str,
        existing: dict[Any, Any],
        wanted: dict[Any, Any],
        compared: Iterable[str],
    ) -> None:
        """Delete, add and change rows until `existing` says what `wanted` says; touch no others."""
        if self.problems:
            return
        for key in existing.keys() - wanted.keys():
            existing[key].delete()
            self._note(file, name)
        for key, row in wanted.items():
            kept = existing.get(key, row)
            differs = [part for part in compared if getattr(kept, part) != getattr(row, part)]
            for part in differs:
                setattr(kept, part, getattr(row, part))
            if differs or key not in existing:
                self._save(kept, file)
                self._note(file, name)

    def _is_valid(
        self, file: TermFile, row: models.Model, key: str = "", line: int = 0, unique: bool = True
    ) -> bool:
        """Validate as a form would; turn each message into a problem at its line."""
        try:
            row.full_clean(validate_unique=unique, validate_constraints=unique)
        except ValidationError as error:
            for name, messages in error.message_dict.items():
                at = line or file.lines.get(key or name, 1)
                said = "" if name == "__all__" else f"{name}: "
                self.problems += [file.problem(said + text, line=at) for text in messages]
            return False
        return True

    def _save(self, row: models.Model, file: TermFile) -> None:
        row._change_reason = f"imported from {Path(file.file).name}"  # type: ignore[attr-defined]
        row.save()

    def _note(self, file: TermFile, name: str) -> None:
        if name not in self.changes[file.file] and "new" not in self.changes[file.file]:
            self.changes[file.file].append(name)

    def _finish(self) -> Report:
        for file in self.files:
            headword, changes = self.terms[file.file].headword, self.changes[file.file]
            if changes == ["new"]:
                self.report.created.append(headword)
            elif changes:
                self.report.updated[headword] = changes
            else:
                self.report.unchanged.append(headword)
        return self.report


def _slug_of(file: TermFile) -> str:
    return file.values.get("slug") or name_slug(file.values.get("headword", ""))
