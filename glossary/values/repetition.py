"""Whether a text already says what is about to be said next to it, so that no fact is repeated."""

import re


def is_said(text: str, said: str) -> bool:
    """Return whether `said` contains a text as whole words and whole numbers, in any case."""
    whole = rf"(?<![\w.,]){re.escape(on_one_line(text).casefold())}(?![\w%]|[.,]\d)"
    return re.search(whole, on_one_line(said).casefold()) is not None


def on_one_line(text: str) -> str:
    """Return the text with one space for each run of white space of any kind."""
    return " ".join(text.split())
