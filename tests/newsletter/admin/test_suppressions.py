"""The list of suppressions in admin: found by address, exported, lifted with a record."""

import pytest
from django.contrib.auth.models import Group, User

from newsletter.models import ReaderAction, Suppression
from tests.builders import make_suppression
from tests.bystanders import unchanged

pytestmark = pytest.mark.django_db

LIST = "/admin/newsletter/suppression/"


@pytest.fixture
def manager(client):
    """A browser of a member of the group that may do this."""
    return logged_in(client, "Reader managers")


def logged_in(client, group):
    user = User.objects.create_user("mara", is_staff=True)
    user.groups.add(Group.objects.get(name=group))
    client.force_login(user)
    return client


@pytest.mark.parametrize("typed", ["Ann@Example.org", " ann@example.org "])
def test_a_suppression_is_found_by_its_address(manager, typed):
    meant = make_suppression("ann@example.org")
    make_suppression("other@example.org")
    page = manager.get(LIST, {"q": typed})
    assert list(page.context["cl"].queryset) == [meant]
    by_hash = manager.get(LIST, {"q": meant.address_hash[:12].upper()})
    assert list(by_hash.context["cl"].queryset) == [meant]
    assert not manager.get(LIST, {"q": "ann@example"}).context["cl"].queryset


def test_lifting_asks_for_a_reason_and_records_it(manager):
    meant, other = make_suppression("ann@example.org"), make_suppression("b@example.org")
    page = f"{LIST}{meant.pk}/lift/"
    assert page in manager.get(f"{LIST}{meant.pk}/change/").text
    assert "Your name and the reason are recorded." in manager.get(page).text
    with unchanged(meant, other):
        assert "This field is required" in manager.post(page, {"why": " "}).text
    with unchanged(other):
        manager.post(page, {"why": "ann@example.org asked by mail"})
    assert list(Suppression.objects.all()) == [other]
    action = ReaderAction.objects.get()
    assert (action.kind, action.by_name, action.why) == (
        "lifted",
        "mara",
        "<address> asked by mail",
    )
    found = manager.get("/admin/newsletter/readeraction/", {"q": "ann@example.org"})
    assert list(found.context["cl"].queryset) == [action]
    assert (
        not manager.get("/admin/newsletter/readeraction/", {"q": "b@example.org"})
        .context["cl"]
        .queryset
    )


def test_exporting_asks_first_and_is_recorded(manager):
    kept = make_suppression("ann@example.org")
    page = f"{LIST}export/"
    assert "Your name is recorded." in manager.get(page).text
    assert not ReaderAction.objects.exists()
    with unchanged(kept):
        answer = manager.post(page)
    assert answer["Content-Disposition"].startswith('attachment; filename="suppressions-2')
    assert kept.address_hash in answer.getvalue().decode()
    action = ReaderAction.objects.get()
    assert (action.kind, action.by_name, action.count) == ("list", "mara", 1)


def test_a_record_outlives_the_account(manager):
    manager.post(f"{LIST}export/")
    User.objects.get(username="mara").delete()
    assert ReaderAction.objects.get().by_name == "mara"


@pytest.mark.parametrize("group", ["Newsletter editors", "Publishers"])
def test_other_groups_only_look(client, group):
    meant = make_suppression("ann@example.org")
    browser = logged_in(client, group)
    assert f"{LIST}export/" not in browser.get(LIST).text
    assert f"{meant.pk}/lift/" not in browser.get(f"{LIST}{meant.pk}/change/").text
    with unchanged(meant):
        for path in ("export/", f"{meant.pk}/lift/"):
            assert browser.get(LIST + path).status_code == 403
            assert browser.post(LIST + path, {"why": "x"}).status_code == 403
    assert browser.get("/admin/newsletter/readeraction/").status_code == 403
