"""Choice of faults: spread evenly over rooms and kinds, the same for the same seed."""

import re
from collections import Counter
from hashlib import sha256

from tests.faults.places import Fault

# A line of equivalents.txt: where, the line's text, why a fault in it changes nothing.
EXCUSE = re.compile(r"^(?P<path>\S+) \| (?P<kind>[^|]+) \| (?P<text>.+) \| (?P<why>[^|]+)$")


def read_excuses(content: str) -> set[tuple[str, str, str]]:
    """Read the path, kind and text of lines. Raise ValueError for a line without a reason."""
    excuses = set()
    for line in content.splitlines():
        if line and not line.startswith("#"):
            if not (parts := EXCUSE.match(line)):
                raise ValueError(f"Write `path | kind | text of the line | reason`, not {line}")
            excuses.add((parts["path"], parts["kind"], parts["text"]))
    return excuses


def choose(faults: list[tuple[Fault, str]], count: int, seed: int) -> list[tuple[Fault, str]]:
    """Return the faults, each with the text of its line, in the order they are tried.

    Each is drawn by its own text, so that a change elsewhere in the code moves few of them.
    """
    rooms, kinds = Counter[str](), Counter[str]()
    left = {fault: (text, _drawn(fault, text, seed)) for fault, text in faults}
    chosen = []
    for _ in range(min(count, len(left))):
        best = min(left, key=lambda fault: (rooms[fault.room], kinds[fault.kind], left[fault][1]))
        rooms[best.room] += 1
        kinds[best.kind] += 1
        chosen.append((best, left.pop(best)[0]))
    return chosen


def _drawn(fault: Fault, text: str, seed: int) -> str:
    return sha256(f"{seed} {fault.path} {fault.kind} {text} {fault.new}".encode()).hexdigest()
