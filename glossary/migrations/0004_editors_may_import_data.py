"""Let Editors do everything with series, their sources and files; what imports make they look at."""

from django.contrib.auth.management import create_permissions
from django.db import migrations
from django.db.models import Q

GROUP = "Editors"
ALL = ["source", "series", "upload", "termseries"]
LOOK = ["release", "observation", "fetch", "figureuse"]


def allow(apps, schema_editor):
    # Permissions are only made after all migrations, which is too late for us.
    config = apps.get_app_config("glossary")
    config.models_module = True
    create_permissions(config, apps=apps, verbosity=0)
    group, _ = apps.get_model("auth", "Group").objects.get_or_create(name=GROUP)
    group.permissions.add(*_permissions(apps))


def disallow(apps, schema_editor):
    for group in apps.get_model("auth", "Group").objects.filter(name=GROUP):
        group.permissions.remove(*_permissions(apps))


def _permissions(apps):
    look = Q(content_type__model__in=LOOK, codename__startswith="view_")
    return apps.get_model("auth", "Permission").objects.filter(
        Q(content_type__model__in=ALL) | look, content_type__app_label="glossary"
    )


class Migration(migrations.Migration):
    dependencies = [("glossary", "0003_live_data")]
    operations = [migrations.RunPython(allow, disallow)]
