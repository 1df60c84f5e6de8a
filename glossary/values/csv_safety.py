"""Turns CSV cells that a spreadsheet would run as formulas into text, and back on import.

A cell that begins with = + - @ or a control character is a formula to Excel, LibreOffice and
Google Sheets, and can send other cells to an attacker (OWASP, "CSV Injection"). A leading
apostrophe makes it text. Quotes around the cell do not help.
"""

import re

# A tab, carriage return or line feed at the start counts too: OWASP lists them with the four signs
# and the full-width forms, which East Asian versions of Excel treat alike.
TRIGGERS = frozenset("=+-@\t\r\n＝＋－＠")
# White space, byte-order marks and zero-width characters, which spreadsheets drop before they look
# at the first visible character.
INVISIBLE = re.compile(r"\A[\s\ufeff\u200b\u200c\u200d\u200e\u200f\u2060]+")
PLAIN_NUMBER = re.compile(r"[-+]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?", re.ASCII)


def defuse(cell: str) -> str:
    """Return the cell, with an apostrophe before it if a spreadsheet would run it.

    Numbers stay numbers, negative ones too. A formula that already has apostrophes before it gets
    one more, so that read_back returns exactly the original.
    """
    return f"'{cell}" if _would_run(cell.lstrip("'")) else cell


def read_back(cell: str) -> str:
    """Undo defuse: read_back(defuse(cell)) == cell for every text."""
    return cell[1:] if cell.startswith("'") and _would_run(cell.lstrip("'")) else cell


def _would_run(text: str) -> bool:
    if PLAIN_NUMBER.fullmatch(text):
        return False
    return text[:1] in TRIGGERS or INVISIBLE.sub("", text)[:1] in TRIGGERS
