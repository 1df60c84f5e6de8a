"""Guessing passwords is slow from everywhere, and strangers cannot lock an owner out."""

from contextlib import suppress
from datetime import timedelta
from io import StringIO
from threading import Barrier, Thread

import pytest
from django.contrib.auth.hashers import MD5PasswordHasher
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.db import connection
from django.test import Client, RequestFactory

from config import logins
from config.logins import LoginPaused, begin, finish, pause_after, prune_attempts, prune_sessions
from config.models import LoginAttempt
from tests.bystanders import unchanged

RIGHT = "correct horse battery"
MINUTE = timedelta(minutes=1)
HOME = "203.0.113.9"


class CountingHasher(MD5PasswordHasher):
    """As fast as the other tests' hasher; counts how often it ran."""

    count = 0

    def encode(self, password, salt):
        type(self).count += 1
        return super().encode(password, salt)


@pytest.fixture(autouse=True)
def hashes(settings):
    settings.PASSWORD_HASHERS = [f"{__name__}.CountingHasher"]
    CountingHasher.count = 0
    return CountingHasher


@pytest.fixture
def owner(db, clock, hashes):
    owner = User.objects.create_superuser("owner", password=RIGHT)
    User.objects.create_superuser("other", password=RIGHT)
    hashes.count = 0
    return owner


def log_in(address, name="owner", password="wrong"):
    data = {"username": name, "password": password}
    return Client(REMOTE_ADDR=address).post("/admin/login/?next=/admin/", data)


def statuses(addresses, names=("owner",)):
    """Try a wrong password from each address, with the names in turn."""
    return [log_in(each, names[i % len(names)]).status_code for i, each in enumerate(addresses)]


def post_from(address):
    return RequestFactory().post("/", REMOTE_ADDR=address)


def fail(addresses, names=("owner",)):
    """Record failures as a log-in does, without its page; return how many were counted."""
    counted = 0
    for number, address in enumerate(addresses):
        with suppress(LoginPaused):
            finish(begin(post_from(address), names[number % len(names)]), False)
            counted += 1
    return counted


def names(count):
    return [f"name{number}" for number in range(count)]


def in_64(count):
    return [f"2001:db8:1:2::{number:x}" for number in range(1, count + 1)]


@pytest.mark.parametrize("addresses", [in_64(12), [HOME] * 12], ids=["/64", "IPv4"])
@pytest.mark.parametrize("tried", [["owner"], names(12)], ids=["one account", "many accounts"])
def test_one_network_has_10_failures_over_all_names(owner, hashes, addresses, tried):
    assert statuses(addresses, tried) == [200] * 10 + [429] * 2
    assert hashes.count == 10


@pytest.mark.parametrize("address", ["2001:db8:1:{:x}::1", "198.51.100.{}"], ids=["/48", "/24"])
def test_a_wide_network_has_40_failures_over_all_names(owner, address):
    addresses = [address.format(number) for number in range(1, 51)]
    assert fail(addresses, names(50)) == 40
    assert log_in(addresses[-1], password=RIGHT).status_code == 429


def test_a_locked_network_is_told_how_long_and_gets_nothing_with_the_right_password(owner, clock):
    fail([HOME] * 9, names(9))
    clock.shift(5 * MINUTE)
    fail([HOME], ["name"])
    answer = log_in(HOME, password=RIGHT)
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "600")
    assert "Wait 10 minutes" in answer.text
    assert not Session.objects.exists()


def test_the_window_rolls_and_refused_attempts_do_not_count(owner, clock):
    fail([HOME] * 10, names(10))
    for _ in range(15):
        assert fail([HOME]) == 0
        clock.shift(MINUTE)
    assert log_in(HOME, password=RIGHT).status_code == 302


def test_a_success_does_not_count_and_forgives_nothing(owner):
    fail([HOME] * 9, names(9))
    assert [log_in(HOME, password=RIGHT).status_code for _ in range(3)] == [302] * 3
    assert statuses([HOME] * 2, ["x"]) == [200, 429]


def test_who_is_logged_in_guesses_no_faster(owner):
    client = Client(REMOTE_ADDR=HOME)
    client.force_login(User.objects.get(username="other"))
    guess = {"username": "owner", "password": "wrong"}
    tried = [client.post("/admin/login/", guess).status_code for _ in range(11)]
    assert tried == [200] * 10 + [429]


@pytest.mark.parametrize(
    ("failures", "seconds"),
    [(0, 0), (9, 0), (10, 1), (11, 2), (13, 8), (15, 32), (16, 60), (9999, 60)],
)
def test_the_pause_of_an_account_grows_to_a_minute(failures, seconds):
    assert pause_after(failures) == timedelta(seconds=seconds)


def far_apart(count, first=1):
    return [f"10.{number}.0.1" for number in range(first, first + count)]


def test_an_account_guessed_at_from_everywhere_pauses_from_the_tenth_failure_on(owner, clock):
    assert fail(far_apart(12)) == 10
    assert log_in("10.99.0.1", "other", RIGHT).status_code == 302
    clock.shift(1)
    assert fail(far_apart(2, first=20)) == 1
    clock.shift(2)
    assert log_in("10.30.0.1", password=RIGHT).status_code == 302


def test_the_pause_ends_a_minute_after_the_newest_failure_whatever_is_refused_meanwhile(
    owner, clock
):
    fail(["192.0.2.1"])
    key = LoginAttempt.objects.get().name_key
    LoginAttempt.objects.bulk_create(
        LoginAttempt(name_key=key, network=each, wide_network=each, succeeded=False)
        for each in names(100)
    )
    for address in far_apart(60):
        assert fail([address]) == 0
        clock.shift(1)
    assert log_in("10.99.0.1", password=RIGHT).status_code == 302


@pytest.mark.parametrize("name", ["owner", "nobody"])
def test_a_pause_does_not_tell_whether_the_account_exists(owner, name):
    fail(far_apart(10), [name])
    assert log_in("10.99.0.1", name).status_code == 429


@pytest.mark.parametrize(
    ("home", "strangers"),
    [
        ("10.200.0.1", far_apart(30)),
        (HOME, [f"203.0.113.{number}" for number in range(10, 60)]),
        ("2001:db8:1:2::9", [f"2001:db8:1:{number:x}::1" for number in range(16, 66)]),
    ],
    ids=["everywhere", "same /24", "same /48"],
)
def test_strangers_elsewhere_never_lock_the_owner_out(owner, clock, home, strangers):
    assert log_in(home, password=RIGHT).status_code == 302
    clock.shift(timedelta(days=300))
    prune_attempts()
    fail(strangers, ["owner", *names(50)])
    fail(far_apart(30, first=100))
    assert log_in(strangers[0], password=RIGHT).status_code == 429
    assert log_in(home, password=RIGHT).status_code == 302


def test_a_network_is_known_to_the_accounts_that_logged_in_from_it(owner):
    log_in("10.200.0.1", "other", RIGHT)
    fail(far_apart(10))
    assert log_in("10.200.0.1", password=RIGHT).status_code == 429


def test_a_new_address_near_a_known_one_does_not_wait_for_strangers_elsewhere(owner):
    log_in("10.200.0.1", password=RIGHT)
    fail(far_apart(30))
    assert log_in("10.201.0.2", password=RIGHT).status_code == 429
    assert log_in("10.200.0.2", password=RIGHT).status_code == 302


def test_a_command_lifts_the_pause_of_one_account(owner):
    fail(far_apart(30))
    assert log_in("10.201.0.2", password=RIGHT).status_code == 429
    call_command("liftloginpause", "other", stdout=StringIO())
    assert log_in("10.201.0.2", password=RIGHT).status_code == 429
    out = StringIO()
    call_command("liftloginpause", "owner", stdout=out)
    assert "failed log-ins no longer count." in out.getvalue()
    assert log_in("10.201.0.2", password=RIGHT).status_code == 302


def test_a_clock_set_back_locks_nobody_for_longer(owner, clock):
    clock.shift(timedelta(hours=5))
    fail([HOME] * 10, names(10))
    fail(far_apart(10))
    clock.shift(-timedelta(hours=5))
    assert log_in(HOME).headers["Retry-After"] == "900"
    assert log_in("10.99.0.1").headers["Retry-After"] == "1"


def test_a_form_without_a_password_is_no_attempt(owner):
    assert [log_in(HOME, password="").status_code for _ in range(12)] == [200] * 12
    assert not LoginAttempt.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_parallel_guesses_do_not_slip_through_together(monkeypatch):
    monkeypatch.setattr(logins, "MOST_AT_ONCE", 100)
    together, begun = Barrier(12), []

    def guess(number):
        together.wait()
        with suppress(LoginPaused):
            begun.append(begin(post_from(HOME), f"name{number}"))
        connection.close()

    threads = [Thread(target=guess, args=[number]) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(begun) == LoginAttempt.objects.count() == 10


def test_two_passwords_are_checked_at_a_time_and_the_others_are_not_kept_waiting(owner, hashes):
    first, second = (begin(post_from(each), f"from {each}") for each in far_apart(2))
    answer = log_in("10.99.0.1", password=RIGHT)
    assert (answer.status_code, answer.headers["Retry-After"], hashes.count) == (429, "1", 0)
    with unchanged(second):
        finish(first, False)
    assert log_in("10.99.0.1", password=RIGHT).status_code == 302


def test_a_known_network_need_not_wait_for_others(owner):
    log_in(HOME, password=RIGHT)
    for address in far_apart(2):
        begin(post_from(address), "name")
    assert log_in(HOME, password=RIGHT).status_code == 302


def test_a_check_whose_process_died_counts_as_a_failure_and_holds_nobody_up(owner, clock):
    for number in range(2):
        begin(post_from(HOME), f"name{number}")
    clock.shift(10)
    assert fail([HOME] * 9, names(9)) == 8


def test_a_fault_while_checking_counts_as_a_failure(owner, monkeypatch):
    def break_down(*_, **__):
        raise RuntimeError("broken")

    monkeypatch.setattr("django.contrib.auth.forms.authenticate", break_down)
    with pytest.raises(RuntimeError):
        log_in(HOME)
    assert LoginAttempt.objects.get().succeeded is False


def test_admin_lists_attempts_without_what_was_typed_and_lifts_a_pause(owner, admin_client):
    fail([HOME] * 10, ["owner", "my password"])
    page = admin_client.get("/admin/config/loginattempt/")
    assert "owner" in page.text
    assert "(no such account)" in page.text
    assert "my password" not in page.text
    chosen = [each.pk for each in LoginAttempt.objects.filter(user=owner)]
    with unchanged(LoginAttempt.objects.filter(user=None).first()):
        for action in ("delete_selected", "lift"):
            data = {"action": action, "_selected_action": chosen, "post": "yes"}
            answer = admin_client.post("/admin/config/loginattempt/", data, follow=True)
    assert "5 failures no longer count." in answer.text
    assert LoginAttempt.objects.count() == 10
    assert log_in(HOME, password=RIGHT).status_code == 302


def test_old_records_are_deleted_and_known_networks_kept_for_a_year(owner, clock):
    log_in(HOME)
    log_in(HOME, password=RIGHT)
    clock.shift(timedelta(days=29))
    log_in("10.1.0.1")
    assert prune_attempts() == ""
    clock.shift(timedelta(days=2))
    kept = LoginAttempt.objects.filter(network="10.1.0.1/32").get()
    with unchanged(kept, LoginAttempt.objects.get(succeeded=True)):
        assert prune_attempts() == "1 record of log-ins deleted"
    clock.shift(timedelta(days=335))
    assert prune_attempts() == "2 records of log-ins deleted"


def test_expired_sessions_are_deleted(owner, clock):
    log_in(HOME, password=RIGHT)
    clock.shift(timedelta(hours=8))
    log_in(HOME, password=RIGHT)
    with unchanged(Session.objects.order_by("expire_date").last()):
        assert prune_sessions() == ""
        clock.shift(timedelta(hours=5))
        assert prune_sessions() == "1 expired session deleted"


def test_the_longest_pause_reads_well():
    assert [LoginPaused(timedelta(seconds=each)).wait for each in (0.2, 60, 61, 900)] == [
        "1 second", "60 seconds", "2 minutes", "15 minutes",
    ]  # fmt: skip


# --- Long passwords -------------------------------------------------------------------------------

LONG, LONGEST = 1025 * "a", 1024 * "a"
TOO_LONG = "Ensure this value has at most 1024 characters (it has 1025)."


@pytest.mark.parametrize("field", ["old_password", "new_password1", "new_password2"])
def test_a_password_that_is_too_long_is_refused_before_it_is_hashed(owner, hashes, client, field):
    client.force_login(owner)
    typed = {"old_password": "wrong", "new_password1": "wrong", "new_password2": "wrong"}
    with unchanged(*User.objects.all()):
        page = client.post("/admin/password_change/", typed | {field: LONG})
    assert TOO_LONG in page.text
    assert hashes.count == (field != "old_password")


def test_a_long_password_logs_in_and_a_longer_one_is_no_attempt(owner, hashes):
    owner.set_password(LONGEST)
    owner.save()
    assert log_in(HOME, password=LONGEST).status_code == 302
    hashes.count = 0
    assert TOO_LONG in log_in(HOME, password=LONG).text
    assert (hashes.count, LoginAttempt.objects.count()) == (0, 1)


@pytest.mark.parametrize("path", ["/admin/auth/user/add/", "/admin/auth/user/{}/password/"])
def test_no_page_takes_a_password_that_is_too_long(admin_client, owner, hashes, path):
    typed = {"username": "new", "usable_password": "true", "password1": LONG, "password2": LONG}
    with unchanged(*User.objects.all()):
        page = admin_client.post(path.format(owner.pk), typed)
    assert TOO_LONG in page.text
    assert (hashes.count, User.objects.filter(username="new").exists()) == (0, False)
