"""The readers of an issue by state: listed, exported, and sent to again where they did not get it."""

from collections import Counter

import pytest
from django.contrib.auth.models import User

from newsletter.admin import sending
from newsletter.models import Delivery, Issue, ReaderAction, Subscriber
from newsletter.returns import intake
from newsletter.sending import launch
from tests.builders import make_subscription
from tests.bystanders import unchanged
from tests.newsletter.returns.conftest import BLOCKED, addresses, bounce_of
from tests.newsletter.sending.conftest import armed, relay, start, states, tick, work_off
from tests.newsletter.sending.test_progress import at, issue, log_in, publisher

__all__ = ["addresses", "armed", "issue", "publisher", "relay"]
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("armed")]


def page(issue, state="failed", **more):
    query = "&".join(f"{name}={value}" for name, value in {"state": state, **more}.items())
    return f"{at(issue, 'readers')}?{query}"


def names(answer):
    return [name for _, name in answer.context["rows"]]


def test_the_sending_page_leads_to_the_readers_in_each_state(publisher, issue):
    assert page(issue) in publisher.get(at(issue)).text
    answer = publisher.get(page(issue))
    assert names(answer) == ["ann2@example.org"]
    assert "5.1.1 no such user" in answer.text
    assert "Accepted 2" in answer.text
    assert at(issue, "queue-failed") in answer.text
    assert "Cancel the rest" not in answer.text
    assert names(publisher.get(page(issue, "unknown"))) == ["bob@two.example"]
    assert names(publisher.get(page(issue, "skipped"))) == []
    assert publisher.get(page(issue, "lost")).status_code == 404


def test_no_decision_is_offered_about_readers_who_have_it(publisher, issue):
    assert 'class="button' not in publisher.get(page(issue, "accepted")).text


def test_a_long_list_has_pages(publisher, issue, monkeypatch):
    monkeypatch.setattr(sending, "SHOWN", 1)
    first = publisher.get(page(issue, "accepted"))
    assert names(first) == ["ann0@example.org"]
    second = publisher.get(at(issue, "readers") + first.context["further"])
    assert (names(second), second.context["further"]) == (["ann1@example.org"], None)


def test_the_list_needs_the_same_queries_for_any_number(
    publisher, issue, django_assert_max_num_queries
):
    Delivery.objects.update(state="accepted", attempts=1)
    publisher.get(page(issue))
    with django_assert_max_num_queries(10):
        assert len(names(publisher.get(page(issue, "accepted")))) == 6


def test_who_may_not_see_readers_sees_masked_addresses_and_exports_none(client, issue):
    browser = log_in(client, "view_issue")
    assert names(browser.get(page(issue))) == ["a•••@•••.org"]
    assert browser.post(f"{at(issue, 'readers/export')}").status_code == 403
    Subscriber.objects.filter(address="ann2@example.org").delete()
    assert names(browser.get(page(issue))) == ["an erased reader"]


def test_readers_are_exported_after_a_question_and_recorded(client, issue):
    browser = log_in(client, "view_issue", "view_subscriber", "export_list")
    address = f"{at(issue, 'readers/export')}?state=failed"
    assert address in browser.get(page(issue)).text
    assert "Your name is recorded." in browser.get(address).text
    assert not ReaderAction.objects.exists()
    with unchanged(issue, *Delivery.objects.all()):
        lines = (
            browser.post(address, {"typed": "export"}).getvalue().decode("utf-8-sig").splitlines()
        )
    assert lines[0] == "address,state,code,status,note,begun_at"
    assert lines[1].startswith("ann2@example.org,failed,550,5.1.1,5.1.1 no such user,20")
    assert len(lines) == 2
    action = ReaderAction.objects.get()
    assert (action.kind, action.count) == ("exported", 1)
    assert action.about == "ai-economy-pulse, issue 7: Failed"


@pytest.mark.django_db(transaction=True)
def test_readers_whose_messages_came_back_because_of_us_are_sent_to_again_once(
    client, relay, addresses
):
    for number in range(3):
        make_subscription(f"r{number}@example.net")
    issue = work_off(start())
    rows = {row.subscriber.address[:2]: row for row in Delivery.objects.all()}
    browser = log_in(client, "view_issue", "send_issue", "view_subscriber")
    assert at(issue, "queue-returned") not in browser.get(at(issue)).text
    intake.take_mail(bounce_of(rows["r0"], BLOCKED))
    intake.take_mail(bounce_of(rows["r1"]))  # no such mailbox
    assert at(issue, "queue-returned") in browser.get(page(issue, "bounced")).text
    with unchanged(*Delivery.objects.exclude(pk=rows["r0"].pk)):
        browser.post(at(issue, "queue-returned"))
        assert issue.sending_events.latest("pk").note == "1 returned delivery"
        issue = tick(issue)
    assert (issue.status, states(issue)) == ("sent", {"accepted": 2, "bounced": 1})
    counts = Counter(taken.recipient for taken in relay.taken)
    assert counts == {"r0@example.net": 2, "r1@example.net": 1, "r2@example.net": 1}
    with unchanged(*Delivery.objects.all()):
        assert launch.queue_returned(issue, User.objects.get()) == 0


def test_the_returned_of_a_canceled_issue_stay(publisher, issue):
    Delivery.objects.filter(state="accepted").update(state="bounced")
    Issue.objects.filter(pk=issue.pk).update(status="canceled")
    with unchanged(*Delivery.objects.all()):
        publisher.post(at(issue, "queue-returned"))
