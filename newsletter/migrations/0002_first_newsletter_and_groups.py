"""Make the newsletter that the form on every page is for, and the groups of its people."""

from datetime import time

from django.contrib.auth.management import create_permissions
from django.db import migrations

FRIDAY = 4
READERS = ["subscriber", "subscription", "consentevent", "suppression"]
VIEW = [f"view_{model}" for model in ["newsletter", "series", "term", *READERS]]
WRITE = [
    f"{action}_{model}"
    for model in ["issue", "datapoint"]
    for action in ["add", "change", "delete", "view"]
]
GROUPS = {
    "Newsletter editors": [*VIEW, *WRITE],
    "Publishers": [*VIEW, *WRITE, "send_issue", "change_newsletter"],
    "Reader managers": [
        *(f"view_{model}" for model in ["newsletter", "issue", "readeraction", *READERS]),
        "import_subscriber", "export_list", "export_person", "erase_subscriber",
        "import_suppression", "export_suppression", "lift_suppression",
        "view_mailevent", "handle_mailevent",
    ],
}


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
    """Keep a newsletter that has readers or issues; migrating forward again finds it there."""
    newsletters = apps.get_model("newsletter", "Newsletter").objects
    newsletters.filter(
        slug="ai-economy-pulse", subscriptions=None, issues=None, consentevent=None
    ).delete()


def make_groups(apps, schema_editor):
    # Django makes permissions only after all migrations, which is too late for a group.
    for label in ("glossary", "newsletter"):
        config = apps.get_app_config(label)
        config.models_module = True
        create_permissions(config, apps=apps, verbosity=0)
    permissions = apps.get_model("auth", "Permission").objects
    for name, codenames in GROUPS.items():
        group, _ = apps.get_model("auth", "Group").objects.get_or_create(name=name)
        group.permissions.add(*permissions.filter(codename__in=codenames))


def remove_groups(apps, schema_editor):
    apps.get_model("auth", "Group").objects.filter(name__in=GROUPS).delete()


class Migration(migrations.Migration):
    dependencies = [
        ("newsletter", "0001_initial"),
        ("glossary", "0002_editors"),
    ]
    operations = [
        migrations.RunPython(create, delete_unless_used),
        migrations.RunPython(make_groups, remove_groups),
    ]
