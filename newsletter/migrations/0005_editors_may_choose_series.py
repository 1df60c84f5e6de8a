"""Let the newsletter's groups see series, to choose them for data points."""

from django.contrib.auth.management import create_permissions
from django.db import migrations

GROUPS = ["Newsletter editors", "Publishers"]


def allow(apps, schema_editor):
    # Permissions are only made after all migrations, which is too late for us.
    config = apps.get_app_config("glossary")
    config.models_module = True
    create_permissions(config, apps=apps, verbosity=0)
    for group in _groups(apps):
        group.permissions.add(_view_series(apps))


def disallow(apps, schema_editor):
    for group in _groups(apps):
        group.permissions.remove(_view_series(apps))


def _groups(apps):
    return apps.get_model("auth", "Group").objects.filter(name__in=GROUPS)


def _view_series(apps):
    return apps.get_model("auth", "Permission").objects.get(
        content_type__app_label="glossary", codename="view_series"
    )


class Migration(migrations.Migration):
    dependencies = [
        ("newsletter", "0004_live_data"),
        ("glossary", "0004_editors_may_import_data"),
    ]
    operations = [migrations.RunPython(allow, disallow)]
