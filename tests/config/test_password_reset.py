"""A new password by a mailed link: the same answer for all, once, for half an hour, rarely."""

import logging
import re
from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.core import mail
from django.test import Client
from django_tasks_db.models import DBTaskResult

from config.logs import redact
from config.password_reset import mail_link
from tests.bystanders import unchanged

ASK = "/admin/forgotten/"
NEW = "several words in a row"


@pytest.fixture
def user(db, clock):
    User.objects.create_user("other", "other@example.org", "their password", is_staff=True)
    return User.objects.create_user("paula", "paula@example.org", "forgotten", is_staff=True)


def asked(address="paula@example.org", network="203.0.113.9"):
    return Client(REMOTE_ADDR=network).post(ASK, {"email": address})


def mailed_links():
    """Do what the worker does, and return the links of all mails."""
    for waiting in DBTaskResult.objects.all():
        mail_link.call(**waiting.args_kwargs["kwargs"])
        waiting.delete()
    return [re.search(r"http://127\.0\.0\.1:8000(\S+)", each.body)[1] for each in mail.outbox]


def set_password(link):
    browser = Client()
    form = browser.get(link, follow=True)
    data = {"new_password1": NEW, "new_password2": NEW}
    return browser.post(form.request["PATH_INFO"], data, follow=True)


def test_the_log_in_leads_to_it(db, client):
    assert f'href="{ASK}"' in client.get("/admin/login/").text


def test_a_link_sets_a_new_password_once_and_ends_all_sessions(user):
    inside = Client()
    inside.force_login(user)
    assert asked().status_code == 302
    [link] = mailed_links()
    with unchanged(User.objects.get(username="other")):
        assert "Log in with your new password" in set_password(link).text
    user.refresh_from_db()
    assert user.check_password(NEW)
    assert inside.get("/admin/").status_code == 302
    assert "This link was used before" in set_password(link).text
    assert LogEntry.objects.get().get_change_message() == "Set a new password by a mailed link."


def test_a_link_is_good_for_half_an_hour_and_is_not_a_log_in(user, clock):
    asked()
    [link] = mailed_links()
    browser = Client()
    browser.get(link, follow=True)
    assert browser.get("/admin/").status_code == 302
    clock.shift(timedelta(minutes=31))
    assert "older than half an hour" in set_password(link).text


def test_the_answer_does_not_tell_whether_there_is_an_account(user):
    known = asked()
    nobody = asked("nobody@example.org")
    assert (known.status_code, known["Location"]) == (nobody.status_code, nobody["Location"])
    assert known.content == nobody.content
    mailed_links()
    assert [each.to for each in mail.outbox] == [["paula@example.org"]]


def test_only_active_people_of_admin_get_a_link(user):
    User.objects.create_user("reader", "reader@example.org", "x")
    User.objects.create_user("gone", "gone@example.org", "x", is_staff=True, is_active=False)
    for address in ("reader@example.org", "gone@example.org"):
        assert asked(address).status_code == 302
    assert mailed_links() == []


def test_an_account_gets_three_links_an_hour_and_a_network_asks_ten_times(user, clock):
    answers = [asked(network=f"10.0.{n}.1").status_code for n in range(5)]
    assert answers == [302] * 5
    assert len(mailed_links()) == 3
    assert [asked("x@example.org").status_code for _ in range(11)] == [302] * 10 + [403]
    clock.shift(timedelta(hours=1))
    assert asked().status_code == 302
    assert len(mailed_links()) == 4


@pytest.mark.parametrize(
    ("network", "same", "another"),
    [
        ("203.0.113.9", "203.0.113.200", "203.0.112.9"),
        ("2001:db8:0:aa00::1", "2001:db8:0:aaff::1", "2001:db8:0:ab00::1"),
    ],
)
def test_those_who_ask_are_counted_by_24_bits_or_56(user, clock, network, same, another):
    for _ in range(10):
        asked(network=network)
    assert asked(network=same).status_code == 403
    assert asked(network=another).status_code == 302


def test_the_link_and_the_address_reach_no_log(user, caplog):
    caplog.set_level(logging.DEBUG)
    asked()
    [link] = mailed_links()
    set_password(link)
    logged = redact(caplog.text)
    assert redact(f"GET {link}") == "GET /admin/new-password/<link>/"
    assert link.split("/")[-2] not in logged
    assert "paula@" not in logged


def test_a_password_that_is_too_short_is_refused(user):
    asked()
    [link] = mailed_links()
    browser = Client()
    form = browser.get(link, follow=True)
    data = {"new_password1": "short", "new_password2": "short"}
    page = browser.post(form.request["PATH_INFO"], data)
    assert "at least 12 characters" in page.text
    assert User.objects.get(pk=user.pk).check_password("forgotten")


def test_a_common_password_is_refused(user):
    asked()
    [link] = mailed_links()
    browser = Client()
    form = browser.get(link, follow=True)
    data = {"new_password1": "q1w2e3r4t5y6", "new_password2": "q1w2e3r4t5y6"}
    assert "too common" in browser.post(form.request["PATH_INFO"], data).text
    assert User.objects.get(pk=user.pk).check_password("forgotten")


def test_password_fields_hide_what_is_typed_and_take_managers(user, client):
    asked()
    [link] = mailed_links()
    for page in (client.get("/admin/login/").text, client.get(link, follow=True).text):
        fields = re.findall(r'<input[^>]*name="[^"]*password[^>]*>', page)
        assert fields
        for field in fields:
            assert 'type="password"' in field
            assert re.search(r'autocomplete="(current|new)-password"', field)
            assert "onpaste" not in field
