"""When two spellings are one name: the same for terms, links and search.

Keys are stored, so what they are is written out here: another folding needs all keys made again.
"""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from glossary.prose.linking.vocabulary import TermName, Vocabulary
from glossary.search.words import parse_query, words
from glossary.values.names import name_key, name_slug
from glossary.values.words import words_of


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("Graphics Processing Unit (GPU)", "graphics processing unit(gpu)"),
        ("GPT-4.1", "gpt 4.1"),
        ("C++", "c++"),
        ("R&D", "r&d"),
        ("TCP/IP", "tcp/ip"),
        ("O’Reilly", "o'reilly"),
        ("Straße", "strasse"),
        ("İstanbul", "istanbul"),
        ("10²⁶ FLOP", "10 2 6 flop"),
        ("ＧＰＵ", "gpu"),
        ("eﬃciency", "efficiency"),
        ("人工智能", "人工智能"),
        ("नमूना", "नमूना"),
        ("", ""),
        (" – ", ""),
    ],
)
def test_a_key_is_what_it_always_was(name, key):
    assert name_key(name) == key


@pytest.mark.parametrize(
    ("name", "spellings"),
    [
        (
            "Pre-Training",
            [
                "pre training", "PRE‑TRAINING", "Pre–Training", " pre  training ", "Prè-Training",
                "Pre−Training", "Pre－Training", "pre\u00a0training", "p\u00adre-train\u200bing",
                "\u2066Pre-Training\u2069", "pre-tra\ufeffining",
            ],
        ),
        ("Moore's Law", ["Moore’s law", "Moore‘s law", "Mooreʼs Law", "Moore′s Law", "Moore`s law",
                         "Moore＇s law", "Moore´s law", "Moore\u200b’s law"]),
        ("R&D", ["R & D", "R &D", "Ｒ＆Ｄ"]),
        ("Graphics Processing Unit (GPU)", ["Graphics processing unit(GPU)"]),
    ],
)  # fmt: skip
def test_spellings_of_one_name_are_one_for_terms_links_and_search(name, spellings):
    for spelling in spellings:
        assert name_key(spelling) == name_key(name), spelling
        assert [each.term for each in Vocabulary([TermName(name, 1)]).scan(spelling)] == [1], (
            spelling
        )
        assert parse_query(spelling).key == parse_query(name).key, spelling


@pytest.mark.parametrize(
    ("one", "other"),
    [("Token", "Tokens"), ("GPU", "TPU"), ("C++", "C"), ("Moore's law", "Moores law")],
)
def test_different_names_keep_different_keys(one, other):
    assert name_key(one) != name_key(other)


def test_the_slug_of_a_number_reads_as_the_number():
    subjects = ("19.95% of EU firms use AI", "GPT-3.5", "$96.2 billion", "Two. Three", "v2. 5 %")
    assert [name_slug(each) for each in subjects] == [
        "19-95-percent-of-eu-firms-use-ai", "gpt-3-5", "96-2-billion", "two-three", "v2-5",
    ]  # fmt: skip


def test_a_slug_is_cut_to_its_length():
    assert name_slug("c" * 119 + "# minor") == "c" * 119


def test_a_name_without_latin_letters_has_no_slug():
    assert name_slug("人工智能") == ""


# Few letters, so that two of them are often the same name; ſ and ℌ are s and h.
SPELLED = st.text("aAáå\u0301Ａsſßhℌ1 -–\u00a0\u00ad\u200b\u2066", max_size=8)
WITH_SIGNS = st.text("aA1 -'’ʼ`´&.(+ﬁ½…²の模\u00ad\u200b\u3164", max_size=8)


def is_one_name(one, other):
    return name_key(one) == name_key(other)


@given(st.one_of(SPELLED, WITH_SIGNS, st.text(max_size=20)))
@example("a\uff65\uff65")
@example("a\u1fefs")
def test_a_key_has_the_words_of_its_name(name):
    """So equal keys are equal words to the linker, and equal words are equal keys."""
    assert words_of(name_key(name)).folded == words_of(name).folded


@given(*[st.one_of(SPELLED, WITH_SIGNS)] * 2)
def test_what_is_one_name_to_terms_is_the_same_words_to_the_linker(one, other):
    assert is_one_name(one, other) is (words_of(one).folded == words_of(other).folded)
    if is_one_name(one, other) and words_of(one).folded:
        assert Vocabulary([TermName(one, 1)]).holder(other) == 1


@given(*[st.one_of(SPELLED, WITH_SIGNS)] * 2)
def test_what_is_one_name_to_terms_is_one_to_search(one, other):
    if is_one_name(one, other):
        assert words(one) == words(other)
        assert parse_query(one).key == parse_query(other).key


@given(SPELLED, SPELLED)
def test_what_is_the_same_words_to_search_is_one_name_unless_signs_tell_them_apart(one, other):
    assert is_one_name(one, other) is (words(one) == words(other))
