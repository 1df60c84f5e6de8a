"""How search reads texts: words and stems, marks, an excerpt. Values in, values out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glossary.search.highlights import EXCERPT, excerpt, marked
from glossary.search.words import LONGEST_WORD, name_words, parse_query, stem, words


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Pre-Training", "pre training"),
        ("Pre‑Training", "pretraining"),
        ("café", "CAFE"),
        ("cafe\u0301", "café"),
        ("ＧＰＵ", "gpu"),
        ("Moore’s Law", "moores law"),
        ("GPT-4", "gpt4"),
        ("AI/ML", "ai ml"),
    ],
)
def test_two_spellings_of_one_name_have_one_key(one, other):
    assert parse_query(one).key == parse_query(other).key


@pytest.mark.parametrize(
    ("one", "several"),
    [
        ("gpu", "gpus"),
        ("company", "companies"),
        ("database", "databases"),
        ("index", "indexes"),
        ("batch", "batches"),
        ("cache", "caches"),
        ("loss", "losses"),
        ("use", "uses"),
        ("policy", "policies"),
    ],
)
def test_singular_and_plural_have_one_stem(one, several):
    assert stem(one) == stem(several)


def test_different_words_keep_different_stems():
    assert (
        len({stem(word) for word in ("token", "tokenization", "train", "training", "class")}) == 5
    )


def test_a_question_asks_for_its_nouns():
    assert parse_query("What is the inference?").words == ("inferenc",)
    assert parse_query("to the").words == ("to", "the")  # nothing else was asked for


@pytest.mark.parametrize("text", ["", "   ", "?!", "🙂", "\x00", "\ud800", "-" * 10_000, '"()*:^'])
def test_a_text_without_a_letter_or_digit_asks_for_nothing(text):
    query = parse_query(text)
    assert (query.key, query.words) == ("", ())


def test_an_endless_text_is_cut():
    query = parse_query("word " * 10_000)
    assert len(query.text) <= 200
    assert len(parse_query("x" * 10_000).words[0]) == LONGEST_WORD


def test_neighbors_of_a_name_are_words_run_together_too():
    assert name_words(["Pre-Training Cost"]).split() == [
        "pre", "training", "cost", "pretraining", "trainingcost",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "asked", "shown"),
    [
        ("Pre-Training of models", "pretraining", "[Pre-Training] of models"),
        ("Pre-Training of models", "pre training", "[Pre]-[Training] of models"),
        ("Pretraining of models", "pre training", "[Pretraining] of models"),
        ("Pretraining of models", "model", "Pretraining of [models]"),
        ("The café’s GPUs", "cafe gpu", "The [café’s] [GPUs]"),
        ("a <b>chip</b> & chips", "chip", "a <b>[chip]</b> & [chips]"),
        ("Tokenization", "toke", "[Tokenization]"),
        ("Tokenization", "to", "Tokenization"),
        ("nothing of it", "chip", "nothing of it"),
        ("", "chip", ""),
    ],
)
def test_the_words_asked_for_are_marked(text, asked, shown):
    parts = marked(text, parse_query(asked))
    assert "".join(f"[{part.text}]" if part.is_marked else part.text for part in parts) == shown


def test_marking_a_decomposed_accent_keeps_the_letter_whole():
    assert [
        part.text for part in marked("une cafe\u0301 x", parse_query("café")) if part.is_marked
    ] == ["café"]


def test_an_excerpt_stands_around_the_first_word_found():
    text = "Much is said before. " * 20 + "Then a tensor core appears. " + "And more after. " * 20
    found = excerpt(text, parse_query("tensor"))
    assert "a tensor core appears." in found
    assert found.startswith("… ")
    assert found.endswith(" …")
    assert len(found) <= EXCERPT + 10
    assert excerpt("A tensor.", parse_query("tensor")) == "A tensor."
    assert excerpt("Nothing.", parse_query("tensor")) == ""


def test_an_excerpt_begins_with_its_text_where_two_lines_of_a_phone_show_the_word():
    query = parse_query("tensor")
    near, far = f"{'A word ' * 9}and a tensor.", f"{'A word ' * 12}and a tensor."
    assert excerpt(near, query) == near
    assert excerpt(far, query).startswith("… ")
    assert excerpt("x" * 90 + "tensors", parse_query("x" * 40)) != ""


@given(st.text(max_size=300), st.text(max_size=40))
def test_any_text_can_be_marked_by_any_query_and_stays_itself(text, asked):
    from unicodedata import normalize

    query = parse_query(asked)
    assert "".join(part.text for part in marked(text, query)) == normalize("NFC", text)
    assert len(excerpt(text, query)) <= EXCERPT + 50
    assert all(word.isalnum() for word in words(text))
