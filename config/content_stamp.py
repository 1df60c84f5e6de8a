"""The stamp of all that public pages show: it changes in the transaction that changes a row.

It has parts, so that a release of a series leaves the pages that show other series: rows of one
series share a part, all other rows the general one. Triggers set it, so that no save, bulk load,
update or raw SQL can forget it. They are made after each `migrate`, because SQLite drops a table's
triggers when Django remakes it.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import nullcontext
from hashlib import sha256
from typing import Any, NamedTuple

from django.db import connections, models, transaction

from config.models import ContentStamp
from config.registry import Registry


class Subject(NamedTuple):
    """Which part the rows of a model change: `column` holds the id of the row that they are about.

    Pages that do not find rows while the column `hidden` is NULL do not know their part either, so
    the change that shows a row changes the general part.
    """

    column: str
    hidden: str = ""


# The models whose rows public pages read; tests/config/test_content_stamp.py finds others.
PUBLIC_MODELS = Registry[type[models.Model]]()
# Those of them whose rows do not change the general part, and columns that no public page shows.
SUBJECTS: dict[type[models.Model], Subject] = {}
UNSEEN: dict[type[models.Model], tuple[str, ...]] = {}

ALL, GENERAL = -1, 0
# Subjects share this many parts, so that a look reads few rows however many subjects there are.
PARTS = 256
PART_OF_ID = f"coalesce({{}} % {PARTS} + 1, {GENERAL})"

SQLITE_DROP = "DROP TRIGGER IF EXISTS {name}"
SQLITE = """CREATE TRIGGER {name} AFTER {event} ON {table} WHEN {when} BEGIN
    DELETE FROM config_contentstamp WHERE part = {part};
    INSERT INTO config_contentstamp (part, stamp) VALUES ({part}, lower(hex(randomblob(16))));
END"""

# A transaction holds the row that it changes until it ends. The next transaction takes another row
# of the same part, so that none waits for another's long import, and no two wait for each other.
POSTGRESQL = """
CREATE OR REPLACE FUNCTION config_content_changed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    subject bigint;
    changed int;
    before text := coalesce(current_setting('pulse.content_changed', true), '');
BEGIN
    IF TG_NARGS = 1 THEN
        EXECUTE format('SELECT ($1).%I', TG_ARGV[0]) INTO subject USING coalesce(NEW, OLD);
    END IF;
    changed := {part};
    UPDATE config_contentstamp SET stamp = gen_random_uuid()::text WHERE id = (
        SELECT id FROM config_contentstamp WHERE part = changed LIMIT 1 FOR UPDATE SKIP LOCKED);
    IF NOT FOUND THEN
        INSERT INTO config_contentstamp (part, stamp) VALUES (changed, gen_random_uuid()::text);
    END IF;
    -- The parts that are changed already, until the transaction ends.
    PERFORM set_config('pulse.content_changed', before || '.' || changed || '.', true);
    RETURN coalesce(NEW, OLD);
END $$"""
# Before the row, so that the first row of a statement spares the others the call.
POSTGRESQL_TRIGGER = """
CREATE OR REPLACE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW WHEN (({when}) AND
    strpos(coalesce(current_setting('pulse.content_changed', true), ''), '.' || {part} || '.') = 0)
EXECUTE FUNCTION config_content_changed({argument})"""


def current() -> Mapping[int, str]:
    """Return what identifies the committed state of each part, never that of an old one.

    ALL is the hash of all parts. Without a row, nothing is known.
    """
    found: defaultdict[int, str] = defaultdict(str)
    for part, stamp in ContentStamp.objects.order_by("pk").values_list("part", "stamp"):
        found[part] += stamp
    if found:
        found[ALL] = sha256(repr(sorted(found.items())).encode()).hexdigest()
    return found


def parts_of(ids: Iterable[int]) -> tuple[int, ...]:
    """Return the parts of a page that shows no subjects but these."""
    return GENERAL, *sorted({pk % PARTS + 1 for pk in ids})


def install(using: str, **kwargs: Any) -> None:
    """Make all triggers as they are defined now, and the row of the general part."""
    connection = connections[using]
    is_sqlite = connection.vendor == "sqlite"
    function = [] if is_sqlite else [POSTGRESQL.format(part=PART_OF_ID.format("subject"))]
    templates = (SQLITE_DROP, SQLITE) if is_sqlite else (POSTGRESQL_TRIGGER,)
    triggers = (each for model in PUBLIC_MODELS for each in _triggers(model))
    made = (template.format(**each) for each in triggers for template in templates)
    # No write may meet a dropped trigger. PostgreSQL drops none, and would lock all tables.
    together = transaction.atomic(using) if is_sqlite else nullcontext()
    with together, connection.cursor() as cursor:
        for statement in (*function, *made):
            cursor.execute(statement)
    if not ContentStamp.objects.using(using).exists():
        ContentStamp.objects.using(using).create(stamp="no change yet")


def _triggers(model: type[models.Model]) -> Iterator[dict[str, object]]:
    """Yield the fields of the templates above."""
    table, unseen = model._meta.db_table, UNSEEN.get(model, ())
    column, hidden = SUBJECTS.get(model, Subject(""))
    seen = [str(each.column) for each in model._meta.concrete_fields if each.name not in unseen]
    for event, row in (("INSERT", "NEW"), ("UPDATE", "NEW"), ("DELETE", "OLD")):
        yield {
            "name": f"{table}_is_public_{event}",
            "event": f"UPDATE OF {', '.join(seen)}" if unseen and event == "UPDATE" else event,
            "table": table,
            "when": "true",
            "part": PART_OF_ID.format(f"{row}.{column}") if column else GENERAL,
            "argument": f"'{column}'" if column else "",
        }
    if column:
        moved = f"OLD.{column} <> NEW.{column}"
        yield {
            "name": f"{table}_is_public_moved",
            "event": "UPDATE",
            "table": table,
            "when": f"{moved} OR OLD.{hidden} IS NULL" if hidden else moved,
            "part": GENERAL,
            "argument": "",
        }
