"""Files of readers in admin: uploaded, tried by the worker, looked at, imported or dropped."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from newsletter.models import ReaderAction, ReaderImport, Subscriber, Suppression
from newsletter.subscribers import imports
from newsletter.subscribers.signups import FOR_IMPORTED
from tests.builders import make_newsletter, make_subscription
from tests.bystanders import unchanged
from tests.newsletter.admin.test_suppressions import logged_in

pytestmark = pytest.mark.django_db

LIST = "/admin/newsletter/subscriber/"
ROWS = "email,created_at\nnew@example.org,2024-05-01\nhere@example.org,2024-05-01\n"


@pytest.fixture
def manager(client):
    return logged_in(client, "Reader managers")


def upload(browser, content=ROWS, path=LIST, **fields):
    file = SimpleUploadedFile("old.csv", content.encode())
    data = {"file": file, "newsletter": make_newsletter().pk, "stated": "form", "proof": "by mail"}
    return browser.post(f"{path}import/", data | fields)


def worked_off():
    for pk in ReaderImport.objects.values_list("pk", flat=True):
        imports.run_slice(pk)


def test_a_file_is_tried_looked_at_and_imported(manager):
    here = make_subscription("here@example.org")
    assert f"{LIST}import/" in manager.get(LIST).text
    page = upload(manager)["Location"]
    assert "being tried" in manager.get(page).text.lower()
    assert 'name="action"' not in manager.get(page).text
    worked_off()
    text = manager.get(page).text
    assert "Import 1 new" in text
    assert "New readers get the next issue without being asked. Proof: by mail." in text
    assert '<th scope="row">3</th><td>there already</td>' in text
    assert manager.get(f"{page}?report=1").getvalue().decode("utf-8-sig").split("\r\n") == [
        "row,result,why", "2,new,", "3,there already,", "",
    ]  # fmt: skip
    assert Subscriber.objects.count() == 1
    with unchanged(here):
        manager.post(page, {"action": "accept"})
        assert "being imported" in manager.get(f"{page}?part=numbers").text.lower()
        worked_off()
    assert Subscriber.objects.count() == 2
    assert ReaderAction.objects.get().by_name == "mara"
    assert "imported" in manager.get(f"{LIST}import/").text
    assert "new@example.org" not in manager.get(page).text


def test_the_pages_say_how_many_are_asked_an_hour(manager):
    page = upload(manager, proof="")["Location"]
    worked_off()
    for path in (f"{LIST}import/", page):
        assert f"at most {FOR_IMPORTED[0].count} an hour" in manager.get(path).text


def test_a_file_is_dropped(manager):
    page = upload(manager)["Location"]
    worked_off()
    answer = manager.post(page, {"action": "drop"}, follow=True)
    assert "“old.csv” was dropped." in answer.text
    assert not ReaderImport.objects.exists()
    assert manager.get(page).status_code == 404


def test_a_refused_file_says_why(manager):
    page = upload(manager, "name\nAnn\n")["Location"]
    worked_off()
    assert "No column is called address" in manager.get(page).text


def test_a_file_of_suppressions(manager):
    path = "/admin/newsletter/suppression/"
    page = upload(manager, "address\nann@example.org\n", path, newsletter="", stated="complained")[
        "Location"
    ]
    worked_off()
    assert "New addresses get no mail from then on." in manager.get(page).text
    manager.post(page, {"action": "accept"})
    worked_off()
    found = Suppression.objects.get()
    assert (found.reason, found.newsletter) == ("complained", None)
    assert manager.get(page.replace("suppression", "subscriber")).status_code == 404


def test_a_file_is_as_long_as_promised(manager):
    row = "x" * 40 + "@example.org,2024-05-01\n"
    content = "email,created_at\n" + row * (19_900_000 // len(row))
    assert upload(manager, content).status_code == 302
    answer = upload(manager, content + row * 3_000)
    assert "the limit is 20 MB" in answer.text


@pytest.mark.parametrize("group", ["Newsletter editors", "Publishers"])
def test_other_groups_import_nothing(client, group):
    browser = logged_in(client, group)
    assert f"{LIST}import/" not in browser.get(LIST).text
    assert upload(browser).status_code == 403
    assert not ReaderImport.objects.exists()
