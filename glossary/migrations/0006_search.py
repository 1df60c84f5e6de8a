import django.db.models.deletion
from django.db import migrations, models

import glossary.models.search

# Both index the stems that glossary.search makes. An entry is never updated, only replaced, but a
# trigger that left updates out would be a trap.
SQLITE = [
    """CREATE VIRTUAL TABLE glossary_searchwords USING fts5(
        name_words, definition_words, body_words,
        content='glossary_searchentry', content_rowid='id',
        tokenize='unicode61 remove_diacritics 0', prefix='2 3 4')""",
    """CREATE TRIGGER glossary_searchwords_insert AFTER INSERT ON glossary_searchentry BEGIN
        INSERT INTO glossary_searchwords (rowid, name_words, definition_words, body_words)
        VALUES (new.id, new.name_words, new.definition_words, new.body_words); END""",
    """CREATE TRIGGER glossary_searchwords_delete AFTER DELETE ON glossary_searchentry BEGIN
        INSERT INTO glossary_searchwords
            (glossary_searchwords, rowid, name_words, definition_words, body_words)
        VALUES ('delete', old.id, old.name_words, old.definition_words, old.body_words); END""",
    """CREATE TRIGGER glossary_searchwords_update AFTER UPDATE ON glossary_searchentry BEGIN
        INSERT INTO glossary_searchwords
            (glossary_searchwords, rowid, name_words, definition_words, body_words)
        VALUES ('delete', old.id, old.name_words, old.definition_words, old.body_words);
        INSERT INTO glossary_searchwords (rowid, name_words, definition_words, body_words)
        VALUES (new.id, new.name_words, new.definition_words, new.body_words); END""",
]
SQLITE_BACK = [
    "DROP TRIGGER glossary_searchwords_update",
    "DROP TRIGGER glossary_searchwords_delete",
    "DROP TRIGGER glossary_searchwords_insert",
    "DROP TABLE glossary_searchwords",
]
SCOPES = {
    "in_names": ("name_words",),
    "in_definitions": ("name_words", "definition_words"),
    "in_everything": ("name_words", "definition_words", "body_words"),
}


def postgresql():
    for name, columns in SCOPES.items():
        words = " || ".join(f"string_to_array({column}, ' ')" for column in columns)
        yield (
            f"ALTER TABLE glossary_searchentry ADD COLUMN {name} tsvector "
            f"GENERATED ALWAYS AS (array_to_tsvector({words})) STORED"
        )
        yield f"CREATE INDEX search_{name} ON glossary_searchentry USING gin ({name})"


def add_index(apps, schema_editor):
    is_sqlite = schema_editor.connection.vendor == "sqlite"
    for statement in SQLITE if is_sqlite else postgresql():
        schema_editor.execute(statement)


def drop_index(apps, schema_editor):
    # PostgreSQL drops the columns and their indexes with the table.
    if schema_editor.connection.vendor == "sqlite":
        for statement in SQLITE_BACK:
            schema_editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("glossary", "0005_links_in_prose")]

    operations = [
        migrations.CreateModel(
            name="SearchEntry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(max_length=10)),
                ("ref", models.PositiveBigIntegerField()),
                ("path", models.CharField(max_length=300)),
                ("title", models.CharField(max_length=200)),
                ("kind_position", models.PositiveSmallIntegerField()),
                ("title_length", models.PositiveSmallIntegerField()),
                ("title_key", models.CharField(max_length=200)),
                ("note", models.CharField(blank=True, max_length=200)),
                ("definition", models.TextField(blank=True)),
                ("body", models.TextField(blank=True)),
                ("name_words", models.TextField()),
                ("definition_words", models.TextField()),
                ("body_words", models.TextField()),
                ("fingerprint", models.CharField(max_length=64)),
                ("stamp", models.CharField(default=glossary.models.search.new_stamp, max_length=16)),
            ],
            options={
                "verbose_name_plural": "search entries",
                "constraints": [models.UniqueConstraint(fields=("kind", "ref"), name="search_entry_once")],
            },
        ),
        migrations.CreateModel(
            name="SearchName",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(db_index=True, max_length=200)),
                ("stems", models.CharField(db_index=True, max_length=200)),
                ("is_title", models.BooleanField()),
                ("entry", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="names", to="glossary.searchentry")),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("entry", "key"), name="search_name_once_an_entry")],
            },
        ),
        migrations.RunPython(add_index, drop_index),
    ]
