"""What people did is readable in admin, cannot be changed there, and holds no reader's address."""

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, User

from config.models import LoginAttempt
from newsletter.models import ReaderAction
from tests.bystanders import unchanged

RECORDS = {
    "/admin/admin/logentry/": LogEntry,
    "/admin/config/loginattempt/": LoginAttempt,
    "/admin/newsletter/readeraction/": ReaderAction,
}


@pytest.fixture
def paula(db):
    return User.objects.create_user("paula", "paula@example.org", is_staff=True)


@pytest.fixture
def records(paula, admin_user):
    LogEntry.objects.log_actions(admin_user.pk, [paula], 2, "Approved.")
    LoginAttempt.objects.create(name_key="1" * 64, user=paula, network="192.0.2.1/32")
    ReaderAction.objects.record(
        ReaderAction.Kind.ERASED, admin_user, about="reader@example.org", why="reader@example.org"
    )


@pytest.mark.parametrize("path", RECORDS)
def test_a_superuser_reads_the_record_and_cannot_change_it(records, admin_client, path):
    row = RECORDS[path].objects.first()
    with unchanged(row):
        for way in ("", f"{row.pk}/change/"):
            page = admin_client.get(path + way)
            assert page.status_code == 200
            assert "reader@" not in page.text
        assert admin_client.post(f"{path}{row.pk}/change/", {"name_key": "x"}).status_code == 403
        assert admin_client.post(f"{path}{row.pk}/delete/", {"post": "yes"}).status_code == 403
        assert admin_client.get(f"{path}add/").status_code == 403
        data = {"action": "delete_selected", "_selected_action": row.pk, "post": "yes"}
        admin_client.post(path, data)


def test_permissions_given_and_taken_are_named(paula, admin_client):
    editors, publishers = Group.objects.filter(name__in=["Editors", "Publishers"]).order_by("name")
    paula.groups.add(editors)
    data = {
        "username": "paula", "email": "new@example.org", "is_active": "on", "is_superuser": "on",
        "groups": publishers.pk, "date_joined_0": "2026-11-01", "date_joined_1": "09:00",
    }  # fmt: skip
    with unchanged(User.objects.get(username="admin")):
        answer = admin_client.post(f"/admin/auth/user/{paula.pk}/change/", data)
    assert answer.status_code == 302
    said = LogEntry.objects.first().get_change_message()
    assert "Groups: added Publishers; removed Editors" in said
    assert "Superuser status: yes" in said
    assert "Staff status: no" in said
    assert "new@example.org" not in said


def test_what_a_group_may_do_is_named(admin_client):
    group = Group.objects.get(name="Editors")
    kept = list(group.permissions.exclude(codename="add_term").values_list("pk", flat=True))
    admin_client.post(
        f"/admin/auth/group/{group.pk}/change/", {"name": "Editors", "permissions": kept}
    )
    said = LogEntry.objects.first().get_change_message()
    assert "Permissions: removed Glossary | term | Can add term" in said


def test_no_account_is_deleted_in_admin_with_its_record(records, paula, admin_client):
    with unchanged(paula):
        path = "/admin/auth/user/"
        assert admin_client.post(f"{path}{paula.pk}/delete/", {"post": "yes"}).status_code == 403
        data = {"action": "delete_selected", "_selected_action": paula.pk, "post": "yes"}
        admin_client.post(path, data)
