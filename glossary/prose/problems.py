"""Problems in a text, for its editor."""

from dataclasses import dataclass
from typing import Self


class FigureError(ValueError):
    """The figure has no value. The message tells the editor what to write instead."""


@dataclass(frozen=True, slots=True)
class FigureProblem:
    """The message that an editor sees in place of a figure."""

    message: str

    @classmethod
    def of(cls, subject: str, error: object) -> Self:
        """Make a sentence of an error, which may end in a question."""
        text = f"{subject}: {error}"
        return cls(text if text.endswith("?") else f"{text}.")


@dataclass(frozen=True, slots=True)
class TextProblem:
    """A problem in a text: its line in the Markdown, and what the braces or brackets contain."""

    line: int
    inside: str
    message: str
