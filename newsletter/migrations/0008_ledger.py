"""The ledger of sending, and each reader's address as the hash that suppressions are kept by."""

import uuid
from itertools import batched

import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

from newsletter.values.addresses import address_hash

AT_ONCE = 2000


def hash_addresses(apps, schema_editor):
    readers = apps.get_model("newsletter", "Subscriber").objects
    for some in batched(readers.only("pk", "address_key").iterator(AT_ONCE), AT_ONCE):
        for reader in some:
            reader.address_hash = address_hash(reader.address_key)
        readers.bulk_update(some, ["address_hash"])


class Migration(migrations.Migration):
    dependencies = [
        ("newsletter", "0007_composing"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Arming",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("identity", models.UUIDField(default=uuid.uuid4)),
                ("generation", models.BigIntegerField(default=0)),
                ("site_url", models.CharField(max_length=300)),
                ("armed_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="Delivery",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("subscription_id", models.BigIntegerField()),
                ("domain", models.CharField(max_length=255)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("queued", "Queued"),
                            ("claimed", "Claimed"),
                            ("handing_over", "handing over"),
                            ("accepted", "Accepted"),
                            ("deferred", "Deferred"),
                            ("failed", "Failed"),
                            ("skipped", "Skipped"),
                            ("unknown", "Unknown"),
                            ("bounced", "Bounced"),
                            ("complained", "Complained"),
                        ],
                        db_default="queued",
                        default="queued",
                        max_length=12,
                    ),
                ),
                (
                    "next_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
                ("has_place", models.BooleanField(db_default=False, default=False)),
                ("lease", models.CharField(blank=True, db_default="", default="", max_length=40)),
                ("lease_until", models.DateTimeField(blank=True, null=True)),
                ("attempts", models.PositiveSmallIntegerField(db_default=0, default=0)),
                ("deferrals", models.PositiveSmallIntegerField(db_default=0, default=0)),
                (
                    "resends",
                    models.PositiveSmallIntegerField(
                        db_default=0,
                        default=0,
                        help_text="How often a person decided to send it again.",
                    ),
                ),
                ("code", models.PositiveSmallIntegerField(blank=True, null=True)),
                (
                    "enhanced",
                    models.CharField(blank=True, db_default="", default="", max_length=12),
                ),
                ("note", models.CharField(blank=True, db_default="", default="", max_length=200)),
                ("begun_at", models.DateTimeField(blank=True, null=True)),
                ("settled_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "verbose_name_plural": "deliveries",
            },
        ),
        migrations.CreateModel(
            name="IssuePicture",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.SlugField(max_length=60)),
                ("alt", models.TextField()),
                ("png", models.BinaryField()),
            ],
            options={
                "ordering": ["name"],
            },
        ),
        migrations.CreateModel(
            name="Pace",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("key", models.CharField(max_length=300, unique=True)),
                ("free_at", models.FloatField(default=0)),
                ("used", models.PositiveIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name="Pump",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("place", models.PositiveSmallIntegerField()),
                ("ticket", models.CharField(max_length=32)),
                ("due_at", models.DateTimeField()),
                ("failures_in_row", models.PositiveSmallIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name="SendingEvent",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("started", "Started"),
                            ("paused", "Paused"),
                            ("resumed", "Resumed"),
                            ("cancelled", "canceled"),
                            ("resent", "sent again to the unknown"),
                            ("finished", "Finished"),
                            ("expired", "Expired"),
                        ],
                        max_length=10,
                    ),
                ),
                ("at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("note", models.CharField(blank=True, max_length=300)),
            ],
            options={
                "ordering": ["at", "pk"],
            },
        ),
        migrations.CreateModel(
            name="Snapshot",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("subject", models.CharField(max_length=120)),
                ("html", models.TextField()),
                ("text", models.TextField()),
                ("sender", models.CharField(max_length=400)),
                ("reply_to", models.CharField(blank=True, max_length=254)),
                ("checksum", models.CharField(max_length=64)),
                ("secret", models.CharField(max_length=64)),
                ("candidates", models.PositiveIntegerField(default=0)),
                ("recipients", models.PositiveIntegerField(default=0)),
                ("excluded", models.JSONField(blank=True, default=dict)),
                (
                    "frozen_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
                (
                    "judged_from",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
                ("finished_at", models.DateTimeField(blank=True, null=True)),
            ],
        ),
        migrations.AddField(
            model_name="subscriber",
            name="address_hash",
            field=models.CharField(default="", editable=False, max_length=64),
            preserve_default=False,
        ),
        migrations.RunPython(hash_addresses, migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name="subscriber",
            constraint=models.CheckConstraint(
                condition=models.Q(("address_hash", ""), _negated=True), name="subscriber_has_hash"
            ),
        ),
        migrations.AddConstraint(
            model_name="arming",
            constraint=models.CheckConstraint(condition=models.Q(("pk", 1)), name="arming_one_row"),
        ),
        migrations.AddField(
            model_name="delivery",
            name="issue",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="deliveries",
                to="newsletter.issue",
            ),
        ),
        migrations.AddField(
            model_name="delivery",
            name="subscriber",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="deliveries",
                to="newsletter.subscriber",
            ),
        ),
        migrations.AddField(
            model_name="pump",
            name="issue",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="pumps",
                to="newsletter.issue",
            ),
        ),
        migrations.AddField(
            model_name="sendingevent",
            name="by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="sendingevent",
            name="issue",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="sending_events",
                to="newsletter.issue",
            ),
        ),
        migrations.AddField(
            model_name="snapshot",
            name="issue",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="snapshot",
                to="newsletter.issue",
            ),
        ),
        migrations.AddField(
            model_name="issuepicture",
            name="snapshot",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="pictures",
                to="newsletter.snapshot",
            ),
        ),
        migrations.AddIndex(
            model_name="delivery",
            index=models.Index(fields=["issue", "state", "next_at"], name="delivery_due"),
        ),
        migrations.AddConstraint(
            model_name="delivery",
            constraint=models.UniqueConstraint(
                fields=("subscriber", "issue"), name="delivery_once_a_reader"
            ),
        ),
        migrations.AddConstraint(
            model_name="delivery",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "state__in",
                        [
                            "queued",
                            "claimed",
                            "handing_over",
                            "accepted",
                            "deferred",
                            "failed",
                            "skipped",
                            "unknown",
                            "bounced",
                            "complained",
                        ],
                    )
                ),
                name="delivery_state_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="delivery",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state__in", ["handing_over", "accepted"]), _negated=True),
                    ("attempts__gte", 1),
                    _connector="OR",
                ),
                name="delivery_accepted_was_tried",
            ),
        ),
        migrations.AddConstraint(
            model_name="delivery",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state__in", ["claimed", "handing_over"]), _negated=True),
                    models.Q(
                        models.Q(("lease", ""), _negated=True), ("lease_until__isnull", False)
                    ),
                    _connector="OR",
                ),
                name="delivery_in_hand_has_lease",
            ),
        ),
        migrations.AddConstraint(
            model_name="delivery",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "attempts__lte",
                        django.db.models.expressions.CombinedExpression(
                            django.db.models.expressions.CombinedExpression(
                                models.Value(1), "+", models.F("deferrals")
                            ),
                            "+",
                            models.F("resends"),
                        ),
                    )
                ),
                name="delivery_attempts_have_reasons",
            ),
        ),
        migrations.AddConstraint(
            model_name="pump",
            constraint=models.UniqueConstraint(fields=("issue", "place"), name="pump_once_a_place"),
        ),
        migrations.AddConstraint(
            model_name="snapshot",
            constraint=models.CheckConstraint(
                condition=models.Q(("recipients__lte", models.F("candidates"))),
                name="snapshot_recipients_are_some",
            ),
        ),
        migrations.AddConstraint(
            model_name="issuepicture",
            constraint=models.UniqueConstraint(
                fields=("snapshot", "name"), name="issue_picture_once"
            ),
        ),
    ]
