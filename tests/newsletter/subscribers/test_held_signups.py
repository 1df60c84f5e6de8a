"""What was held back of the signups, counted for operators without an address."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group, User

from config.ratelimit import Limit
from newsletter.models import HeldSignup, SignupRequest, Subscriber
from newsletter.subscribers import held_signups, signups
from newsletter.views.signup import SIGNUPS_PER_NETWORK
from tests.builders import make_request, make_subscription, make_suppression
from tests.bystanders import unchanged

pytestmark = pytest.mark.django_db

PAGE = "/admin/newsletter/heldsignup/"
Reason = HeldSignup.Reason


def counted():
    rows = HeldSignup.objects.values_list("reason", "network", "count")
    return [(reason, network, count) for reason, network, count in rows]


@pytest.fixture
def far(clock, client):
    client.defaults["REMOTE_ADDR"] = "203.0.113.77"


def test_a_trapped_program_and_a_full_network_are_counted_by_their_24(far, sign_up):
    sign_up(website="x", work=False)
    for number in range(SIGNUPS_PER_NETWORK[64][0].count + 3):
        sign_up(f"r{number}@example.org", work=False)
    assert counted() == [("network", "203.0.113.0/24", 3), ("trap", "203.0.113.0/24", 1)]


def test_an_ipv6_network_is_cut_to_its_40(clock, client, sign_up):
    client.defaults["REMOTE_ADDR"] = "2001:db8:1:2:3::4"
    sign_up(website="x", work=False)
    assert counted() == [("trap", "2001:db8::/40", 1)]


def test_what_the_worker_holds_is_counted_by_the_beginning_of_a_hash(far, sign_up):
    make_suppression("refused@example.org")
    for address in ("r@example.org", "r@example.org", "refused@example.org"):
        sign_up(address)
    (_, network, _), (_, same, _) = counted()
    assert [(reason, count) for reason, _, count in counted()] == [("address", 1), ("refused", 1)]
    assert network == same
    assert len(network) == 9
    make_subscription("active@example.org")
    sign_up("active@example.org")
    assert len(counted()) == 2


def test_a_reader_who_complained_counts_as_refused(clock, sign_up):
    reader = make_subscription().subscriber
    Subscriber.objects.filter(pk=reader.pk).update(status="complained")
    sign_up()
    assert [reason for reason, _, _ in counted()] == ["refused"]


def test_a_signup_that_waits_is_counted_once(clock, monkeypatch):
    monkeypatch.setattr(signups, "BREAKER", [Limit(0, timedelta(hours=1))])
    waiting = make_request("r@example.org", network_key="a" * 64)
    signups.decide_request(waiting.pk)
    clock.shift(signups.BREAKER_PAUSE)
    signups.decide_request(waiting.pk)
    assert counted() == [("breaker", "#aaaaaaaa", 1)]
    assert SignupRequest.objects.count() == 1
    imported = make_request("i@example.org", is_imported=True)
    signups.decide_request(imported.pk)
    assert len(counted()) == 1


def test_a_disposable_address_is_refused_aloud_and_counted(far, settings, sign_up):
    settings.DISPOSABLE_DOMAINS = frozenset({"trash.example", "xn--mll-hoa.example"})
    for address in ("r@trash.example", "r@deep.TRASH.example", "r@müll.example"):
        answer = sign_up(address)
        assert answer.status_code == 422
        assert "Please enter one that you keep." in answer.text
        assert f'value="{address}"' in answer.text
    assert not SignupRequest.objects.exists()
    for address in ("trash.example@example.org", "r@nottrash.example", "r@example"):
        sign_up(address, work=False)
    assert counted() == [("disposable", "203.0.113.0/24", 3)]


def test_each_hour_reason_and_network_has_a_row(clock):
    for network in ("192.0.2.0/24", "192.0.2.0/24", "198.51.100.0/24"):
        held_signups.record(Reason.TRAP, network)
    held_signups.record(Reason.NETWORK, "192.0.2.0/24")
    clock.shift(3600)
    held_signups.record(Reason.TRAP, "192.0.2.0/24")
    assert sorted(count for _, _, count in counted()) == [1, 1, 1, 2]
    assert [(f"{hour:%H}", counts) for hour, counts in held_signups.by_hour()] == [
        ("10", [1, 0, 0, 0, 0, 0]), ("09", [3, 0, 1, 0, 0, 0]),
    ]  # fmt: skip
    assert held_signups.by_network()[0] == ("192.0.2.0/24", "filled in by a program", 3)


def test_a_flood_from_everywhere_fills_no_disk(clock, monkeypatch):
    monkeypatch.setattr(held_signups, "MOST_ROWS", 3)
    for number in range(10):
        held_signups.record(Reason.TRAP, f"192.0.{number}.0/24")
    held_signups.record(Reason.TRAP, "192.0.1.0/24")
    assert counted() == [
        ("trap", "", 7), ("trap", "192.0.0.0/24", 1), ("trap", "192.0.1.0/24", 2),
        ("trap", "192.0.2.0/24", 1),
    ]  # fmt: skip
    assert "" not in {network for network, _, _ in held_signups.by_network()}


def test_they_are_kept_for_a_week(clock):
    held_signups.record(Reason.TRAP, "192.0.2.0/24")
    clock.shift(timedelta(days=6))
    held_signups.record(Reason.TRAP, "198.51.100.0/24")
    with unchanged(HeldSignup.objects.get(network="198.51.100.0/24")):
        clock.shift(timedelta(days=1, seconds=1))
        assert held_signups.prune() == "1 counts of held signups deleted"
    assert held_signups.prune() == ""


def test_operators_see_them_by_hour_and_network_and_no_address(admin_client, far, sign_up):
    assert "No signup was held back in the last 7 days." in admin_client.get(PAGE).text
    sign_up("somebody@example.org", website="x")
    page = admin_client.get(PAGE).text
    assert "Mon, Nov 23, 09:00 UTC" in page
    assert "Filled in by a program" in page
    assert "203.0.113.0/24" in page
    assert "203.0.113.77" not in page
    assert "somebody" not in page
    assert PAGE in admin_client.get("/admin/").text


def test_the_desk_says_for_a_day_that_signups_waited(admin_client, clock):
    said = "signups waited in the last 24 hours"
    held_signups.record(Reason.ADDRESS, "#1")
    assert said not in admin_client.get("/admin/").text
    for network in ("#1", "#2"):
        held_signups.record(Reason.BREAKER, network)
    page = admin_client.get("/admin/").text
    assert said in page
    assert f'href="{PAGE}"' in page
    clock.shift(timedelta(days=1))
    assert said not in admin_client.get("/admin/").text


@pytest.mark.parametrize("group", ["Editors", "Newsletter editors", "Publishers"])
def test_only_operators_see_them(client, clock, group):
    held_signups.record(Reason.BREAKER, "#1")
    user = User.objects.create_user("nina", is_staff=True)
    user.groups.add(Group.objects.get(name=group))
    client.force_login(user)
    assert client.get(PAGE).status_code == 403
    assert "waited in the last" not in client.get("/admin/").text
