"""Keep how links to other sites answer, and let Editors look and say that one works."""

import django.utils.timezone
from django.contrib.auth.management import create_permissions
from django.db import migrations, models

GROUP = "Editors"
CODENAMES = ["view_checkedaddress", "change_checkedaddress"]


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
    return apps.get_model("auth", "Permission").objects.filter(
        content_type__app_label="glossary", codename__in=CODENAMES
    )


class Migration(migrations.Migration):
    dependencies = [("glossary", "0006_search")]

    operations = [
        migrations.CreateModel(
            name="CheckedAddress",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("url", models.CharField(max_length=500, unique=True, verbose_name="address")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("new", "not looked at yet"),
                            ("works", "works"),
                            ("fails", "fails, not for long yet"),
                            ("dead", "dead"),
                            ("unclear", "cannot be told"),
                        ],
                        default="new",
                        max_length=8,
                    ),
                ),
                ("answer", models.PositiveSmallIntegerField(null=True)),
                (
                    "said",
                    models.CharField(blank=True, max_length=500, verbose_name="what it said"),
                ),
                ("leads_to", models.CharField(blank=True, max_length=500)),
                ("failures", models.PositiveSmallIntegerField(default=0)),
                ("failing_since", models.DateTimeField(null=True)),
                ("checked_at", models.DateTimeField(null=True)),
                (
                    "next_at",
                    models.DateTimeField(db_index=True, default=django.utils.timezone.now),
                ),
                ("excused_as", models.PositiveSmallIntegerField(null=True)),
            ],
            options={
                "verbose_name": "link",
                "verbose_name_plural": "links to other sites",
                "ordering": ["url"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("state__in", ["new", "works", "fails", "dead", "unclear"])
                        ),
                        name="checked_address_state_known",
                    )
                ],
            },
        ),
        migrations.RunPython(allow, disallow),
    ]
