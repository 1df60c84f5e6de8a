"""Checks the texts of term files: UTF-8 without control characters, within their lengths."""

import re

from glossary.exchange.term_files import ListEntry, TermFile, TermProblem, TermsRefused
from glossary.ingest.tables import DataRefused, decode
from glossary.models.terms import EXPLANATION_LENGTH

# Control characters except tabs and line breaks; those after 0x7f too.
NOT_TEXT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]|\r(?!\n)")
# JSON and YAML escapes can write any character, which a check of the raw text misses. Half a
# surrogate pair cannot be stored.
NOT_ONE_LINE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
NOT_LINES = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
OF_LINES = ("definition", "explanation")


def checked_text(raw: bytes, name: str, encoding: str = "") -> str:
    """Decode bytes as text. Raises TermsRefused with the lines of the problems."""
    try:
        text, _ = decode(raw, encoding)
    except DataRefused as error:
        problems = [TermProblem(name, each.row, each.message) for each in error.problems]
        raise TermsRefused(problems) from error
    if NOT_TEXT.search(text):
        lines = enumerate(text.replace("\r\n", "\n").split("\n"), 1)
        wrong = [number for number, line in lines if NOT_TEXT.search(line)]
        said = "The line holds a control character."
        raise TermsRefused([TermProblem(name, number, said) for number in wrong])
    return text


def drop_bad_text(file: TermFile) -> None:
    """Turn values that no form would accept into problems of the file, in any format."""
    for name, value in list(file.values.items()):
        if said := _said_of(name, value):
            file.problems.append(file.problem(f"{name}: {said}", name))
            del file.values[name]
    for name, entries in file.lists.items():
        good = [entry for entry in entries or () if not _bad_entry(file, name, entry)]
        file.lists[name] = good if entries is not None else None


def _bad_entry(file: TermFile, name: str, entry: ListEntry) -> bool:
    said = list(filter(None, (_said_of(key, part) for key, part in entry.values.items())))
    file.problems += [file.problem(f"{name}: {each}", line=entry.line) for each in said]
    return bool(said)


def _said_of(name: str, value: object) -> str:
    text = value if isinstance(value, str) else ""
    if name == "explanation" and len(text) > EXPLANATION_LENGTH:
        return f"This has {len(text):,} characters; the limit is {EXPLANATION_LENGTH:,}."
    if name in OF_LINES:
        return "This holds a control character." if NOT_LINES.search(text) else ""
    return "This must be one line without control characters." if NOT_ONE_LINE.search(text) else ""
