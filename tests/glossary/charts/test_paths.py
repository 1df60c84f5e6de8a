import re
from itertools import accumulate

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from glossary.charts.paths import (
    Spot,
    band_path,
    bars_path,
    dots_path,
    joined_pixels,
    line_paths,
    lone_ranges,
    pixels,
    polyline,
    rules_path,
    stairs,
    thinned,
    whiskers_path,
)


def spots(*heights, **fields):
    return [Spot(x=10 * i, y=y, joined=i > 0, **fields) for i, y in enumerate(heights)]


def corners_of(path):
    """Read "M0 1.2l3-4 5 6" back into places in tenths."""
    values = [round(float(v) * 10) for v in re.findall(r"-?(?:\d+\.?\d*|\.\d+)", path)]
    return list(zip(accumulate(values[::2]), accumulate(values[1::2]), strict=True))


@pytest.mark.parametrize(
    ("tenths", "text"),
    [(0, "0"), (5, ".5"), (-5, "-.5"), (120, "12"), (123, "12.3"), (-1230, "-123")],
)
def test_numbers_are_as_short_as_can_be(tenths, text):
    assert pixels(tenths) == text


def test_a_minus_sign_separates():
    assert joined_pixels([10, -20, 35]) == "1-2 3.5"


def test_a_line_goes_on_in_steps_from_where_it_is():
    assert polyline([(0, 120), (40, 95), (80, 125)]) == "M0 12l4-2.5 4 3"


def test_a_line_of_one_spot_is_a_dot():
    assert polyline([(10, 20)]) == "M1 2h.01"


def test_stairs_hold_a_value_until_the_next():
    assert stairs([(0, 100), (50, 60), (90, 60)]) == "M0 10h5v-4h4"


places = st.tuples(st.integers(0, 6400), st.integers(0, 2400))


@settings(deadline=None, max_examples=100)
@given(st.lists(places, min_size=2, max_size=60))
def test_a_line_reads_back_without_drift(line):
    assert corners_of(polyline(line)) == line


def test_a_line_is_broken_at_a_gap():
    line = [Spot(0, 0, False), Spot(10, 5, True), Spot(30, 5, False), Spot(40, 0, True)]
    assert line_paths(line, is_step=False) == ("M0 0l1 .5M3 .5l1-.5", "")


def test_the_projected_part_is_dashed_from_the_last_observed_spot():
    line = [*spots(0, 5), Spot(20, 10, True, dashed=True), Spot(30, 15, True, dashed=True)]
    assert line_paths(line, is_step=False) == ("M0 0l1 .5", "M1 .5l1 .5 1 .5")


def test_a_band_goes_out_along_the_top_and_back_along_the_bottom():
    band = [Spot(0, 50, False, low=60, high=40), Spot(10, 50, True, low=70, high=30)]
    assert band_path(band, is_step=False) == "M0 4l1-1 0 4-1-1z"


def test_a_band_needs_both_bounds_and_two_spots():
    assert band_path([Spot(0, 5, False, low=6, high=4), Spot(9, 5, True)], is_step=False) == ""


def test_a_range_beside_which_there_is_none_is_in_no_band():
    none, lone, (first, second) = (
        Spot(0, 50, False),
        Spot(10, 50, True, low=80, high=30),
        (Spot(x, 50, x > 30, low=80, high=30) for x in (30, 40)),
    )
    spots = [none, lone, Spot(20, 50, True), first, second]
    assert lone_ranges(spots) == [lone]
    assert band_path(spots, is_step=False).count("M") == 1


def test_whiskers_stand_between_high_and_low():
    assert whiskers_path([Spot(10, 50, False, low=80, high=30), Spot(20, 50, False)]) == "M1 3v5"


def test_bars_stand_on_the_base_and_hang_below_it():
    assert bars_path(spots(40, 160), base=100, width=8) == ("M-.4 10v-6h.8v6zM.6 10v6h.8v-6z")


def test_dots_and_rules():
    assert dots_path(spots(10, 20)) == "M0 1h.01M1 2h.01"
    assert rules_path([10, 25], 6400) == "M0 1h640M0 2.5h640"


def test_few_spots_are_all_kept():
    few = spots(*range(100))
    assert thinned(few) == few


@settings(deadline=None, max_examples=30)
@given(st.lists(st.integers(0, 2400), min_size=700, max_size=3000), st.data())
def test_thinning_keeps_ends_order_and_extremes(heights, data):
    every = spots(*heights)
    kept = thinned(every)
    assert len(kept) <= 660
    assert kept[0] is every[0]
    assert kept[-1] is every[-1]
    assert [spot.x for spot in kept] == sorted({spot.x for spot in kept})
    assert min(spot.y for spot in kept) == min(heights)
    assert max(spot.y for spot in kept) == max(heights)


def test_thinning_keeps_what_stands_beside_a_gap():
    every = spots(*[100] * 1000)
    every[500] = Spot(5000, 100, joined=False)
    kept = thinned(every)
    assert every[499] in kept
    assert every[500] in kept


def test_thousands_of_gaps_are_thinned_too():
    every = [Spot(x, x % 7, joined=False) for x in range(5000)]
    assert len(thinned(every)) <= 660
