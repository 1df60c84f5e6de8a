"""Compose, approve and schedule issues; let a newsletter's days make their drafts."""

import django.core.validators
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import Case, Value, When
from django.db.models.functions import Cast, Concat


def keep(apps, schema_editor):
    """Going forward there is nothing to do: what stands fits the new rules."""


def fit_old_rules(apps, schema_editor):
    """Going back, issues know draft and sent, and every one of them has a subject."""
    issues = apps.get_model("newsletter", "Issue").objects
    issues.filter(subject="").update(
        subject=Concat(Value("Issue "), Cast("number", models.CharField()))
    )
    issues.exclude(status="sent").update(
        status=Case(When(sent_at=None, then=Value("draft")), default=Value("sent"))
    )
    # PostgreSQL alters no table while checks of its changed rows wait for the commit.
    schema_editor.connection.check_constraints()


class Migration(migrations.Migration):
    dependencies = [
        ("newsletter", "0006_mentions_in_issues"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="datapoint",
            name="data_point_one_of_three",
        ),
        migrations.RemoveConstraint(
            model_name="issue",
            name="issue_has_subject",
        ),
        migrations.RemoveConstraint(
            model_name="issue",
            name="issue_sent_has_time",
        ),
        migrations.AddField(
            model_name="datapoint",
            name="overdue_reason",
            field=models.CharField(
                blank=True,
                help_text="Only if its series is overdue: why it is shown all the same.",
                max_length=200,
            ),
        ),
        migrations.AddField(
            model_name="datapoint",
            name="proposed_because",
            field=models.CharField(blank=True, editable=False, max_length=300),
        ),
        migrations.AddField(
            model_name="historicaldatapoint",
            name="overdue_reason",
            field=models.CharField(
                blank=True,
                help_text="Only if its series is overdue: why it is shown all the same.",
                max_length=200,
            ),
        ),
        migrations.AddField(
            model_name="historicaldatapoint",
            name="proposed_because",
            field=models.CharField(blank=True, editable=False, max_length=300),
        ),
        migrations.AddField(
            model_name="historicalissue",
            name="approved_at",
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name="historicalissue",
            name="approved_by",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="historicalissue",
            name="pause_reason",
            field=models.CharField(blank=True, editable=False, max_length=300),
        ),
        migrations.AddField(
            model_name="historicalissue",
            name="proposed_at",
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name="historicalissue",
            name="send_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="historicalissue",
            name="slot_on",
            field=models.DateField(blank=True, null=True, verbose_name="slot"),
        ),
        migrations.AddField(
            model_name="historicalissue",
            name="tested_at",
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name="historicalissue",
            name="tested_fingerprint",
            field=models.CharField(blank=True, editable=False, max_length=64),
        ),
        migrations.AddField(
            model_name="historicalissue",
            name="waived_links",
            field=models.TextField(
                blank=True,
                help_text="Addresses that need not answer when the issue is approved, one a line.",
                max_length=5000,
            ),
        ),
        migrations.AddField(
            model_name="historicalissue",
            name="warned_at",
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name="historicalnewsletter",
            name="is_recurring",
            field=models.BooleanField(
                default=True,
                help_text="Its next draft is made, and filled two days before, by itself.",
            ),
        ),
        migrations.AddField(
            model_name="issue",
            name="approved_at",
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name="issue",
            name="approved_by",
            field=models.ForeignKey(
                blank=True,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="issue",
            name="pause_reason",
            field=models.CharField(blank=True, editable=False, max_length=300),
        ),
        migrations.AddField(
            model_name="issue",
            name="proposed_at",
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name="issue",
            name="send_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="issue",
            name="slot_on",
            field=models.DateField(blank=True, null=True, verbose_name="slot"),
        ),
        migrations.AddField(
            model_name="issue",
            name="tested_at",
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name="issue",
            name="tested_fingerprint",
            field=models.CharField(blank=True, editable=False, max_length=64),
        ),
        migrations.AddField(
            model_name="issue",
            name="waived_links",
            field=models.TextField(
                blank=True,
                help_text="Addresses that need not answer when the issue is approved, one a line.",
                max_length=5000,
            ),
        ),
        migrations.AddField(
            model_name="issue",
            name="warned_at",
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name="newsletter",
            name="is_recurring",
            field=models.BooleanField(
                default=True,
                help_text="Its next draft is made, and filled two days before, by itself.",
            ),
        ),
        migrations.AlterField(
            model_name="confirmationtoken",
            name="purpose",
            field=models.CharField(
                choices=[
                    ("confirm", "Confirm"),
                    ("change", "change of address"),
                    ("note", "note of a change, without a link"),
                    ("welcome", "welcome, without a link"),
                    ("export", "Export"),
                    ("erase", "Erase"),
                ],
                max_length=8,
            ),
        ),
        migrations.AlterField(
            model_name="datapoint",
            name="comment",
            field=models.TextField(
                blank=True, help_text="Markdown: why it matters.", max_length=5000
            ),
        ),
        migrations.AlterField(
            model_name="datapoint",
            name="headline",
            field=models.CharField(blank=True, max_length=160),
        ),
        migrations.AlterField(
            model_name="historicaldatapoint",
            name="comment",
            field=models.TextField(
                blank=True, help_text="Markdown: why it matters.", max_length=5000
            ),
        ),
        migrations.AlterField(
            model_name="historicaldatapoint",
            name="headline",
            field=models.CharField(blank=True, max_length=160),
        ),
        migrations.AlterField(
            model_name="historicalissue",
            name="status",
            field=models.CharField(
                choices=[
                    ("draft", "Draft"),
                    ("approved", "Approved"),
                    ("sending", "Sending"),
                    ("paused", "Paused"),
                    ("sent", "Sent"),
                    ("cancelled", "Canceled"),
                    ("expired", "Expired"),
                ],
                default="draft",
                max_length=10,
            ),
        ),
        migrations.AlterField(
            model_name="historicalissue",
            name="subject",
            field=models.CharField(
                blank=True,
                max_length=120,
                validators=[
                    django.core.validators.RegexValidator(
                        "[\\u0001-\\u001f\\u007f-\\u009f\\u2028\\u2029\\u202a-\\u202e\\u2066-\\u2069]",
                        inverse_match=True,
                        message="This holds a line break or an invisible control character. "
                        "Type the line again.",
                    )
                ],
            ),
        ),
        migrations.AlterField(
            model_name="issue",
            name="status",
            field=models.CharField(
                choices=[
                    ("draft", "Draft"),
                    ("approved", "Approved"),
                    ("sending", "Sending"),
                    ("paused", "Paused"),
                    ("sent", "Sent"),
                    ("cancelled", "Canceled"),
                    ("expired", "Expired"),
                ],
                default="draft",
                max_length=10,
            ),
        ),
        migrations.AlterField(
            model_name="issue",
            name="subject",
            field=models.CharField(
                blank=True,
                max_length=120,
                validators=[
                    django.core.validators.RegexValidator(
                        "[\\u0001-\\u001f\\u007f-\\u009f\\u2028\\u2029\\u202a-\\u202e\\u2066-\\u2069]",
                        inverse_match=True,
                        message="This holds a line break or an invisible control character. "
                        "Type the line again.",
                    )
                ],
            ),
        ),
        migrations.AddConstraint(
            model_name="datapoint",
            constraint=models.CheckConstraint(
                condition=models.Q(("position__gte", 1), ("position__lte", 6)),
                name="data_point_one_of_three",
            ),
        ),
        migrations.AddConstraint(
            model_name="issue",
            constraint=models.UniqueConstraint(
                fields=("newsletter", "slot_on"), name="issue_slot_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="issue",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("subject", ""), _negated=True),
                    ("status__in", ["draft", "cancelled", "expired"]),
                    _connector="OR",
                ),
                name="issue_has_subject",
            ),
        ),
        migrations.AddConstraint(
            model_name="issue",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("status", "approved"), _negated=True),
                    ("send_at__isnull", False),
                    _connector="OR",
                ),
                name="issue_approved_has_time",
            ),
        ),
        migrations.AddConstraint(
            model_name="issue",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("status__in", ["sending", "paused", "sent"]), _negated=True),
                    ("sent_at__isnull", False),
                    _connector="OR",
                ),
                name="issue_sent_has_time",
            ),
        ),
        migrations.RunPython(keep, fit_old_rules),
    ]
