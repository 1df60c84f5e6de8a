import pytest

from glossary.values.short_texts import head


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Chips that train models, and the racks around them", "Chips that train models"),
        ("Chips that are made. The others are not made here", "Chips that are made"),
        ("Chips that the U.S. Department of Commerce licenses", "Chips that the U.S. Department…"),
        ("Chips of one maker vs. those of several other ones", "Chips of one maker vs. those…"),
        ("Chips with which a firm works without a contract of", "Chips with which a firm works…"),
        ("Chips, in a few words that go on and on and on here", "Chips, in a few words that go…"),
        ("Chips as a firm says what was whether before its own", "Chips as a firm says…"),
        ("Chips that train models – and the racks around", "Chips that train models"),
        ("Chips that are made; the others, though, are not", "Chips that are made"),
        ("Chips are few", "Chips are few"),
        ("C" * 40, "C" * 32 + "…"),
    ],
)
def test_a_beginning_ends_behind_a_clause_or_a_word_that_may_be_the_last(text, said):
    assert head(text, 32) == said
