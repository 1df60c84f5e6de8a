"""Numbers that readers and editors were promised: to change one is a decision, taken here too."""

from datetime import timedelta
from importlib import import_module

import pytest

NUMBERS = {
    "api.cards": {
        "EDGE": 72, "TITLE_SIZES": (92, 80, 70, 60, 52), "BESIDE_NUMBERS": 64,
        "NUMBER_SIZES": (88, 72, 60, 48, 40, 32), "TEXT_SIZES": (40, 36, 32), "LABEL_SIZE": 26,
        "LEADING": 1.36, "GAP": 40,
    },
    "api.feeds": {"NEWEST": 50},
    "api.newest_changes": {"NEWEST": 50, "VERSIONS_READ": 200},
    "api.social": {"SPARK_COUNT": 40},
    "mentions.stored_links": {"MOST_SHOWN": 12},
    "search.engines": {"MOST_RANKED": 2000, "SHORTEST_PREFIX": 2, "INDEXING_LOCK": 5_271_009},
    "search.highlights": {"EXCERPT": 220, "BEFORE": 60},
    "search.results": {"MOST": 50, "MOST_SUGGESTED": 7, "MOST_OFFERED": 5},
    "search.similar_names": {
        "SHORTEST": 3, "MOST_DIFFERENT": 1 / 3, "MOST_ERRORS": 3, "MOST_BEHIND": 2,
        "CANDIDATES": 60, "KEPT_SECONDS": 300,
    },
    "search.words": {
        "LONGEST_QUERY": 200, "LONGEST_WORD": 40, "MOST_WORDS": 12, "SHORTEST_STEM": 3,
    },
    "series.contents": {"PULSE_VALUES": 12, "LINED_UP": 2, "MOVED": 4},
    "series.latest": {"A_YEAR_GIVE_OR_TAKE": 10},
    "series.movement": {"USUAL_STEPS": 12, "RECENT_DAYS": 366, "FEWEST_STEPS": 3},
    "terms.deletions": {"TOGETHER": timedelta(minutes=1)},
    "terms.differences": {"AROUND": 1, "ALIKE": 0.4, "MOST_WORDS": 1500},
    "terms.history": {"MOST": 100},
    "terms.index": {"CARDS": 6},
    "terms.timeline": {"MOST": 100},
    "values.numbers": {"SCIENTIFIC_FROM": 15},
    "views.machines": {"SECONDS": 60},
    "views.terms": {"FEATURED": 6},
}  # fmt: skip


@pytest.mark.parametrize("name", NUMBERS)
def test_numbers_are_as_decided(name):
    module = import_module(f"glossary.{name}")
    assert {number: getattr(module, number) for number in NUMBERS[name]} == NUMBERS[name]
