"""Recorded files of publishers, read as the starter series that they feed would read them.

`recorded/` has excerpts: the publisher's header, order, quoting and line ends, fewer rows. A name is
the day on which the file was copied: `recorded/nvidia-compute-shipped/2026-04-02.csv`. Cells of notes
and of names of people are empty.
"""

from datetime import date
from decimal import Decimal
from pathlib import Path

import yaml

from glossary.ingest.point_reader import read_series
from glossary.ingest.revisions import Difference, compare_points
from glossary.ingest.steps.declaration import read_steps
from glossary.ingest.steps.frames import Context
from glossary.ingest.steps.publisher_file import mapping_of, read_by_steps
from glossary.values.periods import Denotes, Frequency
from glossary.values.points import Point

SERIES = Path(__file__).parents[3] / "glossary/starter/series"
RECORDED = Path(__file__).parent / "recorded"


def recording(slug: str, name: str) -> Path:
    return RECORDED / slug / name


def points(slug: str, name: str, encoding: str = "", folder: str = "") -> tuple[Point, ...]:
    """Read one recording; series that share a publisher's file share its `folder`."""
    content = recording(folder or slug, name).read_bytes()
    return points_in(content, slug, name, encoding)


def points_in(content: bytes, slug: str, name: str, encoding: str = "") -> tuple[Point, ...]:
    """Read a file by the steps of the series; the day in its name is today."""
    about = yaml.safe_load((SERIES / slug / "series.yaml").read_text())
    steps = read_steps(yaml.safe_dump(about["steps"], sort_keys=False))
    today = date.fromisoformat(name[:10])
    kind = Frequency(about["frequency"]), Denotes(about.get("denotes", "around"))
    table, _ = read_by_steps(content, name, encoding, steps, Context(today, *kind))
    return read_series(table, mapping_of(table), today, *kind).points


def values(slug: str, name: str, encoding: str = "", folder: str = "") -> dict[str, Decimal | None]:
    read = points(slug, name, encoding, folder)
    return {point.period.isoformat(): point.value for point in read}


def revision(slug: str, before: str, after: str, folder: str = "") -> Difference:
    """Compare two recordings as first release and revision."""
    return compare_points(points(slug, before, folder=folder), points(slug, after, folder=folder))
