"""Numbers that operators and readers were promised: to change one is a decision, taken here too."""

from datetime import timedelta
from decimal import Decimal
from importlib import import_module

import pytest
from django.conf import settings

from config.ratelimit import Limit
from newsletter.returns import intake
from newsletter.subscribers import held_signups, imports, retention, signups, tokens

SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
DAY = timedelta(days=1)
NUMBERS = {
    "admin.scheduling": {"LATEST": 366 * DAY},
    "admin.reader_imports": {"MAX_BYTES": 20_000_000, "MOST_SENT": 20_500_000, "SHOWN_LINES": 500},
    "doctor.public_address": {"SOON": 14 * DAY},
    "issues.composing.approval": {"JUST_NOW": MINUTE},
    "issues.composing.candidates": {"FEWEST_REPEATED": 3, "LONGEST_HEADLINE": 160},
    "issues.composing.checklist": {"MOST_HTML": 100_000},
    "issues.composing.proposals": {
        "LATE_NEWS": 31 * DAY, "MOST_CORRECTIONS": 5,
    },
    "issues.composing.recurrence": {
        "PROPOSED_BEFORE": 2 * DAY, "WARNED_BEFORE": 2 * HOUR,
    },
    "issues.composing.test_mails": {"MOST_ADDRESSES": 5},
    "issues.corrections": {"TOLERANCE": Decimal("0.01"), "TOLERANCE_IN_POINTS": Decimal("0.5")},
    "issues.listings": {"NEWEST": 12},
    "issues.rendering": {"ZOOMS": (2, 1), "LARGEST": 60_000},
    "issues.rendering.editions": {
        "MOST_TERMS": 3, "CHART_WIDTH": 552, "CHART_TEXT": 19, "LONGEST_BESIDE": 14,
    },
    "issues.rendering.fragments": {"WIDTH": 72},
    "mailing.arming": {"LEAP": 1_000_000_000, "COUNTS_EVERY": MINUTE},
    "mailing.outbox": {
        "WORKER_TIME": 2 * MINUTE, "PAUSES": [5 * MINUTE, 15 * MINUTE, HOUR, 6 * HOUR],
        "UNWRITTEN_PAUSE": HOUR, "MOST_REFUSED_IN_ROW": 3, "REFUSED_PAUSE": HOUR, "KEPT": 7 * DAY,
        "LONGEST_WAIT": 20 * MINUTE, "BATCH": 200,
    },
    "mailing.smtp.answers": {
        "TEXT_KEPT": 200, "CLOSING": 421, "LOG_IN": {530, 534, 535, 538},
        "PROTOCOL": {500, 502, 503, 504},
    },
    "mailing.smtp.wire": {"LONGEST_REPLY": 1_000_000, "JUDGED": 16_384},
    "returns.intake": {"RAW_KEPT": 30 * DAY, "KEPT": 90 * DAY},
    "returns.incoming": {"LARGEST": 262_144, "MOST_PARTS": 100, "MOST_LEVELS": 4},
    "sending.audit": {"TOLERANCE": 5 * SECOND},
    "sending.breaker": {
        "MOST_FAILURES_IN_ROW": 20, "MOST_FAILED": 5, "FEWEST_FAILED": 10, "MOST_COMPLAINED": 3,
        "FEWEST_COMPLAINED": 3, "MOST_POLICY_DOMAINS": 1,
    },
    "sending.lanes": {"BATCH": 50, "REQUEUE_SECONDS": 2},
    "sending.launch": {"ONCE_AN_HOUR": [Limit(1, HOUR)]},
    "sending.ledger": {
        "CLAIM_SECONDS": 120, "HAND_OVER_SECONDS": 1800, "PLACE_SECONDS": 60, "SKIP_BATCH": 20_000,
        "MOST_DEFERRALS": 2, "LOST_SECONDS": 60,
        "PAUSES": (MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR, 3 * HOUR, 6 * HOUR, 6 * HOUR, 6 * HOUR),
    },
    "sending.limits": {
        "SHARE_SECONDS": 0.5, "MOST_WAIT_SECONDS": 1, "DAILY_LIMIT_WAIT_SECONDS": 60,
    },
    "sending.envelopes": {"VALID_DAYS": 10},
    "sending.message": {"LONGEST_LINE": 998, "QUOTED_LINE": 76},  # RFC 5322, 2.1.1; 2045, 6.7
    "sending.progress": {
        "CACHE_SECONDS": 3, "WINDOW": MINUTE, "SHOWN_DOMAINS": 10, "SHOWN_REFUSALS": 10,
        "SHOWN_UNKNOWN": 200, "STARTS_WITHIN": 5 * MINUTE, "RECENT": 7 * DAY, "FRESH": DAY,
    },
    "sending.pump": {"SLICE": 10, "BEAT": 2, "RECONNECT_SECONDS": 30, "LOST_AFTER": MINUTE},
    "subscribers.growth": {"WEEKS": 12},
    "subscribers.held_signups": {"KEPT": 7 * DAY, "MOST_ROWS": 1000},
    "subscribers.import_rows": {"STEP": 18 * SECOND, "LONGEST_SOURCE": 200},
    "subscribers.imports": {
        "BATCH": 2_000, "SLICE_SECONDS": 10, "WORKER_TIME": 2 * MINUTE, "KEPT": 14 * DAY,
    },
    "subscribers.forms": {"STAMP_DAYS": 7},
    "subscribers.personal_data": {"MOST_ERASED": 100, "PER_SUBSCRIBER": [Limit(3, HOUR), Limit(6, DAY)]},
    "subscribers.signups": {
        "PER_ADDRESS": [Limit(1, 15 * MINUTE), Limit(3, DAY), Limit(5, 7 * DAY)],
        "BREAKER": [Limit(500, HOUR)], "FOR_SEEN_NETWORKS": [Limit(400, HOUR)],
        "FOR_IMPORTED": [Limit(200, HOUR)], "BREAKER_PAUSE": 10 * MINUTE, "FAULT_PAUSE": HOUR,
        "ONCE_AN_HOUR": [Limit(1, HOUR)],
    },
    "subscribers.retention": {
        "PENDING_KEPT": 14 * DAY, "REQUESTS_KEPT": 7 * DAY, "LINKS_KEPT": 7 * DAY, "BATCH": 500,
    },
    "subscribers.subscriptions": {"UNDO_WINDOW": HOUR, "PAUSE_WEEKS": (2, 4, 8), "BATCH": 500},
    "subscribers.tokens": {"CONFIRM_DAYS": 7, "OWN_DATA_MINUTES": 30},
    "values.schedule": {"EXPIRED_AFTER": 6 * HOUR},
    "views.archive": {"DRAWN_FOR": 3600},
    "views.signup": {
        "SIGNUPS_PER_NETWORK": {
            64: [Limit(10, HOUR)], 56: [Limit(20, HOUR)], 48: [Limit(40, HOUR)],
        },
        "SLOW_PER_NETWORK": [Limit(3, HOUR)],
        "SLOW_FOR_ALL": [Limit(30, HOUR)],
    },
}  # fmt: skip


@pytest.mark.parametrize("name", NUMBERS)
def test_numbers_are_as_decided(name):
    module = import_module(f"newsletter.{name}")
    assert {number: getattr(module, number) for number in NUMBERS[name]} == NUMBERS[name]


WEEKS = {7 * DAY: "a week"}
SAID = [
    (
        "pages/privacy.html",
        f"names your address, for {intake.RAW_KEPT.days} days, or for {intake.KEPT.days} if",
    ),
    (
        "pages/privacy.html",
        f"never confirmed is deleted {retention.PENDING_KEPT.days} days after our last mail",
    ),
    ("pages/privacy.html", f"deleted {WEEKS[retention.LINKS_KEPT]} after they end"),
    ("newsletter/confirm.html", f"link works for {tokens.CONFIRM_DAYS} days."),
    ("newsletter/mailed_link.html", f"works once, within {tokens.OWN_DATA_MINUTES} minutes."),
    ("newsletter/preferences.html", f"link works once, within {tokens.OWN_DATA_MINUTES} minutes."),
    ("newsletter/preferences.html", f"the button within {tokens.OWN_DATA_MINUTES} minutes."),
    (
        "newsletter/preferences.html",
        f", which works once, within {tokens.OWN_DATA_MINUTES} minutes.",
    ),
    ("newsletter/check_mail.html", f"after {signups.PER_ADDRESS[0].window / MINUTE:.0f} minutes."),
    ("admin/newsletter/import.html", f"Files of the last {imports.KEPT.days} days<"),
    ("admin/newsletter/import.html", f"once it is imported, or after {imports.KEPT.days} days."),
    (
        "admin/newsletter/heldsignup/change_list.html",
        f"of the last {held_signups.KEPT.days} days that",
    ),
]


@pytest.mark.parametrize(("template", "sentence"), SAID)
def test_pages_say_the_numbers_of_the_code(template, sentence):
    assert sentence in (settings.BASE_DIR / "templates" / template).read_text()
