"""Words, their folding, and the forms of a name."""

import pytest

from glossary.prose.linking.plurals import other_number
from glossary.prose.linking.vocabulary import Name, Vocabulary, forms
from glossary.prose.linking.words import MARKS, PLAIN_WORD, WORD, words_of


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


@pytest.mark.parametrize(
    ("word", "others"),
    [
        ("GPU", ("GPUs",)),
        ("GPUs", ("GPU",)),
        ("H100", ("H100s",)),
        ("SaaS", ("SaaSs", "SaaSes")),
        ("agency", ("agencies",)),
        ("Agencies", ("Agency", "Agencie")),
        ("survey", ("surveys",)),
        ("index", ("indices", "indexes")),
        ("indices", ("index",)),
        ("Matrix", ("Matrices", "Matrixes")),
        ("criterion", ("criteria",)),
        ("analysis", ("analyses",)),
        ("Equilibrium", ("Equilibria", "Equilibriums")),
        ("memoranda", ("memorandum",)),
        ("loss", ("losses",)),
        ("batch", ("batches", "batchs")),
        ("epoch", ("epoches", "epochs")),
        ("box", ("boxes",)),
        ("quiz", ("quizzes",)),
        ("life", ("lives",)),
        ("brief", ("briefs",)),
        ("embargo", ("embargos", "embargoes")),
        ("licenses", ("licens", "license")),
        ("biases", ("bias", "biase")),
        ("bias", ("biases",)),
        ("ratios", ("ratio",)),
        ("economics", ()),
        ("futures", ()),
        ("compute", ()),
        ("C", ("Cs",)),
        ("型", ()),
    ],
)
def test_a_word_in_its_other_number(word, others):
    assert other_number(word) == others


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("cost of capital", {"cost of capital", "costs of capital", "cost of capitals"}),
        ("Economies of Scale", {"Economies of Scale", "Economy of Scale", "Economies of Scales",
                                "Economie of Scale"}),
        ("Pre-Training", {"Pre Training", "Pre Trainings"}),
    ],
)  # fmt: skip
def test_the_forms_of_a_name(name, expected):
    assert {" ".join(words) for _, words, _ in forms(Name(name, 1))} == expected


def test_a_name_of_one_term_wins_over_the_plural_of_another():
    names = Vocabulary([Name("glass", 1), Name("glasses", 2)])
    assert [match.term for match in names.scan("two glasses")] == [2]


def test_the_order_in_which_names_come_makes_no_difference():
    names = [Name("token", 1), Name("Token (Crypto)", 2)]
    for given in (names, names[::-1]):
        assert [match.term for match in Vocabulary(given).scan("a token")] == [1]
