"""`python -m tests.benchmarks.exchange`, also a part of `make bench-scale`.

A dictionary of 12,000 terms, or as many as DICTIONARY says, by command into a new database and
back in each format: seconds, peak of memory, and whether the same terms came back.
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path


def report_exchange() -> None:
    from glossary.exchange.export_formats import FORMATS, write_json
    from tests.benchmarks.dictionary import records

    count = int(os.environ.get("DICTIONARY", "12000"))
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder, "made.json")
        with made.open("wb") as out:
            write_json(records(count), out)
        print(f"{count:,} terms of a dictionary, {made.stat().st_size / 1e6:.0f} MB of JSON")
        here = _database(folder, "here")
        _run(here, "imported", "importterms", made)
        for name in (
            "terms.json",
            *(f"terms.{each}" for each in FORMATS if each != "json"),
            "terms",
        ):
            _run(here, f"{name} out", "exportterms", Path(folder, name))
            there = _database(folder, f"there-{name}")
            _run(there, f"{name} in", "importterms", Path(folder, name))
            again = Path(folder, f"again-{name}.json")
            _run(there, f"{name} again", "exportterms", again)
            is_equal = again.read_bytes() == Path(folder, "terms.json").read_bytes()
            print(f"  {name} came back {'equal' if is_equal else 'DIFFERENT'}")


def _database(folder: str, name: str) -> dict[str, str]:
    env = os.environ | {"DATA_DIR": str(Path(folder, name))}
    env.pop("DATABASE_URL", None)  # each a database of its own, SQLite
    Path(folder, name).mkdir()
    subprocess.run([sys.executable, "manage.py", "migrate", "-v0"], env=env, check=True)
    return env


def _run(env: dict[str, str], what: str, command: str, path: Path) -> None:
    start = time.perf_counter()
    child = [sys.executable, "manage.py", command, str(path)]
    done = subprocess.Popen(child, env=env, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(done.pid, 0)
    done.returncode = os.waitstatus_to_exitcode(status)
    took, unit = time.perf_counter() - start, 1 if sys.platform == "darwin" else 1024
    said = f"{usage.ru_maxrss * unit / 1e6:.0f} MB at most" if not status else "FAILED"
    print(f"  {what:<15} {took:6.1f} s, {said}", flush=True)


if __name__ == "__main__":
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    report_exchange()
