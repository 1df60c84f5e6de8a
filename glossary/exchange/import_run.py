"""One run of an import: files of terms compared with the glossary, and written into it."""

from collections.abc import Callable, Iterable
from itertools import batched
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from simple_history.utils import bulk_create_with_history

from glossary import search
from glossary.exchange.existing_rows import (
    ExistingRows,
    find_slugs,
    nameless,
    part_name,
    with_parts,
)
from glossary.exchange.report import ImportReport, from_to
from glossary.exchange.term_files import ListEntry, TermFile, TermsRefused, unknown_keys
from glossary.exchange.term_keys import COLUMNS, PLAIN_FIELDS
from glossary.exchange.term_updates import TermUpdate
from glossary.mentions import relinking
from glossary.models import Alias, Category, Citation, Relation, Term, TermSeries
from glossary.models.terms import KEY_LENGTH, TOO_LONG, address_is_taken, name_is_taken
from glossary.terms import publishing, text_problems
from glossary.values.names import name_key

REASON_LENGTH = 100  # the library's field
AT_A_TIME = 500  # new rows saved together
NEEDED = frozenset({"headword", "category", "definition"})
type Rows = dict[Any, Any]


class Run:
    """One run over all files, in several passes because terms refer to each other.

    From the first problem on it only looks for more, and writes nothing.
    """

    def __init__(self, files: list[TermFile]) -> None:
        find_slugs(files)
        self.files = [file for file in files if file.values.get("slug")]
        self.problems = [*(each for file in files for each in file.problems), *unknown_keys(files)]
        self.problems += nameless(files)
        self.known = ExistingRows(self.files)
        self.updates: list[TermUpdate] = []
        self.categories: dict[str, Category | None] = {}
        self.new_categories: list[str] = []
        self.fresh: list[models.Model] = []
        self.places: dict[str, str] = {}  # the file of each term, by slug

    def save_all(self) -> ImportReport:
        """Write everything and return the report. Raises TermsRefused."""
        for file in self.files:
            slug = file.values["slug"]
            if other := self.places.get(slug):
                self._refuse(file, f"The slug “{slug}” is also that of {other}.", "slug")
            self.places.setdefault(slug, file.file)
        for file in self.files:
            self._save_term(file)
        self._save_fresh()
        self._in_each_list("aliases", "aliases", self._drop_aliases)
        self._in_each_list("aliases", "aliases", self._add_aliases)
        self._in_each_list("related", "relations", self._set_relations)
        self._in_each_list("citations", "citations", self._set_citations)
        self._in_each_list("series", "shown_series", self._set_series)
        for update in self.updates:
            if update.settle_review():  # its sources changed; the other texts are settled by now
                self._save(update.term, update.file)
            self._check_figures(update)
        if self.problems:
            raise TermsRefused(self.problems)
        related = text_problems.relation_remarks(Relation.objects.all())
        lines = [update.line(related[update.term.pk]) for update in self.updates]
        return ImportReport(self.new_categories, lines)

    def bring_up_to_date(self) -> None:
        """Update what is stored about the texts: figures, links, search."""
        texts = [each.term.pk for each in self.updates if each.needs_new_links]
        changed = [each.term.pk for each in self.updates if each.is_changed]
        # Linking needs the memory for the names of a large glossary.
        for file in self.files:
            file.values.clear()
            file.lists.clear()
        self.updates, self.known = [], ExistingRows([])
        relinking.relink_changed()
        for some in batched(texts, AT_A_TIME):
            publishing.record_texts(list(Term.objects.filter(pk__in=some)))
        for some in batched(changed, AT_A_TIME):
            text_problems.record_remarks(list(Term.objects.filter(pk__in=some)))
        search.after_commit("term", changed)

    def _refuse(self, file: TermFile, said: str, key: str = "", line: int = 0) -> None:
        self.problems.append(file.problem(said, key, line))

    def _in_each_list(
        self, name: str, part: str, step: Callable[[TermUpdate, list[ListEntry]], None]
    ) -> None:
        """Call `step` for each file that has this list, while one part of its term is loaded."""
        for some in batched(self.updates, AT_A_TIME):
            with with_parts([update.term for update in some], part):
                for update in some:
                    if (items := update.file.lists.get(name)) is not None:
                        step(update, items)
        self._save_fresh()

    def _save_term(self, file: TermFile) -> None:
        slug = file.values["slug"]
        is_new = slug not in self.known.terms
        term = self.known.terms.setdefault(slug, Term(slug=slug))
        headword = term.headword
        update = TermUpdate(file, term, is_new, (term.reviewed_on, term.reviewed_by))
        self.updates.append(update)
        for name in PLAIN_FIELDS:
            if name in file.values and (before := getattr(term, name)) != file.values[name]:
                update.note(name, from_to(before, file.values[name]))
                setattr(term, name, file.values[name])
        self._take_category(update)
        if said := update.take_review():
            self._refuse(file, said, "reviewed_on")
        # Keys that cannot be read have a problem already.
        missing = [key for key in COLUMNS if key in NEEDED and key not in file.lines]
        if is_new and missing:
            self._refuse(file, f"A new term needs: {', '.join(missing)}.")
        if update.is_changed:
            self._rename(file, term, headword)
            self._is_valid(file, term)
            update.settle_review()
            self._save(term, file)

    def _rename(self, file: TermFile, term: Term, before: str) -> None:
        """Check a term against the names and addresses of others, and give it its name."""
        term.derive()
        if (owner := self.known.former.get(term.slug)) and owner != term:
            self._refuse(file, f"slug: {address_is_taken(term.slug, owner)}", "slug")
        if why := self._against(term.headword, term):
            self._refuse(file, f"headword: {why}", "headword")
        else:
            if term.pk and before != term.headword:
                self.known.free_name(before, term)
            self.known.holders[term.headword_key] = term

    def _against(self, name: str, term: Term) -> str:
        """Return why the term cannot have this name, with the place of the other term, or ""."""
        if len(key := name_key(name)) > KEY_LENGTH:
            return TOO_LONG
        owner = self.known.holders.get(key)
        if owner is None or owner == term:
            return ""
        place = self.places.get(owner.slug)
        return f"{name_is_taken(name, owner)}{f' See {place}.' if place else ''}"

    def _take_category(self, update: TermUpdate) -> None:
        file, term = update.file, update.term
        name = file.values.get("category")
        if not name:
            return
        category = self.categories.get(name) or Category.objects.named(name)
        if category is None:
            category = Category.objects.after_all(name)
            if not self._is_valid(file, category, "category", unique=True):
                return
            _explain(category, file)
            category.save()
            self.new_categories.append(name)
        if term.category_id != category.pk:
            before = term.category.name if term.category_id else ""
            update.note("category", from_to(before, category.name))
        term.category = self.categories[name] = category

    def _drop_aliases(self, update: TermUpdate, items: list[ListEntry]) -> None:
        """Delete aliases before adding any, so that one can move to another term."""
        wanted = {name_key(item.values.get("name", "")) for item in items}
        for alias in _present(update.term, "aliases"):
            # Of two files about one term the first may have deleted it.
            if alias.pk and alias.key not in wanted:
                alias.delete()
                self.known.free_name(alias.name, alias.term)
                update.note("aliases", f"− {alias}")

    def _add_aliases(self, update: TermUpdate, items: list[ListEntry]) -> None:
        file, term = update.file, update.term
        existing = {alias.key: alias for alias in _present(term, "aliases")}
        seen: set[str] = set()
        for item in items:
            name, kind = item.values.get("name", ""), item.values.get("kind", Alias.Kind.SYNONYM)
            if (key := name_key(name)) in seen:
                self._refuse(file, f"“{name}” is listed twice.", line=item.line)
            seen.add(key)
            alias = existing.get(key) or Alias(term=term)
            if (alias.name, alias.kind) == (name, kind):
                continue
            alias.name, alias.kind = name, kind
            alias.derive()
            if why := self._against(name, term):
                self._refuse(file, f"name: {why}", line=item.line)
                continue
            self.known.holders[key] = term
            if self._is_valid(file, alias, line=item.line):
                self._save(alias, file)
                existing[key] = alias
                update.note("aliases", f"+ {alias} ({alias.kind})")

    def _set_relations(self, update: TermUpdate, items: list[ListEntry]) -> None:
        file, term = update.file, update.term
        wanted: dict[str, Relation] = {}
        for position, item in enumerate(items):
            name = item.values.get("term", "")
            if (other := self.known.term(name)) is None:
                said = f"“{name}” is neither the slug nor the headword of a term."
                self._refuse(file, said, line=item.line)
            elif other == term or other.slug in wanted:
                why = "is this term itself" if other == term else "is listed twice"
                self._refuse(file, f"“{other}” {why}.", line=item.line)
            else:
                given = {key: item.values[key] for key in ("kind", "reason") if key in item.values}
                relation = Relation(from_term=term, to_term=other, position=position, **given)
                self._is_valid(file, relation, line=item.line)
                wanted[other.slug] = relation
        existing = {each.to_term.slug: each for each in _present(term, "relations")}
        self._sync(update, "related", existing, wanted, ("kind", "reason", "position"))

    def _set_citations(self, update: TermUpdate, items: list[ListEntry]) -> None:
        file, term = update.file, update.term
        wanted: dict[tuple[str, ...], Citation] = {}
        for position, item in enumerate(items):
            citation = Citation(term=term, position=position, **item.values)
            if citation.key in wanted:
                self._refuse(file, f"“{citation}” is listed twice.", line=item.line)
            if self._is_valid(file, citation, line=item.line):
                wanted[citation.key] = citation
        existing = {citation.key: citation for citation in _present(term, "citations")}
        update.has_other_sources = existing.keys() != wanted.keys()
        self._sync(update, "citations", existing, wanted, ("read_on", "position"))

    def _set_series(self, update: TermUpdate, items: list[ListEntry]) -> None:
        file, term = update.file, update.term
        wanted: dict[int, TermSeries] = {}
        for position, item in enumerate(items):
            series = self.known.series.get(slug := item.values.get("slug", ""))
            if series is None:
                said = f"There is no series “{slug}”. Import its data first."
                self._refuse(file, said, line=item.line)
            elif series.pk in wanted:
                self._refuse(file, f"“{series}” is listed twice.", line=item.line)
            else:
                wanted[series.pk] = TermSeries(term=term, series=series, position=position)
        existing = {shown.series_id: shown for shown in _present(term, "shown_series")}
        self._sync(update, "series", existing, wanted, ("position",))

    def _check_figures(self, update: TermUpdate) -> None:
        """Refuse figures and links that cannot be read, by file and line, also in new drafts.

        A term with a broken text may still be withdrawn.
        """
        file, term = update.file, update.term
        is_text = update.is_new or term.is_published or "explanation" in update.changes
        if not (is_text and update.needs_new_links):
            return
        start = file.lines.get("explanation", 0) - 1
        for problem in text_problems.problems(term.explanation):
            keys = relinking.keys_of_link(problem.inside)
            if self.problems and not keys.isdisjoint(self.known.holders):
                continue  # a link to a term of these files, which is not saved
            if start >= 0:
                self._refuse(file, problem.message, line=start + problem.line)
            else:
                self._refuse(file, f"explanation, line {problem.line}: {problem.message}")

    def _sync(
        self, update: TermUpdate, name: str, existing: Rows, wanted: Rows, compared: Iterable[str]
    ) -> None:
        """Make `existing` rows equal to `wanted`; leave equal rows untouched."""
        if self.problems:
            return
        for key, gone in existing.items():
            if key not in wanted:
                gone.delete()
                update.note(name, f"− {part_name(gone)}")
        for key, row in wanted.items():
            kept: Any = existing.get(key, row)
            differs = [part for part in compared if getattr(kept, part) != getattr(row, part)]
            for part in differs:
                setattr(kept, part, getattr(row, part))
            if differs or key not in existing:
                self._save(kept, update.file)
                update.note(name, f"{'±' if key in existing else '+'} {part_name(kept)}")

    def _is_valid(
        self, file: TermFile, row: models.Model, key: str = "", line: int = 0, unique: bool = False
    ) -> bool:
        """Validate fields as a form would, with each message as a problem at its line.

        Uniqueness and foreign keys are checked elsewhere without queries, except for categories;
        what a new term lacks has a problem already.
        """
        checked_elsewhere = {each.name for each in row._meta.concrete_fields if each.is_relation}
        lacking = NEEDED - file.values.keys() if row.pk is None else frozenset()
        try:
            row.clean_fields(exclude=checked_elsewhere | lacking)
            if unique:
                row.validate_unique()
        except ValidationError as error:
            for name, messages in error.message_dict.items():
                for text in messages:
                    self._refuse(file, f"{name}: {text}", key or name, line)
            return False
        return True

    def _save(self, row: models.Model, file: TermFile) -> None:
        if self.problems:
            return
        _explain(row, file)
        if row.pk is None:
            self.fresh.append(row)
            if len(self.fresh) == AT_A_TIME:
                self._save_fresh()
        else:
            row.save()

    def _save_fresh(self) -> None:
        """Save the new rows of one kind in bulk with their history."""
        rows, self.fresh = self.fresh, []
        if self.problems or not rows:
            return
        if hasattr(rows[0], "history"):
            bulk_create_with_history(rows, type(rows[0]))
        else:
            type(rows[0])._default_manager.bulk_create(rows)


def _present(term: Term, part: str) -> list[Any]:
    """Return the parts of a term as loaded; none if it is not stored."""
    return list(getattr(term, part).all()) if term.pk else []


def _explain(row: models.Model, file: TermFile) -> None:
    """Write the origin of a row into its history."""
    reason = f"imported from {Path(file.file).name}"
    row._change_reason = reason[:REASON_LENGTH]  # type: ignore[attr-defined]
