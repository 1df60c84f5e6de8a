"""What /livez, /healthz and /metrics say, and to whom."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.contrib.auth.models import User
from django.db import OperationalError, connection
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from config import health
from config.health import State, look_at
from config.models import Heartbeat
from config.tasks import mail_operators
from glossary.models import Fetch
from newsletter.models import Arming, OutboxMail
from tests.builders import make_series, make_subscription

pytestmark = pytest.mark.django_db

TOKEN = "a-token-of-sixteen"
COLLECTED = "config.static_files.CollectedFiles"


@pytest.fixture
def operator(settings):
    settings.HEALTH_TOKEN = TOKEN
    return {"Authorization": f"Bearer {TOKEN}"}


def test_strangers_learn_one_word(client):
    assert client.get("/healthz").text == "ok\n"


@pytest.mark.parametrize("token", ["", "Bearer ", "Bearer wrong", TOKEN[:-1], "Bearer é"])
def test_a_wrong_token_is_a_strangers(client, operator, token):
    headers = {"Authorization": token}
    assert client.get("/healthz", headers=headers).text == "ok\n"
    assert client.get("/metrics", headers=headers).status_code == 403


def test_without_a_token_in_the_settings_none_is_right(client):
    assert client.get("/metrics", headers={"Authorization": "Bearer "}).status_code == 403


def test_operators_read_a_line_a_look(client, operator):
    text = client.get("/healthz", headers=operator).text
    assert text.startswith("ok\ndatabase: ok. ")
    assert "\nworker: broken. It has never run. Start: manage.py db_worker\n" in text
    assert "\nstatic files: ok. They are collected.\n" in text


def test_staff_read_it_too_and_other_accounts_do_not(client):
    for name, is_staff in (("editor", True), ("reader", False)):
        client.force_login(User.objects.create_user(name, is_staff=is_staff))
        assert ("database: ok" in client.get("/healthz").text) is is_staff


def test_metrics_have_a_state_for_each_look_and_what_was_measured(client, operator):
    lines = client.get("/metrics", headers=operator).text.splitlines()
    assert 'site_state{look="worker"} 3' in lines
    assert 'site_state{look="static_files"} 0' in lines
    assert 'site_measure{look="migrations"} 0' in lines


def test_a_site_without_its_database_is_not_ok_and_says_no_more(client, operator, monkeypatch):
    def refuse(*_):
        raise OperationalError("connection refused")

    with monkeypatch.context() as patched:
        patched.setattr(connection, "cursor", refuse)
        alive = client.get("/livez")
        answer = client.get("/healthz")
        details = client.get("/healthz", headers=operator)
    assert (alive.status_code, alive.text) == (200, "ok\n")
    assert (answer.status_code, answer.text) == (503, "not ok\n")
    assert details.status_code == 503
    assert "database: broken. connection refused" in details.text
    assert "worker: not seen." in details.text


def test_a_site_without_its_migrations_is_not_ok(client, operator):
    MigrationRecorder(connection).migration_qs.filter(app="newsletter").delete()
    answer = client.get("/healthz", headers=operator)
    assert answer.status_code == 503
    assert "migrations: broken. 2 are not applied, first newsletter.0001_initial." in answer.text


def test_a_site_whose_static_files_are_not_collected_is_ok_and_looked_at(
    client, settings, operator
):
    settings.STORAGES = settings.STORAGES | {"staticfiles": {"BACKEND": COLLECTED}}
    settings.DEBUG = False
    answer = client.get("/healthz", headers=operator)
    assert answer.status_code == 200
    assert "static files: look at." in answer.text


def seen(look):
    [found] = look_at([look]).values()
    return found.state, found.text


def test_a_full_disk_is_broken(monkeypatch, settings):
    monkeypatch.setattr(health.shutil, "disk_usage", lambda _: SimpleNamespace(free=150_000_000))
    state, text = seen(health.disk)
    assert (state, text) == (
        State.BROKEN, f"143.1 MB are free in {settings.DATA_DIR}. Make room.",
    )  # fmt: skip


def test_backups_are_looked_at_when_the_newest_is_two_days_old(clock, settings):
    folder = settings.BACKUP_DIR
    assert seen(health.backups)[0] == State.LOOK
    folder.mkdir()
    (folder / "backup-20261122T021700Z.sqlite3").touch()
    assert seen(health.backups) == (State.OK, "The newest was made 1 day ago.")
    clock.shift(timedelta(days=1))
    assert seen(health.backups)[0] == State.LOOK


def test_a_task_that_waits_for_long_is_looked_at_and_one_of_later_is_not(clock):
    mail_operators.using(run_after=timezone.now() + timedelta(hours=1)).enqueue("s", "t")
    assert seen(health.tasks)[0] == State.OK
    mail_operators.enqueue("s", "t")
    clock.shift(timedelta(minutes=6))
    assert seen(health.tasks) == (
        State.LOOK,
        "The oldest was due 6 minutes ago. Is the worker down, or too slow?",
    )


def named(name):
    return next(look for look in health.LOOKS if look.__name__ == name)


def test_a_single_mail_that_waits_is_looked_at_with_its_last_error(clock):
    subscription = make_subscription()
    assert seen(named("single_mails")) == (State.OK, "None waits.")
    OutboxMail.objects.create(
        kind="welcome",
        subscription=subscription,
        next_at=timezone.now(),
        last_error="answer: [421]",
    )
    clock.shift(timedelta(minutes=21))
    state, text = seen(named("single_mails"))
    assert state == State.LOOK
    assert text.startswith("1 wait, the oldest was queued 21 minutes ago (answer: [421]).")


def test_a_held_site_is_looked_at(clock):
    assert seen(named("armed"))[0] == State.OK
    Arming.objects.create(site_url="http://127.0.0.1:8000", held="it was copied")
    assert seen(named("armed"))[0] == State.LOOK


def test_fetching_that_has_not_worked_for_days_is_looked_at(clock):
    assert seen(named("fetching")) == (State.OK, "No series is fetched.")
    series = make_series("compute", fetch_url="https://example.org/a.csv")
    assert seen(named("fetching"))[0] == State.LOOK
    Fetch.objects.create(series=series, worked_at=timezone.now())
    assert seen(named("fetching"))[0] == State.OK
    clock.shift(timedelta(days=4))
    assert seen(named("fetching"))[0] == State.LOOK


def test_no_look_writes(django_assert_max_num_queries):
    before = list(Heartbeat.objects.all())
    with django_assert_max_num_queries(25):
        health.look_at_all()
    assert list(Heartbeat.objects.all()) == before
