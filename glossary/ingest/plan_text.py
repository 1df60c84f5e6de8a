"""A plan as lines of text, for terminal and admin."""

from collections.abc import Iterator

from glossary.ingest.columns import Mapping
from glossary.ingest.plans import ReleasePlan


def plan_lines(plan: ReleasePlan) -> Iterator[str]:
    """Yield lines about what was read and how, what changes, and which texts would change."""
    yield f"{plan.series.title}, released {plan.released_on}"
    yield f"Columns: {read_as(plan)}"
    yield from plan.file.left_out
    yield from plan.file.told
    yield plan.summary
    for change in plan.sentences:
        yield f"{change.title} would no longer say: {change.before}"
        yield f"{' ' * len(change.title)} but instead:        {change.after}"
    for broken in plan.broken:
        yield f"{broken.title} claims {broken.claim}: {broken.finding}"


def read_as(plan: ReleasePlan) -> str:
    """Return how the file was read: by which columns, or by the steps."""
    return "by the steps of the series" if plan.file.by_steps else mapping_text(plan.file.mapping)


def mapping_text(mapping: Mapping) -> str:
    """Return which column has which role: "period = quarter, value = median"."""
    roles = ("period", "value", "low", "high", "status")
    named = [f"{role} = {getattr(mapping, role)}" for role in roles if getattr(mapping, role)]
    named += [f"where {column} = {value}" for column, value in mapping.where]
    if mapping.pick:
        named.append(f"pick {mapping.pick}")
    return ", ".join(named)
