"""The first newsletter of a new site, made by a reversible migration."""

from datetime import time
from functools import partial
from importlib import import_module

import pytest
from django.apps import apps

from newsletter.models import ConsentEvent, Newsletter
from tests.builders import make_issue, make_newsletter, make_subscription
from tests.bystanders import unchanged

pytestmark = pytest.mark.django_db

migration = import_module("newsletter.migrations.0002_first_newsletter_and_groups")


def test_a_new_site_has_a_newsletter_for_fridays_at_nine_in_new_york():
    Newsletter.objects.all().delete()
    migration.create(apps, None)
    migration.create(apps, None)
    newsletter = Newsletter.objects.get()
    assert newsletter == Newsletter.objects.default()
    assert (newsletter.name, newsletter.slug) == ("AI Economy Pulse", "ai-economy-pulse")
    assert newsletter.get_weekday_display() == "Friday"
    assert (newsletter.local_time, newsletter.time_zone) == (time(9), "America/New_York")


def test_the_reverse_migration_deletes_it_unless_it_has_readers_issues_or_a_proof_of_consent():
    migration.create(apps, None)
    newsletter = Newsletter.objects.get()
    consent = partial(ConsentEvent.objects.create, newsletter=newsletter, kind="confirmed")
    for make in (make_subscription, make_issue, consent):
        row = make()
        with unchanged(newsletter, row):
            migration.delete_unless_used(apps, None)
        row.delete()
    migration.delete_unless_used(apps, None)
    assert not Newsletter.objects.exists()


def save_in_admin(admin_client, newsletter, **changes):
    page = f"/admin/newsletter/newsletter/{newsletter.pk}/change/"
    form = admin_client.get(page).context["adminform"].form
    data = {name: form[name].value() for name in form.fields} | changes
    return admin_client.post(page, {name: value for name, value in data.items() if value})


def test_the_default_newsletter_cannot_be_unset(admin_client):
    newsletter = make_newsletter()
    answer = save_in_admin(admin_client, newsletter, is_default="")
    errors = answer.context["adminform"].form.errors
    assert list(errors) == ["is_default"]
    assert "Choose another newsletter as the default instead" in errors["is_default"][0]
    assert Newsletter.objects.default() == newsletter
    assert save_in_admin(admin_client, newsletter, promise="Less.").status_code == 302


def test_choosing_another_default_replaces_it(admin_client):
    first, second = make_newsletter(), make_newsletter("Data Letter")
    assert save_in_admin(admin_client, second, is_default="on").status_code == 302
    assert Newsletter.objects.default() == second
    first.refresh_from_db()
    assert not first.is_default
    assert first.history.first().is_default is False
    assert save_in_admin(admin_client, first, promise="Less.").status_code == 302
