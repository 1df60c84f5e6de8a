"""The owner of an account learns by mail what a thief of it would do first."""

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.core import mail
from django_tasks_db.models import DBTaskResult

from config import second_factor
from config.models import SecondFactor
from config.tasks import mail_account
from tests.bystanders import unchanged
from tests.config.test_second_factor import SALT, code_at

RIGHT, NEW = "correct horse battery", "another long password"
CHANGE = {"old_password": RIGHT, "new_password1": NEW, "new_password2": NEW}


@pytest.fixture
def paula(db, clock):
    return User.objects.create_user("paula", "paula@example.org", RIGHT, is_staff=True)


@pytest.fixture
def browser(paula, client):
    client.post("/admin/login/", {"username": "paula", "password": RIGHT})
    return client


@pytest.fixture
def owner(paula, client):
    """A superuser, logged in, who changes the account of Paula."""
    owner = User.objects.create_superuser("owner", "owner@example.org", RIGHT)
    client.post("/admin/login/", {"username": "owner", "password": RIGHT})
    owner.refresh_from_db()
    return owner


@pytest.fixture
def bystander(db, clock):
    other = User.objects.create_user("other", "other@example.org", RIGHT, is_staff=True)
    second_factor.turn_on(other, SALT, code_at())
    DBTaskResult.objects.all().delete()
    return other


def told():
    """Do what the worker does; return what was mailed to Paula, and nobody else."""
    for waiting in DBTaskResult.objects.all():
        mail_account.call(**waiting.args_kwargs["kwargs"])
        waiting.delete()
    assert {tuple(each.to) for each in mail.outbox} <= {("paula@example.org",)}
    said = (each.body.partition("AI Economy Pulse: ")[2].splitlines()[0] for each in mail.outbox)
    return sorted(said)


def test_a_password_that_they_changed(browser, bystander):
    with unchanged(bystander):
        browser.post("/admin/password_change/", CHANGE | {"old_password": "wrong"})
        assert told() == []
        browser.post("/admin/password_change/", CHANGE)
    assert told() == ["Changed the password."]
    assert "http://127.0.0.1:8000/admin/forgotten/" in mail.outbox[0].body


def test_the_address_of_the_moment_is_told_though_a_thief_has_replaced_it_since(browser, paula):
    browser.post("/admin/password_change/", CHANGE)
    User.objects.filter(pk=paula.pk).update(email="thief@example.org")
    assert told() == ["Changed the password."]


def test_the_old_address_is_told_of_another_one(paula, owner, client):
    form = {
        "username": "paula", "email": "thief@example.org", "is_active": "on", "is_staff": "on",
        "date_joined_0": "2026-11-01", "date_joined_1": "09:00",
    }  # fmt: skip
    path = f"/admin/auth/user/{paula.pk}/change/"
    with unchanged(owner):
        client.post(path, form | {"email": paula.email})
        assert told() == []
        client.post(path, form)
    assert told() == ["owner changed the mail address."]


@pytest.mark.parametrize("sign", ["", "_2B"])  # a quoted plus, which Django takes as well
def test_a_password_that_somebody_else_set(paula, owner, client, sign):
    form = {"usable_password": "true", "password1": NEW, "password2": "different"}
    path = f"/admin/auth/user/{sign}{paula.pk}/password/"
    with unchanged(owner):
        assert client.post(path, form).status_code == 200
        assert told() == []
        assert client.post(path, form | {"password2": NEW}).status_code == 302
    assert told() == ["owner set a new password."]


def test_a_password_that_somebody_else_disabled(paula, owner, client):
    path, form = f"/admin/auth/user/{paula.pk}/password/", {"usable_password": "false"}
    with unchanged(owner):
        with unchanged(paula):
            assert client.post(path, form).status_code == 302  # “Conflicting form data”
        assert told() == []
        client.post(path, form | {"unset-password": "yes"})
    assert told() == ["owner disabled the password."]


def test_a_second_factor_that_is_turned_on_used_up_or_removed(paula, bystander):
    with unchanged(bystander.second_factor):
        codes = second_factor.turn_on(paula, SALT, code_at())
        second_factor.is_right(paula, codes[0])
        second_factor.remove(paula, paula)
    assert told() == [
        "Removed the second factor.",
        "Turned on the second factor. Made new recovery codes.",
        "Used a recovery code.",
    ]


def test_a_second_factor_that_is_replaced_is_one_mail_and_three_log_entries(paula):
    SecondFactor.objects.create(user=paula, salt=SALT, last_step=0)
    second_factor.turn_on(paula, SALT, code_at())
    changes = [
        "Removed the second factor.", "Turned on the second factor.", "Made new recovery codes.",
    ]  # fmt: skip
    assert told() == [" ".join(changes)]
    entries = LogEntry.objects.order_by("pk")
    assert [entry.get_change_message() for entry in entries] == changes


def test_an_account_that_is_gone_is_told_nothing(paula):
    second_factor.turn_on(paula, SALT, code_at())
    paula.delete()
    assert told() == []


def test_an_account_without_an_address_is_left_in_peace(db, clock):
    second_factor.turn_on(User.objects.create_superuser("owner"), SALT, code_at())
    assert told() == []
