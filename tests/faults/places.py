"""Every place in a file where a fault of a known kind can be put. Pure: text in, faults out.

mutmut and cosmic-ray were tried. Neither has the faults that matter most here, a lost condition or
filter of a query: in cosmic-ray an operator must come from a package that is installed, and it
writes into the checkout itself; mutmut takes no operators of ours. Neither spreads its choice over
rooms. Their runners would stay beside a longer version of this file.
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

TURNED = {
    ast.Lt: "<=", ast.LtE: "<", ast.Gt: ">=", ast.GtE: ">", ast.Eq: "!=", ast.NotEq: "==",
    ast.In: "not in", ast.NotIn: "in", ast.Is: "is not", ast.IsNot: "is",
}  # fmt: skip
OPERATOR = re.compile(r"not\s+in|is\s+not|[<>=!]=|[<>]|\bin\b|\bis\b")
QUERIES = {"filter", "exclude"}
NARROWED = QUERIES | {"get", "Q", "get_object_or_404"}
WRITES = {"update", "delete", "_raw_delete"}
FILLED = {"update", "create", "get_or_create", "update_or_create"}
# The order of the arguments of these changes nothing.
UNORDERED = NARROWED | {
    "max", "min", "only", "defer", "select_related", "prefetch_related", "values", "union", "lru_cache",
}  # fmt: skip
PLAIN_DECORATORS = re.compile(
    r"property|method|dataclass|register|display|overload|cache|wraps|filter"
)
# What people read, which tests need not repeat, and what changes nothing that runs.
UNHEARD_KEYWORDS = {
    "help_text", "verbose_name", "verbose_name_plural", "description", "description_plural", "label",
    "help", "strict", "frozen", "slots", "short_description", "empty_label", "title", "parents", "exist_ok",
}  # fmt: skip
UNHEARD_CALLS = re.compile(r"^(logger|log|warnings|self\.stdout|self\.stderr|super\(\)|print)\b")
STORED = re.compile(r"\S*[A-Za-z]\S*")


@dataclass(frozen=True)
class Fault:
    """Bytes `start` to `end` of the file at `path` replaced by `new`. Lines count from one."""

    path: str
    line: int
    kind: str
    start: int
    end: int
    new: str

    @property
    def room(self) -> str:
        """Name the folder, which is the unit that faults are spread over."""
        return self.path.rpartition("/")[0]

    def applied(self, content: bytes) -> bytes:
        return content[: self.start] + self.new.encode() + content[self.end :]


class Source:
    """A file with the places of its nodes as offsets in its bytes."""

    def __init__(self, path: str, content: bytes) -> None:
        self.path, self.content = path, content
        self.tree = ast.parse(content)
        self.lines = [0]
        for line in content.splitlines(keepends=True):
            self.lines.append(self.lines[-1] + len(line))

    def start(self, node: ast.AST) -> int:
        return self.lines[node.lineno - 1] + node.col_offset

    def end(self, node: ast.AST) -> int:
        return self.lines[node.end_lineno - 1] + node.end_col_offset

    def text(self, node: ast.AST) -> str:
        return self.content[self.start(node) : self.end(node)].decode()

    def fault(self, kind: str, start: int, end: int, new: str) -> Fault:
        line = self.content.count(b"\n", 0, start) + 1
        return Fault(self.path, line, kind, start, end, new)

    def replaced(self, kind: str, node: ast.AST, new: str) -> Fault:
        return self.fault(kind, self.start(node), self.end(node), new)


def find(path: str, content: bytes) -> list[Fault]:
    """Return the faults in the order of the file, one for each change of the text."""
    source = Source(path, content)
    found: dict[tuple[int, int, str], Fault] = {}
    for node in _reached(source.tree, path):
        for rule in RULES:
            for fault in rule(node, source):
                found.setdefault((fault.start, fault.end, fault.new), fault)
    return sorted(found.values(), key=lambda fault: (fault.start, fault.end, fault.new))


def _reached(node: ast.AST, path: str) -> Iterator[ast.AST]:
    """Walk through what runs, but not through what only people or type checkers read.

    Fields, constraints and choices of models are left out as well: `makemigrations --check` of
    `make lint` holds them to the migrations.
    """
    yield node
    for name, value in ast.iter_fields(node):
        if name in ("annotation", "returns") or isinstance(node, ast.JoinedStr):
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST) and not _unheard(child, node, path):
                yield from _reached(child, path)


def _unheard(child: ast.AST, parent: ast.AST, path: str) -> bool:
    if isinstance(child, ast.Raise | ast.Import | ast.ImportFrom):
        return True
    if isinstance(child, ast.keyword):
        return child.arg in UNHEARD_KEYWORDS
    if isinstance(child, ast.Expr):
        return isinstance(child.value, ast.Constant) or bool(
            UNHEARD_CALLS.match(ast.unparse(child.value))
        )
    if isinstance(child, ast.Assign | ast.AnnAssign):
        if isinstance(parent, ast.ClassDef):
            return path.endswith("models.py") or "/models/" in path
        return ast.unparse(child).startswith("__all__")
    return False


def _name(call: ast.Call) -> str:
    match call.func:
        case ast.Attribute(attr=name) | ast.Name(id=name):
            return name
    return ""


def _items(call: ast.Call, source: Source) -> list[ast.expr | ast.keyword]:
    return sorted([*call.args, *call.keywords], key=source.start)


def _without(items: list, index: int, end: int, source: Source, kind: str) -> Fault:
    """Leave out one of several things with commas between them, the last of which ends at `end`."""
    if index + 1 < len(items):
        return source.fault(kind, source.start(items[index]), source.start(items[index + 1]), "")
    start = source.end(items[index - 1]) if index else source.start(items[index])
    return source.fault(kind, start, end, "")


def lost_condition(node: ast.AST, source: Source) -> Iterator[Fault]:
    """`.filter(a=1, b=2)` → `.filter(a=1)`."""
    if isinstance(node, ast.Call) and _name(node) in NARROWED:
        items = _items(node, source)
        for index, item in enumerate(items):
            if _name(node) in QUERIES or (isinstance(item, ast.keyword) and item.arg):
                yield _without(items, index, source.end(node) - 1, source, "lost condition")


def lost_filter(node: ast.AST, source: Source) -> Iterator[Fault]:
    """`.filter(a=1).delete()` → `.all().delete()`, and any adjective in front of a write."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return
    if _name(node) in QUERIES:
        yield source.fault("lost filter", source.end(node.func.value), source.end(node), ".all()")
    if _name(node) in WRITES:
        before = node.func.value
        while isinstance(before, ast.Call) and isinstance(before.func, ast.Attribute):
            if _name(before) != "all":  # which filters nothing
                start, end = source.end(before.func.value), source.end(before)
                yield source.fault("lost filter of a write", start, end, ".all()")
            before = before.func.value


def lost_value(node: ast.AST, source: Source) -> Iterator[Fault]:
    """`.update(a=1, b=2)` → `.update(a=1)`, and one name less in `update_fields`."""
    if isinstance(node, ast.Call) and _name(node) in FILLED and len(node.keywords) > 1:
        items = _items(node, source)
        for index, item in enumerate(items):
            if isinstance(item, ast.keyword) and item.arg:
                yield _without(items, index, source.end(node) - 1, source, "lost value")
    match node:
        case ast.keyword(arg="update_fields", value=ast.List(elts=names) as named):
            for index in range(len(names)):
                yield _without(names, index, source.end(named) - 1, source, "lost value")


def lost_call(node: ast.AST, source: Source) -> Iterator[Fault]:
    """`log.save()` alone on its line → `pass`."""
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        yield source.replaced("lost call", node, "pass")


def lost_decorator(node: ast.AST, source: Source) -> Iterator[Fault]:
    if isinstance(node, ast.FunctionDef):
        for decorator in node.decorator_list:
            if not PLAIN_DECORATORS.search(source.text(decorator)):
                start, end = source.start(decorator) - 1, source.end(decorator)
                yield source.fault("lost decorator", start, end, "")


def lost_guard(node: ast.AST, source: Source) -> Iterator[Fault]:
    """`if late: return` → `if False: return`."""
    leaves = ast.Return | ast.Raise | ast.Continue | ast.Break
    if isinstance(node, ast.If) and not node.orelse and isinstance(node.body[-1], leaves):
        yield source.replaced("lost guard", node.test, "False")


def lost_not(node: ast.AST, source: Source) -> Iterator[Fault]:
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        start = source.start(node)  # a bracket behind it stays
        yield source.fault("lost not", start, start + len("not "), "")


def swapped_arguments(node: ast.AST, source: Source) -> Iterator[Fault]:
    if not isinstance(node, ast.Call) or _name(node) in UNORDERED:
        return
    for left, right in zip(node.args, node.args[1:], strict=False):
        first, second = source.text(left), source.text(right)
        if first != second and not isinstance(left, ast.Starred) | isinstance(right, ast.Starred):
            between = source.content[source.end(left) : source.start(right)].decode()
            start, end = source.start(left), source.end(right)
            yield source.fault("swapped arguments", start, end, second + between + first)


def turned_comparison(node: ast.AST, source: Source) -> Iterator[Fault]:
    if not isinstance(node, ast.Compare):
        return
    sides = [node.left, *node.comparators]
    for left, operator, right in zip(sides, node.ops, sides[1:], strict=False):
        start, end = source.end(left), source.start(right)
        between = source.content[start:end].decode()
        new = OPERATOR.sub(TURNED[type(operator)], between, count=1)
        yield source.fault("turned comparison", start, end, new)


def other_boolean_operator(node: ast.AST, source: Source) -> Iterator[Fault]:
    if isinstance(node, ast.BoolOp):
        old, new = ("and", "or") if isinstance(node.op, ast.And) else ("or", "and")
        for left, right in zip(node.values, node.values[1:], strict=False):
            start, end = source.end(left), source.start(right)
            between = source.content[start:end].decode()
            yield source.fault("and, or", start, end, re.sub(rf"\b{old}\b", new, between, count=1))


def looser_sql(node: ast.AST, source: Source) -> Iterator[Fault]:
    """`WHERE a AND b` → `WHERE a OR b`."""
    is_text = isinstance(node, ast.Constant) and isinstance(node.value, str)
    if is_text or isinstance(node, ast.JoinedStr):
        for found in re.finditer(
            rb"\bAND\b", source.content[source.start(node) : source.end(node)]
        ):
            start = source.start(node) + found.start()
            yield source.fault("looser SQL", start, start + len("AND"), "OR")


def changed_constant(node: ast.AST, source: Source) -> Iterator[Fault]:
    if not isinstance(node, ast.Constant):
        return
    match node.value:
        case bool(value):
            yield source.replaced("flipped boolean", node, str(not value))
        case int(value) | float(value):
            yield source.replaced("changed number", node, str(value + 1))
        case str(value) if STORED.fullmatch(value):
            closing = 3 if source.text(node).endswith(('"""', "'''")) else 1
            place = source.end(node) - closing
            yield source.fault("changed text", place, place, "x")


RULES = (
    lost_condition, lost_filter, lost_value, lost_call, lost_decorator, lost_guard, lost_not,
    swapped_arguments, turned_comparison, other_boolean_operator, looser_sql,
    changed_constant,
)  # fmt: skip
