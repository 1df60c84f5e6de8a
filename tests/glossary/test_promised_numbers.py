"""Numbers that readers and editors were promised: to change one is a decision, taken here too."""

from datetime import timedelta
from decimal import Decimal
from importlib import import_module

import pytest

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
NUMBERS = {
    "admin.data_preview": {
        "SHOWN_ROWS": 5, "SHOWN_POINTS": 30, "LONGEST_PLAIN": Decimal("1E15"),
    },
    "admin.desk": {
        "EXPECTED_WITHIN": 14 * DAY, "MOST_COMING": 8, "MOST_NAMED": 3,
        "MOST_CHANGES": 10,
    },
    "admin.filters": {"SOON": 30 * DAY},
    "admin.rows": {"SHORT": 120},
    "admin.preview": {"WORDS_A_MINUTE": 200},
    "admin.term_exchange": {"SHOWN_LINES": 500},
    "admin.tokens": {"TOKENS_A_PAGE": 50},
    "admin.uploads": {"MOST_BYTES": 5_000_000, "MOST_SENT": 5_500_000},
    "api.cards": {
        "EDGE": 72, "TITLE_SIZES": (92, 80, 70, 60, 52, 46), "BESIDE_NUMBER": 70,
        "NUMBER_SIZES": (112, 96, 84, 72, 60, 48, 40), "BESIDE_TEXT": 72,
        "TEXT_SIZES": (40, 36, 32, 28), "LABEL_SIZE": 30, "LEADING": 1.36, "GAP": 40,
    },
    "api.feeds": {"NEWEST": 50, "VERSIONS_READ": 200},
    "api.social": {"SPARK_COUNT": 40},
    "charts.axes": {"FLATTEST": Decimal("1E-5"), "ALMOST_NOTHING": 2, "FLAT": 4},
    "charts.date_labels": {
        "MOST": {False: 5, True: 9}, "WIDE_PLOT": 300, "YEAR_STEPS": (1, 2, 5, 10, 20, 50),
        "BAR_STEPS": {"monthly": (3, 6, 12, 24, 60), "quarterly": (2, 4, 8, 20)},
        "OTHER_STEPS": (2, 5, 10, 20, 50),
    },
    "charts.description": {"CENTS_UNTIL": 100, "ENOUGH_FOR_STEPS": 4},
    "charts.drawing": {
        "NARROWEST": 250, "WIDE": 480, "MARGIN_STEP": 8, "MOST_STEPS": 12, "ROW": 18,
        "HEADROOM": 24, "FOOT": 28, "PADDING": 16, "LEAST_PLOT": 80, "FLATTEST": 120,
        "FLATTEST_COMPACT": 46,
    },
    "charts.labels": {
        "BOLD": 1.1, "LONG_LABEL": 44, "ABOVE": 10, "BELOW": 23, "BESIDE": 9, "LEADING": 3, "LIFT": 6,
        "NEAR": (0.6, 0.17), "ASIDE": 8, "CLOSE": 12,
    },
    "charts.marks": {"FEW": 12, "MARK_DISTANCE": 100, "MOST_WHISKERS": 160},
    "charts.notes": {"HEADROOM": 24, "ROW": 18, "LIFT": 5, "APART": 8, "CLEARANCE": 4},
    "charts.paths": {"MOST_SPOTS": 640},
    "charts.pictures": {"WIDTH": 640, "ZOOM": 2},
    "charts.plots": {
        "NARROW": 2,
        "LONGEST_STEP": {
            "daily": 5, "weekly": 10, "monthly": 45, "quarterly": 135, "annual": 550,
        },
    },
    "charts.sparklines": {"EDGE": 40, "COUNT": 24, "FEWEST": 6},
    "charts.ticks": {
        "TEXT_SIZE": 13, "GAP": 9, "SMALLEST_PLAIN": Decimal("0.0001"),
        "YEAR_STEPS": (1, 2, 5, 10, 20, 25, 50, 100), "MONTH_STEPS": (1, 2, 3, 6),
        "FINEST": {"monthly": 1, "quarterly": 3, "annual": 12}, "DAY_STEPS": (1, 2, 7, 14),
        "FEW_DAYS": 120,
    },
    "exchange.import_formats": {
        "MAX_BYTES": 5_000_000, "MAX_TERMS": 10_000, "MAX_UNPACKED_BYTES": 50_000_000,
        "MAX_FILE_BYTES": 500_000,
    },
    "exchange.export_formats": {"LONGEST_EXCEL_CELL": 32_767, "PACKED_AT": (1980, 1, 1, 0, 0, 0)},
    "fetching.connecting": {"MAX_URL_LENGTH": 2000, "MAX_HEAD_BYTES": 65_536},
    "fetching.fetch": {
        "REDIRECTS": {301, 302, 303, 307, 308}, "FIRST_PAUSE": 15 * MINUTE, "LONGEST_PAUSE": DAY,
    },
    "fetching.link_health": {
        "WORKERS": 8, "MOST": 60, "MOST_A_HOST": 6, "NEXT_LOOK": 6 * DAY + 20 * HOUR,
        "SECOND_LOOK": 20 * HOUR, "GONE": {404, 410}, "PROOF_OF_GONE": (2, 20 * HOUR),
        "PROOF_OF_SILENCE": (3, 2 * DAY), "PROBES": 3, "HOSTS_AT_ONCE": 200,
        "WORTH_A_GET": {400, 403, 404, 405, 406, 501, 503},
    },
    "ingest.cells": {"MAX_NUMBER_LENGTH": 80, "MAX_EXPONENT": 60, "MAX_SHOWN": 40},
    "ingest.dates": {"PIVOT": 69, "MAX_DATE_LENGTH": 40},
    "ingest.titles": {"ROWS_BELOW": 3},
    "ingest.columns": {"MAX_WHERE": 10, "MAX_NAMED": 12},
    "ingest.guessing": {"SAMPLE_ROWS": 50},
    "ingest.plans": {"MAX_LISTED": 50},
    "ingest.revisions": {"LARGEST_REVISION": Decimal("0.5"), "LARGEST_STEP": 10},
    "ingest.problems": {"MAX_PROBLEMS": 50},
    "ingest.refreshing": {"CLAIMED_FOR": 10 * MINUTE, "PATIENCE": 3 * DAY},
    "ingest.json_records": {"MOST_NUMBERED": 12},
    "ingest.tables": {
        "MAX_BYTES": 20_000_000, "MAX_ROWS": 200_000, "MAX_COLUMNS": 500, "MAX_CELLS": 5_000_000,
        "MAX_CELL_LENGTH": 10_000, "MAX_NAME_LENGTH": 200, "SAMPLE_LENGTH": 64_000, "SAMPLE_ROWS": 20,
    },
    "ingest.uploads": {"KEPT": 14 * DAY},
    "ingest.workbooks": {
        "MAX_UNPACKED_BYTES": 100_000_000, "MAX_ENTRIES": 2000, "MAX_CELLS": 2_000_000,
        "MAX_OUTPUT_LENGTH": 60_000_000, "MAX_NAME_LENGTH": 1000, "MAX_SECONDS": 20,
        "MAX_MEMORY_BYTES": 1_000_000_000,
    },
    "mentions.stored_links": {"MOST_SHOWN": 12},
    "models.deletions": {"TOGETHER": MINUTE},
    "prose.figures.growth": {"FEWEST_FOR_A_FIT": 3},
    "prose.figures.measurement": {
        "MOST_LISTED": 4, "MONTHS_FROM_DAYS": 60, "YEARS_FROM_MONTHS": 36,
    },
    "prose.figures.numerals": {"LONGEST_EXCERPT": 160},
    "prose.figures.spans": {"LONGEST_YEARS": 500, "CLOSED_DAYS": 3, "IRREGULAR_SHARE": 10},
    "prose.figures.syntax": {"SCALES": {"mn": 6, "bn": 9, "tn": 12}},
    "prose.figures.wording": {
        "SCIENTIFIC_FROM": 15, "SCIENTIFIC_BELOW": -6, "SMALLEST_SCALED": -2,
        "NEARLY_ALL": Decimal("99.9"), "MOST_DECIMALS": 4,
    },
    "prose.linking.matching": {
        "WORDS_A_LINK": 15, "LINKS_IN_ANY_TEXT": 10, "LINKS_IN_A_BLOCK": 10,
    },
    "prose.linking.vocabulary": {"MANY": 500},
    "prose.markdown.figures": {"MOST_TOKENS": 500},
    "prose.markdown.manual_links": {"LONGEST": 480, "MOST": 500},
    "prose.markdown.pipes": {"LONGEST": 200},
    "prose.rendering": {"MAX_LENGTH": 100_000},
    "search.engines": {"MOST_RANKED": 2000, "SHORTEST_PREFIX": 2, "INDEXING_LOCK": 5_271_009},
    "search.highlights": {"EXCERPT": 220, "BEFORE": 60, "FIRST": 80},
    "search.results": {"MOST": 50, "MOST_SUGGESTED": 7, "MOST_OFFERED": 5},
    "search.similar_names": {
        "SHORTEST": 3, "MOST_DIFFERENT": 1 / 3, "MOST_ERRORS": 3, "MOST_BEHIND": 2,
        "CANDIDATES": 60, "KEPT_SECONDS": 300,
    },
    "search.words": {
        "LONGEST_QUERY": 200, "LONGEST_WORD": 40, "MOST_WORDS": 12, "SHORTEST_STEM": 3,
    },
    "series.contents": {
        "WORDS_A_CHART": 110, "MOST_CHARTS": 3,
    },
    "series.freshness": {"LOOKED_WITHIN": 2 * DAY, "DAYS_A_MONTH": 28},
    "series.latest": {"A_YEAR_GIVE_OR_TAKE": 10},
    "series.movement": {"USUAL_STEPS": 12, "RECENT_DAYS": (31, 92, 366), "FEWEST_STEPS": 3},
    "series.point_table": {
        "LINED_UP": 2, "MOST_PUBLISHED": 6, "LONGEST_TABLE": 250, "NEWEST_ROWS": 100,
        "SEEN_ROWS": 12, "WORTH_A_PRESS": 4, "LONG_DIGITS": 3,
    },
    "series.revision_history": {"FEWEST": 3},
    "terms.differences": {"AROUND": 1, "ALIKE": 0.4, "MOST_WORDS": 1500},
    "terms.history": {"MOST": 100},
    "terms.contents": {"CARDS": 6, "MOST_LISTED": 500, "TERMS_A_PAGE": 100},
    "terms.timeline": {"MOST": 100},
    "values.changes": {"TOLD_AS_MULTIPLE_FROM": 10},
    "values.expectations": {
        "RHYTHMS": {
            "daily": 4, "weekly": 7, "monthly": 31, "quarterly": 92, "annual": 366,
            "irregular": 183,
        },
        "GRACE": 7 * DAY, "LATE_RHYTHMS": 2, "RHYTHMS_AFTER_PERIOD": 3,
    },
    "values.names": {"NEAR": 60, "LONGEST_TYPED": 200},
    "values.mentions": {"LONGEST_MENTION": 300},
    "values.numbers": {
        "LARGEST_EXPONENT": 100, "MOST_DIGITS": 120, "DEFAULT_FIGURES": 3, "SCIENTIFIC_FROM": 15,
        "BRIEF_WORDS_FROM": Decimal("1E6"),
    },
    "values.words": {"LONGEST_WORD": 120},
    "views.search": {"RESULTS_A_PAGE": 20},
    "views.home": {"LISTED": 5},
    "series.recent_changes": {"CHANGED": 5},
}  # fmt: skip


@pytest.mark.parametrize("name", NUMBERS)
def test_numbers_are_as_decided(name):
    module = import_module(f"glossary.{name}")
    assert {number: getattr(module, number) for number in NUMBERS[name]} == NUMBERS[name]
