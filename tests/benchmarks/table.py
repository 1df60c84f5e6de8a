"""The table of `make bench`: ours, the limit, and what one would write first, as ratios."""

import os
import platform
import statistics
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path

ROUNDS = 5


def show_machine() -> None:
    parts = [f"Python {platform.python_version()}"]
    parts += [f"{name} {version(name)}" for name in ("Django", "gunicorn", "psycopg")]
    print(f"{_processor()}, {os.cpu_count()} cores, {platform.system()}; {', '.join(parts)}")
    print(f"Medians of {ROUNDS} rounds in which all take turns, and the ratios of the rounds.\n")


def _processor() -> str:
    """Return what Linux calls the processor; elsewhere the kind of machine."""
    with suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.machine()


def take_turns(measures: Mapping[str, Callable[[], float]]) -> dict[str, list[float]]:
    """Measure all once a round, so that other load strikes all of them."""
    taken: dict[str, list[float]] = {name: [] for name in measures}
    for _ in range(ROUNDS):
        for name, measure in measures.items():
            taken[name].append(measure())
    return taken


def show(taken: Mapping[str, Sequence[float]], pairs: Sequence[tuple[str, str]], unit: str) -> None:
    """Print a line for each pair of ours and what stands beside it."""
    for ours, beside in pairs:
        ratios = [one / other for one, other in zip(taken[ours], taken[beside], strict=True)]
        one, other = (statistics.median(taken[name]) for name in (ours, beside))
        spread = f"{min(ratios):.2f} to {max(ratios):.2f}"
        print(
            f"{ours:<34} {one:>9,.1f}  {beside:<26} {other:>9,.1f} {unit:<14}"
            f"{statistics.median(ratios):>6.2f}  ({spread})",
            flush=True,
        )
