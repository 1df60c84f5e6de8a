"""Readers in files, and readers erased by an editor: asked first, behind rights, recorded."""

import json
import re
import tracemalloc

import pytest

from newsletter.models import (
    ConsentEvent,
    ReaderAction,
    ReaderImport,
    Subscriber,
    Subscription,
    Suppression,
)
from newsletter.subscribers import exports, imports, leave_log, personal_data
from newsletter.subscribers.subscriptions import record_consent
from newsletter.values.addresses import address_hash
from tests.builders import make_newsletter, make_subscription
from tests.bystanders import unchanged
from tests.newsletter.admin.test_suppressions import logged_in

pytestmark = pytest.mark.django_db

LIST = "/admin/newsletter/subscriber/"


@pytest.fixture
def manager(client):
    return logged_in(client, "Reader managers")


def lines_of(answer):
    return answer.getvalue().decode("utf-8-sig").split("\r\n")


def addresses_in(answer):
    return [line.partition(",")[0] for line in lines_of(answer)[1:] if line]


def test_pages_say_reader_as_their_room_does(manager):
    reader = make_subscription("ann@example.org").subscriber
    paths = (
        LIST,
        f"{LIST}{reader.pk}/change/",
        f"{LIST}import/",
        "/admin/newsletter/subscriber/leaving/",
    )
    for path in paths:
        text = re.sub(r"<[^>]*>", " ", manager.get(path).text)
        assert "Readers" in text, path
        assert "ubscriber" not in text, path


def test_an_export_has_one_row_for_each_subscription(manager, clock):
    reader = make_subscription(
        "=ann@example.org", source_page="/about/", consent_text="Yes,\nweekly"
    )
    make_subscription("=ann@example.org", newsletter=make_newsletter("Daily"), status="pending")
    with unchanged(reader, reader.subscriber):
        answer = manager.post(f"{LIST}export/", {"typed": "export"})
    assert answer["Content-Type"] == "text/csv"
    assert lines_of(answer) == [
        ",".join(exports.READER_COLUMNS),
        '\'=ann@example.org,ai-economy-pulse,active,/about/,"Yes,\nweekly",'
        "2026-11-23 09:00:00+00:00,2026-11-23 09:00:00+00:00,,,,ok",
        "'=ann@example.org,daily,pending,,,,2026-11-23 09:00:00+00:00,,,,ok",
        "",
    ]
    action = ReaderAction.objects.get()
    assert (action.kind, action.by_name, action.count) == ("exported", "mara", 2)
    assert action.about == "all"


def test_an_export_has_the_readers_that_the_list_shows(manager):
    for address in ("ann@example.org", "bob@example.org", "ann@example.net"):
        make_subscription(address)
    Subscriber.objects.filter(address="ann@example.net").update(status="bounced")
    query = "?q=ann@example.org&status__exact=ok"
    assert "export/?q=ann%40example.org&amp;status__exact=ok" in manager.get(LIST + query).text
    asked = manager.get(f"{LIST}export/{query}")
    assert "q: ann@example.org and status__exact: ok" in asked.text
    assert not ReaderAction.objects.exists()
    assert addresses_in(manager.post(f"{LIST}export/{query}", {"typed": "export"})) == [
        "ann@example.org"
    ]
    action = ReaderAction.objects.get()
    assert (action.count, action.about) == (1, "q: <address> and status__exact: ok")
    assert manager.post(f"{LIST}export/?odd=1").status_code == 302


def test_an_export_is_read_back(manager, clock):
    make_subscription("ann@example.org", source_page="/", consent_text="Yes")
    make_subscription("left@example.org", source_page="/", status="unsubscribed")
    content = manager.post(f"{LIST}export/", {"typed": "export"}).getvalue()
    Subscriber.objects.all().delete()
    upload = ReaderImport(kind="readers", name="x.csv", content=content, proof="ours")
    imports.add(upload)
    imports.run_slice(upload.pk)
    upload.refresh_from_db()
    assert [result for _, result, _ in imports.report_lines(upload)] == [
        "new", "no reader there any more: left alone",
    ]  # fmt: skip


def test_an_export_needs_the_same_memory_for_any_number_of_readers(monkeypatch):
    monkeypatch.setattr(exports, "AT_A_TIME", 500)
    peaks = []
    for count in (1_000, 5_000):
        made = Subscriber.objects.bulk_create(
            Subscriber(address=f"r{n}@e.org", address_key=f"r{n}@e.org", address_hash=f"{n}")
            for n in range(count)
        )
        Subscription.objects.bulk_create(
            Subscription(subscriber=each, newsletter=make_newsletter()) for each in made
        )
        rows = exports.cells(exports.READER_COLUMNS, exports.subscriptions_of(None))
        tracemalloc.start()
        parts = sum(1 for _ in exports.csv_parts(exports.READER_COLUMNS, rows))
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert parts >= count / exports.AT_A_TIME
        Subscription.objects.all().delete()
        Subscriber.objects.all().delete()
    assert peaks[1] < 1.5 * peaks[0]


def test_the_export_of_one_reader_is_what_they_get_themselves(manager):
    subscription = make_subscription("ann@example.org")
    record_consent(subscription, "confirmed", consent_text="Yes")
    make_subscription("bob@example.org")
    reader = subscription.subscriber
    page = f"{LIST}{reader.pk}/export/"
    assert page in manager.get(f"{LIST}{reader.pk}/change/").text
    assert "ann@example.org" in manager.get(page).text
    with unchanged(reader, subscription):
        answer = manager.post(page)
    assert answer["Content-Disposition"] == f'attachment; filename="reader-{reader.pk}.json"'
    own = personal_data.as_json(personal_data.collect_data(reader))
    assert answer.text == own
    assert json.loads(own)["events"][0]["consent_text"] == "Yes"
    action = ReaderAction.objects.get()
    assert (action.kind, action.count) == ("person", 1)
    assert action.about == f"{address_hash('ann@example.org')[:12]}…"


def erased(manager, *readers):
    ids = [str(reader.pk) for reader in readers]
    data = {"action": "erase", "_selected_action": ids}
    asked = manager.post(LIST, data)
    assert "You cannot undo this; your name and how many you erased are recorded." in asked.text
    assert Subscriber.objects.filter(pk__in=ids).count() == len(ids)
    data = {"ids": ",".join(ids), "typed": "erase"}
    return manager.post(f"{LIST}erase/", data, follow=True)


def test_several_readers_are_erased_and_recorded(manager):
    gone = [make_subscription(f"{name}@example.org") for name in "ab"]
    kept = make_subscription("kept@example.org")
    with unchanged(kept, kept.subscriber):
        answer = erased(manager, *(each.subscriber for each in gone))
    assert "2 readers erased." in answer.text
    assert list(Subscriber.objects.values_list("address", flat=True)) == ["kept@example.org"]
    hashes = {address_hash(f"{name}@example.org") for name in "ab"}
    suppressed = Suppression.objects.filter(reason="erased", newsletter=None)
    assert set(suppressed.values_list("address_hash", flat=True)) == hashes
    assert ConsentEvent.objects.filter(kind="erased").count() == 2
    assert {line.address_hash for line in leave_log.read([leave_log.path()])} == hashes
    action = ReaderAction.objects.get()
    assert (action.kind, action.by_name, action.count) == ("erased", "mara", 2)
    found = manager.get("/admin/newsletter/readeraction/", {"q": "b@example.org"})
    assert list(found.context["cl"].queryset) == [action]


def test_one_reader_is_erased_from_their_page(manager):
    gone, kept = make_subscription("a@example.org"), make_subscription("kept@example.org")
    reader = gone.subscriber
    page = f"{LIST}erase/?ids={reader.pk}"
    assert page in manager.get(f"{LIST}{reader.pk}/change/").text
    assert "a@example.org" in manager.get(page).text
    with unchanged(kept, kept.subscriber):
        manager.post(page, {"ids": reader.pk, "typed": "erase"})
    assert not Subscriber.objects.filter(pk=reader.pk).exists()


def test_no_more_than_a_page_of_the_list_is_erased_at_once(manager):
    readers = [make_subscription(f"r{number}@example.org").subscriber for number in range(101)]
    ids = ",".join(str(reader.pk) for reader in readers)
    assert manager.get(f"{LIST}erase/?ids={ids}").status_code == 200
    answer = manager.post(
        LIST, {"action": "erase", "_selected_action": ids.split(",")}, follow=True
    )
    assert "Choose 1 to 100 readers to erase." in answer.text
    manager.post(f"{LIST}erase/", {"ids": ids, "typed": "Erase "})
    assert list(Subscriber.objects.all()) == [readers[-1]]


@pytest.mark.parametrize("group", ["Newsletter editors", "Publishers"])
def test_other_groups_neither_export_nor_erase(client, group):
    subscription = make_subscription()
    reader = subscription.subscriber
    browser = logged_in(client, group)
    shown = browser.get(LIST).text + browser.get(f"{LIST}{reader.pk}/change/").text
    assert "export/" not in shown
    assert "erase" not in shown
    with unchanged(reader, subscription):
        for path in ("export/", f"{reader.pk}/export/", f"erase/?ids={reader.pk}"):
            assert browser.get(LIST + path).status_code == 403
            assert browser.post(LIST + path, {"ids": reader.pk}).status_code == 403
        browser.post(LIST, {"action": "erase", "_selected_action": reader.pk})
    assert not ReaderAction.objects.exists()
