"""Messages with subjects of typographic characters, for parsers that are not Python's."""

import json
import random
from email.message import EmailMessage
from pathlib import Path

from newsletter.mailing.headers import PlainHeaders
from tests.validators import tools

WORDS = [
    "rents", "NVIDIA’s", "“2.99”", "–", "1,000×", "€", "Grüße", "Prozente", "100 %", "½", "😀",
    "compute", "fell", "30%", "H100-equivalents", "…", "=?utf-8?q?so?=", "doubles", "人工知能", "é",
]  # fmt: skip
COUNT = 1500


def make_subjects() -> list[str]:
    """Return the same subjects at every run, from 1 to 24 words."""
    dice = random.Random(2026)
    return [" ".join(dice.choices(WORDS, k=dice.randint(1, 24))) for _ in range(COUNT)]


def findings(folder: Path) -> list[str]:
    """Return the subjects that a parser reads differently from how they were written."""
    folder.mkdir()
    subjects = {f"{number:04}.eml": text for number, text in enumerate(make_subjects())}
    for name, subject in subjects.items():
        message = EmailMessage(policy=PlainHeaders(linesep="\r\n", cte_type="7bit"))
        message["Subject"], message["From"] = subject, "Pulse <pulse@example.org>"
        message.set_content("Text.\n")
        (folder / name).write_bytes(message.as_bytes())
    script = str(Path(__file__).with_name("read_subjects.mjs"))
    read = json.loads(tools.run("node", script, str(folder), check=True).stdout)
    return [
        f"{subject!r} was read as {other!r}"
        for name, subject in subjects.items()
        for other in read[name]
        if other != subject
    ]
