"""The owner of an account learns by mail what a thief of it would do first."""

import pytest
from django.contrib.auth.models import User
from django.core import mail
from django_tasks_db.models import DBTaskResult

from config import second_factor
from config.tasks import mail_account
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


def told():
    """Do what the worker does; return what was mailed to Paula, and nobody else."""
    for waiting in DBTaskResult.objects.all():
        mail_account.call(**waiting.args_kwargs["kwargs"])
        waiting.delete()
    assert {tuple(each.to) for each in mail.outbox} <= {("paula@example.org",)}
    said = (each.body.partition("AI Economy Pulse: ")[2].splitlines()[0] for each in mail.outbox)
    return sorted(said)


def test_a_password_that_they_changed(browser):
    browser.post("/admin/password_change/", CHANGE | {"old_password": "wrong"})
    assert told() == []
    browser.post("/admin/password_change/", CHANGE)
    assert told() == ["Changed the password."]
    assert "http://127.0.0.1:8000/admin/forgotten/" in mail.outbox[0].body


def test_a_password_that_somebody_else_set(paula, client):
    owner = User.objects.create_superuser("owner", "owner@example.org", RIGHT)
    client.post("/admin/login/", {"username": "owner", "password": RIGHT})
    form = {"usable_password": "true", "password1": NEW, "password2": "different"}
    path = f"/admin/auth/user/{paula.pk}/password/"
    assert client.post(path, form).status_code == 200
    assert told() == []
    client.post(path, form | {"password2": NEW})
    assert told() == ["owner set a new password."]
    owner.refresh_from_db()
    assert owner.check_password(RIGHT)


def test_a_second_factor_that_is_turned_on_used_up_or_removed(paula, clock):
    codes = second_factor.turn_on(paula, SALT, code_at())
    second_factor.is_right(paula, codes[0])
    second_factor.remove(paula, paula)
    assert told() == [
        "Made new recovery codes.", "Removed the second factor.", "Turned on the second factor.",
        "Used a recovery code.",
    ]  # fmt: skip


def test_an_account_without_an_address_is_left_in_peace(db, clock):
    second_factor.turn_on(User.objects.create_superuser("owner"), SALT, code_at())
    assert told() == []
