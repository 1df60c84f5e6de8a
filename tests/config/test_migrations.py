"""Upgrades lock no large table of PostgreSQL for long: its SQL is read by squawk."""

import subprocess
import sys
from pathlib import Path

import pytest
from django.db import connection, migrations, models
from django.db.migrations.loader import MigrationLoader
from django.db.models.functions import Now

# A million rows or more at a million readers, or many years of data.
LARGE = ("newsletter_subscriber", "newsletter_subscription", "newsletter_consentevent",
         "newsletter_delivery", "newsletter_signuprequest", "newsletter_confirmationtoken",
         "newsletter_outboxmail", "newsletter_suppression", "glossary_observation")  # fmt: skip
# What an empty site begins with.
FIRST = {("config", "0001_initial"), ("glossary", "0001_initial"), ("glossary", "0002_editors"),
         ("newsletter", "0001_initial"), ("newsletter", "0002_first_newsletter_and_groups")}  # fmt: skip
# Its other rules are about style, and about programs that read while a migration runs.
LOCKING = {
    "adding-field-with-default", "adding-foreign-key-constraint", "adding-not-nullable-field",
    "adding-primary-key-constraint", "ban-concurrent-index-creation-in-transaction",
    "changing-column-type", "constraint-missing-not-valid", "disallowed-unique-constraint",
    "require-concurrent-index-creation", "require-concurrent-index-deletion",
}  # fmt: skip


def locks(migration: migrations.Migration, loader: MigrationLoader) -> set[str]:
    """Return the rules that a migration breaks on a large table."""
    name = migration.app_label, migration.name
    at = name if name in loader.graph.nodes else None
    state = loader.project_state(at, at_end=False)
    with connection.schema_editor(collect_sql=True, atomic=migration.atomic) as editor:
        migration.apply(state, editor, collect_sql=True)
    lines = [line for line in editor.collected_sql
             if line.startswith("CREATE TABLE") or any(f'"{each}"' in line for each in LARGE)]  # fmt: skip
    command = [
        str(Path(sys.executable).parent / "squawk"),
        "--reporter",
        "gcc",
        "--pg-version",
        "15",
    ]
    command += ["--assume-in-transaction"] if migration.atomic else []
    done = subprocess.run(
        command, input="\n".join(lines), capture_output=True, text=True, check=False
    )
    assert not done.stderr, done.stderr
    found = {line.split(": warning: ")[1].split()[0] for line in done.stdout.splitlines()}
    return found & LOCKING


@pytest.fixture
def loader(db):
    if connection.vendor != "postgresql":
        pytest.skip("SQLite locks the whole database in any case")
    return MigrationLoader(connection)


def test_a_new_migration_locks_no_large_table_for_long(loader):
    known = {
        name for name in loader.disk_migrations if name[0] in ("config", "glossary", "newsletter")
    }
    assert known >= FIRST
    assert set(LARGE) <= set(connection.introspection.table_names())
    new = [loader.disk_migrations[name] for name in sorted(known - FIRST)]
    assert {str(each): found for each in new if (found := locks(each, loader))} == {}


CODE = models.CharField(max_length=30, null=True)
ISSUE = models.ForeignKey("newsletter.Issue", models.CASCADE, null=True, related_name="+")
MORE = models.CheckConstraint(condition=models.Q(attempts__lt=99), name="few_attempts")


@pytest.mark.parametrize(
    ("operation", "rules"),
    [
        (migrations.AddIndex("delivery", models.Index("code", name="by_code")),
         {"require-concurrent-index-creation"}),
        (migrations.AlterField("delivery", "code", CODE), {"changing-column-type"}),
        (migrations.AddField("delivery", "seen_at", models.DateTimeField(db_default=Now())),
         {"adding-field-with-default"}),
        (migrations.AddField("delivery", "again", ISSUE),
         {"adding-foreign-key-constraint", "require-concurrent-index-creation"}),
        (migrations.AddConstraint("delivery", MORE), {"constraint-missing-not-valid"}),
        (migrations.AddField("delivery", "seen", models.IntegerField(db_default=0)), set()),
        (migrations.AddField("delivery", "word", models.TextField(null=True)), set()),
        (migrations.RemoveField("delivery", "code"), set()),
        (migrations.AddIndex("newsletter", models.Index("name", name="by_name")), set()),
    ],
    ids=lambda each: each.describe() if isinstance(each, migrations.operations.base.Operation) else "",
)  # fmt: skip
def test_what_would_lock_one_is_found(loader, operation, rules):
    migration = migrations.Migration("0999_new", "newsletter")
    migration.operations = [operation]
    assert locks(migration, loader) == rules
