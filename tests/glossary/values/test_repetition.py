import pytest

from glossary.values.repetition import is_said


@pytest.mark.parametrize(
    ("text", "said", "expected"),
    [
        ("66% in a year", "Revenue rose 66% in a year, to $51.2 billion", True),
        ("66% In A Year", "Revenue rose 66%\u00a0in a year", True),
        ("6% in a year", "Revenue rose 66% in a year", False),
        ("5% in a year", "Revenue rose 1.5% in a year", False),
        ("12", "12.5 million people", False),
        ("12", "12 million people.", True),
        ("up 2", "up 2% in a year", False),
    ],
)
def test_a_fact_is_said_only_in_whole_words_and_whole_numbers(text, said, expected):
    assert is_said(text, said) is expected
