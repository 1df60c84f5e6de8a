"""Where suppressions are consulted: at signup and at freeze; at hand-over see sending/test_ledger.

They are for all newsletters or for one.
"""

import pytest
from django.db import IntegrityError

from newsletter.models import Subscription, Suppression
from newsletter.sending import audience
from newsletter.subscribers import exports, suppression
from newsletter.values.addresses import address_hash
from tests.builders import (
    make_issue,
    make_newsletter,
    make_subscriber,
    make_subscription,
    make_suppression,
)
from tests.bystanders import unchanged

pytestmark = pytest.mark.django_db

Reason = Suppression.Reason


def suppress(address, scope):
    """Suppress an address for all newsletters, for the default one, or for another one."""
    newsletters = {"all": None, "this": make_newsletter(), "another": make_newsletter("Daily")}
    hashed = address_hash(address)
    assert suppression.suppress(hashed, Reason.BY_HAND, newsletters[scope])


SCOPES = [("all", False), ("this", False), ("another", True)]


@pytest.mark.parametrize(("scope", "is_mailed"), SCOPES)
def test_at_signup(sign_up, mailoutbox, scope, is_mailed):
    suppress("reader@example.org", scope)
    sign_up("reader@example.org")
    assert bool(mailoutbox) is is_mailed
    assert Subscription.objects.exists() is is_mailed
    sign_up("other@example.org")
    assert mailoutbox[-1].to == ["other@example.org"]


@pytest.mark.parametrize(("scope", "is_mailed"), SCOPES)
def test_at_freeze(scope, is_mailed):
    issue = make_issue(status="sending")
    reader, other = make_subscription("reader@example.org"), make_subscription("b@example.org")
    suppress("reader@example.org", scope)
    filled = audience.fill_ledger(issue)
    assert filled.excluded == ({} if is_mailed else {"suppressed": 1})
    mailed = [reader.pk, other.pk] if is_mailed else [other.pk]
    assert sorted(issue.deliveries.values_list("subscription_id", flat=True)) == mailed


def test_an_earlier_reason_is_kept():
    reader, other = make_subscriber(), make_suppression("other@example.org")
    suppression.suppress(reader.address_hash, Reason.BOUNCED)
    first = Suppression.objects.get(reason="bounced")
    with unchanged(first, other):
        suppression.suppress(reader.address_hash, Reason.COMPLAINED)
    assert Suppression.objects.count() == 2


def test_what_a_person_asked_for_is_never_about_one_newsletter():
    with pytest.raises(IntegrityError):
        suppression.suppress(make_subscriber().address_hash, Reason.ERASED, make_newsletter())


def test_the_export_has_hashes_reasons_scopes_and_days(clock):
    make_suppression("a@example.org")
    suppress("b@example.org", "another")
    columns = exports.SUPPRESSION_COLUMNS
    rows = exports.cells(columns, Suppression.objects.order_by("pk"))
    content = b"".join(exports.csv_parts(columns, rows))
    assert content.decode("utf-8-sig").split("\r\n") == [
        "address_hash,reason,newsletter,suppressed_on",
        f"{address_hash('a@example.org')},refused,,2026-11-23",
        f"{address_hash('b@example.org')},by hand,daily,2026-11-23",
        "",
    ]
