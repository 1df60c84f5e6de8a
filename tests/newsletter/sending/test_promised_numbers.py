"""Numbers that operators plan with and docs name: to change one is a decision, taken here too."""

from datetime import timedelta

import pytest

from config.ratelimit import Limit
from newsletter.sending import (
    audit,
    breaker,
    lanes,
    launch,
    ledger,
    limits,
    message,
    progress,
    pump,
    quoting,
    states,
)

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
NUMBERS = {
    states: {
        "PAUSES": (MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR, 3 * HOUR, 6 * HOUR, 6 * HOUR, 6 * HOUR)
    },
    ledger: {
        "CLAIM_SECONDS": 120, "HAND_OVER_SECONDS": 1800, "PLACE_SECONDS": 60, "SKIP_BATCH": 20_000,
    },
    lanes: {"BATCH": 50, "REQUEUE_SECONDS": 2},
    limits: {"SHARE_SECONDS": 0.5, "MOST_WAIT_SECONDS": 1, "DAILY_LIMIT_WAIT_SECONDS": 60},
    pump: {"SLICE": 10, "BEAT": 2, "RECONNECT_SECONDS": 30, "LOST_AFTER": MINUTE},
    launch: {"LATE": 6 * HOUR, "ONCE_AN_HOUR": [Limit(1, HOUR)]},
    breaker: {
        "MOST_FAILURES_IN_ROW": 20, "MOST_FAILED": 5, "FEWEST_FAILED": 10, "MOST_COMPLAINED": 3,
        "FEWEST_COMPLAINED": 3, "MOST_POLICY_DOMAINS": 1,
    },
    audit: {"TOLERANCE": timedelta(seconds=5)},
    progress: {
        "CACHE_SECONDS": 3, "WINDOW": MINUTE, "SHOWN_DOMAINS": 10, "SHOWN_REFUSALS": 10,
        "SHOWN_UNKNOWN": 200,
    },
    message: {"LONGEST_LINE": 998},  # RFC 5322, 2.1.1
    quoting: {"LONGEST_LINE": 76},  # RFC 2045, 6.7
}  # fmt: skip


@pytest.mark.parametrize("module", NUMBERS, ids=lambda module: module.__name__)
def test_numbers_are_as_decided(module):
    assert {name: getattr(module, name) for name in NUMBERS[module]} == NUMBERS[module]
