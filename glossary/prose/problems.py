"""What an editor is told about a text."""

from dataclasses import dataclass
from typing import Self


class FigureError(ValueError):
    """A figure cannot be given. The message tells the editor what to write instead."""


@dataclass(frozen=True, slots=True)
class FigureProblem:
    """What an editor reads in place of a figure."""

    message: str

    @classmethod
    def of(cls, subject: str, error: object) -> Self:
        """Make a sentence of an error, which may end in a question."""
        text = f"{subject}: {error}"
        return cls(text if text.endswith("?") else f"{text}.")


@dataclass(frozen=True, slots=True)
class TextProblem:
    """A problem of a text: the line of its Markdown, and what is written between the braces."""

    line: int
    inside: str
    message: str
