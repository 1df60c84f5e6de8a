"""Numbers that operators and visitors were promised: to change one is a decision, taken here too."""

from datetime import timedelta
from importlib import import_module

import pytest

from config.ratelimit import Limit

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
NUMBERS = {
    "backups.folder": {"DAYS_KEPT": 14, "WEEKS_KEPT": 8},
    "bodies": {"PUBLIC_BYTES": 16_384},
    "health": {
        "LATE_AFTER": {"clock": 15 * MINUTE, "worker": 5 * MINUTE},
        "BACKUP_LATE_AFTER": timedelta(hours=50),
        "LITTLE_SPACE": 2_000_000_000, "NO_SPACE": 200_000_000,
    },
    "logins": {
        "PER_NETWORK": Limit(10, 15 * MINUTE), "PER_WIDE_NETWORK": Limit(40, 15 * MINUTE),
        "BEFORE_PAUSE": Limit(10, DAY), "LONGEST_PAUSE": MINUTE, "MOST_AT_ONCE": 2,
        "LONGEST_CHECK": MINUTE / 6, "LONGEST_PASSWORD": 1024,
        "FAILURES_KEPT": 30 * DAY, "LOGINS_KEPT": 365 * DAY,
        "WRONG_CODES": Limit(20, DAY), "CODE_WITHIN": 10 * MINUTE,
    },
    "second_factor": {"STEP": 30, "STEPS_AWAY": 1, "RECOVERY_CODES": 10},
    "sessions": {"LONGEST": 7 * DAY, "FRESH": 15 * MINUTE, "WRITTEN_EVERY": 5 * MINUTE},
    "settings": {"SESSION_COOKIE_AGE": 12 * 3600, "PASSWORD_RESET_TIMEOUT": 1800},
    "password_reset": {
        "PER_NETWORK": [Limit(10, 60 * MINUTE)], "PER_ACCOUNT": [Limit(3, 60 * MINUTE)],
    },
    "page_cache": {"LOOK_SECONDS": 1, "KEPT_SECONDS": 300, "MISSING_SECONDS": 10},
    "watching": {"HOUR": 3600, "MINUTE": MINUTE, "PATIENCE": 5 * MINUTE},
}  # fmt: skip


@pytest.mark.parametrize("name", NUMBERS)
def test_numbers_are_as_decided(name):
    module = import_module(f"config.{name}")
    assert {number: getattr(module, number) for number in NUMBERS[name]} == NUMBERS[name]
