"""Whether a text says already what another is about to say: a fact is told once."""

import re


def is_said(text: str, said: str) -> bool:
    """Return whether `said` contains a text as whole words and whole numbers, in any case."""
    whole = rf"(?<![\w.,]){re.escape(on_one_line(text).casefold())}(?![\w%]|[.,]\d)"
    return re.search(whole, on_one_line(said).casefold()) is not None


def on_one_line(text: str) -> str:
    """Return the words of a text with one space between them, for every kind of space."""
    return " ".join(text.split())
