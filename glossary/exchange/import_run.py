"""One run of an import: files of terms compared with the glossary, and written into it."""

from collections.abc import Callable, Collection, Iterable
from itertools import batched
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from simple_history.utils import bulk_create_with_history

from glossary import search
from glossary.exchange.existing_rows import ExistingRows, nameless, part_name, slugs_of, with_parts
from glossary.exchange.import_reviews import Changes, TermReviews
from glossary.exchange.report import ImportLine, ImportReport, from_to, remarks
from glossary.exchange.term_files import ListEntry, TermFile, TermsRefused, unknown_keys
from glossary.exchange.term_keys import COLUMNS, PLAIN_FIELDS
from glossary.mentions import relinking
from glossary.models import Alias, Category, Citation, Relation, Term, TermSeries
from glossary.models.terms import KEY_LENGTH, TOO_LONG, address_is_taken, name_is_taken
from glossary.terms import publishing, text_problems
from glossary.values.names import name_key

REASON_LENGTH = 100  # the library's field
AT_A_TIME = 500  # new rows saved together
NEEDED = frozenset({"headword", "category", "definition"})


class Run:
    """One run over all files, in several passes because terms refer to each other.

    From the first problem on it only looks for more, and writes nothing.
    """

    def __init__(self, files: list[TermFile]) -> None:
        self.slugs = slugs_of(files)
        self.files = [file for file in files if file.file in self.slugs]
        self.report = ImportReport()
        self.problems = [*(each for file in files for each in file.problems), *unknown_keys(files)]
        self.problems += nameless(files, self.slugs)
        self.terms: dict[str, Term] = {}  # by file name
        self.new: set[str] = set()
        self.changes: dict[str, Changes] = {}
        self.reviews = TermReviews()
        self.categories: dict[str, Category | None] = {}
        self.fresh: list[models.Model] = []
        self.known = ExistingRows(self.files, set(self.slugs.values()))
        self.places: dict[str, str] = {}  # the file of each term, by slug

    def save_all(self) -> ImportReport:
        """Write everything and return the report. Raises TermsRefused."""
        self._refuse_double_slugs()
        self._in_each_file(self._save_term)
        self._in_each_list("aliases", "aliases", self._drop_aliases)
        self._in_each_list("aliases", "aliases", self._add_aliases)
        self._in_each_list("related", "relations", self._set_relations)
        self._in_each_list("citations", "citations", self._set_citations)
        self._in_each_list("series", "shown_series", self._set_series)
        self._in_each_file(self._settle_review)
        self._in_each_file(self._check_figures)
        if self.problems:
            raise TermsRefused(self.problems)
        return self._finish()

    def bring_up_to_date(self) -> None:
        """Update what is stored about the texts: figures, links, search."""
        texts = [term.pk for file, term in self.terms.items() if self._needs_new_links(file)]
        changed = [term.pk for file, term in self.terms.items() if self._is_changed(file)]
        self._forget()
        relinking.relink_changed()
        for some in batched(texts, AT_A_TIME):
            publishing.record_texts(list(Term.objects.filter(pk__in=some)))
        for some in batched(changed, AT_A_TIME):
            text_problems.record_remarks(list(Term.objects.filter(pk__in=some)))
        search.after_commit("term", changed)

    def _forget(self) -> None:
        """Free what is saved: linking needs the memory for the names of a large glossary."""
        for file in self.files:
            file.values.clear()
            file.lists.clear()
        self.terms, self.known, self.reviews = {}, ExistingRows([], set()), TermReviews()

    def _is_changed(self, file: str) -> bool:
        return file in self.new or bool(self.changes[file])

    def _needs_new_links(self, file: str) -> bool:
        """Return whether a term's text or state changed."""
        return file in self.new or bool(self.changes[file].keys() & {"explanation", "status"})

    def _in_each_file(self, step: Callable[[TermFile], None]) -> None:
        for file in self.files:
            step(file)
        if not self.problems:
            self._save_fresh()

    def _in_each_list(
        self, name: str, part: str, step: Callable[[TermFile, list[ListEntry]], None]
    ) -> None:
        """Call `step` with each file that has this list, while one part of its term is loaded."""
        for some in batched(self.files, AT_A_TIME):
            with with_parts([self.terms[file.file] for file in some], part):
                for file in some:
                    if (items := file.lists.get(name)) is not None:
                        step(file, items)
        if not self.problems:
            self._save_fresh()

    def _refuse_double_slugs(self) -> None:
        for file in self.files:
            slug = self.slugs[file.file]
            if other := self.places.get(slug):
                said = f"The slug “{slug}” is also that of {other}."
                self.problems.append(file.problem(said, "slug"))
            self.places.setdefault(slug, file.file)

    def _save_term(self, file: TermFile) -> None:
        slug = self.slugs[file.file]
        is_new = slug not in self.known.terms
        term = self.known.terms.setdefault(slug, Term(slug=slug))
        headword = term.headword
        self.changes[file.file] = {}
        self.reviews.remember(file, term)
        for name in PLAIN_FIELDS:
            self._take(file, term, name)
        self._take_category(file, term)
        self.problems += self.reviews.take(file, term, self.changes[file.file])
        self.terms[file.file] = term
        if is_new:
            self.new.add(file.file)
            self._say_what_a_new_term_lacks(file)
        if is_new or self.changes[file.file]:
            self._rename(file, term, headword)
            self._is_valid(file, term, without=NEEDED - file.values.keys() if is_new else set())
            self.reviews.settle(file, term, self.changes[file.file])
            self._save(term, file)

    def _settle_review(self, file: TermFile) -> None:
        """Reopen a review whose sources changed; the other texts are settled by now."""
        term = self.terms[file.file]
        if self.reviews.settle(file, term, self.changes[file.file]):
            self._save(term, file)

    def _rename(self, file: TermFile, term: Term, before: str) -> None:
        """Check a term against the names and addresses of others, and give it its name."""
        term.derive()
        if owner := self.known.formerly_at(term.slug, but=term):
            said = f"slug: {address_is_taken(term.slug, owner)}"
            self.problems.append(file.problem(said, "slug"))
        if why := self._against(term.headword, term):
            self.problems.append(file.problem(f"headword: {why}", "headword"))
        else:
            if term.pk and before != term.headword:
                self.known.free_name(before, term)
            self.known.give(term.headword, term)

    def _against(self, name: str, term: Term) -> str:
        """Return why the term cannot have this name, with the place of the other term, or ""."""
        if len(name_key(name)) > KEY_LENGTH:
            return TOO_LONG
        owner = self.known.holder(name)
        if owner is None or owner == term:
            return ""
        place = self.places.get(owner.slug)
        return f"{name_is_taken(name, owner)}{f' See {place}.' if place else ''}"

    def _say_what_a_new_term_lacks(self, file: TermFile) -> None:
        """Keys that cannot be read have a problem already."""
        missing = [key for key in COLUMNS if key in NEEDED and key not in file.lines]
        if missing:
            self.problems.append(file.problem(f"A new term needs: {', '.join(missing)}."))

    def _take(self, file: TermFile, term: Term, name: str) -> None:
        if name in file.values and getattr(term, name) != file.values[name]:
            if term.pk:
                self._note(file, name, from_to(getattr(term, name), file.values[name]))
            setattr(term, name, file.values[name])

    def _take_category(self, file: TermFile, term: Term) -> None:
        name = file.values.get("category")
        if not name:
            return
        category = self.categories.get(name) or Category.objects.named(name)
        if category is None:
            category = Category.objects.after_all(name)
            if not self._is_valid(file, category, "category", unique=True):
                return
            self._explain(category, file)
            category.save()
            self.report.categories.append(name)
        if term.category_id != category.pk:
            before = term.category.name if term.category_id else ""
            self._note(file, "category", from_to(before, category.name))
        term.category = self.categories[name] = category

    def _present(self, file: TermFile, name: str) -> list[Any]:
        """Return the parts of a term as loaded; none if it is new."""
        term = self.terms[file.file]
        return [] if file.file in self.new or not term.pk else list(getattr(term, name).all())

    def _drop_aliases(self, file: TermFile, items: list[ListEntry]) -> None:
        """Delete aliases before adding any, so that one can move to another term."""
        wanted = {name_key(item.values.get("name", "")) for item in items}
        for alias in self._present(file, "aliases"):
            if alias.key not in wanted:
                alias.delete()
                self.known.free_name(alias.name, alias.term)
                self._note(file, "aliases", f"− {alias}")

    def _add_aliases(self, file: TermFile, items: list[ListEntry]) -> None:
        # Aliases deleted above have no key in the database any more.
        existing = {alias.key: alias for alias in self._present(file, "aliases") if alias.pk}
        seen: set[str] = set()
        for item in items:
            name, kind = item.values.get("name", ""), item.values.get("kind", Alias.Kind.SYNONYM)
            if (key := name_key(name)) in seen:
                self._refuse(file, item, f"“{name}” is listed twice.")
            seen.add(key)
            alias = existing.get(key) or Alias(term=self.terms[file.file])
            if (alias.name, alias.kind) == (name, kind):
                continue
            alias.name, alias.kind = name, kind
            alias.derive()
            if self._may_have_name(file, alias, item.line):
                self._save(alias, file)
                existing[alias.key] = alias
                self._note(file, "aliases", f"+ {alias} ({alias.kind})")

    def _may_have_name(self, file: TermFile, alias: Alias, line: int) -> bool:
        if said := self._against(alias.name, alias.term):
            self.problems.append(file.problem(f"name: {said}", line=line))
            return False
        self.known.give(alias.name, alias.term)
        return self._is_valid(file, alias, line=line)

    def _set_relations(self, file: TermFile, items: list[ListEntry]) -> None:
        term = self.terms[file.file]
        wanted: dict[str, Relation] = {}
        for position, item in enumerate(items):
            if (other := self._find_term(file, item)) is None:
                continue
            if other == term or other.slug in wanted:
                why = "is this term itself" if other == term else "is listed twice"
                self._refuse(file, item, f"“{other}” {why}.")
                continue
            said = {key: item.values[key] for key in ("kind", "reason") if key in item.values}
            wanted[other.slug] = Relation(from_term=term, to_term=other, position=position, **said)
            self._is_valid(file, wanted[other.slug], line=item.line)
        existing = {each.to_term.slug: each for each in self._present(file, "relations")}
        self._sync(file, "related", existing, wanted, ("kind", "reason", "position"))

    def _find_term(self, file: TermFile, item: ListEntry) -> Term | None:
        name = item.values.get("term", "")
        found = self.known.term(name)
        if found is None:
            self._refuse(file, item, f"“{name}” is neither the slug nor the headword of a term.")
        return found

    def _set_citations(self, file: TermFile, items: list[ListEntry]) -> None:
        wanted: dict[tuple[str, ...], Citation] = {}
        for position, item in enumerate(items):
            citation = Citation(term=self.terms[file.file], position=position, **item.values)
            if citation.key in wanted:
                self._refuse(file, item, f"“{citation}” is listed twice.")
            if self._is_valid(file, citation, line=item.line):
                wanted[citation.key] = citation
        existing = {citation.key: citation for citation in self._present(file, "citations")}
        if existing.keys() != wanted.keys():
            self.reviews.sources_edited.add(file.file)
        self._sync(file, "citations", existing, wanted, ("read_on", "position"))

    def _set_series(self, file: TermFile, items: list[ListEntry]) -> None:
        term = self.terms[file.file]
        wanted: dict[int, TermSeries] = {}
        for position, item in enumerate(items):
            series = self.known.series.get(slug := item.values.get("slug", ""))
            if series is None:
                self._refuse(file, item, f"There is no series “{slug}”. Import its data first.")
            elif series.pk in wanted:
                self._refuse(file, item, f"“{series}” is listed twice.")
            else:
                wanted[series.pk] = TermSeries(term=term, series=series, position=position)
        existing = {shown.series_id: shown for shown in self._present(file, "shown_series")}
        self._sync(file, "series", existing, wanted, ("position",))

    def _refuse(self, file: TermFile, item: ListEntry, said: str) -> None:
        self.problems.append(file.problem(said, line=item.line))

    def _check_figures(self, file: TermFile) -> None:
        """Refuse figures and links that cannot be read, by file and line, also in new drafts.

        A term with a broken text may still be withdrawn.
        """
        term = self.terms[file.file]
        is_withdrawn = not term.is_published and "explanation" not in self.changes[file.file]
        if not self._needs_new_links(file.file) or (is_withdrawn and file.file not in self.new):
            return
        start = file.lines.get("explanation", 0) - 1
        for problem in text_problems.problems(term.explanation):
            if self.problems and self.known.holds(relinking.keys_of_link(problem.inside)):
                continue  # a link to a term of these files, which is not saved
            if start >= 0:
                said = file.problem(problem.message, line=start + problem.line)
            else:
                said = file.problem(f"explanation, line {problem.line}: {problem.message}")
            self.problems.append(said)

    def _sync(
        self,
        file: TermFile,
        name: str,
        existing: dict[Any, Any],
        wanted: dict[Any, Any],
        compared: Iterable[str],
    ) -> None:
        """Make `existing` rows equal to `wanted`; leave equal rows untouched."""
        if self.problems:
            return
        for key in [key for key in existing if key not in wanted]:
            existing[key].delete()
            self._note(file, name, f"− {part_name(existing[key])}")
        for key, row in wanted.items():
            kept = existing.get(key, row)
            differs = [part for part in compared if getattr(kept, part) != getattr(row, part)]
            for part in differs:
                setattr(kept, part, getattr(row, part))
            if differs or key not in existing:
                self._save(kept, file)
                self._note(file, name, f"{'±' if key in existing else '+'} {part_name(kept)}")

    def _is_valid(
        self,
        file: TermFile,
        row: models.Model,
        key: str = "",
        line: int = 0,
        unique: bool = False,
        without: Collection[str] = (),
    ) -> bool:
        """Validate fields as a form would, with each message as a problem at its line.

        Uniqueness and foreign keys are checked elsewhere without queries, except for categories.
        """
        found = {each.name for each in row._meta.concrete_fields if each.is_relation}
        try:
            row.clean_fields(exclude=found.union(without))
            if unique:
                row.validate_unique()
        except ValidationError as error:
            for name, messages in error.message_dict.items():
                said = "" if name == "__all__" else f"{name}: "
                self.problems += [file.problem(said + text, key or name, line) for text in messages]
            return False
        return True

    def _save(self, row: models.Model, file: TermFile) -> None:
        if self.problems:
            return
        self._explain(row, file)
        if row.pk is None:
            self.fresh.append(row)
            if len(self.fresh) == AT_A_TIME:
                self._save_fresh()
        else:
            row.save()

    def _explain(self, row: models.Model, file: TermFile) -> None:
        """Write the origin of a row into its history."""
        reason = f"imported from {Path(file.file).name}"
        row._change_reason = reason[:REASON_LENGTH]  # type: ignore[attr-defined]

    def _save_fresh(self) -> None:
        """Save the new rows of one kind in bulk with their history."""
        rows, self.fresh = self.fresh, []
        if rows and hasattr(rows[0], "history"):
            bulk_create_with_history(rows, type(rows[0]))
        elif rows:
            type(rows[0])._default_manager.bulk_create(rows)

    def _note(self, file: TermFile, name: str, said: str) -> None:
        """Note a change of a term, but not each value of a new one: they would fill the memory."""
        if file.file not in self.new:
            self.changes[file.file].setdefault(name, []).append(said)

    def _finish(self) -> ImportReport:
        related = text_problems.relation_remarks(Relation.objects.all())
        self.report.lines += [self._line(file, related) for file in self.files]
        return self.report

    def _line(self, file: TermFile, related: dict[int, list[str]]) -> ImportLine:
        changes = {name: "; ".join(said) for name, said in self.changes[file.file].items()}
        term, is_new = self.terms[file.file], file.file in self.new
        is_stale = file.file in self.reviews.stale
        is_named = is_new or bool(changes.keys() & {"headword", "aliases"})
        is_told = self._is_changed(file.file) or is_stale
        said = remarks(file, term, is_named, is_stale, related[term.pk]) if is_told else ()
        return ImportLine(
            file.file, term.headword, is_new, not term.is_published, changes, term.slug, tuple(said)
        )
