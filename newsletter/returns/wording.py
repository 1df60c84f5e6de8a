"""What mail servers say about a message that came back, mapped to our kinds. Pure.

The first row of TABLE that fits decides. Codes are those of RFC 3463 and its registry. The words
(words.toml) are those of Postfix, Exim, sendmail, qmail, Exchange, Domino, GroupWise, Courier,
Gmail, Outlook, Yahoo, iCloud, GMX, mail.ru, QQ, 163, Orange and others.
"""

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from newsletter.mailing.smtp.answers import ABOUT_US, URL, has_words_about_us
from newsletter.models import MailEvent

Kind = MailEvent.Kind

JUDGED = 4_000  # characters of a text
CODE = re.compile(r"(?<![\d.])[245]\.\d{1,3}\.\d{1,3}(?!\.?\d)")
REPLY_CODE = re.compile(r"(?<![\d.:/=-])[45]\d\d(?=[\s#:;<()\]-]|$)")
# What only looks like words: host names, addresses, and the code at the start of each line.
HOST = re.compile(
    r"\b(?:host|server|mta|by|to|at|from|name=) ?[\w-]+(?:\.[\w-]+)+\.?|\[[\d.:a-f]+\]"
)
ADDRESS = re.compile(r"[^\s<>(),;:\"]*@[\w.-]*")
LINE_CODE = re.compile(rf"[45]\d\d[ -]#?\(?{CODE.pattern}\)?")
# A link of a block list, which is all that some servers answer.
BLOCK_LIST = re.compile(r"spamhaus|spamcop|barracuda|sorbs|dnsbl|block_?list|black_?list", re.I)
WORDS = tomllib.loads(Path(__file__).with_name("words.toml").read_text("utf-8"))


def _alternatives(lines: str) -> re.Pattern[str]:
    for name, words in WORDS["part"].items():
        lines = lines.replace(f"{{{name}}}", f"(?:{words})")
    found = filter(None, map(str.strip, lines.splitlines()))
    return re.compile("|".join(found), re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True)
class Row:
    """A kind, and the words or codes that mean it.

    `permanent`: not after codes of 4 alone; `without`: not beside these codes.
    """

    kind: Kind
    words: re.Pattern[str] | None = None
    codes: re.Pattern[str] | None = None
    permanent: bool = False
    without: re.Pattern[str] | None = None

    @classmethod
    def read(cls, entry: dict[str, Any]) -> Self:
        patterns = {
            name: _alternatives(entry[name]) for name in {"words", "codes", "without"} & {*entry}
        }
        return cls(Kind(entry["kind"]), permanent=entry.get("permanent", False), **patterns)

    def fits(self, words: str, codes: list[str], is_temporary: bool) -> bool:
        if self.permanent and is_temporary:
            return False
        if self.without and any(map(self.without.fullmatch, codes)):
            return False
        if self.codes:
            return any(map(self.codes.fullmatch, codes))
        return bool(self.words and self.words.search(words))


LETTER = {name: _alternatives(lines) for name, lines in WORDS["letter"].items()}
TABLE = (
    Row(Kind.POLICY, codes=re.compile(rf"{ABOUT_US.pattern}|4\.7\.\d{{1,3}}")),
    *map(Row.read, WORDS["answer"]),
)


def kind_of(text: str, *, is_answer: bool = False) -> Kind | None:
    """Return what a server's answer means for the address; None if the text does not tell.

    `is_answer`: the text is an answer alone, and not a letter around it.
    """
    text = text[:JUDGED]
    codes = CODE.findall(text)
    digits = {each[0] for each in (*codes, *REPLY_CODE.findall(text))}
    is_temporary = "4" in digits and "5" not in digits
    words = _plain(text)
    for row in TABLE:
        if row.fits(words, codes, is_temporary):
            return row.kind
    if is_temporary:
        return Kind.SOFT
    return Kind.POLICY if is_answer and has_words_about_us(words) else None


def status_of(text: str) -> str:
    """Return the first enhanced code that is not a success; "" without one."""
    return next((each for each in CODE.findall(text[:JUDGED]) if each[0] != "2"), "")


def _plain(text: str) -> str:
    text = URL.sub(lambda link: " spamhaus " if BLOCK_LIST.search(link[0]) else " ", text)
    for pattern, kept in ((ADDRESS, "x@"), (HOST, " "), (LINE_CODE, " ")):
        text = pattern.sub(kept, text)
    return " ".join(text.replace("’", "'").split())
