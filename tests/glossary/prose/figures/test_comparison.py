"""Sent figures compared with current ones: a new period differs from a revision."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from glossary.prose.figures.readings import change_since_sent, read_figure
from glossary.values.periods import Frequency
from glossary.values.points import Status
from tests.glossary.series_views import make_view, point

MAY = point("2026-05-01", "3.9")
JUNE = point("2026-06-01", "4.2")


def rates(*points, released_on=date(2026, 6, 12)):
    return make_view("rates", points, unit="percent", short_unit="%", decimals=1,
                     frequency=Frequency.MONTHLY, released_on=released_on)  # fmt: skip


SENT = rates(point("2026-04-01", "3.7"), MAY, released_on=date(2026, 5, 12))


def sent(token="rates", view=SENT):
    return read_figure(token, {"rates": view})


def test_the_same_number_for_the_same_time_needs_no_word():
    assert change_since_sent(sent(), SENT) == ""
    assert change_since_sent(sent(), replace(SENT, released_on=date(2026, 6, 12))) == ""


def test_a_revision_names_the_month_it_came_in():
    revised = rates(replace(MAY, value=Decimal("4.1")))
    assert change_since_sent(sent(), revised, date(2026, 6, 3)) == (
        "as sent 3.9% (May 2026), now 4.1% (revised in June 2026)"
    )


def test_without_the_day_of_the_revision_only_what_is_sure_is_said():
    revised = rates(replace(MAY, value=Decimal("4.1")), released_on=date(2026, 9, 2))
    assert (
        change_since_sent(sent(), revised)
        == "as sent 3.9% (May 2026), now 4.1% (revised by September 2026)"
    )


def test_a_new_period_is_no_revision():
    assert (
        change_since_sent(sent(), rates(MAY, JUNE))
        == "as sent 3.9% (May 2026), now 4.2% (June 2026)"
    )


def test_a_new_period_with_the_same_number_says_still():
    same = rates(MAY, replace(JUNE, value=MAY.value))
    assert change_since_sent(sent(), same) == "as sent 3.9% (May 2026), still 3.9% (June 2026)"


def test_a_new_period_and_a_revision_of_the_old_one_are_both_told():
    both = rates(replace(MAY, value=Decimal("4.0")), replace(JUNE, status=Status.PROVISIONAL))
    assert change_since_sent(sent(), both) == (
        "as sent 3.9% (May 2026, since revised to 4.0%), now 4.2% (June 2026, provisional)"
    )


def test_a_period_that_vanished_is_withdrawn():
    assert change_since_sent(sent(), rates(JUNE)) == (
        "as sent 3.9% (May 2026, since withdrawn), now 4.2% (June 2026)"
    )


def test_a_series_without_values_is_no_longer_published():
    assert change_since_sent(sent(), rates()) == "as sent 3.9% (May 2026), no longer published"


def test_a_number_changed_without_a_release_was_corrected():
    assert change_since_sent(sent(), replace(SENT, decimals=2)) == (
        "as sent 3.9% (May 2026), now 3.90% (corrected)"
    )


def test_a_provisional_number_that_became_final_says_so():
    provisional = sent(view=rates(replace(MAY, status=Status.PROVISIONAL)))
    assert change_since_sent(provisional, SENT) == (
        "as sent 3.9% (May 2026, provisional), now final and unchanged"
    )


def test_a_projection_is_held_against_its_own_period():
    projected = sent("rates | projected", rates(MAY, replace(JUNE, status=Status.PROJECTED)))
    assert change_since_sent(projected, rates(MAY, JUNE)) == (
        "as sent 4.2% (June 2026, projected), now final and unchanged"
    )


@pytest.mark.parametrize(
    ("token", "text"),
    [
        ("rates | change 1m", "as sent +0.2\u00a0percentage points (April 2026 – May 2026), now +0.1\u00a0percentage points (revised in June 2026)"),
        ("rates | at 2026-04", "as sent 3.7% (April 2026), now 3.8% (revised in June 2026)"),
        ("rates | min", "as sent 3.7% (April 2026), now 3.8% (revised in June 2026)"),
        ("rates | max", ""),
        ("rates | date", ""),
    ],
)  # fmt: skip
def test_every_selector_is_compared_in_its_own_sense(token, text):
    revised = rates(point("2026-04-01", "3.8"), MAY)
    assert change_since_sent(sent(token), revised, date(2026, 6, 12)) == text
