"""The stamp of all that public pages show: it changes in the transaction that changes a row.

It has parts, so that a release of a series leaves the pages that show other series: rows of one
series share a part, all other rows the general one, and rows of drafts change none. Triggers set
it, so that no save, bulk load, update or raw SQL can forget it, except on PostgreSQL what is saved
of a draft while another transaction publishes it (an alias without linked_names.hold()): a page
shows that at most page_cache.KEPT_SECONDS later, twice that where machines share pages. Triggers
are made after each `migrate`, because SQLite drops those of a table that Django remakes.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from hashlib import sha256
from typing import Any
from uuid import uuid4

from django.db import connections, models, transaction
from django.db.backends.utils import CursorWrapper
from django.db.migrations import Migration

from config.models import ContentStamp
from config.registry import Registry

# The models whose rows public pages read; tests/config/test_content_stamp.py finds others.
PUBLIC_MODELS = Registry[type[models.Model]]()
# Those of them whose rows change another part than the general one: by the column that holds the id
# of what they are about. Pages that do not find a row do not know its part, so the change that
# shows it changes the general part too.
SUBJECTS: dict[type[models.Model], str] = {}
# When public pages show a row of a model with drafts, as SQL. They show nothing of what is deleted
# with a row while they do not show that.
SHOWN: dict[type[models.Model], str] = {}
# Columns that no public page shows.
UNSEEN: dict[type[models.Model], tuple[str, ...]] = {}

# The migrations that Django is to apply or has applied.
type Plan = Sequence[tuple[Migration, bool]]

ALL, GENERAL = -1, 0
# What becomes of a part of a row, and of its history, when the row is deleted.
WITH_THE_WHOLE = (models.CASCADE, models.DO_NOTHING)
# Subjects share this many parts, so that a look reads few rows however many subjects there are.
PARTS = 256
PART_OF_ID = f"coalesce({{}} % {PARTS} + 1, {GENERAL})"

# Our triggers in a database: their names, and what drops each.
SQLITE_TRIGGERS = """
SELECT lower(name), 'DROP TRIGGER ' || name FROM sqlite_master
WHERE type = 'trigger' AND name LIKE '%_is_public_%'"""
POSTGRESQL_TRIGGERS = """
SELECT tgname, format('DROP TRIGGER %I ON %s', tgname, tgrelid::regclass) FROM pg_trigger
WHERE pg_table_is_visible(tgrelid) AND tgname LIKE '%_is_public_%'"""
SQLITE = """CREATE TRIGGER {name} AFTER {event} ON {table} WHEN {when} BEGIN
    DELETE FROM config_contentstamp WHERE part = {part};
    INSERT INTO config_contentstamp (part, stamp) VALUES ({part}, lower(hex(randomblob(16))));
END"""

# PostgreSQL allows no query in the condition of a trigger, but functions.
IS_SHOWN = "EXISTS (SELECT 1 FROM {table} AS whole WHERE whole.id = {pk} AND {shown})"
POSTGRESQL_IS_SHOWN = f"""
CREATE OR REPLACE FUNCTION {{table}}_is_shown(bigint) RETURNS boolean STABLE LANGUAGE sql
AS $$ SELECT {IS_SHOWN} $$"""

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
# Before the row, so that the first row of a statement spares the others the call. That is asked
# first, because what shows a row may take a query.
POSTGRESQL_TRIGGER = """
CREATE OR REPLACE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW WHEN (
    strpos(coalesce(current_setting('pulse.content_changed', true), ''), '.' || {part} || '.') = 0
    AND ({when}))
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
    functions = [] if is_sqlite else [*_functions()]
    template = SQLITE if is_sqlite else POSTGRESQL_TRIGGER
    triggers = (each for model in PUBLIC_MODELS for each in _triggers(model, is_sqlite))
    made = {str(each["name"]): template.format(**each) for each in triggers}
    # No write may meet a dropped trigger. PostgreSQL replaces them, and would lock readers out.
    together = transaction.atomic(using) if is_sqlite else nullcontext()
    with together, connection.cursor() as cursor:
        found = _drop(cursor, but=() if is_sqlite else made)
        for statement in (*functions, *made.values()):
            cursor.execute(statement)
    if made.keys() - found:  # what was written in the meantime met no trigger
        ContentStamp.objects.using(using).all().delete()
    if not ContentStamp.objects.using(using).exists():
        ContentStamp.objects.using(using).create(stamp=str(uuid4()))


def uninstall(using: str, plan: Plan, **kwargs: Any) -> None:
    """Drop all triggers before migrations: SQLite remakes no table that another's trigger reads,
    PostgreSQL changes the type of no column that a trigger names.
    """
    if plan:
        with connections[using].cursor() as cursor:
            _drop(cursor)


def _drop(cursor: CursorWrapper, but: Collection[str] = ()) -> set[str]:
    """Drop our triggers but some; return the names of all that were found."""
    is_sqlite = cursor.db.vendor == "sqlite"
    cursor.execute(SQLITE_TRIGGERS if is_sqlite else POSTGRESQL_TRIGGERS)
    found = dict(cursor.fetchall())
    for name in found.keys() - but:
        cursor.execute(found[name])
    return {*found}


def _functions() -> Iterator[str]:
    yield POSTGRESQL.format(part=PART_OF_ID.format("subject"))
    for model, shown in SHOWN.items():
        condition = shown.format("whole")
        table = model._meta.db_table
        yield POSTGRESQL_IS_SHOWN.format(table=table, pk="$1", shown=condition)


def _triggers(model: type[models.Model], is_sqlite: bool) -> Iterator[dict[str, object]]:
    """Yield the fields of the templates above."""
    table, unseen = model._meta.db_table, UNSEEN.get(model, ())
    column = SUBJECTS.get(model, "")
    old, new = (_is_shown(model, row, is_sqlite) for row in ("OLD", "NEW"))
    seen = [str(each.column) for each in model._meta.concrete_fields if each.name not in unseen]
    for event, row, when in (
        ("INSERT", "NEW", new),
        ("UPDATE", "NEW", f"{old} OR {new}"),
        ("DELETE", "OLD", old),
    ):
        yield {
            "name": f"{table}_is_public_{event.lower()}",
            "event": f"UPDATE OF {', '.join(seen)}" if unseen and event == "UPDATE" else event,
            "table": table,
            "when": when,
            "part": PART_OF_ID.format(f"{row}.{column}") if column else GENERAL,
            "argument": f"'{column}'" if column else "",
        }
    if column:
        yield {
            "name": f"{table}_is_public_moved",
            "event": "UPDATE",
            "table": table,
            "when": f"OLD.{column} <> NEW.{column} OR (NOT ({old}) AND {new})",
            "part": GENERAL,
            "argument": "",
        }


def _is_shown(model: type[models.Model], row: str, is_sqlite: bool) -> str:
    """Return SQL that says whether public pages show the row: it and all that it is a part of."""
    conditions = [SHOWN[model].format(row)] if model in SHOWN else []
    for column, whole in _wholes(model):
        shown, pk = SHOWN[whole].format("whole"), f"{row}.{column}"
        made = IS_SHOWN if is_sqlite else "{table}_is_shown({pk})"
        is_shown = made.format(table=whole._meta.db_table, pk=pk, shown=shown)
        conditions.append(f"({pk} IS NULL OR {is_shown})")
    return " AND ".join(conditions) or "true"


def _wholes(model: type[models.Model]) -> Iterator[tuple[str, type[models.Model]]]:
    """Yield the columns that refer to what the rows are deleted with, and its model."""
    for each in model._meta.concrete_fields:
        whole, relation = each.related_model, each.remote_field
        if whole in SHOWN and relation and getattr(relation, "on_delete", None) in WITH_THE_WHOLE:
            yield str(each.column), whole
