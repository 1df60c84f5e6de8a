"""A log-in ends after twelve idle hours, after a week, and elsewhere when the password changes."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client

from config import sessions

RIGHT = "correct horse battery"
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


@pytest.fixture
def user(db, clock):
    return User.objects.create_superuser("owner", password=RIGHT)


def logged_in(name="owner"):
    browser = Client()
    browser.post("/admin/login/", {"username": name, "password": RIGHT})
    assert is_in(browser)
    return browser


def is_in(browser):
    return browser.get("/admin/password_change/").status_code == 200


@pytest.mark.parametrize(("hours", "is_kept"), [(11, True), (12, False)])
def test_it_ends_after_twelve_idle_hours(user, clock, hours, is_kept):
    browser = logged_in()
    clock.shift(hours * HOUR)
    assert is_in(browser) is is_kept


def test_used_every_hour_it_ends_after_a_week(user, clock):
    browser, hours = logged_in(), 0
    while is_in(browser):
        clock.shift(HOUR)
        hours += 1
    assert hours == 7 * 24


def test_the_cookie_ends_with_the_session_and_no_script_reads_it(user, clock):
    browser = logged_in()
    clock.shift(7 * 24 * HOUR - 5 * HOUR)
    browser = logged_in()
    cookie = browser.cookies["sessionid"]
    assert (cookie["max-age"], cookie["httponly"], cookie["samesite"], cookie["path"]) == (
        43_200, True, "Lax", "/",
    )  # fmt: skip


def test_a_session_is_written_once_in_five_minutes(user, clock):
    browser = logged_in()
    end = browser.session.get_expiry_date()
    clock.shift(4 * MINUTE)
    is_in(browser)
    assert browser.session["seen"] == (end - 12 * HOUR).timestamp()
    clock.shift(MINUTE)
    is_in(browser)
    assert browser.session["seen"] == (end - 12 * HOUR + 5 * MINUTE).timestamp()


def test_the_log_in_gets_a_new_session_key(user, client):
    client.get("/admin/login/")
    session = client.session
    session["before"] = True
    session.save()
    client.cookies["sessionid"] = session.session_key
    client.post("/admin/login/", {"username": "owner", "password": RIGHT})
    assert client.session.session_key != session.session_key
    assert not client.session.exists(session.session_key)


def test_a_new_password_ends_all_other_sessions(user, clock):
    here, elsewhere = logged_in(), logged_in()
    new = "another long password"
    data = {"old_password": RIGHT, "new_password1": new, "new_password2": new}
    assert here.post("/admin/password_change/", data).status_code == 302
    assert is_in(here)
    assert not is_in(elsewhere)


def test_log_out_ends_the_session_on_the_server_and_clears_what_the_browser_kept(user):
    browser = logged_in()
    key = browser.session.session_key
    assert browser.post("/admin/logout/")["Clear-Site-Data"] == '"cache"'
    assert not browser.session.exists(key)


def test_who_proves_again_who_they_are_gets_a_new_session_key(user, clock):
    browser = logged_in()
    key = browser.session.session_key
    clock.shift(16 * MINUTE)
    browser.post("/admin/second-factor/", {"proof": RIGHT})
    assert browser.session.session_key != key
    assert not browser.session.exists(key)
    assert is_in(browser)


def test_a_proof_from_a_clock_that_was_ahead_is_not_fresh(user, clock):
    browser = logged_in()
    clock.shift(-2 * MINUTE)
    assert "proof" in browser.get("/admin/log-ins/").context["proof"].fields


def test_an_account_that_is_disabled_is_logged_out_at_once(user):
    browser = logged_in()
    User.objects.update(is_active=False)
    assert not is_in(browser)


def test_people_see_where_they_are_logged_in_and_end_the_others(user, clock):
    User.objects.create_superuser("other", password=RIGHT)
    elsewhere, stranger = logged_in(), Client(REMOTE_ADDR="198.51.100.9")
    stranger.post("/admin/login/", {"username": "other", "password": RIGHT})
    stranger.get("/admin/")
    clock.shift(HOUR)
    here = logged_in()
    page = here.get("/admin/log-ins/").text
    assert "<strong>Here</strong>, since November 23, 10:00, last used November 23, 10:00" in page
    assert "Since November 23, 09:00, last used November 23, 09:00 from 127.0.0.0/24" in page
    assert "198.51.100" not in page
    assert here.post("/admin/log-ins/").status_code == 302
    assert is_in(here)
    assert is_in(stranger)
    assert not is_in(elsewhere)
    assert "nowhere else" in here.get("/admin/log-ins/").text


def test_a_log_in_that_fetched_no_page_yet_is_listed_with_its_time(user, clock):
    here = logged_in()
    clock.shift(HOUR)
    Client().post("/admin/login/", {"username": "owner", "password": RIGHT})
    clock.shift(MINUTE)
    page = here.get("/admin/log-ins/").text
    assert "Since November 23, 10:00, last used November 23, 10:00</li>" in page
    assert "<strong>Here</strong>, since November 23, 09:00" in page


def test_only_a_password_or_code_ends_the_other_log_ins(user, clock):
    User.objects.create_superuser("other", password=RIGHT)
    elsewhere, here, stranger = logged_in(), logged_in(), logged_in("other")
    clock.shift(HOUR)
    assert "proof" in here.get("/admin/log-ins/").text
    assert "Nothing was done yet" in here.post("/admin/log-ins/").text
    assert is_in(elsewhere)
    assert here.post("/admin/log-ins/", {"proof": RIGHT}).status_code == 302
    assert is_in(here)
    assert is_in(stranger)
    assert not is_in(elsewhere)


def test_a_log_in_that_an_old_password_began_is_not_listed(user, clock):
    logged_in()
    user.set_password("another long password")
    user.save()
    assert sessions.of(user) == []
