import uuid

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("glossary", "0004_editors_may_import_data")]

    operations = [
        migrations.AddField(
            model_name="historicalterm",
            name="is_autolinked",
            field=models.BooleanField(
                default=True,
                help_text="Off for a word that texts use all the time, such as model or token: then only [[links by hand]] lead here.",
                verbose_name="linked by itself",
            ),
        ),
        migrations.AddField(
            model_name="historicalterm",
            name="is_case_sensitive",
            field=models.BooleanField(
                default=False,
                help_text="On for a name that is another word in small letters, such as CLIP. Its plural is linked too.",
                verbose_name="only as written",
            ),
        ),
        migrations.AddField(
            model_name="term",
            name="is_autolinked",
            field=models.BooleanField(
                default=True,
                help_text="Off for a word that texts use all the time, such as model or token: then only [[links by hand]] lead here.",
                verbose_name="linked by itself",
            ),
        ),
        migrations.AddField(
            model_name="term",
            name="is_case_sensitive",
            field=models.BooleanField(
                default=False,
                help_text="On for a name that is another word in small letters, such as CLIP. Its plural is linked too.",
                verbose_name="only as written",
            ),
        ),
        migrations.CreateModel(
            name="LinkedName",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("term_pk", models.BigIntegerField()),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("headword", "headword"),
                            ("synonym", "Synonym"),
                            ("abbreviation", "Abbreviation"),
                            ("spelling", "other spelling"),
                            ("hidden", "hidden (found, never shown)"),
                        ],
                        max_length=12,
                    ),
                ),
                ("name", models.CharField(max_length=120)),
                ("is_case_sensitive", models.BooleanField()),
                ("is_autolinked", models.BooleanField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("term_pk", "kind", "name"), name="linked_name_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="LinkedVersion",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("stamp", models.UUIDField(default=uuid.uuid4)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("pk", 1)), name="linked_version_is_one"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Mention",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("linked", "linked"),
                            ("crowded", "the text has enough links"),
                            ("heading", "in a heading"),
                            ("quote", "in a quotation with its source"),
                            ("flagged", "not linked by itself"),
                            ("forbidden", "forbidden with [[!…]]"),
                        ],
                        max_length=10,
                    ),
                ),
                ("block", models.PositiveIntegerField()),
                ("start", models.PositiveIntegerField()),
                ("end", models.PositiveIntegerField()),
                ("shown", models.CharField(max_length=300)),
                ("is_forced", models.BooleanField(default=False)),
                (
                    "in_term",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="mentions",
                        to="glossary.term",
                    ),
                ),
                (
                    "term",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="mentioned_in",
                        to="glossary.term",
                    ),
                ),
            ],
            options={
                "ordering": ["block", "start"],
                "abstract": False,
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "state__in",
                                ["linked", "crowded", "heading", "quote", "flagged", "forbidden"],
                            )
                        ),
                        name="mention_state_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("in_term", models.F("term")), _negated=True),
                        name="mention_not_of_itself",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("start__lt", models.F("end"))),
                        name="mention_has_length",
                    ),
                    models.UniqueConstraint(
                        fields=("in_term", "block", "start"), name="mention_one_a_place"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("is_forced", False)),
                        fields=("in_term", "term"),
                        name="mention_one_a_text_unless_forced",
                    ),
                ],
            },
        ),
    ]
