"""The layout of social cards: from a Card to lines of text with their positions. Pure.

Lines break by the widths of the bundled fonts, which have Latin letters only. A missing character
is never drawn as an empty box: accents and symbols are dropped, a title in another script is
replaced by `fallback`, and other text is left out.
"""

import re
import unicodedata
from dataclasses import dataclass

from glossary.charts import faces
from glossary.charts.faces import Face
from glossary.charts.sparklines import Sparkline
from glossary.values.numbers import RAISED, lowered, raised, split_power

# The size that Open Graph readers show uncropped. All lengths are in pixels.
WIDTH, HEIGHT = 1200, 630
EDGE = 72
ROOM = WIDTH - 2 * EDGE
KICKER_LINE, BOTTOM = 152, 588
TITLE_SIZES = (92, 80, 70, 60, 52, 46)
BESIDE_NUMBER = 70  # the largest title above a number
NUMBER_SIZES = (112, 96, 84, 72, 60, 48, 40)
BESIDE_TEXT = 72  # the largest number under a text
TEXT_SIZES = (40, 36, 32, 28)
TILE, NAME_LINE, NAME_SIZE = 48, 84, 36
LABEL_SIZE = 30  # a card is often shown at 40% of its size
LEADING = 1.36
GAP = 40  # between a number and what is above or beside it
SPARK_WIDTH, SPARK_HEIGHT = 416, 144
REPLACEMENTS = {"≈": "~", "→": "–"}
RAISED_RUN = re.compile(f"[{RAISED}]+")


@dataclass(frozen=True, slots=True)
class CardNumber:
    """A figure, with its unit and period below, and what they say or measure.

    `power` is the exponent of a number such as "5 × 10".
    """

    text: str
    power: str = ""
    labels: tuple[str, ...] = ()

    @property
    def alt(self) -> str:
        return f"{self.text}{raised(self.power)} {'. '.join(filter(None, self.labels))}".strip()


@dataclass(frozen=True, slots=True)
class Card:
    """The content of a card: kind of page, title, and a text, a number with its line, or both.

    Under a number the text is left out where it does not fit.
    """

    kicker: str
    title: str
    fallback: str = ""  # a title in Latin letters
    text: str = ""
    number: CardNumber | None = None
    spark: Sparkline | None = None

    @property
    def alt(self) -> str:
        number = self.number.alt if self.number else ""
        return ". ".join(part.rstrip(".") for part in (self.title, self.text, number) if part)


@dataclass(frozen=True, slots=True)
class TextLine:
    x: int
    y: int
    kind: str
    size: int
    text: str
    power: str = ""


def lay_out(card: Card, site: str, host: str) -> list[TextLine]:
    """Return every line with the position of its baseline: first the site's name and its host."""
    serif, bold = faces.serif(), faces.bold_sans()
    kicker = drawable(card.kicker, bold) or card.kicker.split(" ")[0]
    name = drawable(site, serif) or host
    number = _number(card)
    end = number[0].y - round(number[0].size * 0.75) - GAP if number else BOTTOM
    title = _title(card, name, end)
    return [
        TextLine(EDGE + TILE + 16, NAME_LINE, "name", NAME_SIZE, _cut(name, serif, NAME_SIZE)),
        TextLine(WIDTH - EDGE, NAME_LINE, "host", LABEL_SIZE, host),
        TextLine(EDGE, KICKER_LINE, "kicker", LABEL_SIZE, _cut(kicker, bold, LABEL_SIZE, ROOM)),
        *title,
        *_text(card, title[-1].y + 24, end),
        *number,
    ]


def _title(card: Card, last_resort: str, end: int) -> list[TextLine]:
    """Return the title as large as fits in two lines; a very long one gets three and is cut."""
    face = faces.serif()
    text = drawable(card.title, face) or drawable(card.fallback, face) or last_resort
    sizes = [size for size in TITLE_SIZES if not card.number or size <= BESIDE_NUMBER]
    size = next((s for s in sizes if len(broken(text, face, s, ROOM)) <= 2), sizes[-1])
    top = KICKER_LINE + 14
    most = max(min(3, round((end - top) / (size * 1.1))), 1)
    # The least room that makes no more lines, so that no word is alone on the last.
    needed = len(broken(text, face, size, ROOM))
    narrower = range(ROOM, ROOM // 2 if needed <= most else ROOM - 1, -GAP)
    room = [each for each in narrower if len(broken(text, face, size, each)) == needed][-1]
    return [
        TextLine(EDGE, top + round(size * (1 + row * 1.1)), "title", size, line)
        for row, line in enumerate(limited(text, face, size, room, most))
    ]


def _text(card: Card, top: int, end: int) -> list[TextLine]:
    """Return the text between two heights, as large as fits.

    One that fits in no size is cut, or left out where a number follows.
    """
    face, text = faces.sans(), drawable(card.text, faces.sans())

    def most(size: int) -> int:
        return int((end - top) // (size * LEADING))

    fitting = (size for size in TEXT_SIZES if len(broken(text, face, size, ROOM)) <= most(size))
    size = next(fitting, 0 if card.number else TEXT_SIZES[-1])
    return [
        TextLine(EDGE, top + round(size * LEADING * (row + 1)), "text", size, line)
        for row, line in enumerate(limited(text, face, size, ROOM, most(size)) if size else ())
    ]


def _number(card: Card) -> list[TextLine]:
    """Return the number above its labels, at the bottom, beside the line if there is one."""
    if card.number is None:
        return []
    face, room = faces.serif(), ROOM - (SPARK_WIDTH + GAP if card.spark else 0)
    # Superscripts become the power, because the face lacks some.
    bare, power = split_power(card.number.text)
    text, power = drawable(bare, face), card.number.power or power
    sizes = [size for size in NUMBER_SIZES if not card.text or size <= BESIDE_TEXT]
    fitting = (s for s in sizes if face.width(text, s) + face.width(power, s * 0.6) <= room)
    size = next(fitting, sizes[-1])
    labels = _labels(card.number.labels, room)
    y = (labels[0].y if labels else BOTTOM + LABEL_SIZE) - LABEL_SIZE - 18
    return [TextLine(EDGE, y, "number", size, _cut(text, face, size, room), power), *labels]


def _labels(labels: tuple[str, ...], room: int) -> list[TextLine]:
    """Return the labels, each beginning a line of its own, of at most two lines."""
    face, step = faces.sans(), round(LABEL_SIZE * LEADING)
    lines = [
        line
        for label in labels
        for line in limited(drawable(label, face), face, LABEL_SIZE, room, 2)
    ]
    top = BOTTOM - step * (len(lines) - 1)
    return [
        TextLine(EDGE, top + step * row, "label", LABEL_SIZE, line)
        for row, line in enumerate(lines)
    ]


# --- lines ---


def limited(text: str, face: Face, size: float, room: float, most: int) -> list[str]:
    """Break a text into at most `most` lines; an ellipsis ends a cut text."""
    lines = broken(text, face, size, room)
    if len(lines) <= most:
        return lines
    if most < 1:
        return []
    words = lines[most - 1]
    while words and face.width(f"{words}…", size) > room:
        words = words.rpartition(" ")[0] or words[:-1]
    return [*lines[: most - 1], f"{words.rstrip(' ,;:.–—')}…"]


def broken(text: str, face: Face, size: float, room: float) -> list[str]:
    """Break a text between words, and between the letters of a word wider than `room`."""
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and face.width(longer, size) <= room:
            lines[-1] = longer
        else:
            lines += _pieces(word, face, size, room)
    return lines


def _pieces(word: str, face: Face, size: float, room: float) -> list[str]:
    pieces = [""]
    for letter in word:
        if pieces[-1] and face.width(pieces[-1] + letter, size) > room:
            pieces.append("")
        pieces[-1] += letter
    return pieces


def _cut(text: str, face: Face, size: float, room: float = ROOM / 2) -> str:
    return next(iter(limited(text, face, size, room, 1)), "")


# --- letters ---


def drawable(text: str, face: Face) -> str:
    """Return the text as the face can draw it, or "" when a letter would be lost.

    Missing accents and symbols are dropped. Missing superscripts follow a caret, because 10²⁶
    without its power is another number.
    """

    def caret(run: re.Match[str]) -> str:
        return run[0] if face.has(run[0]) else f"^{lowered(run[0])}"

    raised = RAISED_RUN.sub(caret, unicodedata.normalize("NFC", text))
    letters = [_letter(each, face) for each in raised]
    if None in letters:
        return ""
    return " ".join("".join(filter(None, letters)).split())


def _letter(letter: str, face: Face) -> str | None:
    """Return the letter, its base letters, "" for a symbol, or None when it would be lost."""
    if letter.isspace():
        return " "
    letter = REPLACEMENTS.get(letter, letter)
    if letter in face.widths:
        return letter
    # NFKD folds full-width forms and ligatures. Superscripts are replaced before.
    bases = [c for c in unicodedata.normalize("NFKD", letter) if not unicodedata.combining(c)]
    if bases and all(base in face.widths for base in bases):
        return "".join(bases)
    is_meaningful = letter.isalnum() or unicodedata.category(letter) == "Sm"
    return None if is_meaningful else ""
