"""From an approved issue to the last reader, through a real mail server."""

from email import message_from_bytes
from email.policy import default

import pytest

from newsletter.mailing import signed_links
from newsletter.models import Issue
from newsletter.sending import launch
from tests.builders import make_subscription
from tests.newsletter.sending.conftest import make_due_issue, start, states, work_off

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("armed")]


def test_every_reader_gets_the_issue_once_and_it_is_sent(relay):
    for n in range(80):
        make_subscription(f"r{n}@example.org")
    make_due_issue()
    assert launch.start_due() == "1 issue started"
    issue = work_off(Issue.objects.get())
    assert issue.status == "sent"
    assert states(issue) == {"accepted": 80}
    assert sorted(taken.recipient for taken in relay.taken) == sorted(
        f"r{n}@example.org" for n in range(80)
    )


def test_a_message_is_its_readers_own(relay):
    first, second = make_subscription("a@example.org"), make_subscription("b@example.org")
    work_off(start())
    mails = {
        taken.recipient: message_from_bytes(taken.content, policy=default) for taken in relay.taken
    }
    for subscription, other in [(first, second), (second, first)]:
        mail = mails[subscription.subscriber.address]
        assert mail["To"] == subscription.subscriber.address
        own, others = signed_links.leave_url(subscription.pk), signed_links.leave_url(other.pk)
        assert mail["List-Unsubscribe"] == f"<{own}>"
        for kind in ("plain", "html"):
            text = mail.get_body((kind,)).get_content()
            assert own in text
            assert others not in text
