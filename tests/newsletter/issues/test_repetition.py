"""What is still to be said beside a figure, after its headline."""

import pytest

from newsletter.issues.rendering.editions import is_said, unsaid, unsaid_change


@pytest.mark.parametrize(
    ("headline", "change", "left"),
    [
        ("Compute grew", "up 20%", "up 20%"),
        ("Compute grew 20%", "up 20%", ""),
        ("Compute grew 20% in a year to $5", "up 20% in a year", ""),
        ("Use rose 6.47 percentage points in a year", "Up 6.47 percentage points in a year", ""),
        ("20% of firms use AI, up 6.5 points in a year", "Up 6.5 points in a year", ""),
        ("Compute grew 20% to $5", "up 20% in a year", "compared with a year before"),
        ("Rent fell 12% in October", "down 12% since May", "compared with May"),
        ("Rent fell 12%", "down 12% from Q1 2024 ($4.29)", "from $4.29 in Q1 2024"),
        ("Use is up 50%", "up 50% from May 6, 2025 (8 million)", "from 8 million on May 6, 2025"),
        ("Rent fell 12%", "down 12% from Q1 2024", "compared with Q1 2024"),
        ("Rent fell in the year", "down 12% from Q1 2024 ($4.29)", "down 12% from Q1 2024 ($4.29)"),
        ("Use rose 6.1 points", "up 6.1 points from 64%", "compared with 64%"),
        ("At 5, 14 times as much in a year", "14 times as much in a year", ""),
        ("A record on the way", "a record", ""),
        ("A record on the way", "the highest since 2019", "the highest since 2019"),
        # Not the same number.
        ("Rent fell 12%", "down 2%", "down 2%"),
        ("Rent fell 2.5%", "down 2%", "down 2%"),
        ("Prices rose 3 times", "up 3%", "up 3%"),
        ("Compute grew 20%", "", ""),
    ],
)
def test_a_change_is_not_told_twice(headline, change, left):
    assert unsaid_change(change, headline, "$5") == left


def test_a_headline_with_the_figure_has_not_told_a_change_of_the_same_size():
    assert unsaid_change("up 70% from May", "70% use it", "70%") == "up 70% from May"


def test_a_period_in_the_headline_is_not_said_again():
    assert unsaid("October 2026", "Rent fell to $2.10 in October\N{NO-BREAK SPACE}2026") == ""
    assert unsaid("2026", "Rent fell to $2.10 in Q1 2025") == "2026"


@pytest.mark.parametrize(
    ("text", "said", "is_it"),
    [
        ("up 5 points", "It is UP\N{NO-BREAK SPACE}5 points.", True),
        ("5", "5,000", False),
        ("5", "1.5", False),
        ("5", "It is 5, or 6.", True),
        ("up", "startup", False),
    ],
)
def test_words_and_numbers_are_compared_whole(text, said, is_it):
    assert is_said(text, said) is is_it
