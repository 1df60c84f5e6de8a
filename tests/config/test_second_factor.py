"""A second factor: set up by the user, asked for at log-in, each code taken once, reset when lost."""

import re
from contextlib import suppress
from datetime import timedelta
from io import StringIO

import pyotp
import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, User
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from config import logins, second_factor
from config.logins import LoginPaused
from config.models import LoginAttempt, RecoveryCode, SecondFactor
from tests.bystanders import unchanged

RIGHT = "correct horse battery"
HOME = "203.0.113.9"
PAGE = "/admin/second-factor/"
SALT = "5a17" * 8


def code_at(seconds=0, salt=SALT):
    """The code that the app shows so many seconds from now."""
    return pyotp.TOTP(second_factor.secret_of(salt)).at(timezone.now() + timedelta(seconds=seconds))


@pytest.fixture
def owner(db, clock):
    return User.objects.create_superuser("owner", "owner@example.org", RIGHT)


@pytest.fixture
def protected(owner, clock):
    """An owner whose second factor is on since a minute; another account has one, too."""
    other = User.objects.create_superuser("other", password=RIGHT)
    for user in (other, owner):
        owner.codes = second_factor.turn_on(user, SALT, code_at())
    clock.shift(60)
    return owner


@pytest.fixture
def bystander(protected):
    return SecondFactor.objects.exclude(user=protected).get()


def password_given(address=HOME, name="owner"):
    """A browser that has passed the first step."""
    browser = Client(REMOTE_ADDR=address)
    data = {"username": name, "password": RIGHT}
    answer = browser.post("/admin/login/?next=/admin/glossary/", data)
    assert answer["Location"] == "/admin/login/code/?next=%2Fadmin%2Fglossary%2F"
    return browser


def give_code(browser, code):
    data = {"proof": code, "next": "/admin/glossary/"}
    return browser.post("/admin/login/code/", data)


def test_it_is_set_up_on_one_page_and_gives_recovery_codes_once(owner, client, clock):
    client.force_login(owner)
    page = client.get(PAGE)
    assert "<svg" in page.text
    secret = re.search(r"<code data-copy>(.+?)</code>", page.text)[1].replace(" ", "")
    code = pyotp.TOTP(secret).at(timezone.now())
    codes = re.findall(r"<li><code>([\w-]+)</code>", client.post(PAGE, {"code": code}).text)
    assert len(set(codes)) == RecoveryCode.objects.count() == 10
    assert "10 recovery codes are unused." in client.get(PAGE).text


def test_a_wrong_first_code_turns_nothing_on_and_keeps_the_secret(owner, client):
    client.force_login(owner)
    before = client.get(PAGE).context["secret"]
    page = client.post(PAGE, {"code": "000000"})
    assert "That is not the code that the app shows now." in page.text
    assert page.context["secret"] == before
    assert not SecondFactor.objects.exists()


def test_the_database_alone_gives_no_code_away(protected, settings):
    secret = second_factor.secret_of(SALT)
    stored = str(list(SecondFactor.objects.values())) + str(list(RecoveryCode.objects.values()))
    assert secret not in stored
    assert not any(code in stored for code in protected.codes)
    settings.ADDRESS_KEY = "another"
    assert second_factor.secret_of(SALT) != secret


def test_log_in_takes_password_and_code(protected):
    browser = password_given()
    assert browser.get("/admin/").status_code == 302
    page = browser.get("/admin/login/code/")
    assert 'autocomplete="one-time-code"' in page.text
    key = browser.session.session_key
    assert give_code(browser, code_at())["Location"] == "/admin/glossary/"
    assert browser.get("/admin/").status_code == 200
    assert browser.session.session_key != key
    assert set(LoginAttempt.objects.values_list("kind", "succeeded")) == {
        ("password", True), ("code", True),
    }  # fmt: skip


def test_the_code_does_without_the_password_nothing(protected, client):
    assert give_code(client, code_at())["Location"] == "/admin/login/"
    assert not LoginAttempt.objects.exists()


def test_a_log_in_leads_to_no_other_site(protected):
    browser = password_given()
    data = {"proof": code_at(), "next": "https://example.com/"}
    assert browser.post("/admin/login/code/", data)["Location"] == "/admin/"


@pytest.mark.parametrize(("seconds", "to"), [(599, "/admin/glossary/"), (600, "/admin/login/")])
def test_a_password_is_good_for_ten_minutes(protected, clock, seconds, to):
    browser = password_given()
    clock.shift(seconds)
    assert give_code(browser, code_at())["Location"] == to


@pytest.mark.parametrize(
    "change", [{"password": "another"}, {"is_active": False}, {"is_staff": False}]
)
def test_a_password_is_good_until_its_account_changes(protected, change):
    browser = password_given()
    User.objects.filter(pk=protected.pk).update(**change)
    assert give_code(browser, code_at())["Location"] == "/admin/login/"


@pytest.mark.parametrize(("away", "is_taken"), [(-60, 0), (-30, 1), (0, 1), (30, 1), (60, 0)])
def test_a_phone_may_be_half_a_minute_off(protected, bystander, away, is_taken):
    with unchanged(bystander):
        assert second_factor.is_right(protected, code_at(away)) == bool(is_taken)


def test_a_code_is_taken_once_and_none_before_it_after(protected, bystander, clock):
    early, code = code_at(-30), code_at()
    with unchanged(bystander):
        assert second_factor.is_right(protected, f" {code[:3]} {code[3:]} ")
        assert not second_factor.is_right(protected, code)
        assert not second_factor.is_right(protected, early)
    clock.shift(30)
    assert second_factor.is_right(protected, code_at())


@pytest.mark.parametrize("odd", ["", "12345", "１２３４５６", "é" * 6, "0" * 60])
def test_odd_codes_are_wrong(protected, odd):
    assert not second_factor.is_right(protected, odd)


def test_a_recovery_code_logs_in_once(protected, bystander):
    code = protected.codes[3].upper().replace("-", " ")
    with unchanged(bystander):
        assert give_code(password_given(), code).status_code == 302
        page = give_code(password_given(), code)
    assert "That code is wrong or was used before." in page.text
    assert "Used a recovery code." in map(
        str, LogEntry.objects.values_list("change_message", flat=True)
    )
    assert bystander.recovery_codes.count() == 10


def test_wrong_codes_count_as_failed_log_ins(protected):
    browser, most = password_given(), logins.PER_NETWORK.count
    answers = [give_code(browser, "000000").status_code for _ in range(most + 1)]
    assert answers == [200] * (most - 1) + [429] * 2  # the password itself waits for its code


def test_who_has_the_password_and_many_networks_has_few_codes_a_day(protected, clock):
    home = password_given(HOME)
    assert give_code(home, code_at()).status_code == 302
    clock.shift(60)
    tried = 0
    for number in range(logins.WRONG_CODES.count + 2):
        browser = Client(REMOTE_ADDR=f"10.{number}.0.1")
        browser.cookies = home.cookies
        with suppress(LoginPaused):
            from tests.config.test_logins import post_from

            attempt = logins.begin(post_from(f"10.{number}.0.1"), "owner", logins.Kind.CODE)
            logins.finish(attempt, False)
            tried += 1
    assert tried == logins.WRONG_CODES.count
    assert give_code(password_given(HOME), code_at()).status_code == 302
    out = StringIO()
    call_command("liftloginpause", "owner", stdout=out)
    assert "failed log-ins no longer count." in out.getvalue()


def test_a_new_site_has_no_account(db):
    assert not User.objects.exists()


def test_the_log_in_without_a_second_factor_has_one_step(owner, client):
    data = {"username": "owner", "password": RIGHT}
    assert client.post("/admin/login/?next=/admin/", data)["Location"] == "/admin/"


def sessions_of(user):
    browsers = [Client(), Client()]
    for browser in browsers:
        browser.force_login(user)
        browser.get("/admin/password_change/")
    return browsers


def test_turning_it_on_or_off_ends_all_other_sessions(owner, clock):
    here, elsewhere = sessions_of(owner)
    salt = here.get(PAGE).context and here.session["salt"]
    here.post(PAGE, {"code": code_at(salt=salt)})
    assert [each.get("/admin/").status_code for each in (here, elsewhere)] == [200, 302]
    here, elsewhere = sessions_of(owner)
    here.post(PAGE, {"remove": "1"})
    assert [each.get("/admin/").status_code for each in (here, elsewhere)] == [200, 302]
    assert not SecondFactor.objects.exists()


def test_new_recovery_codes_replace_the_old_ones(protected, bystander, client):
    client.force_login(protected)
    with unchanged(bystander, *bystander.recovery_codes.all()):
        page = client.post(PAGE)
    assert len(page.context["codes"]) == 10
    assert not second_factor.is_right(protected, protected.codes[0])
    assert second_factor.is_right(protected, page.context["codes"][0])


def test_a_superuser_resets_it_when_phone_and_codes_are_lost(protected, bystander, client):
    root = User.objects.create_superuser("root")
    client.force_login(root)
    data = {"action": "reset_second_factor", "_selected_action": [protected.pk, root.pk]}
    with unchanged(bystander):
        page = client.post("/admin/auth/user/", data, follow=True)
    assert "The second factor of owner was removed." in page.text
    entry = LogEntry.objects.first()
    assert (entry.user, entry.object_repr) == (root, "owner")
    assert entry.get_change_message() == "Removed the second factor."


def test_a_command_resets_it(protected, bystander):
    out = StringIO()
    with unchanged(bystander):
        call_command("resetsecondfactor", "owner", stdout=out)
        call_command("resetsecondfactor", "owner", stdout=out)
    assert "was removed, and all its sessions ended." in out.getvalue()
    assert "was not there." in out.getvalue()
    with pytest.raises(CommandError, match="no account “nobody”"):
        call_command("resetsecondfactor", "nobody")


@pytest.mark.parametrize(
    ("group", "where"),
    [
        ("Publishers", PAGE),
        ("Reader managers", PAGE),
        ("Editors", None),
        ("Newsletter editors", None),
    ],
)
def test_who_may_reach_readers_sets_it_up_before_anything_else(db, client, settings, group, where):
    settings.REQUIRE_SECOND_FACTOR = True
    user = User.objects.create_user("paula", is_staff=True)
    user.groups.add(Group.objects.get(name=group))
    client.force_login(user)
    for path in ("/admin/", "/admin/newsletter/issue/"):
        assert client.get(path).headers.get("Location") == where
    assert client.post("/admin/newsletter/issue/propose/").headers.get("Location") != "/admin/"
    assert client.get(PAGE).status_code == 200
    assert ("a password alone is not enough" in client.get(PAGE).text) == bool(where)
    assert client.post("/admin/logout/").status_code == 200


def test_who_has_set_it_up_is_not_asked_again(protected, client, settings):
    settings.REQUIRE_SECOND_FACTOR = True
    client.force_login(protected)
    assert client.get("/admin/").status_code == 200
