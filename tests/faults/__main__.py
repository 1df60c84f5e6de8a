"""`python -m tests.faults --seed 2026 --count 40 | tee tests/faults/table.txt`

Puts faults in copies of the code, one at a time, and prints the test that detects each. A survivor needs
a test, or a line with the reason in equivalents.txt. Run by hand: forty take half an hour.
"""

import argparse
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from queue import Queue

from tests.faults.choosing import choose, read_excuses
from tests.faults.places import Fault, find

ROOT = Path(__file__).parents[2]
EXCUSED = ROOT / "tests/faults/equivalents.txt"
APPS = ("config", "glossary", "newsletter")
MINUTES = 15  # a fault that makes a test exceed this counts as detected
SEEN = re.compile(r"^(?:FAILED|ERROR) (\S+)", re.MULTILINE)


def read_faults(under: str) -> list[tuple[Fault, str]]:
    """Find the faults that no line of equivalents.txt excuses, each with the text of its line."""
    excused = read_excuses(EXCUSED.read_text())
    found = []
    for path in _files(*APPS):
        if path.startswith(under) and path.endswith(".py") and "/migrations/" not in path:
            content = (ROOT / path).read_bytes()
            for fault in find(path, content):
                text = _line(content, fault)
                if (path, fault.kind, text) not in excused:
                    found.append((fault, text))
    return found


def _files(*under: str) -> list[str]:
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *under]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return [path for path in listed.stdout.split("\n") if (ROOT / path).is_file()]


def _line(content: bytes, fault: Fault) -> str:
    """Return the line of the fault in one space between words."""
    return " ".join(content.splitlines()[fault.line - 1].decode().split())


def stages(path: str) -> list[list[str]]:
    """Return the arguments of pytest, those of the nearest tests first."""
    room, app = f"tests/{path.rpartition('/')[0]}", f"tests/{path.partition('/')[0]}"
    places = [place for place in dict.fromkeys([room, app, "tests"]) if (ROOT / place).is_dir()]
    return [
        [place, *(f"--ignore={done}" for done in places[:at])] for at, place in enumerate(places)
    ]


@contextmanager
def applied(fault: Fault, copy: Path) -> Iterator[None]:
    """Put the fault in a copy of the checkout, and take it out again."""
    file = copy / fault.path
    content = file.read_bytes()
    file.write_bytes(fault.applied(content))
    try:
        yield
    finally:
        file.write_bytes(content)


def run(copy: Path, arguments: list[str]) -> str:
    """Return the first test that fails, or nothing if all pass."""
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-rfE", "-p", "no:cacheprovider"]
    command += ["-m", "not browser and not slow", "--ignore=tests/faults", *arguments]
    # No bytecode is kept: a fault of the same length within a second would be taken for the code.
    environment = os.environ | {"PYTHONDONTWRITEBYTECODE": "1", "DATA_DIR": str(copy / "var")}
    with subprocess.Popen(
        command, cwd=copy, env=environment, text=True, start_new_session=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    ) as process:  # fmt: skip
        try:
            output, _ = process.communicate(timeout=MINUTES * 60)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            return f"nothing ends after {MINUTES} minutes"
    failed = SEEN.search(output)
    if failed:
        return failed[1]
    return "" if process.returncode in (0, 5) else f"pytest: {output.strip().splitlines()[-1]}"


def try_one(fault: Fault, copies: Queue[Path], *, near: bool) -> str:
    copy = copies.get()
    try:
        with applied(fault, copy):
            for arguments in stages(fault.path)[: 1 if near else None]:
                if seen := run(copy, arguments):
                    return seen
        return "SURVIVED"
    finally:
        copies.put(copy)


def row(number: int, fault: Fault, text: str, seen: str) -> str:
    content = (ROOT / fault.path).read_bytes()
    after = _line(fault.applied(content), fault)
    return (
        f"{number:>3} {fault.path}:{fault.line}  {fault.kind}\n"
        f"    - {text}\n    + {after}\n    {seen}\n"
    )


def main() -> int:
    options = _options()
    chosen = choose(read_faults(options.under), options.count, options.seed)
    numbered = [(at, *one) for at, one in enumerate(chosen, 1) if options.only in (None, at)]
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(options.jobs) as threads:
        copies: Queue[Path] = Queue()
        for job in range(options.jobs):
            copies.put(_copied(Path(folder) / str(job)))
        jobs = [threads.submit(try_one, one[1], copies, near=options.near) for one in numbered]
        seen = []
        for (number, fault, text), job in zip(numbered, jobs, strict=True):
            seen.append(job.result())
            print(row(number, fault, text, seen[-1]), flush=True)
        tests = sorted({test for test in seen if "::" in test})
        if tests and (red := run(copies.get(), tests)):
            raise SystemExit(f"{red} fails without a fault too, so this table says nothing")
    survived = seen.count("SURVIVED")
    print(f"Seed {options.seed}: {len(seen) - survived} of {len(seen)} faults seen.")
    return min(survived, 1)


def _copied(copy: Path) -> Path:
    for path in _files():
        (copy / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / path, copy / path, follow_symlinks=False)
    return copy


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.faults")
    parser.add_argument("--seed", type=int, default=2026)
    parser.add_argument("--count", type=int, default=40)
    parser.add_argument("--only", type=int, help="run this one of the faults that are chosen")
    parser.add_argument("--jobs", type=int, default=1, help="faults tried at the same time")
    parser.add_argument("--under", default="", help="choose in this folder or file only")
    parser.add_argument("--near", action="store_true", help="run the tests of the room only")
    return parser.parse_args()


if __name__ == "__main__":
    raise SystemExit(main())
