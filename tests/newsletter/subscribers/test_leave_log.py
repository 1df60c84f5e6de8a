"""A restored database is told who left since its backup."""

import json
import resource

import pytest
from django.core import serializers
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from newsletter.mailing import arming
from newsletter.models import (
    Arming,
    ConsentEvent,
    OutboxMail,
    Subscriber,
    Subscription,
    Suppression,
)
from newsletter.subscribers import address_change, leave_log, subscriptions, suppression
from newsletter.subscribers.leave_log import LogLine
from newsletter.subscribers.leave_replay import Replayed, replay, valid_leaves
from newsletter.values.addresses import address_hash
from tests.builders import make_newsletter, make_subscription, make_token
from tests.bystanders import unchanged

pytestmark = pytest.mark.django_db(transaction=True)
KEPT = [Arming, Subscriber, Subscription, ConsentEvent, Suppression]
LOG = "readers-who-left.jsonl"
HASH = "a" * 64


@pytest.fixture
def backup(clock):
    """Return a function that restores what the database contains when it is called first."""
    arming.arm()
    taken = []

    def take_or_restore():
        rows = [row for model in KEPT for row in model.objects.all()]
        if not taken:
            taken.append(serializers.serialize("json", rows))
            clock.shift(60)
            arming.keep_mark()
            return
        OutboxMail.objects.all().delete()
        for model in reversed(KEPT):
            model.objects.all().delete()
        for row in serializers.deserialize("json", taken[0]):
            row.save()

    return take_or_restore


def lines(folder):
    found = (folder / LOG).read_text().splitlines()
    return [json.loads(line) for line in found if line]


def lift(address):
    suppression.lift(suppression.suppressions_of(address), "asked")


def statuses():
    rows = Subscription.objects.order_by("subscriber__address")
    return dict(rows.values_list("subscriber__address", "status"))


def test_those_who_left_after_the_backup_leave_again(backup, capsys):
    leaves, refuses = make_subscription("a@example.org"), make_subscription("b@example.org")
    left_before = make_subscription("c@example.org", status="unsubscribed")
    stays = make_subscription("d@example.org")
    backup()
    subscriptions.unsubscribe(leaves.pk)
    subscriptions.refuse_mail(refuses.pk)
    backup()
    assert statuses()["a@example.org"] == "active"
    with unchanged(stays, left_before):
        call_command("armsending")
    assert statuses() == {
        "a@example.org": "unsubscribed",
        "c@example.org": "unsubscribed",
        "d@example.org": "active",
    }
    assert Suppression.objects.get().address_hash == address_hash("b@example.org")
    assert "since: 1 unsubscribed, 1 suppressed, by" in capsys.readouterr().out
    assert arming.reason_not_armed() == ""


def test_a_reader_who_came_back_after_leaving_stays(backup, clock):
    undone, confirmed = make_subscription("a@example.org"), make_subscription("b@example.org")
    backup()
    subscriptions.unsubscribe(undone.pk)
    subscriptions.unsubscribe(confirmed.pk)
    clock.shift(60)
    subscriptions.undo_unsubscribing(undone.pk)
    subscriptions.confirm_subscription(make_token(confirmed))
    backup()
    with unchanged(undone, confirmed):
        call_command("armsending")


def test_a_reader_who_came_back_by_changing_to_an_address_that_had_left_stays(clock):
    left, source = make_subscription("left@example.org"), make_subscription("old@example.org")
    other = make_subscription("other@example.org")
    subscriptions.unsubscribe(left.pk)
    clock.shift(60)
    link = make_token(source, "change", new_address="left@example.org")
    address_change.change_address(link)
    left.refresh_from_db()
    assert left.status == "active"
    with unchanged(left, other):
        assert replay(leave_log.read([leave_log.path()])) == Replayed()


def test_a_reader_whose_mailbox_works_again_stays(clock):
    reader, other = make_subscription("a@example.org"), make_subscription("b@example.org")
    for each in (reader, other):
        suppression.suppress(each.subscriber.address_hash, Suppression.Reason.BOUNCED)
    lift("a@example.org")
    bounced = Suppression.objects.get()
    with unchanged(reader, other, bounced):
        assert replay(leave_log.read([leave_log.path()])) == Replayed()


def test_the_order_of_lines_decides_even_if_the_clock_was_set_back():
    first = LogLine("2026-11-23T08:30:00+00:00", "unsubscribed", "a" * 64, 1, 7)
    back = LogLine("2026-11-23T09:20:00+00:00", "returned", "a" * 64, 1, 7)
    again = LogLine("2026-11-23T08:40:00+00:00", "unsubscribed", "a" * 64, 1, 7)
    other = LogLine("2026-11-23T08:00:00+00:00", "unsubscribed", "b" * 64, 1, 8)
    assert valid_leaves([other, first, back]) == [other]
    assert valid_leaves([other, first, back, again]) == [other, again]


def test_files_are_merged_by_time_and_each_keeps_its_order(tmp_path):
    files = {"refused": ("10", "08", "11"), "erased": ("09", "12")}
    for name, hours in files.items():
        rows = (
            f'{{"at": "2026-11-23T{h}", "kind": "{name}", "address_hash": "{HASH}"}}' for h in hours
        )
        (tmp_path / name).write_text("\n".join(rows))
    found = leave_log.read([tmp_path / name for name in files])
    assert [(line.kind, line.at[-2:]) for line in found] == [
        ("erased", "09"), ("refused", "10"), ("refused", "08"), ("refused", "11"), ("erased", "12"),
    ]  # fmt: skip


def test_a_line_costs_no_pass_over_all_readers(django_assert_num_queries):
    make_subscription("here@example.org")
    lines = [
        LogLine("2026-11-23T08:30:00+00:00", "unsubscribed", f"{n:064}", 1, n)
        for n in range(100, 105)
    ]
    with django_assert_num_queries(8) as captured:  # BEGIN, readers, five lines, COMMIT
        replay(lines)
    assert sum("newsletter_subscriber" in query["sql"] for query in captured) == 1
    own = [query["sql"] for query in captured if 'FROM "newsletter_subscription"' in query["sql"]]
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            plan = cursor.execute(f"EXPLAIN QUERY PLAN {own[0]}").fetchall()
        assert "MULTI-INDEX OR" in str(plan)


def test_a_return_that_only_the_database_knows_of_counts(clock):
    reader = make_subscription()
    subscriptions.unsubscribe(reader.pk)
    clock.shift(60)
    subscriptions.undo_unsubscribing(reader.pk)
    [left] = [line for line in leave_log.read([leave_log.path()]) if line.kind == "unsubscribed"]
    with unchanged(Subscription.objects.get()):
        assert replay([left]).unsubscribed == 0


def test_a_reader_who_changed_their_address_since_is_found_by_the_subscription():
    reader, other = make_subscription("old@example.org"), make_subscription("other@example.org")
    line = LogLine("2099-01-01T00:00:00+00:00", "erased", "0" * 64, None, reader.pk)
    with unchanged(other, other.subscriber):
        assert replay([line]).suppressed == 1
    assert list(statuses()) == ["other@example.org"]
    assert Suppression.objects.filter(address_hash="0" * 64).exists()


def test_a_newer_subscription_with_the_same_id_is_another_reader():
    newer = make_subscription("newer@example.org")
    line = LogLine("2020-01-01T00:00:00+00:00", "unsubscribed", "0" * 64, None, newer.pk)
    with unchanged(newer):
        assert replay([line]).unsubscribed == 0


def test_a_suppression_that_was_lifted_since_does_not_come_back(backup, clock):
    reader, other = make_subscription("a@example.org"), make_subscription("b@example.org")
    backup()
    subscriptions.refuse_mail(reader.pk)
    clock.shift(60)
    lift("a@example.org")
    backup()
    with unchanged(other):
        call_command("armsending")
    assert not Suppression.objects.exists()
    assert statuses() == {"a@example.org": "unsubscribed", "b@example.org": "active"}


def test_a_suppression_outlives_a_restore_in_its_scope(backup):
    """Of one newsletter, of all, and one that was lifted again; readers stay readers."""
    readers = [make_subscription(f"{name}@example.org") for name in "abcd"]
    daily = make_newsletter("Daily")
    backup()
    by_hand, complained = Suppression.Reason.BY_HAND, Suppression.Reason.COMPLAINED
    suppression.suppress(readers[0].subscriber.address_hash, by_hand, daily)
    suppression.suppress(readers[1].subscriber.address_hash, complained)
    for scope in (daily, None):
        suppression.suppress(readers[2].subscriber.address_hash, by_hand, scope)
    found = suppression.suppressions_of("c@example.org")
    suppression.lift(found.filter(newsletter=None), "asked")
    before = list(Suppression.objects.order_by("address_hash").values("address_hash", "newsletter"))
    backup()
    with unchanged(*readers):
        call_command("armsending")
    after = Suppression.objects.order_by("address_hash").values("address_hash", "newsletter")
    assert list(after) == before
    assert len(before) == 3


def test_a_suppression_of_a_newsletter_made_after_the_backup_is_left_out():
    line = LogLine("2026-11-23T08:30:00+00:00", "by hand", "a" * 64, 999_999)
    assert replay([line]) == Replayed()


def test_an_erased_reader_is_suppressed_for_all_newsletters(backup):
    erased, kept = make_subscription("a@example.org"), make_subscription("b@example.org")
    backup()
    reader = erased.subscriber
    with transaction.atomic():
        subscriptions.delete_reader(reader, Suppression.Reason.ERASED)
    backup()
    with unchanged(kept, kept.subscriber):
        call_command("armsending")
    assert list(statuses()) == ["b@example.org"]
    assert Suppression.objects.get().newsletter is None


def test_only_the_newsletter_that_was_left_ends(backup):
    weekly = make_subscription()
    daily = make_newsletter("Daily", slug="daily", is_default=False)
    second = Subscription.objects.create(
        subscriber=weekly.subscriber,
        newsletter=daily,
        status="active",
        confirmed_at=weekly.confirmed_at,
    )
    backup()
    subscriptions.unsubscribe(weekly.pk)
    backup()
    with unchanged(second):
        call_command("armsending")
    weekly.refresh_from_db()
    assert weekly.status == "unsubscribed"


def test_the_file_of_another_machine_is_read_too(backup, settings, tmp_path):
    here, there = make_subscription("a@example.org"), make_subscription("b@example.org")
    backup()
    subscriptions.unsubscribe(here.pk)
    first, settings.DATA_DIR = settings.DATA_DIR, tmp_path
    subscriptions.unsubscribe(there.pk)
    backup()
    settings.DATA_DIR = first
    call_command("armsending", tmp_path / LOG)
    assert set(statuses().values()) == {"unsubscribed"}


WRONG = {
    "Dear reader": r"wrong lists no reader who left\. Name a readers-who-left",
    '{"identity": "0b5d6a63", "generation": 7}': "wrong, line 1, is damaged, or the file is not a readers",
}


@pytest.mark.parametrize(("content", "said"), WRONG.items())
def test_a_file_of_another_kind_is_named_and_nothing_changes(backup, tmp_path, content, said):
    backup()
    backup()
    (tmp_path / "wrong").write_text(content)
    with pytest.raises(CommandError, match=said):
        call_command("armsending", tmp_path / "wrong")
    assert arming.reason_not_armed()


DAMAGE = {
    "text": ('"kind"', '"kin'), "time": ("2026-11-23T", "2026-1¿-23T"), "number": ('"at": "', '"at": 7, "x": "'),
    "kind": ('"unsubscribed"', '"unsubscr\ufffdbed"'), "list": ('"unsubscribed"', '["unsubscribed"]'),
    "hash": ('"address_hash": "', '"address_hash": "\ufffd'), "newsletter": ('"newsletter": ', '"newsletter": "x", "newsletter": 0.'),
    "name": ('"newsletter"', '"newsl\ufffdtter"'), "brace": ("}", "}}"),
}  # fmt: skip


@pytest.mark.parametrize(("whole", "damaged"), DAMAGE.values(), ids=DAMAGE)
def test_a_damaged_line_is_named_with_what_to_do_and_nothing_changes(
    backup, settings, whole, damaged
):
    first, second = make_subscription("a@example.org"), make_subscription("b@example.org")
    backup()
    subscriptions.unsubscribe(first.pk)
    subscriptions.unsubscribe(second.pk)
    backup()
    log = settings.DATA_DIR / LOG
    before, _, last = log.read_text().rstrip().rpartition("\n")
    log.write_text(f"{before}\n{last.replace(whole, damaged)}\n")
    with unchanged(first, second), pytest.raises(CommandError) as error:
        call_command("armsending")
    assert str(error.value) == (
        f"Nothing was changed. {log}, line 4, is damaged, or the file is not a {LOG}. Keep a copy of "
        "the file, delete this line and run the command again: the reader who left by it may get "
        "mail again."
    )
    assert arming.reason_not_armed()
    log.write_text(f"{before}\n")
    call_command("armsending")
    assert statuses() == {"a@example.org": "unsubscribed", "b@example.org": "active"}


def test_a_file_that_is_not_there_is_named_and_nothing_changes(backup, tmp_path):
    backup()
    backup()
    with pytest.raises(CommandError, match="cannot be read: No such file"):
        call_command("armsending", tmp_path / "none.jsonl")
    assert arming.reason_not_armed()


# --- The file -------------------------------------------------------------------------------------


def test_a_line_contains_no_address(clock, settings):
    reader = make_subscription()
    subscriptions.unsubscribe(reader.pk)
    assert lines(settings.DATA_DIR) == [
        {
            "at": "2026-11-23T09:00:00+00:00",
            "kind": "unsubscribed",
            "address_hash": address_hash("reader@example.org"),
            "newsletter": reader.newsletter_id,
            "subscription": reader.pk,
        }
    ]
    assert (settings.DATA_DIR / LOG).stat().st_mode & 0o777 == 0o600


def test_a_line_that_a_crash_cut_off_costs_no_other_line(settings):
    first, second = make_subscription("a@example.org"), make_subscription("b@example.org")
    subscriptions.unsubscribe(first.pk)
    with (settings.DATA_DIR / LOG).open("ab") as file:
        file.write(b'\n{"at": "2026-11-23T09:00:00+00:00", "kind": "unsub\xc3')
    subscriptions.unsubscribe(second.pk)
    found = leave_log.read([settings.DATA_DIR / LOG])
    assert [line.subscription for line in found] == [first.pk, second.pk]


def test_a_leave_is_in_the_file_before_its_commit_and_a_return_after(settings):
    left, returned = make_subscription("a@example.org"), make_subscription("b@example.org")
    subscriptions.unsubscribe(returned.pk)
    with transaction.atomic():
        subscriptions.unsubscribe(left.pk)
        subscriptions.undo_unsubscribing(returned.pk)
        transaction.set_rollback(True)
    kinds = [(line["kind"], line["subscription"]) for line in lines(settings.DATA_DIR)]
    assert kinds == [("unsubscribed", returned.pk), ("unsubscribed", left.pk)]


def test_a_full_disk_is_logged(settings, caplog):
    """A part of the line may still fit on it."""
    usual = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (50, usual[1]))
    try:
        leave_log.append("unsubscribed", "0" * 64)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, usual)
    assert "readers-who-left.jsonl in DATA_DIR cannot be written" in caplog.text


def test_leaving_works_while_the_folder_cannot_be_written(settings, caplog):
    reader, other = make_subscription("a@example.org"), make_subscription("b@example.org")
    settings.DATA_DIR.rmdir()
    with unchanged(other):
        subscriptions.unsubscribe(reader.pk)
    reader.refresh_from_db()
    assert reader.status == "unsubscribed"
    assert "readers-who-left.jsonl in DATA_DIR cannot be written" in caplog.text
