"""Terms as Markdown files: YAML front matter, one paragraph of definition, then the explanation.

This module only reads text. Every problem names its file and line.
"""

import re
from dataclasses import dataclass, field
from typing import Any

import yaml

from glossary.exchange import term_keys

# YAML tags that are read as plain text; null is empty.
YAML, PLAIN = "tag:yaml.org,2002:", ("str", "int", "float", "bool", "timestamp")
# An escape can write half a surrogate pair, which can neither be stored nor shown.
LONE_SURROGATE = re.compile("[\ud800-\udfff]")
DIGITS = re.compile(r"([0-9]+)")
# The meaning of a plain string in a list.
SHORT_FORM = {"aliases": "name", "related": "term", "series": "slug"}


@dataclass(frozen=True)
class TermProblem:
    """One problem of a file and its line; 0 means no line."""

    file: str
    line: int
    message: str

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}" if self.line else self.file
        return f"{where}: {self.message}"

    @property
    def place(self) -> tuple[list[str | int], int]:
        """The order of files, rows and lines: row 10 comes after row 9."""
        parts = DIGITS.split(self.file)
        return [int(part) if n % 2 else part for n, part in enumerate(parts)], self.line


class TermsRefused(Exception):
    """The files are refused; `problems` lists everything to correct."""

    def __init__(self, problems: list[TermProblem]) -> None:
        self.problems = sorted(problems, key=lambda problem: problem.place)
        super().__init__("\n".join(map(str, self.problems)))


def refusal(file: str, message: str, line: int = 0) -> TermsRefused:
    return TermsRefused([TermProblem(file, line, message)])


@dataclass(frozen=True)
class ListEntry:
    """One entry of aliases, related or citations."""

    values: dict[str, Any]
    line: int


@dataclass
class TermFile:
    """The content of one file; a missing key is absent from `values` and `lists`.

    `first_line` is the line of problems that concern the whole file: 0 for a row of a sheet, whose
    number is in `file`. `lines` has the line of every key, also of one that cannot be read, which
    is in `problems`; unknown keys and their lines are in `unknown`.
    """

    file: str
    values: dict[str, Any] = field(default_factory=dict)
    lists: dict[str, list[ListEntry]] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)
    first_line: int = 1
    problems: list[TermProblem] = field(default_factory=list)
    unknown: dict[str, int] = field(default_factory=dict)

    def problem(self, message: str, key: str = "", line: int = 0) -> TermProblem:
        return TermProblem(self.file, line or self.lines.get(key, self.first_line), message)

    def refuse(self, message: str, key: str = "", line: int = 0) -> None:
        self.problems.append(self.problem(message, key, line))


def unknown_keys(files: list[TermFile]) -> list[TermProblem]:
    """Return one problem for each unknown key, at its first place."""
    found: dict[str, list[TermFile]] = {}
    for file in files:
        for key in file.unknown:
            found.setdefault(key, []).append(file)
    problems = []
    for key, (first, *others) in found.items():
        known = term_keys.KNOWN if first.first_line else term_keys.COLUMNS
        more = f" It occurs {len(others):,} more times." if len(others) > 1 else ""
        more = " It occurs once more." if len(others) == 1 else more
        said = f"{term_keys.not_known(key, known)}{more}"
        problems.append(first.problem(said, line=first.unknown[key]))
    return problems


def parse_term_file(text: str, file: str) -> TermFile:
    """Read one file, with its problems. Raises TermsRefused if it has no front matter."""
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").split("\n")
    start, end, *_ = [n for n, line in enumerate(lines) if line.rstrip() == "---"] + [-1, -1]
    if start != 0 or end < 0:
        said = "The file must begin with front matter between two lines of ---."
        raise refusal(file, said, line=1)
    found = TermFile(file)
    _read_front_matter("\n".join(["", *lines[1:end]]), found)
    # The first paragraph is the definition, the rest the explanation.
    paragraphs = enumerate(lines[end + 1 :], end + 1)
    first = next((n for n, line in paragraphs if line.strip()), None)
    if first is None:
        return found
    last = next((n for n, line in paragraphs if not line.strip()), len(lines))
    found.values["definition"] = " ".join(line.strip() for line in lines[first:last])
    found.lines["definition"] = first + 1
    if rest := "\n".join(lines[last:]).strip():
        found.values["explanation"] = rest
        found.lines["explanation"] = last + 2
    return found


class _Loader(yaml.SafeLoader):
    """Refuses aliases: nine lines of them can expand to more text than fits in memory."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]
            raise yaml.MarkedYAMLError(problem="“*” begins an alias: quote it", problem_mark=mark)
        node: yaml.Node | None = super().compose_node(parent, index)
        if isinstance(node, yaml.ScalarNode) and LONE_SURROGATE.search(node.value):
            mark = node.start_mark
            raise yaml.MarkedYAMLError(problem="half a character", problem_mark=mark)
        return node


def _read_front_matter(text: str, found: TermFile) -> None:
    """Fill `found` from YAML. Composed, because nodes have lines."""
    try:
        node = yaml.compose(text, Loader=_Loader)
    except RecursionError:
        found.refuse("The front matter: lists are nested too deeply.", line=1)
        return
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        reason = getattr(error, "problem", None) or "it cannot be read"
        found.refuse(f"The front matter: {reason}.", line=mark.line + 1 if mark else 1)
        return
    if not isinstance(node, yaml.MappingNode):
        found.refuse("The front matter must be lines of “key: value”.", line=1)
        return
    for key_node, value_node in node.value:
        _read_key(key_node, value_node, found)


def _read_key(key_node: yaml.Node, node: yaml.Node, found: TermFile) -> None:
    key, line = str(key_node.value), key_node.start_mark.line + 1
    if key in found.lines or key in found.unknown:
        found.refuse(f"“{key}” occurs a second time.", line=line)
        return
    if key not in term_keys.KNOWN:
        found.unknown[key] = line
        key = term_keys.meant_key(key)
        if key not in term_keys.KNOWN or key in found.lines:
            return
    found.lines[key] = line
    if key in term_keys.LISTS:
        _read_list(key, node, found)
    elif isinstance(value := _construct(node), str):
        try:
            found.values[key] = term_keys.read_value(key, value.strip())
        except ValueError as error:
            found.refuse(f"{key}: {error}", key)
    else:
        found.refuse(f"“{key}” must be one line of text.", key)


def _read_list(key: str, node: yaml.Node, found: TermFile) -> None:
    if not isinstance(node, yaml.SequenceNode):
        found.refuse(f"“{key}” must be a list.", key)
        return
    items = found.lists[key] = []
    for entry in node.value:
        line = entry.start_mark.line + 1
        if (values := _item_values(key, _construct(entry))) is not None:
            items.append(ListEntry(values, line))
        else:
            known = ", ".join(term_keys.ITEM_KEYS[key])
            found.refuse(f"An entry of “{key}” may hold: {known}.", line=line)


def _item_values(key: str, value: Any) -> dict[str, Any] | None:
    """Return an entry as a dict of known keys, or None if it is not one."""
    if isinstance(value, str) and key in SHORT_FORM:
        return {SHORT_FORM[key]: value.strip()}
    if not isinstance(value, dict) or not value or set(value) - set(term_keys.ITEM_KEYS[key]):
        return None
    parts = {name: part for name, part in value.items() if part is not None}
    return parts if all(isinstance(part, str) for part in parts.values()) else None


def _construct(node: yaml.Node) -> Any:
    """Turn a node into dicts, lists and texts, as they are written.

    YAML would read NO as false, 12:30 as a number, 1.10 as 1.1.
    """
    if isinstance(node, yaml.MappingNode):
        return {str(key.value): _construct(value) for key, value in node.value}
    if isinstance(node, yaml.SequenceNode):
        return [_construct(entry) for entry in node.value]
    return node.value if node.tag.removeprefix(YAML) in PLAIN else None
