"""Checks the texts of term files: UTF-8 without control characters, within their lengths."""

import re
from collections.abc import Iterator

from glossary.exchange.term_files import TermFile, TermProblem, TermsRefused
from glossary.models.terms import EXPLANATION_LENGTH

# Control characters except the tab; those after 0x7f too.
NOT_TEXT = re.compile("[\x00-\x08\x0a-\x1f\x7f-\x9f]")
# JSON and YAML escapes can write any character, which a check of the raw text misses. Half a
# surrogate pair cannot be stored.
NOT_ONE_LINE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
NOT_LINES = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
OF_LINES = ("definition", "explanation")


def checked_text(raw: bytes, name: str) -> str:
    """Decode bytes as text. Raises TermsRefused with the line of the problem."""
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise TermsRefused([TermProblem(name, line, "This is not UTF-8 text.")]) from error
    for number, line_text in enumerate(text.replace("\r\n", "\n").split("\n"), 1):
        if NOT_TEXT.search(line_text):
            raise TermsRefused([TermProblem(name, number, "The line holds a control character.")])
    return text


def refuse_bad_text(files: list[TermFile]) -> None:
    """Raise TermsRefused for a value that no form would accept, in any format."""
    if problems := [problem for file in files for problem in _problems(file)]:
        raise TermsRefused(problems)


def _problems(file: TermFile) -> Iterator[TermProblem]:
    for name, value in file.values.items():
        if said := _said_of(name, value):
            yield file.problem(f"{name}: {said}", name)
    for name, items in file.lists.items():
        for item in items or ():
            for said in filter(None, (_said_of(key, part) for key, part in item.values.items())):
                yield file.problem(f"{name}: {said}", line=item.line)


def _said_of(name: str, value: object) -> str:
    text = value if isinstance(value, str) else ""
    if name == "explanation" and len(text) > EXPLANATION_LENGTH:
        return f"This has {len(text):,} characters; {EXPLANATION_LENGTH:,} is the most."
    if name in OF_LINES:
        return "This holds a control character." if NOT_LINES.search(text) else ""
    return "This must be one line without control characters." if NOT_ONE_LINE.search(text) else ""
