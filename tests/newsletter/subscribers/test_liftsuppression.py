"""`manage.py liftsuppression` lifts the suppression of an address when its owner asks."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from newsletter.models import Subscriber, Suppression
from tests.builders import make_subscriber, make_suppression

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
    assert "Lifted." in lift("reader@example.org", "--yes")
    assert Suppression.objects.count() == 1
    sign_up("reader@example.org")
    assert [message.to for message in mailoutbox] == [["reader@example.org"]]


def test_a_complaint_is_lifted_with_its_suppression():
    make_subscriber("reader@example.org", status="complained")
    make_suppression("reader@example.org", reason="complained")
    lift("reader@example.org", "--yes")
    assert Subscriber.objects.get().status == "ok"


def test_it_says_when_there_is_nothing_to_lift():
    assert lift("reader@example.org", "--yes") == "This address is not suppressed.\n"


def test_an_invalid_address_is_refused():
    with pytest.raises(CommandError, match="contains an @"):
        lift("reader")
