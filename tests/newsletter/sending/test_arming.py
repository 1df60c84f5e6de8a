"""A copied or restored database does not send until a person arms it."""

import pytest
from django.core import serializers
from django.core.management import call_command

from newsletter import sending
from newsletter.models import Arming, Delivery, Issue, Pump, SendingEvent, Snapshot
from newsletter.sending import arming, ledger
from newsletter.sending.arming import ArmingFile, mismatch
from tests.builders import make_subscription
from tests.newsletter.sending.conftest import make_due_issue, start, states, tick, work_off

pytestmark = pytest.mark.django_db(transaction=True)

HERE = "https://pulse.example.org"
ID = "0b5d6a63-4c3e-4b5c-8a37-7a4c1d0f7a11"


def armed_at(generation=5, site_url=HERE, **fields):
    defaults = {"identity": ID, "armed_at": "2026-11-23T09:00:00Z"}
    return Arming(generation=generation, site_url=site_url, **(defaults | fields))


CASES = [
    (None, None, "never armed"),
    (armed_at(armed_at=None), ArmingFile(ID, 5), "never armed"),
    (
        armed_at(site_url="https://staging.example.org"),
        ArmingFile(ID, 5),
        "armed for https://staging",
    ),
    (armed_at(), None, "not armed on this machine"),
    (armed_at(), ArmingFile("another", 5), "not armed on this machine"),
    (armed_at(generation=4), ArmingFile(ID, 5), "restored from a backup"),
]


@pytest.mark.parametrize(("row", "file", "why"), CASES)
def test_reasons_not_to_send(row, file, why):
    assert why in mismatch(row, file, HERE)


@pytest.mark.parametrize("generation", [5, 6])
def test_a_database_that_is_not_behind_its_file_may_send(generation):
    assert mismatch(armed_at(generation), ArmingFile(ID, 5), HERE) == ""


def backup():
    kept = [Arming, Issue, Snapshot, Delivery, Pump, SendingEvent]
    rows = [row for model in kept for row in model.objects.all()]
    return serializers.serialize("json", rows)


def restore(text):
    for model in (SendingEvent, Pump, Delivery, Snapshot):
        model.objects.all().delete()
    for row in serializers.deserialize("json", text):
        row.save()


def test_a_database_restored_during_a_send_mails_no_reader(armed, relay, admin_user):
    for n in range(20):
        make_subscription(f"r{n}@example.org")
    issue = start()
    ledger.record_and_begin(issue.pk, "busy", None, ledger.claim_due(issue.pk, "busy", 2)[0])
    text = backup()
    Delivery.objects.update(lease_until=issue.sent_at)
    tick(issue)
    assert len(relay.taken) == 19
    restore(text)
    issue = tick(issue)
    assert issue.status == "paused"
    assert "restored from a backup" in issue.pause_reason
    assert states(issue) == {"queued": 18, "unknown": 2}
    with pytest.raises(sending.NotArmed):
        sending.resume_issue(issue, admin_user)
    assert len(relay.taken) == 19


def test_a_copy_on_another_machine_starts_no_issue(armed, settings, tmp_path, caplog):
    make_subscription()
    issue = make_due_issue()
    settings.DATA_DIR = tmp_path / "elsewhere"
    settings.DATA_DIR.mkdir()
    for _ in range(3):
        assert sending.start_due() == ""
    issue.refresh_from_db()
    assert issue.status == "approved"
    assert len([each for each in caplog.records if "cannot start" in each.message]) == 1


def test_arming_after_a_restore_expires_the_issues_that_were_due(armed, capsys):
    issue = make_due_issue()
    arming.advance()
    Arming.objects.update(generation=0)
    call_command("armsending")
    said = capsys.readouterr().out
    assert "Issue 7 was approved for" in said
    assert "may send from this machine" in said
    issue.refresh_from_db()
    assert issue.status == "expired"


def test_a_second_machine_joins_a_database_in_use(armed, settings, tmp_path):
    issue = make_due_issue()
    settings.DATA_DIR = tmp_path / "second"
    settings.DATA_DIR.mkdir()
    assert arming.reason_not_armed()
    call_command("armsending", "--join")
    assert arming.reason_not_armed() == ""
    issue.refresh_from_db()
    assert issue.status == "approved"


def test_arming_again_stops_the_machines_that_were_armed_before(armed, settings, tmp_path):
    first = settings.DATA_DIR
    settings.DATA_DIR = tmp_path / "second"
    settings.DATA_DIR.mkdir()
    arming.arm()
    assert arming.reason_not_armed() == ""
    settings.DATA_DIR = first
    assert "not armed on this machine" in arming.reason_not_armed()


def test_a_machine_that_is_not_armed_pauses_the_issue_and_says_why(
    armed, relay, settings, tmp_path
):
    make_subscription()
    issue = start()
    settings.DATA_DIR = tmp_path / "third"
    settings.DATA_DIR.mkdir()
    issue = work_off(issue)
    assert issue.status == "paused"
    assert "manage.py armsending" in issue.pause_reason
    assert not relay.taken


def test_a_machine_joins_no_database_that_was_never_armed(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    Arming.objects.create(pk=1, site_url=settings.SITE_URL)
    arming.write_file()
    assert not list(tmp_path.iterdir())
