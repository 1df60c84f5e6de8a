"""Full-text indexes of the search table, which no model can describe: FTS5 or tsvector."""

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
