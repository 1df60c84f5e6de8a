"""What the line beside a figure still has to say: a fact of the headline is not said again."""

import re

from glossary.values.repetition import is_said, on_one_line

# "up 30% from Q1 2024", "down 6 points since May", "14 times as much in a year": how much it
# changed, and since when.
CHANGE = re.compile(r"(?:(?:up|down) )?(?P<size>.*?\d.*?)(?P<base> (?:from|since|in) .+)?")
COMPARED = {"from": "compared with", "since": "compared with"}
A_YEAR = "in a year"


def unsaid_change(change: str, headline: str, figure: str) -> str:
    """Return a change without its size where the headline has it: "compared with Q1 2024", or "".

    A size that is also the figure is kept: the headline means the figure ("70% of firms").
    """
    found = CHANGE.fullmatch(on_one_line(change))
    if found is None or is_said(found["size"], figure) or not is_said(found["size"], headline):
        return unsaid(change, headline)
    base = unsaid((found["base"] or "").strip(), headline)
    if base == A_YEAR:
        return "compared with a year before"
    first, _, rest = base.partition(" ")
    return f"{COMPARED[first]} {rest}" if first in COMPARED else base and change


def unsaid(text: str, said: str) -> str:
    """Return the text, or "" if `said` contains it."""
    return "" if is_said(text, said) else text
