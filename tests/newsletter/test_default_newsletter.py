"""The newsletter a new site starts with, made by a migration that can be taken back."""

from datetime import time
from importlib import import_module

import pytest
from django.apps import apps

from newsletter.models import Newsletter
from tests.builders import make_subscription

pytestmark = pytest.mark.django_db

migration = import_module("newsletter.migrations.0002_default_newsletter")


def test_a_new_site_has_one_that_comes_on_fridays_at_nine_in_new_york():
    Newsletter.objects.all().delete()
    migration.create(apps, None)
    migration.create(apps, None)
    newsletter = Newsletter.objects.get()
    assert newsletter == Newsletter.objects.default()
    assert (newsletter.name, newsletter.slug) == ("AI Economy Pulse", "ai-economy-pulse")
    assert newsletter.get_weekday_display() == "Friday"
    assert (newsletter.local_time, newsletter.time_zone) == (time(9), "America/New_York")


def test_going_back_takes_it_away_unless_somebody_reads_it():
    migration.create(apps, None)
    subscription = make_subscription()
    migration.delete_unless_used(apps, None)
    assert Newsletter.objects.exists()
    subscription.delete()
    migration.delete_unless_used(apps, None)
    assert not Newsletter.objects.exists()
