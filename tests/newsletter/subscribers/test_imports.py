"""Files of readers: whom an import adds, whom it leaves alone, and what survives a kill."""

from datetime import UTC, datetime
from io import StringIO

import pytest
from django.core import mail
from django.core.management import CommandError, call_command
from django.test import TestCase

from newsletter.models import (
    ReaderAction,
    ReaderImport,
    SignupRequest,
    Snapshot,
    Subscriber,
    Subscription,
    Suppression,
)
from newsletter.sending.audit import audit_issue
from newsletter.subscribers import exports, imports, leave_log, signups, subscriptions
from newsletter.subscribers.import_rows import STEP
from newsletter.values.addresses import DISPOSABLE, address_hash
from tests.builders import (
    make_issue,
    make_newsletter,
    make_request,
    make_subscriber,
    make_subscription,
    make_suppression,
)
from tests.bystanders import unchanged
from tests.newsletter.conftest import last_link, run_worker
from tests.newsletter.subscribers.test_races import at_once

pytestmark = pytest.mark.django_db

HEADER = "address,newsletter,consent_source,consent_date\n"


def file(rows, header=HEADER, *, proof="the form of the old site, double opt-in", **fields):
    defaults = {"kind": "readers", "name": "old.csv", "newsletter": make_newsletter()}
    content = (header + rows.replace(" | ", "\n")).encode()
    return ReaderImport(**(defaults | {"content": content, "proof": proof} | fields))


def tried(*arguments, **fields):
    upload = file(*arguments, **fields)
    imports.add(upload)
    assert not imports.run_slice(upload.pk)
    upload.refresh_from_db()
    return upload


def imported(*arguments, **fields):
    upload = tried(*arguments, **fields)
    assert imports.accept(upload)
    assert not imports.run_slice(upload.pk)
    upload.refresh_from_db()
    return upload


def work():
    """Let the clock decide signups, and the worker do what that queues."""
    with TestCase.captureOnCommitCallbacks(execute=True):
        signups.decide_waiting()
    run_worker()


def results(upload):
    return [(row, result) for row, result, _ in imports.report_lines(upload)]


def test_disposable_addresses_are_reported_and_left_out_as_by_the_form(clock, settings):
    settings.DISPOSABLE_DOMAINS = frozenset({"trash.example"})
    kept = make_subscription("old@trash.example")
    with unchanged(kept, kept.subscriber):
        upload = imported("a@deep.trash.example,,form,2024-05-01 | b@example.org,,form,2024-05-01")
    assert [line[1:] for line in imports.report_lines(upload)] == [
        ("cannot be read", DISPOSABLE), ("new", ""),
    ]  # fmt: skip
    assert set(Subscriber.objects.values_list("address", flat=True)) == {
        "old@trash.example", "b@example.org",
    }  # fmt: skip


def test_readers_with_proof_are_active_and_their_consent_says_where(clock):
    kept = make_subscription("other@example.org")
    with unchanged(kept, kept.subscriber):
        upload = imported("Ann@Bücher.example,,web form,2024-05-01 12:30:00")
    reader = Subscriber.objects.get(address="Ann@bücher.example")
    assert reader.address_key == "ann@xn--bcher-kva.example"
    assert reader.address_hash == address_hash(reader.address_key)
    subscription = reader.subscriptions.get()
    assert (subscription.status, subscription.newsletter) == ("active", make_newsletter())
    event = subscription.consent_events.get()
    at = datetime(2024, 5, 1, 12, 30, tzinfo=UTC)
    assert (event.kind, event.at, subscription.confirmed_at) == ("confirmed", at, at)
    assert event.consent_text == subscription.consent_text
    assert event.consent_text == "web form, 2024-05-01; the form of the old site, double opt-in"
    assert (event.source_page, event.address_hash) == (f"import {upload.pk}", reader.address_hash)
    assert not mail.outbox
    assert (upload.state, upload.content, upload.counts) == ("done", None, {"new": 1})


def test_readers_without_proof_are_asked_one_after_the_other(clock):
    imported("a@example.org,,form,2024-05-01 | b@example.org,,form,2024-05-01", proof="")
    assert not Subscriber.objects.exists()
    work()
    assert not mail.outbox
    clock.shift(STEP)
    work()
    assert [message.to for message in mail.outbox] == [["a@example.org"]]
    said = " ".join(mail.outbox[0].body.split())
    assert "You are on a list of readers that AI Economy Pulse took over from another" in said
    assert "You asked for it" not in said
    assert Subscription.objects.get().status == "pending"
    subscriptions.confirm_subscription(last_link("/confirm/").strip("/").split("/")[-1])
    assert Subscription.objects.get().consent_text == "form, 2024-05-01"
    assert SignupRequest.objects.get().address == "b@example.org"


def test_a_later_file_waits_behind_an_earlier_one(clock):
    for rows in ("a@example.org,,form,2024-05-01", "b@example.org,,form,2024-05-01"):
        imported(rows, proof="")
    turns = dict(SignupRequest.objects.values_list("address", "next_at"))
    assert turns["b@example.org"] - turns["a@example.org"] == STEP


def test_imported_readers_leave_room_for_signups(clock, caplog):
    imported("late@example.org,,form,2024-05-01", proof="")
    clock.shift(STEP)
    for number in range(signups.FOR_IMPORTED[0].count):
        signups.decide_request(make_request(f"r{number}@example.org", network_key=f"{number}").pk)
    signups.decide_waiting()
    waiting = SignupRequest.objects.get()
    assert (waiting.address, waiting.is_imported) == ("late@example.org", True)
    signups.decide_request(make_request("new@example.org", network_key="n").pk)
    with unchanged(waiting):
        assert Subscriber.objects.filter(address="new@example.org").exists()
    assert "Signups are waiting" not in caplog.text
    clock.shift(3600)
    signups.decide_waiting()
    assert Subscriber.objects.filter(address="late@example.org").exists()


def leave_after_signing_up(address):
    subscription = make_subscription(address)
    subscriptions.unsubscribe(subscription.pk)


@pytest.mark.parametrize(
    "meanwhile",
    [
        leave_after_signing_up,
        make_suppression,
        make_subscription,
        lambda address: make_subscriber(address, status="bounced"),
    ],
)
def test_what_happens_while_an_imported_reader_waits_counts(clock, meanwhile):
    imported("a@example.org,,form,2024-05-01 | b@example.org,,form,2024-05-01", proof="")
    meanwhile("a@example.org")
    clock.shift(2 * STEP)
    work()
    assert [message.to for message in mail.outbox] == [["b@example.org"]]


ROWS = (
    "new@example.org,,form,2024-05-01 | active@example.org,,form,2024-05-01"
    " | left@example.org,,form,2024-05-01 | SUPPRESSED@example.org,,form,2024-05-01"
    " | bounced@example.org,,form,2024-05-01 | no-address,,form,2024-05-01"
    " | New@Example.org,,form,2024-05-01 | x@bücher.example,,form,2024-05-01"
    " | x@xn--bcher-kva.example,,form,2024-05-01 | asked@example.org,,form,2024-05-01"
    " | here@example.org,,form,2024-05-01 | there@example.org,daily,form,2024-05-01"
)
EXPECTED = [
    ("2", "new"),
    ("3", "there already"),
    ("4", "was unsubscribed: left alone"),
    ("5", "suppressed: left alone"),
    ("6", "suppressed: left alone"),
    ("7", "cannot be read"),
    ("8", "twice in the file"),
    ("9", "new"),
    ("10", "twice in the file"),
    ("11", "there already"),
    ("12", "suppressed: left alone"),
    ("13", "new"),
]


def make_readers():
    daily = make_newsletter("Daily")
    make_suppression("suppressed@example.org")
    for address in ("here@example.org", "there@example.org"):
        scope = make_newsletter() if address.startswith("here") else make_newsletter("Weekly")
        suppression = make_suppression(address, reason="by hand")
        Suppression.objects.filter(pk=suppression.pk).update(newsletter=scope)
    make_request("Asked@example.org")
    return [
        make_subscription("active@example.org"),
        make_subscription("left@example.org", status="unsubscribed"),
        make_subscription("there@example.org"),
        make_subscription("bounced@example.org", newsletter=daily),
    ]


@pytest.mark.parametrize("proof", ["by mail", ""])
def test_a_row_is_reported_and_nobody_who_left_is_touched(proof, clock):
    rows = make_readers()
    Subscriber.objects.filter(address="bounced@example.org").update(status="bounced")
    with unchanged(*rows, *Suppression.objects.all()):
        upload = tried(ROWS, proof=proof)
        assert results(upload) == EXPECTED
        counts = Subscriber.objects.count(), SignupRequest.objects.count()
        assert imports.accept(upload)
        imports.run_slice(upload.pk)
    upload.refresh_from_db()
    assert results(upload) == EXPECTED
    assert upload.counts["new"] == 3
    # "there" is a reader already, and gets a second subscription.
    after = Subscriber.objects.count(), SignupRequest.objects.count()
    assert after == ((counts[0] + 2, counts[1]) if proof else (counts[0], counts[1] + 3))
    assert "@example.org" not in upload.report.replace("name@example.org", "").lower()


def test_every_imported_reader_has_a_record_of_consent():
    imported("a@example.org,,form,2024-05-01 | b@example.org,,form,2024-05-01")
    issue, promise = make_issue(), "Every active subscription has a record of consent."
    Snapshot.objects.create(issue=issue)
    assert dict(audit_issue(issue))[promise] == 0
    make_subscription("without@example.org")
    assert dict(audit_issue(issue))[promise] == 1


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("a@example.org,,,2024-05-01", "a consent source of at most 200 characters is needed"),
        ("a@example.org,,form,", "a consent date is needed"),
        ("a@example.org,,form,01/02/2024", "the consent date is not a day such as 2026-11-23"),
        ("a@example.org,,form,2027-01-01", "the consent date is in the future"),
        ("a@example.org,weekly,form,2024-05-01", "the newsletter is none of ai-economy-pulse"),
        ("a b@example.org,,form,2024-05-01", "No mail can reach this address. Please check it."),
        (",,form,2024-05-01", "An address contains an @, as in name@example.org."),
        (f"a@example.org,,{'x' * 201},2024-05-01", "a consent source of at most 200 characters"),
    ],
)
def test_a_row_that_cannot_be_read_says_why_and_others_come(clock, row, why):
    upload = imported(f"{row} | b@example.org,,form,2024-05-01")
    [bad, good] = imports.report_lines(upload)
    assert bad[1] == "cannot be read"
    assert bad[2].startswith(why)
    assert good[1] == "new"
    assert Subscriber.objects.get().address == "b@example.org"


PROGRAMS = {
    "Mailchimp": (
        "Email Address,First Name,MEMBER_RATING,OPTIN_TIME,OPTIN_IP,CONFIRM_TIME,CONFIRM_IP,NOTES\n",
        "a@example.org,Ann,2,2024-05-01 10:00:00,,2024-05-02 10:00:00,,",
        "2024-05-02",
    ),
    "Mailchimp, single opt-in": (
        "Email Address,OPTIN_TIME,CONFIRM_TIME\n", "a@example.org,2024-05-01 10:00:00,",
        "2024-05-01",
    ),
    "Substack": (
        "email,active_subscription,expiry,plan,email_disabled,digest_enabled,created_at\n",
        "a@example.org,false,,other,false,true,2024-05-02T10:00:00.123Z", "2024-05-02",
    ),
    "Substack, from its list": (
        "Email,Name,Subscription type,Start date\n", 'a@example.org,Ann,Free,"May 2, 2024"',
        "2024-05-02",
    ),
    "Ghost": (
        "id,email,name,note,subscribed_to_emails,complimentary_plan,created_at,deleted_at,labels\n",
        "6,a@example.org,Ann,,true,,2024-05-02T10:00:00.000Z,,", "2024-05-02",
    ),
    "beehiiv": (
        "Email,Status,Created At,utm_source\n", "a@example.org,active,2024-05-02 10:00:00 UTC,x",
        "2024-05-02",
    ),
}  # fmt: skip


@pytest.mark.parametrize("program", PROGRAMS)
def test_the_columns_of_other_programs_are_known(clock, program):
    header, row, day = PROGRAMS[program]
    upload = imported(row, header, stated=program)
    assert upload.counts == {"new": 1}
    assert f"{Subscription.objects.get().confirmed_at:%Y-%m-%d}" == day
    assert Subscription.objects.get().consent_text.startswith(f"{program}, {day}; ")


@pytest.mark.parametrize(
    ("header", "row", "column"),
    [
        ("email,status,created_at\n", "a@example.org,unsubscribed,2024-05-01", "status"),
        ("email,status,created_at\n", "a@example.org,inactive,2024-05-01", "status"),
        ("email,email_disabled,created_at\n", "a@example.org,true,2024-05-01", "email_disabled"),
        ("email,subscribed_to_emails,created_at\n", "a@example.org,false,2024-05-01", "subscribed"),
        ("Email Address,OPTIN_TIME,UNSUB_TIME\n", "a@example.org,2024-05-01,2024-06-01", "unsub"),
        ("Email Address,OPTIN_TIME,CLEAN_TIME\n", "a@example.org,2024-05-01,2024-06-01", "clean"),
    ],
)
def test_who_left_the_other_program_is_left_alone(clock, header, row, column):
    upload = imported(row, header, stated="form")
    [(_, result, why)] = imports.report_lines(upload)
    assert result == "no reader there any more: left alone"
    assert why.startswith(f"by its {column}")
    assert not Subscriber.objects.exists()


def test_a_file_without_addresses_is_refused_and_deleted():
    upload = tried("Ann,1", "name,age\n")
    assert (upload.state, upload.content) == ("refused", None)
    assert "No column is called address, email or email address" in upload.problem
    assert not imports.accept(upload)


def test_accepting_records_who_imported_how_many(admin_user):
    upload = imported("a@example.org,,form,2024-05-01 | x,,form,2024-05-01", by=admin_user)
    action = ReaderAction.objects.get()
    assert (action.kind, action.by, action.count) == ("imported", admin_user, 1)
    assert (action.about, action.why) == ("old.csv", f"confirmed: {upload.proof}")


# --- Kills, two workers, the clock ----------------------------------------------------------------


@pytest.fixture
def small_batches(monkeypatch):
    monkeypatch.setattr(imports, "BATCH", 2)


def many(count):
    return " | ".join(f"r{number}@example.org,,form,2024-05-01" for number in range(count))


@pytest.mark.django_db(transaction=True)
def test_two_workers_with_one_list_ask_each_reader_once():
    upload = tried(many(200), proof="")
    assert imports.accept(upload)
    at_once(2, lambda _: imports.run_slice(upload.pk))
    upload.refresh_from_db()
    assert (upload.state, upload.new) == ("done", 200)
    assert SignupRequest.objects.count() == 200


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("proof", ["by mail", ""])
def test_after_a_kill_each_row_is_imported_once(small_batches, monkeypatch, proof):
    upload = tried(many(7), proof=proof)
    assert imports.accept(upload)
    usual = imports.HANDLERS["readers"]

    def killed(*arguments, **options):
        handled = usual(*arguments, **options)
        if handled[0].row.number == 6:
            raise KeyboardInterrupt
        return handled

    monkeypatch.setitem(imports.HANDLERS, "readers", killed)
    with pytest.raises(KeyboardInterrupt):
        imports.run_slice(upload.pk)
    upload.refresh_from_db()
    assert (upload.position, upload.counts, upload.percent) == (4, {"new": 4}, 57)
    assert Subscriber.objects.count() + SignupRequest.objects.count() == 4
    monkeypatch.setitem(imports.HANDLERS, "readers", usual)
    imports.run_slice(upload.pk)
    upload.refresh_from_db()
    assert (upload.state, upload.counts) == ("done", {"new": 7})
    assert [row for row, _ in results(upload)] == [str(number) for number in range(2, 9)]
    assert Subscriber.objects.count() + SignupRequest.objects.count() == 7


def test_a_worker_that_is_behind_another_stops(small_batches, monkeypatch):
    upload = tried(many(6))
    imports.accept(upload)
    usual = imports.HANDLERS["readers"]

    def overtaken(*arguments, **options):
        monkeypatch.setitem(imports.HANDLERS, "readers", usual)
        ReaderImport.objects.filter(pk=upload.pk).update(position=6)
        return usual(*arguments, **options)

    monkeypatch.setitem(imports.HANDLERS, "readers", overtaken)
    imports.run_slice(upload.pk)
    upload.refresh_from_db()
    assert upload.state == "running"
    imports.run_slice(upload.pk)
    upload.refresh_from_db()
    assert upload.state == "done"


def test_a_slice_ends_and_queues_the_next(small_batches):
    upload = tried(many(6))
    imports.accept(upload)
    imports.import_task.func(upload.pk, seconds=0)
    run_worker()
    upload.refresh_from_db()
    assert (upload.state, upload.counts) == ("done", {"new": 6})


def test_the_clock_finds_what_a_worker_lost_and_deletes_old_files(clock):
    upload, other = file(many(1)), file(many(1), name="other.csv", state="tried")
    imports.add(upload)  # its task is lost: nothing commits here
    other.save()
    clock.shift(119)
    with unchanged(upload, other):
        imports.keep_going()
    clock.shift(2)
    with unchanged(other):
        with TestCase.captureOnCommitCallbacks(execute=True):
            imports.keep_going()
        run_worker()
    upload.refresh_from_db()
    assert upload.state == "tried"
    clock.shift(14 * 86400)
    assert imports.keep_going() == "2 old imports deleted"


def test_a_file_is_dropped_unless_it_is_being_imported():
    waits, runs = tried(many(1)), tried(many(1))
    imports.accept(runs)
    with unchanged(runs):
        assert imports.drop(waits)
        assert not imports.drop(runs)
    assert ReaderImport.objects.get() == runs


def test_accepting_twice_imports_once():
    upload = tried(many(1))
    assert imports.accept(upload)
    assert not imports.accept(upload)


def test_a_batch_needs_the_same_queries_for_any_number_of_rows(django_assert_max_num_queries):
    upload = tried(many(200))
    imports.accept(upload)
    with django_assert_max_num_queries(20):
        imports.run_slice(upload.pk)


def test_no_address_reaches_a_log(caplog):
    caplog.set_level("DEBUG")
    imported("secret@example.org,,form,2024-05-01 | secret@,,form,2024-05-01")
    logged = repr(
        [record.getMessage() for record in caplog.records if record.name != "django.db.backends"]
    )
    assert "secret@" not in logged


# --- The command ----------------------------------------------------------------------------------


def run(path, *arguments):
    out = StringIO()
    call_command("importreaders", path, *arguments, stdout=out, stderr=StringIO())
    return out.getvalue()


@pytest.fixture
def path(tmp_path):
    found = tmp_path / "readers.csv"
    found.write_text("email,created_at\na@example.org,2024-05-01\nb@,2024-05-01\n")
    return found


def test_the_command_tries_first_and_then_imports(path):
    said = run(path, "--source", "form", "--confirmed-at", "the old site", "--dry-run")
    assert "row 3: cannot be read (No mail can reach this address" in said
    assert "        1 new" in said
    assert said.endswith("Dry run: nothing was changed.\n")
    assert not Subscriber.objects.exists()
    assert not ReaderImport.objects.exists()
    run(path, "--source", "form", "--confirmed-at", "the old site")
    assert Subscriber.objects.get().address == "a@example.org"
    assert ReaderAction.objects.get().by_name == "by command"


@pytest.mark.parametrize(
    ("name", "arguments", "why"),
    [
        ("none.csv", [], "cannot be read: No such file"),
        ("readers.csv", ["--newsletter", "daily"], "There is no newsletter “daily”"),
        ("names.csv", [], "No column is called address"),
    ],
)
def test_the_command_says_what_is_wrong(path, name, arguments, why):
    (path.parent / "names.csv").write_text("name\nAnn\n")
    with pytest.raises(CommandError, match=why):
        run(path.parent / name, *arguments)
    assert not ReaderImport.objects.exists()


# --- Suppressions ---------------------------------------------------------------------------------

LIST = "address,address_hash,reason,newsletter\n"


def suppressions(rows, header=LIST, **fields):
    defaults = {"kind": "suppressions", "newsletter": None, "stated": "by hand", "proof": ""}
    return imported(rows, header, **(defaults | fields))


def test_suppressions_come_by_address_or_hash_with_reason_and_scope():
    daily, reader = make_newsletter("Daily"), make_subscription("a@example.org")
    hashed = address_hash("b@example.org")
    kept = make_suppression("there@example.org")
    with unchanged(reader, kept):
        upload = suppressions(
            f"A@example.org,,complained, | ,{hashed.upper()},bounced,daily | a@example.org,,x,"
            " | c@example.org,,, | there@example.org,,by hand, | d@example.org,,erased,daily"
            f" | ,{hashed[:9]},bounced, | e@example.org,,odd, | e@example.org,,bounced,weekly | no,,,"
        )
    assert [result for _, result in results(upload)] == [
        "new", "new", "twice in the file", "new", "there already", *["cannot be read"] * 5,
    ]  # fmt: skip
    found = Suppression.objects.exclude(pk=kept.pk)
    assert set(found.values_list("address_hash", "reason", "newsletter")) == {
        (address_hash("a@example.org"), "complained", None),
        (hashed, "bounced", daily.pk),
        (address_hash("c@example.org"), "by hand", None),
    }
    action = ReaderAction.objects.get()
    assert (action.kind, action.count) == ("suppressed", 3)
    logged = leave_log.read([leave_log.path()])
    assert [(line.kind, line.newsletter) for line in logged] == [
        ("complained", None), ("bounced", daily.pk), ("by hand", None),
    ]  # fmt: skip


def test_an_export_of_suppressions_is_read_back():
    make_suppression("a@example.org")
    columns = exports.SUPPRESSION_COLUMNS
    rows = exports.cells(columns, Suppression.objects.order_by("pk"))
    content = b"".join(exports.csv_parts(columns, rows))
    before = list(Suppression.objects.values("address_hash", "reason", "newsletter"))
    Suppression.objects.all().delete()
    upload = suppressions("", content.decode("utf-8-sig"), stated="")
    assert upload.counts == {"new": 1}
    assert list(Suppression.objects.values("address_hash", "reason", "newsletter")) == before


def test_a_list_of_those_who_left_another_program_becomes_suppressions():
    upload = suppressions("a@example.org,2024-05-01", "Email Address,UNSUB_TIME\n")
    assert upload.counts == {"new": 1}
    assert Suppression.objects.get().reason == "by hand"
