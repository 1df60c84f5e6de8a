"""`manage.py liftsuppression` lifts the suppression of an address when its owner asks."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from newsletter.models import ReaderAction, Suppression
from newsletter.subscribers import suppression
from newsletter.subscribers.suppression import suppress
from tests.builders import make_newsletter, make_subscriber, make_suppression
from tests.bystanders import unchanged

pytestmark = pytest.mark.django_db


def lift(*arguments):
    out = StringIO()
    call_command("liftsuppression", *arguments, stdout=out)
    return out.getvalue()


def test_without_yes_it_only_shows(clock):
    make_suppression("reader@example.org")
    said = lift("Reader@example.org")
    assert "refused all mail on 23 November 2026: all newsletters" in said
    assert "run it again with --yes" in said
    assert Suppression.objects.exists()


def test_with_yes_the_address_can_sign_up_again(sign_up, mailoutbox):
    make_suppression("reader@example.org")
    make_suppression("other@example.org")
    assert "Lifted." in lift("reader@example.org", "--yes", "--why", "asked")
    assert Suppression.objects.count() == 1
    sign_up("reader@example.org")
    assert [message.to for message in mailoutbox] == [["reader@example.org"]]


def test_a_complaint_is_lifted_with_its_suppression():
    reader = make_subscriber("reader@example.org", status="complained")
    full = make_subscriber("full@example.org", status="bounced")  # three times, so not suppressed
    make_suppression("reader@example.org", reason="complained")
    with unchanged(full):
        lift("reader@example.org", "--yes", "--why", "asked")
    reader.refresh_from_db()
    assert reader.status == "ok"


def test_it_says_when_there_is_nothing_to_lift():
    assert (
        lift("reader@example.org", "--yes", "--why", "asked") == "This address is not suppressed.\n"
    )


def test_an_invalid_address_is_refused():
    with pytest.raises(CommandError, match="contains an @"):
        lift("reader")


def test_lifting_needs_a_reason_which_is_kept(clock):
    kept = make_suppression("other@example.org")
    suppressed = make_suppression("reader@example.org")
    with unchanged(kept, suppressed), pytest.raises(CommandError, match="Say why"):
        lift("reader@example.org", "--yes")
    with unchanged(kept):
        lift("reader@example.org", "--yes", "--why", "reader@example.org asked on May 3")
    action = ReaderAction.objects.get()
    assert (action.kind, action.by_name, action.why) == (
        "lifted", "by command", "<address> asked on May 3",
    )  # fmt: skip
    assert action.about == f"{suppressed.address_hash[:12]}… (refused), all newsletters"


def test_a_reader_whom_another_suppression_forbids_stays_bounced():
    reader = make_subscriber("reader@example.org", status="bounced")
    of_one, of_all = make_suppression("reader@example.org"), make_suppression("b@example.org")
    suppress(reader.address_hash, Suppression.Reason.BOUNCED, make_newsletter("Data Letter"))
    with unchanged(reader, of_all):
        suppression.lift(Suppression.objects.filter(pk=of_one.pk), "asked")
    suppression.lift(suppression.suppressions_of("reader@example.org"), "asked")
    reader.refresh_from_db()
    assert reader.status == "ok"
