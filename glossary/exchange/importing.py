"""Imports term files: all of them or none, with every problem by file and line."""

from pathlib import Path

from django.db import transaction

from glossary.exchange.import_run import Run
from glossary.exchange.reading import MAX_FILE_BYTES
from glossary.exchange.report import Report
from glossary.exchange.term_files import Problem, Refused, TermFile, parse
from glossary.exchange.text_checks import checked_text, refuse_what_is_none
from glossary.mentions import linked_names
from glossary.models import Category


def read_files(path: Path) -> list[TermFile]:
    """Read one file, or every .md file of a folder. Raises Refused with all problems."""
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
    """Create and update terms by slug in one transaction, which `dry_run` rolls back.

    What a file does not name stays unchanged. Raises Refused, and changes nothing then.
    """
    refuse_what_is_none(files)
    with transaction.atomic():
        linked_names.hold()
        run = Run(files)
        report = run.save_all()
        if dry_run:
            transaction.set_rollback(True)
        else:
            run.bring_up_to_date()
    return report


def make_categories(files: list[TermFile]) -> None:
    """Create the missing categories that these files name, in their order.

    For the starter content, whose series are imported before their terms and in another order.
    """
    for name in dict.fromkeys(file.values.get("category", "") for file in files):
        if name and Category.objects.named(name) is None:
            Category.objects.after_all(name).save()


def _text_of(path: Path) -> str:
    if path.stat().st_size > MAX_FILE_BYTES:
        raise Refused([Problem(str(path), 1, f"The file is over {MAX_FILE_BYTES:,} bytes.")])
    return checked_text(path.read_bytes(), str(path))
