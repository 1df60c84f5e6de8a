"""A restored database writes to no one who left since, and to no one twice."""

import shlex
import subprocess
import sys
from contextlib import ExitStack
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from newsletter.mailing import arming
from newsletter.mailing.signed_links import leave_link
from newsletter.models import Arming, ConsentEvent, Subscription, Suppression
from newsletter.sending import launch
from newsletter.subscribers import leave_log, subscriptions, suppression
from tests import smtp_sink
from tests.backups import ENDING, ROOT, destroy, on_postgresql, uses_backups
from tests.builders import make_subscription
from tests.bystanders import unchanged
from tests.newsletter.sending.conftest import start, states, work_off
from tests.newsletter.sending.killing import Workers, has_ended, wait_until, workers

pytestmark = uses_backups


@pytest.fixture
def machine(settings, tmp_path):
    """Return a function that goes on on another machine, by its DATA_DIR."""

    def go(name):
        settings.DATA_DIR = tmp_path / name
        settings.DATA_DIR.mkdir(exist_ok=True)
        settings.BACKUP_DIR = tmp_path / "backups"
        return settings.DATA_DIR

    go("first")
    arming.arm()
    return go


def back_up():
    """Make a backup; a minute later the clock counts."""
    arming.keep_mark()
    call_command("backup", stdout=StringIO())
    arming.keep_mark()
    [path] = Path(settings.BACKUP_DIR).glob(f"*.{ENDING}")
    return path


def restore(*arguments):
    out = StringIO()
    call_command("restore", *arguments, stdout=out)
    return out.getvalue()


def statuses():
    rows = Subscription.objects.values_list("subscriber__address", "status")
    return {address.partition("@")[0]: status for address, status in rows}


def readers(*names):
    """Return subscriptions that were confirmed yesterday."""
    yesterday = timezone.now() - timedelta(days=1)
    found = [make_subscription(f"{name}@example.org") for name in names]
    for each in found:
        subscriptions.record_consent(each, ConsentEvent.Kind.CONFIRMED, at=yesterday)
    return found


# --- By script ------------------------------------------------------------------------------------


def command(data_dir, *arguments):
    return shell(data_dir, shlex.join([sys.executable, "manage.py", *map(str, arguments)]))


def shell(data_dir, text):
    """Run a command on a machine, and return what it prints."""
    connection.close()
    environment = Workers(data_dir, 1, BACKUP_DIR=str(settings.BACKUP_DIR)).environment
    done = subprocess.run(
        text, shell=True, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def receivers(*folders):
    """Send an issue by a worker on each machine, and return who got it."""
    issue = start()
    connection.close()
    with smtp_sink.process(folders[0]) as sink, ExitStack() as running:
        for folder in folders:
            running.enter_context(workers(1, folder, sink.port))
        wait_until(lambda: has_ended(issue))
        return sorted(each.recipient.partition("@")[0] for each in sink.received())


def test_on_one_machine_a_reader_who_left_after_the_backup_gets_nothing(machine, client):
    first = machine("first")
    left, refused, _ = readers("left", "refused", "stays")
    arming.keep_mark()
    command(first, "backup")
    [backup] = Path(settings.BACKUP_DIR).iterdir()
    arming.keep_mark()
    one_click(client, left)
    subscriptions.refuse_mail(refused.pk)
    said = command(first, "restore", backup)
    assert "Readers who left since: 1 unsubscribed, 1 suppressed." in said
    assert statuses() == {"left": "unsubscribed", "stays": "active"}
    with pytest.raises(arming.NotArmed, match=f"restored from {backup.name}"):
        arming.require_armed()
    assert "Mail goes out from here." in command(first, "armsending")
    assert receivers(first) == ["stays"]


def one_click(client, subscription):
    body = {"List-Unsubscribe": "One-Click"}
    assert client.post(f"/u/{leave_link(subscription.pk)}/", body).status_code == 200


@on_postgresql
@pytest.mark.parametrize("is_destroyed", [False, True])
def test_on_two_machines_a_reader_who_left_on_the_other_one_gets_nothing(
    machine, client, is_destroyed
):
    first = machine("first")
    here, there, _ = readers("here", "there", "stays")
    second = machine("second")
    arming.require_armed()
    arming.keep_mark()
    machine("first")
    arming.keep_mark()
    command(first, "backup")
    [backup] = Path(settings.BACKUP_DIR).iterdir()
    arming.keep_mark()
    one_click(client, here)
    machine("second")
    one_click(client, there)
    if is_destroyed:
        destroy()
    said = command(first, "restore", backup)
    assert f"Readers who left since: {1 if is_destroyed else 2} unsubscribed" in said
    files = [second / leave_log.FILE] * is_destroyed
    command(first, "armsending", *files)
    assert receivers(first, second) == ["stays"]


# --- What is repeated -----------------------------------------------------------------------------


def test_what_only_the_replaced_database_knows_is_repeated(machine):
    """Another machine's file of leaves may be lost."""
    left, refused, complained, back, stays = readers(
        "left", "refused", "complained", "back", "stays"
    )
    backup = back_up()
    for each in (left, back):
        subscriptions.unsubscribe(each.pk)
    subscriptions.undo_unsubscribing(back.pk)
    subscriptions.refuse_mail(refused.pk)
    suppression.suppress(complained.subscriber.address_hash, Suppression.Reason.COMPLAINED)
    leave_log.path().unlink()
    with unchanged(back, stays):
        said = restore(backup)
    assert "Readers who left since: 1 unsubscribed, 2 suppressed." in said
    assert statuses() == {
        "left": "unsubscribed", "complained": "active", "back": "active", "stays": "active",
    }  # fmt: skip
    reasons = Suppression.objects.order_by("reason").values_list("reason", flat=True)
    assert list(reasons) == ["complained", "refused"]


def test_a_leave_is_repeated_whose_machine_has_a_clock_that_is_behind(machine):
    behind, _ = readers("behind", "stays")
    backup = back_up()
    subscriptions.unsubscribe(behind.pk)
    behind.consent_events.update(at=timezone.now() - timedelta(hours=1))
    leave_log.path().unlink()
    assert "Readers who left since: 1 unsubscribed, 0 suppressed." in restore(backup)
    assert statuses() == {"behind": "unsubscribed", "stays": "active"}


def test_what_only_the_file_knows_is_repeated_when_the_database_is_gone(machine):
    left, _ = readers("left", "stays")
    backup = back_up()
    subscriptions.unsubscribe(left.pk)
    destroy()
    said = restore(backup)
    assert "Readers who left since: 1 unsubscribed, 0 suppressed." in said
    assert "cannot be read: only the file of leaves was" in said
    assert statuses() == {"left": "unsubscribed", "stays": "active"}
    call_command("armsending", stdout=StringIO())
    arming.require_armed()


def test_a_damaged_line_of_the_file_stops_a_restore_with_what_to_do(machine):
    left, stays = readers("left", "stays")
    backup = back_up()
    subscriptions.unsubscribe(left.pk)
    log = leave_log.path()
    log.write_text(log.read_text().replace('"at": "2', '"at": "x'))
    left.refresh_from_db()
    with (
        unchanged(left, stays),
        pytest.raises(CommandError, match=r"is as it was\. .*, line 2, is"),
    ):
        restore(backup)


def test_a_rehearsal_says_whom_it_concerns_and_writes_nothing(machine):
    left, stays = readers("left", "stays")
    backup = back_up()
    subscriptions.unsubscribe(left.pk)
    new, _ = readers("new", "also")
    left.refresh_from_db()
    lines = leave_log.path().read_bytes()
    with unchanged(left, stays, new, Arming.objects.get()):
        said = restore(backup, "--check")
    assert "Readers who left since: 1 unsubscribed, 0 suppressed." in said
    assert "Readers who confirmed since and are lost: 2." in said
    assert leave_log.path().read_bytes() == lines
    arming.require_armed()


def test_an_issue_that_was_being_sent_is_unknown_and_no_reader_gets_it_twice(
    machine, relay, admin_user
):
    readers("a", "b")
    issue = start()
    backup = back_up()
    assert work_off(issue).status == "sent"
    restore(backup)
    issue.refresh_from_db()
    assert work_off(issue).status == "paused"
    call_command("armsending", stdout=StringIO())
    assert states(issue) == {"unknown": 2}
    launch.resume_issue(issue, admin_user)
    assert work_off(issue).status == "sent"
    assert len(relay.taken) == 2


def test_a_backup_that_is_older_than_the_first_mail_waits_too():
    readers("a")
    call_command("backup", stdout=StringIO())
    [backup] = Path(settings.BACKUP_DIR).iterdir()
    restore(backup)
    with pytest.raises(arming.NotArmed, match="it was restored from backup-"):
        arming.require_armed()
    with pytest.raises(CommandError, match="this one has none"):
        call_command("armsending")


# --- The guide ------------------------------------------------------------------------------------


def commands_of_the_guide():
    """Return the commands of its section on backups, as they are written."""
    guide = (ROOT / "docs/operators.md").read_text()
    section = guide.partition("## Backup, restore, moving\n")[2].partition("\n## ")[0]
    return [line.strip() for line in section.splitlines() if line.startswith("    ")]


def test_the_guide_restores_a_site_as_it_is_written(machine):
    data_dir = machine("first")
    left, _ = readers("left", "stays")
    arming.keep_mark()
    cron, check, restores, arms = commands_of_the_guide()
    assert " tables, " in guided(cron.removeprefix("17 2 * * * "), data_dir)
    [backup] = Path(settings.BACKUP_DIR).iterdir()
    arming.keep_mark()
    subscriptions.unsubscribe(left.pk)
    assert "rehearsal" in guided(check, data_dir, backup)
    arming.require_armed()
    assert "1 unsubscribed" in guided(restores, data_dir, backup)
    with pytest.raises(arming.NotArmed):
        arming.require_armed()
    assert "Mail goes out from here." in guided(arms, data_dir)
    assert statuses() == {"left": "unsubscribed", "stays": "active"}


def guided(text, data_dir, backup=""):
    """Run a command of the guide, where this code and its Python are."""
    here = {"/srv/pulse": ROOT, ".venv/bin/python": sys.executable, "BACKUP": backup}
    for written, ours in here.items():
        text = text.replace(written, str(ours))
    return shell(data_dir, text)
