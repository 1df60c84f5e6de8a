"""Words, their folding and their places."""

import pytest

from glossary.values.words import MARKS, PLAIN_WORD, WORD, words_of


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Pre‑Training", ["pre", "training"]),
        ("Straße É ﬃ", ["strasse", "e", "ffi"]),
        ("ＧＰＵ", ["gpu"]),
        ("com\u00adpute", ["compute"]),
        ("e\u0301valuation", ["evaluation"]),
        ("İstanbul", ["istanbul"]),
        ("GPT-4.1", ["gpt", "4", ".", "1"]),
        ("大模型", ["大", "模", "型"]),
        ("GPUの値段", ["gpu", "の", "値", "段"]),
        ("हिन्दी पाठ", ["हिनदी", "पाठ"]),
        ("snake_case", ["snake_case"]),
        ("Moore’s", ["moore", "'", "s"]),
        ("10²", ["10", "2"]),
        ("Mooreʼs", ["moore", "'", "s"]),
        ("AT & T", ["at", "&", "t"]),
        ("½ … ℌ ™", ["½", "…", "h", "tm"]),
        ("a\u115fb\ufe0fc", ["abc"]),
    ],
)
def test_words_are_folded(text, folded):
    assert words_of(text).folded == folded


def test_places_are_those_of_the_text_as_typed():
    text = "Straße, com\u00adpute \u2066GPU\u2069"
    words = words_of(text)
    typed = [text[a:b] for a, b in zip(words.starts, words.ends, strict=True)]
    assert typed == ["Straße", ",", "com\u00adpute", "GPU"]


def test_the_short_way_for_plain_text_finds_the_same_words():
    text = "Plain “text” — with 3.5 signs, it’s C++ & naïve_x; 10² pre–training¹"
    assert [m.span() for m in PLAIN_WORD.finditer(text)] == [m.span() for m in WORD.finditer(text)]
    assert "\u0301" in MARKS
