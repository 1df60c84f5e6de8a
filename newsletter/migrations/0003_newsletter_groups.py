"""Make the groups Newsletter editors (issues; readers only to look at) and Publishers (may send)."""

from django.contrib.auth.management import create_permissions
from django.db import migrations

READERS = ["subscriber", "subscription", "consentevent", "suppression"]
LOOK = [f"view_{model}" for model in ["newsletter", *READERS]]
WRITE = [
    f"{action}_{model}"
    for model in ["issue", "datapoint"]
    for action in ["add", "change", "delete", "view"]
]
GROUPS = {
    "Newsletter editors": [*LOOK, *WRITE, "view_term"],
    "Publishers": [*LOOK, *WRITE, "view_term", "send_issue", "change_newsletter"],
}


def make_groups(apps, schema_editor):
    # Permissions are only made after all migrations, which is too late for us.
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
        ("newsletter", "0002_default_newsletter"),
        ("glossary", "0002_editors_group"),
    ]
    operations = [migrations.RunPython(make_groups, remove_groups)]
