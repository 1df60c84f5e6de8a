"""Why a file of data is refused: problems by row and column."""

from collections.abc import Iterable
from dataclasses import dataclass

from glossary.ingest.cells import quote_cell

MAX_PROBLEMS = 50


@dataclass(frozen=True, slots=True, order=True)
class DataProblem:
    """One problem of a file. Row 0 means the file or the whole column."""

    row: int
    column: str
    message: str

    def __str__(self) -> str:
        row = f"row {self.row}" if self.row else ""
        column = f"column {quote_cell(self.column)}" if self.column else ""
        where = ", ".join(filter(None, (row, column)))
        return f"{where[:1].upper()}{where[1:]}: {self.message}" if where else self.message


class DataRefused(Exception):
    """The file is refused. `problems` are the first 50; `left_out` counts the others."""

    def __init__(self, problems: Iterable[DataProblem], total: int = 0) -> None:
        ordered = sorted(problems)
        self.problems = tuple(ordered[:MAX_PROBLEMS])
        self.left_out = max(total, len(ordered)) - len(self.problems)
        more = [f"and {self.left_out:,} more problems"] if self.left_out else []
        super().__init__("\n".join([*map(str, self.problems), *more]))


def refused(message: str, row: int = 0, column: str = "") -> DataRefused:
    return DataRefused([DataProblem(row, column, message)])
