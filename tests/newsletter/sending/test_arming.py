"""A copied or restored database sends no mail of any kind until a person lets it."""

import logging
import shutil
from datetime import UTC, datetime, timedelta

import pytest
from django.core import mail
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.utils import timezone

from config.backups import connected_to
from newsletter.issues.composing.test_mails import send_test_mails
from newsletter.mailing import arming, outbox
from newsletter.mailing.arming import LEAP, Mark, changes_since
from newsletter.mailing.traits import file_traits
from newsletter.models import Arming, Delivery, Issue, OutboxMail, SendingEvent
from newsletter.sending import launch, ledger
from newsletter.sending.release import release_mail
from newsletter.subscribers import retention
from tests.builders import (
    make_issue,
    make_mail,
    make_newsletter,
    make_series,
    make_subscription,
    make_term,
)
from tests.newsletter.conftest import run_worker
from tests.newsletter.sending.conftest import (
    begin_row,
    make_due_issue,
    start,
    states,
    tick,
    work_off,
)
from tests.newsletter.sending.copies import (
    back_up,
    copy_all,
    database_file,
    dump,
    load,
    new_database,
    put_back,
)

pytestmark = pytest.mark.django_db(transaction=True)
on_sqlite = pytest.mark.skipif(connection.vendor != "sqlite", reason="a database is a file there")
on_postgresql = pytest.mark.skipif(
    connection.vendor != "postgresql" or not shutil.which("pg_dump"), reason="needs pg_dump"
)

HERE = "https://pulse.example.org"
ID = "0b5d6a63-4c3e-4b5c-8a37-7a4c1d0f7a11"
BEFORE = "2026-11-20T09:00:00+00:00"
COPIED = "its file was copied or replaced"


@pytest.fixture
def folder(settings, tmp_path):
    """DATA_DIR of the first machine."""
    settings.DATA_DIR = tmp_path / "first"
    settings.DATA_DIR.mkdir()
    return settings.DATA_DIR


@pytest.fixture
def other_machine(settings, tmp_path):
    """Return a function that goes on with an empty DATA_DIR."""

    def go(name="second"):
        settings.DATA_DIR = tmp_path / name
        settings.DATA_DIR.mkdir(exist_ok=True)
        return settings.DATA_DIR

    return go


def minutes(count):
    """Let the clock count."""
    for _ in range(count):
        arming.keep_mark()


def is_held(because):
    with pytest.raises(arming.NotArmed, match=because):
        arming.require_armed()
    return True


def goes_out():
    arming.require_armed()
    return arming.reason_not_armed() == ""


# --- What is compared -----------------------------------------------------------------------------


def armed(**fields):
    defaults = {"identity": ID, "generation": 5, "traits": {"oid": "7", "timeline": "1"}}
    defaults["counted_at"] = datetime(2026, 11, 20, 9, 5, tzinfo=UTC)
    return Arming(**(defaults | fields))


@pytest.mark.parametrize(
    ("mark", "found", "changes"),
    [
        (Mark(ID, 5, BEFORE), {"oid": "7", "timeline": "1"}, []),
        (Mark(ID, 4, BEFORE), {"oid": "7", "timeline": "1"}, []),
        (None, {"oid": "7", "timeline": "1"}, []),
        (
            Mark(ID, 9, BEFORE),
            {"oid": "7"},
            ["it is from 2026-11-20 09:05 UTC, and this machine has seen a newer one"],
        ),
        (Mark("another", 9, BEFORE), {"oid": "7", "timeline": "1"}, []),
        (Mark(ID, 5, BEFORE), {"oid": "8"}, ["it was created again"]),
        # The standby took over: a machine that was there knows by the count what was lost.
        (Mark(ID, 5, BEFORE), {"oid": "7", "timeline": "2"}, []),
        # A copied DATA_DIR says nothing of a database on PostgreSQL.
        (Mark(ID, 5, BEFORE, is_copy=True), {"oid": "7", "timeline": "1"}, []),
        (None, {"oid": "7", "timeline": "2"}, ["its PostgreSQL server was restored or promoted"]),
    ],
)
def test_the_database_is_compared_with_what_it_was_and_with_the_mark(mark, found, changes):
    assert changes_since(armed(), mark, found) == changes


# --- Nothing to do --------------------------------------------------------------------------------


def test_a_new_site_mails_without_any_command(folder, relay):
    OutboxMail.objects.all().delete()
    outbox.queue(outbox.Kind.WELCOME, make_subscription("new@example.org"))
    run_worker()
    assert [each.to for each in mail.outbox] == [["new@example.org"]]
    assert [path.name for path in folder.iterdir()] == ["sending-armed.json"]
    assert work_off(start()).status == "sent"
    assert len(relay.taken) == 1


def test_a_new_site_arms_itself_once_even_if_its_first_send_is_rolled_back(folder):
    make_subscription()
    with transaction.atomic():
        arming.require_armed()
        transaction.set_rollback(True)
    assert list(folder.iterdir()) == []
    assert goes_out()


def test_a_new_database_in_the_folder_of_an_old_one_is_a_new_site(folder):
    arming.arm()
    Arming.objects.all().delete()
    assert goes_out()


@on_sqlite
def test_a_restart_or_another_mount_changes_nothing(folder, settings, tmp_path):
    arming.arm()
    minutes(2)
    connection.close()
    moved = tmp_path / "another mount"
    moved.mkdir()
    database_file().rename(moved / "db.sqlite3")
    settings.DATA_DIR = folder.rename(moved / "data")
    with connected_to(str(moved / "db.sqlite3")):
        assert goes_out()
        minutes(2)
        assert Arming.objects.get().generation == LEAP + 4
    (moved / "db.sqlite3").rename(database_file())


def test_a_folder_that_cannot_be_written_is_logged_and_single_mails_go(folder, caplog):
    outbox.queue(outbox.Kind.WELCOME, make_subscription("single@example.org"))
    folder.rmdir()
    minutes(1)
    assert "sending-armed.json in DATA_DIR cannot be written: No such file" in caplog.text
    run_worker()
    assert [each.to for each in mail.outbox] == [["single@example.org"]]


# --- SQLite: a file ----------------------------------------------------------------------------------


@on_sqlite
def test_a_copy_made_during_a_send_waits_and_the_original_goes_on(
    folder, relay, settings, tmp_path, admin_user
):
    for n in range(40):
        make_subscription(f"r{n}@example.org")
    issue = start()
    minutes(1)
    assert begin_row(issue.pk, "busy", ledger.claim_due(issue.pk, "busy", 3)[0])
    copy = copy_all(folder, tmp_path / "copy" if not (tmp_path / "copy").mkdir() else None)
    with connected_to(str(copy / database_file().name)):
        settings.DATA_DIR = copy / "first"
        paused = work_off(issue)
        assert paused.status == "paused"
        assert COPIED in paused.pause_reason
        assert states(issue) == {"queued": 37, "claimed": 2, "handing_over": 1}
        with pytest.raises(arming.NotArmed):
            launch.resume_issue(issue, admin_user)
        assert relay.taken == []
        call_command("armsending")
        assert states(issue) == {"unknown": 40}
        launch.resume_issue(issue, admin_user)
        assert work_off(issue).status == "sent"
    assert relay.taken == []
    settings.DATA_DIR = folder
    issue.refresh_from_db()
    assert work_off(issue).status == "sending"
    assert len(relay.taken) == 37


@on_sqlite
@pytest.mark.parametrize("in_place", [False, True], ids=["another file", "the same file"])
def test_an_older_backup_waits(folder, relay, tmp_path, in_place, admin_user):
    make_subscription("a@example.org")
    make_subscription("b@example.org")
    issue = start()
    minutes(1)
    backup = back_up(tmp_path / "backup")
    assert work_off(issue).status == "sent"
    assert len(relay.taken) == 2
    put_back(backup, in_place=in_place)
    assert is_held("seen a newer one")
    issue = tick(issue)
    assert issue.status == "paused"
    assert "copied or restored" in issue.pause_reason
    call_command("armsending")
    assert goes_out()
    assert states(issue) == {"unknown": 2}
    launch.resume_issue(issue, admin_user)
    work_off(issue)
    assert len(relay.taken) == 2


@on_sqlite
def test_a_folder_that_is_copied_over_itself_waits_although_all_files_agree(folder, tmp_path):
    arming.arm()
    minutes(2)
    mark, backup = folder / arming.FILE, back_up(tmp_path / "backup")
    if "handle" not in file_traits(str(mark)):
        pytest.skip("this file system gives no lasting handles")
    shutil.copy2(mark, tmp_path / "mark")
    minutes(2)
    assert goes_out()
    put_back(backup, in_place=True)
    shutil.copy2(tmp_path / "mark", mark)
    assert is_held("sending-armed.json in DATA_DIR was copied or replaced")
    call_command("armsending")
    minutes(1)
    assert goes_out()


@on_sqlite
def test_a_restore_while_a_worker_sends_stops_it_at_its_next_look(folder, tmp_path):
    arming.arm()
    minutes(1)
    backup = back_up(tmp_path / "backup")
    arming.advance()
    put_back(backup, in_place=True)
    with pytest.raises(arming.NotArmed, match="seen a newer one"):
        arming.advance()
    assert Arming.objects.get().generation == LEAP + 1


# --- Two machines with one database ---------------------------------------------------------------


def test_other_machines_join_without_a_command(folder, other_machine):
    arming.arm()
    minutes(3)
    other_machine("second")
    assert goes_out()
    minutes(1)
    other_machine("third")
    assert goes_out()
    minutes(1)
    assert Arming.objects.get().generation == LEAP + 5


@pytest.mark.parametrize("where", ["first", "second"])
def test_a_decision_on_one_machine_counts_on_one_that_has_seen_more(
    folder, other_machine, settings, where
):
    arming.arm()
    second = other_machine("second")
    minutes(1)
    older = Arming.objects.values().get()
    minutes(5)
    Arming.objects.update(**older)
    assert is_held("seen a newer one")
    settings.DATA_DIR = {"first": folder, "second": second}[where]
    call_command("armsending")
    for machine in (folder, second):
        settings.DATA_DIR = machine
        minutes(1)
        assert goes_out()


def test_a_machine_that_only_runs_the_clock_tells_all_others_of_an_older_database(
    folder, other_machine, settings
):
    arming.arm()
    second = other_machine("second")
    minutes(1)
    older = Arming.objects.values().get()
    settings.DATA_DIR = folder
    minutes(5)
    settings.DATA_DIR = second
    minutes(1)
    Arming.objects.update(**older)
    assert is_held("seen a newer one")
    other_machine("third")
    assert is_held("seen a newer one")
    minutes(10)
    assert Arming.objects.get().generation == older["generation"]
    settings.DATA_DIR = second
    call_command("armsending")
    for machine in (folder, second):
        settings.DATA_DIR = machine
        assert goes_out()


# --- PostgreSQL: dumps ----------------------------------------------------------------------------


@on_postgresql
def test_a_dump_restored_as_another_database_waits_on_every_machine(
    folder, relay, other_machine, settings
):
    for n in range(12):
        make_subscription(f"r{n}@example.org")
    issue = start()
    minutes(1)
    content = dump()
    with new_database() as name:
        assert work_off(issue).status == "sent"
        with connected_to(name):
            load(content)
            other_machine("second")
            assert work_off(issue).status == "paused"
            assert is_held("another name; it was created again; it was loaded from a dump")
            settings.DATA_DIR = folder
            assert is_held("another name")
    assert len(relay.taken) == 12
    assert goes_out()


@on_postgresql
def test_a_dump_loaded_into_the_same_database_waits_also_where_no_mark_is(folder, other_machine):
    with new_database() as name:
        content = dump()
        with connected_to(name):
            load(content)
            arming.arm()
            minutes(1)
            content = dump()
            minutes(3)
            load(content)
            other_machine("second")
            assert is_held("loaded from a dump")


@on_postgresql
def test_the_traits_of_a_postgresql_database_stay_the_same(folder):
    arming.arm()
    kept = Arming.objects.get().traits
    assert set(kept) == {"name", "oid", "rows", "server", "timeline"}
    with connection.cursor() as cursor:
        cursor.execute("VACUUM FULL django_migrations")
        cursor.execute("VACUUM FREEZE django_migrations")
    connection.close()
    assert goes_out()


# --- All mail -------------------------------------------------------------------------------------


@pytest.fixture
def held(clock, folder):
    """A database that is behind the mark."""
    arming.arm()
    minutes(2)
    Arming.objects.update(generation=1)
    minutes(1)
    assert is_held("seen a newer one")
    clock.shift(timedelta(minutes=2))


def test_single_mails_that_the_original_may_have_sent_are_given_up(held, clock, capsys):
    clock.shift(timedelta(minutes=-2))
    sent_since = make_mail()
    clock.shift(timedelta(minutes=2))
    outbox.queue(outbox.Kind.WELCOME, make_subscription("new@example.org"))
    call_command("armsending")
    said = capsys.readouterr().out
    assert "may have been sent already and are given up: 1. Readers who miss" in said
    run_worker()
    assert [each.to for each in mail.outbox] == [["new@example.org"]]
    sent_since.refresh_from_db()
    assert (sent_since.state, sent_since.next_at) == ("given_up", None)


def test_single_mails_of_a_site_with_a_new_address_go(folder, settings, clock, capsys):
    arming.arm()
    outbox.queue(outbox.Kind.WELCOME, make_subscription("a@example.org"))
    settings.SITE_URL = "https://moved.example.org"
    call_command("armsending", "--without-leaves")
    run_worker()
    assert [each.to for each in mail.outbox] == [["a@example.org"]]


def test_single_mails_wait_and_go_once_it_is_lifted(held, clock):
    outbox.queue(outbox.Kind.WELCOME, make_subscription("held@example.org"))
    old = make_mail()
    OutboxMail.objects.filter(pk=old.pk).update(created_at=timezone.now() - timedelta(days=8))
    run_worker()
    clock.shift(timedelta(minutes=10))
    for _ in range(3):
        assert outbox.send_waiting() == ""
    assert "mails that were not sent" in retention.delete_stale()
    assert not OutboxMail.objects.filter(pk=old.pk).exists()
    assert mail.outbox == []
    waiting = OutboxMail.objects.get()
    assert (waiting.state, waiting.attempts, waiting.last_error) == ("waiting", 0, "")
    call_command("armsending")
    assert outbox.send_waiting() == "1 waiting mails handled"
    assert [each.to for each in mail.outbox] == [["held@example.org"]]


def test_signing_up_is_answered_as_always(folder, client, sign_up):
    make_newsletter()
    page = sign_up("first@example.org")
    assert len(mail.outbox) == 1
    minutes(2)
    Arming.objects.update(generation=1)
    minutes(1)
    mail.outbox.clear()
    held = sign_up("secnd@example.org")
    assert held.status_code == page.status_code
    assert held.content == page.content.replace(b"first@", b"secnd@")
    assert mail.outbox == []
    assert OutboxMail.objects.filter(state="waiting").count() == 1


def test_a_test_mail_says_why_it_does_not_go(held):
    issue = make_issue(7)
    [problem] = send_test_mails(issue, ["editor@example.org"]).values()
    assert "copied or restored" in problem
    assert mail.outbox == []


def test_no_issue_starts(held, caplog):
    make_subscription()
    issue = make_due_issue()
    for _ in range(3):
        assert launch.start_due() == ""
    issue.refresh_from_db()
    assert issue.status == "approved"
    assert len([each for each in caplog.records if "cannot start" in each.message]) == 1


def test_a_database_that_was_armed_for_another_address_waits(folder, settings):
    arming.arm()
    settings.SITE_URL = "https://staging.example.org"
    assert is_held("armed for http://127.0.0.1:8000, and this is https://staging")
    settings.SITE_URL = "http://127.0.0.1:8000"
    assert goes_out()


# --- What people see ------------------------------------------------------------------------------


def test_the_clock_logs_it_and_the_desk_leads_with_it(held, caplog, admin_client):
    make_issue(7, status="paused")
    caplog.clear()
    arming.keep_mark()
    [record] = [each for each in caplog.records if each.name == "newsletter.mailing.arming"]
    assert record.levelno == logging.ERROR
    sentence = (
        "All mail waits: this database was copied or restored (it is from 2026-11-23 09:00 UTC, "
        "and this machine has seen a newer one). Check what was sent already, then run: "
        "manage.py armsending"
    )
    assert record.getMessage() == sentence
    page = admin_client.get("/admin/").text
    assert f'<p class="refused">{sentence}</p>' in page
    assert page.index(sentence) < page.index("issue is paused")


def test_the_desk_is_silent_about_it_otherwise(folder, admin_client):
    assert "All mail waits" not in admin_client.get("/admin/").text


def test_the_audit_does_not_say_ok(held):
    with pytest.raises(CommandError, match="may be older than what was sent"):
        call_command("auditissue")


def test_a_first_run_does_not_lift_it(held, settings, capsys):
    settings.DEBUG = True
    make_series(), make_term()
    make_issue(7)
    call_command("firstrun")
    assert is_held("seen a newer one")


# --- Lifting it -----------------------------------------------------------------------------------


def test_the_command_says_what_it_found_and_did(held, capsys):
    make_due_issue(6, status="sent")
    make_due_issue(8)
    outbox.queue(outbox.Kind.WELCOME, make_subscription())
    call_command("armsending")
    said = capsys.readouterr().out
    assert "seen a newer one" in said
    assert "Readers who left since: 0 unsubscribed, 0 suppressed, by no file." in said
    assert "Issue 8 was approved for" in said
    assert "Single mails that waited and go out now: 1." in said
    assert said.endswith("Mail goes out from here.\n")
    assert dict(Issue.objects.values_list("number", "status")) == {6: "sent", 8: "expired"}
    assert SendingEvent.objects.get().kind == "expired"
    call_command("armsending")
    assert capsys.readouterr().out == "Mail goes out from here.\n"


@pytest.mark.parametrize("status", ["sending", "paused"])
def test_every_open_message_of_an_issue_being_sent_is_unknown_afterwards(
    held, status, capsys, admin_user
):
    Arming.objects.update(held="", generation=LEAP + 9)
    make_subscription("a@example.org")
    make_subscription("b@example.org")
    issue = start()
    Delivery.objects.filter(pk=Delivery.objects.first().pk).update(state="skipped")
    Issue.objects.filter(pk=issue.pk).update(status=status)
    Arming.objects.update(generation=1)
    released = release_mail([])
    issue.refresh_from_db()
    assert issue.status == "paused"
    assert states(issue) == {"skipped": 1, "unknown": 1}
    assert released.doubtful == {issue: 1}
    assert launch.queue_unknown(Delivery.objects.all(), admin_user) == 1


def test_a_machine_that_was_not_there_asks_for_the_file_of_those_who_left(
    held, other_machine, capsys
):
    other_machine()
    with pytest.raises(CommandError, match="in DATA_DIR of each machine"):
        call_command("armsending")
    assert is_held("seen a newer one")
    call_command("armsending", "--without-leaves")
    assert goes_out()


def test_a_database_that_is_held_at_the_same_moment_is_not_counted(clock, folder):
    arming.arm()
    armed_at = Arming.objects.get().generation

    def held_first(execute, sql, params, many, context):
        if sql.startswith("UPDATE") and "generation" in sql:
            with connection.cursor() as cursor:
                cursor.cursor.execute(f"UPDATE {Arming._meta.db_table} SET held = 'elsewhere'")
        return execute(sql, params, many, context)

    with connection.execute_wrapper(held_first):
        arming.advance()
    assert Arming.objects.get().generation == armed_at
    assert is_held("elsewhere")
