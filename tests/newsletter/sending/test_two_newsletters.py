"""Two newsletters from the form in admin to the mailbox: each reader gets what they asked for."""

from datetime import timedelta
from email import message_from_bytes
from email.policy import default

import pytest
from django.core import mail
from django.utils import timezone

from newsletter.issues.composing import recurrence
from newsletter.mailing.signed_links import leave_link
from newsletter.models import Issue, Newsletter, Subscription
from newsletter.sending import launch
from tests.builders import make_data_point, make_newsletter
from tests.html_forms import opened
from tests.newsletter.conftest import link_in, run_worker
from tests.newsletter.sending.conftest import work_off

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("armed")]

ASKED = {
    "ann@one.example": {},
    "ben@two.example": {"newsletter": "data-letter"},
    "cleo@one.example": {"newsletter": ["ai-economy-pulse", "data-letter"], "can_choose": "1"},
}
NAMES = {
    "ann@one.example": ["AI Economy Pulse"],
    "ben@two.example": ["Data Letter"],
    "cleo@one.example": ["AI Economy Pulse", "Data Letter"],
}


@pytest.fixture
def letter(admin_client):
    page = "/admin/newsletter/newsletter/add/"
    typed = {
        "name": "Data Letter",
        "slug": "data-letter",
        "promise": "One series in depth.",
        "frequency_text": "every Monday",
        "weekday": "0",
        "local_time": "08:00",
    }
    answer = admin_client.post(page, opened(admin_client, page) | typed)
    assert answer.status_code == 302
    return Newsletter.objects.get(slug="data-letter")


def send_next(newsletter):
    """Send the draft that the clock made for a newsletter's next slot."""
    issue = newsletter.issues.get(status="draft")
    make_data_point(issue)
    now = timezone.now()
    issue.subject = "Chips for rent"
    issue.save()
    approved = {"status": "approved", "approved_at": now, "send_at": now}
    Issue.objects.filter(pk=issue.pk).update(**approved)
    issue.refresh_from_db()
    assert launch.start_issue(issue)
    return work_off(issue)


def received(relay):
    """Return (address, List-Id) of the messages that came since the last call, sorted."""
    messages = [message_from_bytes(each, policy=default) for each in relay.messages]
    relay.taken.clear()
    return sorted((str(each["To"]), str(each["List-Id"])) for each in messages), messages


def test_each_reader_gets_what_they_asked_for_until_they_leave_it(
    clock, client, letter, sign_up, relay
):
    pulse = make_newsletter()
    for address, fields in ASKED.items():
        sign_up(address, **fields)
    assert {each.to[0]: each.subject.partition(": ")[2] for each in mail.outbox} == {
        address: " and ".join(names) for address, names in NAMES.items()
    }
    for each in list(mail.outbox):
        client.post(link_in(each, "/confirm/"))
    mail.outbox.clear()
    run_worker()
    welcomes = sorted(
        (each.to[0], each.subject.removeprefix("Welcome to ")) for each in mail.outbox
    )
    assert welcomes == [(address, name) for address, names in NAMES.items() for name in names]

    # Each has a draft for its own day: Friday the 27th at 9:00, Monday the 30th at 8:00.
    recurrence.make_drafts()
    drafts = Issue.objects.filter(status="draft").order_by("slot_on")
    assert [(each.newsletter, each.number, f"{each.slot:%a %H:%M}") for each in drafts] == [
        (pulse, 1, "Fri 09:00"), (letter, 1, "Mon 08:00"),
    ]  # fmt: skip

    for each in (pulse, letter):
        send_next(each)
    got, messages = received(relay)
    assert got == [
        ("ann@one.example", "<ai-economy-pulse.127.0.0.1>"),
        ("ben@two.example", "<data-letter.127.0.0.1>"),
        ("cleo@one.example", "<ai-economy-pulse.127.0.0.1>"),
        ("cleo@one.example", "<data-letter.127.0.0.1>"),
    ]
    archives = {str(each["List-Id"]): str(each["List-Archive"]) for each in messages}
    assert archives["<data-letter.127.0.0.1>"] == "<http://127.0.0.1:8000/newsletter/data-letter/>"
    texts = [each.get_body(("plain",)).get_content() for each in messages]
    page = "http://127.0.0.1:8000/newsletter/data-letter/1-chips-for-rent-data-letter/"
    assert sum(page in each for each in texts) == 2

    cleos = Subscription.objects.get(subscriber__address="cleo@one.example", newsletter=letter)
    one_click = {"List-Unsubscribe": "One-Click"}
    assert client.post(f"/u/{leave_link(cleos.pk)}", one_click).status_code == 200
    page = client.get(f"/u/{leave_link(cleos.pk)}").text
    assert "gets no more mail from Data Letter" in page
    assert "AI Economy Pulse" in page

    clock.shift(timedelta(days=8))
    recurrence.make_drafts()
    for each in (pulse, letter):
        send_next(each)
    assert received(relay)[0] == [
        ("ann@one.example", "<ai-economy-pulse.127.0.0.1>"),
        ("ben@two.example", "<data-letter.127.0.0.1>"),
        ("cleo@one.example", "<ai-economy-pulse.127.0.0.1>"),
    ]
    sent = Issue.objects.filter(status="sent")
    assert sorted((each.newsletter.name, each.number) for each in sent) == [
        ("AI Economy Pulse", 1), ("AI Economy Pulse", 2), ("Data Letter", 1), ("Data Letter", 2),
    ]  # fmt: skip
