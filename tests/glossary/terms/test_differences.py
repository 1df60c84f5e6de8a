"""What changed between two texts, line by line and word by word."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glossary.terms.differences import GAP, GONE, NEW, SAME, Piece, difference


def marked(old, new):
    """Write the difference as text: [-gone-] {+new+}, and … for what is left out."""
    marks = {SAME: "{}", GONE: "[-{}-]", NEW: "{{+{}+}}"}
    return [
        "".join(marks[piece.kind].format(piece.text) for piece in line) if line else "…"
        for line in difference(old, new)
    ]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("", "", []),
        ("Same.", "Same.", []),
        ("", "Born.", ["{+Born.+}"]),
        ("Gone.", "", ["[-Gone.-]"]),
        ("It costs $2 now.", "It costs $3 now.", ["It costs $[-2-]{+3+} now."]),
        ("It costs $2.99 now.", "It costs $3.49 now.", ["It costs $[-2.99-]{+3.49+} now."]),
        ("1,204 of 3.", "1,304 of 3.", ["[-1,204-]{+1,304+} of 3."]),
        ("It is big.", "It is very big.", ["It is {+very +}big."]),
        ("One thing.", "Quite another matter!", ["[-One thing.-]", "{+Quite another matter!+}"]),
        ("a\nb\nc\nd\ne", "a\nb\nX\nd\ne", ["…", "b", "[-c-]", "{+X+}", "d", "…"]),
        ("a\nb\nc", "a\nb\nc\nd", ["…", "c", "{+d+}"]),
        ("a\nb\nc", "b\nc", ["[-a-]", "b", "…"]),
        ("über alles", "über all", ["über [-alles-]{+all+}"]),
    ],
)
def test_lines_show_their_words_and_a_line_around_them(old, new, expected):
    assert marked(old, new) == expected


@given(st.text("ab \n", max_size=60), st.text("ab \n", max_size=60))
def test_what_is_shown_stands_in_the_texts(old, new):
    for line in difference(old, new):
        was = "".join(piece.text for piece in line if piece.kind != NEW)
        now = "".join(piece.text for piece in line if piece.kind != GONE)
        assert line == GAP or was in old.split("\n") or now in new.split("\n")
        assert line == GAP or all(isinstance(piece, Piece) for piece in line)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("a\n" * 50_000, "b\n" * 50_000),
        ("a b " * 25_000, "b a " * 25_000),
        ("".join(f"{n}\n" for n in range(15_000)), "".join(f"{n}\n" for n in range(15_000, 0, -1))),
    ],
)
def test_the_longest_texts_do_not_hang(old, new):
    began = time.perf_counter()
    difference(old, new)
    assert time.perf_counter() - began < 5
