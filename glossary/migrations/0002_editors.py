"""Make the group Editors: everything with terms and data, but what imports make is only viewed.

And the editorial office, which reviews and answers for texts until there are people.
"""

from django.contrib.auth.management import create_permissions
from django.db import migrations
from django.db.models import Q

GROUP = "Editors"
ALL = [
    "abouttext", "alias", "category", "citation", "formerslug", "person", "relation", "series",
    "seriesnote", "source", "term", "termseries", "upload",
]  # fmt: skip
VIEW = ["checkedaddress", "fetch", "figureuse", "observation", "release"]
CHANGE = ["checkedaddress"]


def make_group(apps, schema_editor):
    # Django makes permissions only after all migrations, which is too late for a group.
    config = apps.get_app_config("glossary")
    config.models_module = True
    create_permissions(config, apps=apps, verbosity=0)
    view = Q(codename__in=[f"view_{model}" for model in VIEW])
    change = Q(codename__in=[f"change_{model}" for model in CHANGE])
    permissions = apps.get_model("auth", "Permission").objects.filter(
        Q(content_type__model__in=ALL) | view | change, content_type__app_label="glossary"
    )
    group, _ = apps.get_model("auth", "Group").objects.get_or_create(name=GROUP)
    group.permissions.add(*permissions)


def remove_group(apps, schema_editor):
    apps.get_model("auth", "Group").objects.filter(name=GROUP).delete()


def make_office(apps, schema_editor):
    apps.get_model("glossary", "Person").objects.get_or_create(is_office=True)


class Migration(migrations.Migration):
    dependencies = [
        ("glossary", "0001_initial"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]
    operations = [
        migrations.RunPython(make_group, remove_group),
        # Texts may name it, so going back leaves it.
        migrations.RunPython(make_office, migrations.RunPython.noop),
    ]
