"""The newsletter that the form on every page is for."""

from datetime import time

from django.db import migrations

FRIDAY = 4


def create(apps, schema_editor):
    apps.get_model("newsletter", "Newsletter").objects.get_or_create(
        slug="ai-economy-pulse",
        defaults={
            "name": "AI Economy Pulse",
            "promise": (
                "Every Friday: the 3 AI data points that actually matter this week. Free, forever."
            ),
            "frequency_text": "every Friday",
            "weekday": FRIDAY,
            "local_time": time(9, 0),
            "time_zone": "America/New_York",
            "is_default": True,
        },
    )


def delete_unless_used(apps, schema_editor):
    """Going back must not take readers or issues along; going forward again finds it there."""
    newsletters = apps.get_model("newsletter", "Newsletter").objects
    newsletters.filter(
        slug="ai-economy-pulse", subscriptions=None, issues=None, consentevent=None
    ).delete()


class Migration(migrations.Migration):
    dependencies = [("newsletter", "0001_initial")]

    operations = [migrations.RunPython(create, delete_unless_used)]
