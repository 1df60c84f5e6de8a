"""One stamp of all that public pages show: it changes in the transaction that changes a row.

Triggers set it, so that no save, bulk load, update or raw SQL can forget it. They are made after
each `migrate`, because SQLite drops a table's triggers when Django remakes it.
"""

from typing import Any

from django.db import connections, models

from config.models import ContentStamp
from config.registry import Registry

# The models whose rows public pages read; tests/config/test_content_stamp.py finds others.
PUBLIC_MODELS = Registry[type[models.Model]]()

SQLITE = """CREATE TRIGGER IF NOT EXISTS {name}_{event} AFTER {event} ON {table} BEGIN
    UPDATE config_contentstamp SET stamp = lower(hex(randomblob(16))); END"""

# A transaction holds the row that it changes until it ends. The next transaction takes another row,
# so that none waits for another's long import, and no two wait for each other.
POSTGRESQL = """
CREATE OR REPLACE FUNCTION config_content_changed() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    UPDATE config_contentstamp SET stamp = gen_random_uuid()::text
        WHERE id = (SELECT id FROM config_contentstamp LIMIT 1 FOR UPDATE SKIP LOCKED);
    IF NOT FOUND THEN
        INSERT INTO config_contentstamp (stamp) VALUES (gen_random_uuid()::text);
    END IF;
    PERFORM set_config('pulse.content_changed', 'yes', true);  -- until the transaction ends
    RETURN coalesce(NEW, OLD);
END $$"""
# Before the row, so that the first row of a statement spares the others the call.
POSTGRESQL_TRIGGER = """
CREATE OR REPLACE TRIGGER {name} BEFORE INSERT OR UPDATE OR DELETE ON {table} FOR EACH ROW
WHEN (current_setting('pulse.content_changed', true) IS DISTINCT FROM 'yes')
EXECUTE FUNCTION config_content_changed()"""


def current() -> tuple[str, ...]:
    """Return what identifies the committed state of all public rows, never that of an old one."""
    return tuple(ContentStamp.objects.order_by("pk").values_list("stamp", flat=True))


def install(using: str, **kwargs: Any) -> None:
    """Make the triggers that are missing, and the row that they change."""
    connection = connections[using]
    tables = [model._meta.db_table for model in PUBLIC_MODELS]
    names = [{"name": f"{table}_is_public", "table": table} for table in tables]
    if connection.vendor == "sqlite":
        events = ("INSERT", "UPDATE", "DELETE")
        statements = [SQLITE.format(event=event, **each) for each in names for event in events]
    else:
        statements = [POSTGRESQL, *(POSTGRESQL_TRIGGER.format(**each) for each in names)]
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
    if not ContentStamp.objects.using(using).exists():
        ContentStamp.objects.using(using).create(stamp="no change yet")
