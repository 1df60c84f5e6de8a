"""The layout of social cards: from a Card to lines of text with their positions. Pure.

Lines break by the widths of the bundled fonts, which have Latin letters only. A missing character
is never drawn as an empty box: accents and symbols are dropped, a title in another script is
replaced by `fallback`, and other text is left out.
"""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, replace

from glossary.charts import faces
from glossary.charts.faces import Face
from glossary.charts.sparklines import Sparkline
from glossary.values.numbers import RAISED, lowered, raised, split_power

# The size that Open Graph readers show uncropped. All lengths are in pixels.
WIDTH, HEIGHT = 1200, 630
EDGE = 72
ROOM = WIDTH - 2 * EDGE
KICKER_LINE, BOTTOM = 186, 582
TITLE_SIZES = (92, 80, 70, 60, 52)
BESIDE_NUMBERS = 64  # the largest title where numbers follow
NUMBER_SIZES = (88, 72, 60, 48, 40, 32)
TEXT_SIZES = (40, 36, 32)
MARK_SIZE, LABEL_SIZE = 36, 26
LEADING = 1.36
GAP = 40  # between columns
SPARK_WIDTH, SPARK_HEIGHT = 480, 190
REPLACEMENTS = {"≈": "~", "→": "–"}
RAISED_RUN = re.compile(f"[{RAISED}]+")


@dataclass(frozen=True, slots=True)
class CardNumber:
    """A figure and its label. `power` is the exponent of a number such as "5 × 10"."""

    text: str
    power: str = ""
    label: str = ""


@dataclass(frozen=True, slots=True)
class Card:
    """The content of a card: kind of page, title, and a text or up to three numbers."""

    kicker: str
    title: str
    fallback: str = ""  # a title in Latin letters
    text: str = ""
    numbers: tuple[CardNumber, ...] = ()
    spark: Sparkline | None = None

    @property
    def alt(self) -> str:
        """The alternative text of the picture."""
        numbers = (f"{each.text}{raised(each.power)} {each.label}".strip() for each in self.numbers)
        return ". ".join(part.rstrip(".") for part in (self.title, self.text, *numbers) if part)


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
    kicker = drawable(card.kicker, faces.bold_sans()) or card.kicker.split(" ")[0]
    name = drawable(site, faces.serif()) or host
    title = _title(card, name)
    return [
        TextLine(EDGE, 98, "mark", MARK_SIZE, _cut(name, faces.serif(), MARK_SIZE)),
        TextLine(WIDTH - EDGE, 98, "host", LABEL_SIZE, host),
        TextLine(
            EDGE, KICKER_LINE, "kicker", LABEL_SIZE, _cut(kicker, faces.bold_sans(), LABEL_SIZE)
        ),
        *title,
        *_text(card, title[-1].y),
        *_numbers(card),
    ]


def _title(card: Card, last_resort: str) -> list[TextLine]:
    """Return the title as large as fits in two lines; a very long one gets three and is cut."""
    face = faces.serif()
    text = drawable(card.title, face) or drawable(card.fallback, face) or last_resort
    sizes = [size for size in TITLE_SIZES if not card.numbers or size < BESIDE_NUMBERS]
    size = next((s for s in sizes if len(broken(text, face, s, ROOM)) <= 2), sizes[-1])
    return [
        TextLine(EDGE, KICKER_LINE + 14 + round(size * (1 + row * 1.1)), "title", size, line)
        for row, line in enumerate(limited(text, face, size, ROOM, 2 if card.numbers else 3))
    ]


def _text(card: Card, title_line: int) -> list[TextLine]:
    """Return the text under the title, as large as fits; cut if no size fits."""
    face, text, top = faces.sans(), drawable(card.text, faces.sans()), title_line + 24

    def most(size: int) -> int:
        return int((BOTTOM - top) // (size * LEADING))

    fitting = (size for size in TEXT_SIZES if len(broken(text, face, size, ROOM)) <= most(size))
    size = next(fitting, TEXT_SIZES[-1])
    return [
        TextLine(EDGE, top + round(size * LEADING * (row + 1)), "text", size, line)
        for row, line in enumerate(limited(text, face, size, ROOM, most(size)))
    ]


def _numbers(card: Card) -> list[TextLine]:
    """Return the numbers side by side in one size, each above its label."""
    room = (ROOM - GAP * 2) // 3 if len(card.numbers) > 1 else ROOM - SPARK_WIDTH - GAP
    face = faces.serif()
    plain = [_writable(number, face) for number in card.numbers]
    size = _number_size(plain, face, room)
    lines: list[TextLine] = []
    for index, number in enumerate(plain):
        x = EDGE + index * (room + GAP)
        text = _cut(number.text, face, size, room)
        lines.append(TextLine(x, 460, "number", size, text, number.power))
        lines += _label(number.label, x, room)
    return lines


def _number_size(numbers: list[CardNumber], face: Face, room: int) -> int:
    def fits(size: int) -> bool:
        return all(
            face.width(each.text, size) + face.width(each.power, size * 0.6) <= room
            for each in numbers
        )

    return next(filter(fits, NUMBER_SIZES), NUMBER_SIZES[-1])


def _label(text: str, x: int, room: int) -> list[TextLine]:
    face, step = faces.sans(), round(LABEL_SIZE * LEADING)
    return [
        TextLine(x, 466 + step * (row + 1), "label", LABEL_SIZE, line)
        for row, line in enumerate(limited(drawable(text, face), face, LABEL_SIZE, room, 3))
    ]


def _writable(number: CardNumber, face: Face) -> CardNumber:
    """Move superscripts to `power`, because the face lacks some; drop what it cannot draw."""
    bare, power = split_power(number.text)
    return replace(
        number, text=drawable(bare, face), power=number.power or power, label=number.label
    )


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
    text = unicodedata.normalize("NFC", text)
    letters = [_letter(each, face) for each in RAISED_RUN.sub(_caret(face), text)]
    if None in letters:
        return ""
    return " ".join("".join(filter(None, letters)).split())


def _caret(face: Face) -> Callable[[re.Match[str]], str]:
    return lambda run: run[0] if face.has(run[0]) else f"^{lowered(run[0])}"


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
