"""The last step of a series against its usual steps: the rank, and the words for it."""

from datetime import date
from decimal import Decimal

import pytest

from glossary.models import Series, TermSeries
from glossary.series.movement import Move, Movement, by_movement, last_movement
from glossary.series.recent_changes import recent_changes
from tests.builders import make_series, make_term, release
from tests.glossary.series.test_latest import view
from tests.glossary.views.test_term_page import visible_text

CALM = ["1", *(str(2**n) for n in range(1, 13))]


def surprise(*values, **fields):
    return last_movement(view(*values, **fields)).surprise


def words(*values, revised=None, **fields):
    moved = last_movement(view(*values, **fields), revised)
    return moved.words.replace("\u00a0", " ") if moved else None


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["1", "2", "4", "8", "24"], 2),
        (["1", "2", "4", "8", "16"], 1),
        ([*CALM, str(3 * 2**12)], 2),  # against the twelve before
        (["9", *CALM, str(3 * 2**12)], 2),
        (["5", "5", "5", "5", "5", "9"], 12),
        (["5", "5", "5", "5", "5"], 0),
        (["1", "2", "4", "12"], None),  # two steps before are too few
        (["1", "2"], None),
    ],
)
def test_a_step_is_measured_against_the_twelve_before(values, expected):
    assert surprise(*values) == expected


def test_a_calm_series_that_jumps_moves_more_than_one_that_always_doubles():
    assert surprise("100", "101", "102", "103", "124") > 15


def test_percentages_are_measured_in_points():
    assert surprise("10", "20", "30", "40", "60", unit="percent", short_unit="%") == 2


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (["1", "2", "4", "8", "24"], "Up 200% since 2024, 2 times its usual step"),
        (["1", "3"], "Up 200% since 2024, too few values to say what is usual"),
        (["5", "5", "5", "5", "5"], "Unchanged since 2024"),
        (["5", "5", "5", "5", "9"], "Up 80% since 2024, its first change in a long time"),
        (["1"], None),
    ],
)
def test_the_words_tell_the_step_that_was_measured(values, said):
    assert words(*values) == said


def test_a_revision_is_told_as_a_revision_and_measured_like_a_step():
    values = ["1", "2", "4", "8", "24"]
    assert words(*values, revised=Decimal(16)) == (
        "Revised from 16 units to 24 units for 2025, 0.4 times its usual step"
    )


@pytest.mark.parametrize(
    ("values", "revised", "times"),
    [(["0", "2", "4", "6", "8"], 7, "0.5 times"), (["2", "4", "6", "8"], -2, "5 times")],
)
def test_a_revision_is_never_a_percentage_among_differences(values, revised, times):
    assert words(*values, revised=Decimal(revised)).endswith(f", {times} its usual step")


def test_recent_news_comes_first_then_what_moved_more_and_never_the_alphabet():
    recent, older, old = date(2026, 2, 15), date(2026, 1, 15), date(2024, 1, 1)

    def move(slug, day, surprise, release_id):
        moved = Movement("", None if surprise is None else Decimal(surprise), "")
        return Move(slug, release_id, day, moved)

    moves = [
        move("long-ago", old, 90, 9),
        move("jumped-before", older, 21, 3),
        move("short", recent, None, 8),
        move("a-doubled", recent, 1, 5),
        move("b-doubled-later", recent, 1, 6),
        move("jumped", recent, 2, 4),
        Move("one-value", 7, recent, None),
    ]
    assert by_movement(moves, date(2026, 3, 1)) == [
        "jumped", "b-doubled-later", "a-doubled", "short", "one-value", "jumped-before", "long-ago",
    ]  # fmt: skip


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("newest", "said"),
    [("7", "Up 75% in a year"), ("12", "Up 200% in a year ; 2 times its usual step")],
)
def test_the_front_page_compares_with_the_usual_step_only_what_is_unusual(client, newest, said):
    release(make_series("doubled"), f"2021,0.5 2022,1 2023,2 2024,4 2025,{newest}")
    release(make_series("steady"), "2021,1 2022,2 2023,4 2024,8 2025,14")
    page = visible_text(client.get("/").text)
    assert page.count("times its usual step") == said.count("times")
    assert said in page
    assert "Up 75% in a year" in page


@pytest.mark.django_db
def test_every_page_tells_the_change_of_a_series_from_the_same_time(client):
    series = make_series("rent", frequency="quarterly")
    release(series, "2024-Q3,4 2024-Q4,3 2025-Q1,3 2025-Q2,2 2025-Q3,3")
    TermSeries.objects.create(term=make_term("Chip"), series=series)
    for path in ("/", "/data/", "/data/rent/", "/glossary/chip/"):
        text = visible_text(client.get(path).text)
        assert "own 25% in a year" in text or "fell 25% in a year" in text, path
        assert ("up 50% since" in text) == (path == "/"), path  # the last step, being unusual


@pytest.mark.django_db
def test_a_release_that_revises_the_newest_value_is_told_as_such_on_the_front_page(client):
    series = make_series()
    release(series, "2022,1 2023,2 2024,4 2025,8", "2026-01-15")
    release(series, "2022,1 2023,2 2024,4 2025,9", "2026-02-15")
    page = visible_text(client.get("/").text).replace("\u00a0", " ")
    assert "Up 125% in a year ; revised from 8 units to 9 units for 2025" in page
    release(series, "2022,1 2023,2 2024,5 2025,9", "2026-02-16")  # an older value
    (entry,) = recent_changes().entries
    assert entry.movement.words.startswith("Up 80% since 2024")
    assert Series.objects.get().current_release.kind == "revision"
