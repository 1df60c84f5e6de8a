"""The stamp changes with every committed change of what public pages show, and with nothing else."""

import re
from datetime import date
from functools import partial
from threading import Event, Thread

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection, transaction
from django.db.migrations import Migration
from django.db.models.functions import Now
from django.db.models.signals import pre_migrate
from django.utils import timezone

from config import content_stamp
from config.content_stamp import ALL, GENERAL, PARTS, PUBLIC_MODELS, current, parts_of
from config.models import Bucket, ContentStamp
from glossary import search
from glossary.ingest.withdrawals import withdraw_release
from glossary.models import (
    Alias,
    FigureUse,
    Mention,
    Observation,
    Release,
    Series,
    Term,
    TermSeries,
    Upload,
)
from newsletter.models import Issue, IssueMention, Snapshot, Subscriber, Subscription
from tests.builders import (
    make_alias,
    make_category,
    make_citation,
    make_data_point,
    make_issue,
    make_series,
    make_term,
    make_upload,
    relate,
    release,
)
from tests.bystanders import unchanged
from tests.config.page_caches import forget_writes
from tests.config.site import all_routes, client_for, make_site
from tests.config.test_headers import PUBLIC


def is_new(change) -> bool:
    return bool(changed(change))


def changed(change) -> set[int]:
    """Return the parts whose stamp is another one after a change, except that of all together."""
    before = current()
    forget_writes()
    change()
    after = current()
    return {part for part in after if after[part] != before.get(part)} - {ALL}


def part_of(series: Series) -> int:
    return parts_of([series.pk])[1]


@pytest.mark.django_db
def test_every_table_that_public_pages_read_is_registered():
    read, tables = set(), {model._meta.db_table for model in apps.get_models(True)}

    def note(execute, sql, *rest):
        read.update(re.findall(r'"(\w+)"', sql))
        return execute(sql, *rest)

    routes, client = all_routes(make_site()), client_for("anonymous")
    with connection.execute_wrapper(note):
        for route in routes:
            if route.name in PUBLIC:
                client.get(route.path)
    registered = {model._meta.db_table for model in PUBLIC_MODELS}
    assert len(read & tables) > 20
    assert read & tables - registered == {"glossary_fetch"}  # changes too often


@pytest.mark.django_db
def test_a_write_to_any_public_table_makes_a_new_stamp():
    make_site()
    filled = [model for model in PUBLIC_MODELS if model._base_manager.exists()]
    assert len(filled) > 15
    for model in filled:
        row = model._base_manager.first()
        same = model._base_manager.filter(pk=row.pk)
        assert is_new(partial(same.update, **{model._meta.pk.attname: row.pk})), model


@pytest.mark.django_db
def test_every_way_to_write_makes_a_new_stamp():
    one, two = make_term("One"), make_term("Two")
    bystander = Term.objects.values().get(pk=make_term("Three").pk)
    terms = Term.objects.filter(pk__in=[one.pk, two.pk])
    assert is_new(one.save)
    assert is_new(lambda: terms.update(definition="Another."))
    assert is_new(lambda: Term.objects.bulk_update([one, two], ["definition"]))
    fields = {"category": one.category, "definition": "d", "status": "published"}
    more = [Term(headword=name, slug=name, headword_key=name, **fields) for name in ("x", "y")]
    assert is_new(lambda: Term.objects.bulk_create(more))
    assert is_new(one.delete)
    assert Term.objects.values().get(pk=bystander["id"]) == bystander


@pytest.mark.django_db
def test_what_changes_nothing_public_leaves_the_stamp():
    rows = make_site()
    assert not is_new(lambda: Bucket.objects.create(key="a"))
    assert not is_new(lambda: Subscriber.objects.update(status="ok"))
    assert not is_new(lambda: Subscription.objects.update(status="active"))
    assert not is_new(lambda: Term.objects.filter(pk=0).update(definition="of no term"))
    assert not is_new(lambda: list(Term.objects.all()))
    assert is_new(rows["glossary_term"].save)


def save_a_draft_with_all_parts(around: Term):
    """Save a draft that names and shows what there is, and is named by it."""
    series, issue = Series.objects.published().first(), Issue.objects.frozen().first()
    text = "[[Pre-Training]] cost {{ compute }}."
    draft = make_term("Secret", status="draft", explanation=text)
    make_alias(draft, "hush")
    make_citation(draft)
    relate(draft, around)
    relate(around, draft)
    TermSeries.objects.create(term=draft, series=series)
    FigureUse.objects.create(term=draft, series=series, token="compute")
    place = {"state": "linked", "block": 0, "start": 0, "end": 6, "shown": "Secret"}
    Mention.objects.create(in_term=draft, term=around, **place)
    Mention.objects.create(in_term=around, term=draft, **place)
    IssueMention.objects.create(issue=issue, term=draft, position=1, **place)
    draft.slug = "secret-2"
    draft.save()
    draft.aliases.get().delete()
    draft.relations.update(reason="of course")


def save_a_draft_issue(around: Term):
    issue = make_issue(9, status="draft")
    make_data_point(issue, series=Series.objects.published().first())
    issue.subject = "Another"
    issue.save()
    issue.data_points.all().delete()


def save_a_draft_series(around: Term):
    series = Series.objects.get(slug="draft")
    series.title, series.description, series.unit = "Another", "Another.", "apples"
    series.save()
    series.chart_notes.create(position=1, day=date(2024, 1, 1), text="A note.")
    Series.objects.filter(pk=series.pk).delete()


DRAFTS = [save_a_draft_with_all_parts, save_a_draft_issue, save_a_draft_series]


@pytest.mark.django_db
@pytest.mark.parametrize("save", DRAFTS)
def test_what_is_saved_of_drafts_shows_on_no_public_page(save):
    routes, client = all_routes(make_site()), client_for("anonymous")
    term = Term.objects.get(headword="Pre-Training")
    make_term("Agent")  # lists put it before a term that no other names
    make_series("draft")
    Term.objects.update(explanation="It grew to {{ draft }} from {{ compute }}.")
    search.refresh_all()
    shown = [route.path for route in routes if route.name in PUBLIC]
    before = {path: client.get(path).content for path in shown}
    assert not is_new(partial(save, term))
    search.refresh_all()
    assert {path: client.get(path).content for path in shown} == before


@pytest.mark.django_db
def test_a_draft_that_comes_out_and_all_that_changes_while_it_is_out_makes_a_new_stamp():
    term, draft = make_term("One", status="draft"), make_term("Two", status="draft")
    alias, other = make_alias(term, "first"), make_alias(draft, "second")
    terms = Term.objects.filter(pk=term.pk)
    with unchanged(draft, other):
        assert not is_new(alias.save)
        assert is_new(partial(terms.update, status="published"))
        assert is_new(alias.save)
        assert is_new(partial(terms.update, slug="uno"))
        assert is_new(partial(Term.objects.filter(pk=term.pk).update, category=make_category("B")))
        assert is_new(partial(Alias.objects.filter(pk=alias.pk).update, name="premier"))
        assert is_new(partial(relate, term, make_term("Three")))
        assert is_new(partial(terms.update, status="draft"))
        assert not is_new(alias.delete)
    assert is_new(
        partial(Alias.objects.filter(pk=other.pk).update, term=Term.objects.get(slug="three"))
    )
    assert is_new(Term.objects.get(slug="three").delete)


@pytest.mark.django_db
def test_what_counts_as_shown_is_what_pages_ask_for():
    for status in Term.Status:
        make_term(status, status=status)
    for number, status in enumerate(Issue.Status, 1):
        send_at = timezone.now() if status == "approved" else None
        make_issue(0 if status == "sample" else number, status=status, send_at=send_at)
    make_series("draft")
    release(make_series("compute"), "2024,10")
    adjectives = {
        Term: Term.objects.published(),
        Term.history.model: Term.history.filter(status=Term.Status.PUBLISHED),
        Series: Series.objects.published(),
        Issue: Issue.objects.frozen(),
    }
    assert content_stamp.SHOWN.keys() == adjectives.keys()
    for model, found in adjectives.items():
        everything, shown = model._base_manager.all(), content_stamp.SHOWN[model]
        chosen = everything.extra(where=[shown.format(model._meta.db_table)])
        assert {*chosen} == {*found} < {*everything}, model
        assert chosen, model


@pytest.mark.django_db
def test_an_issue_that_comes_out_or_changes_afterwards_makes_a_new_stamp():
    issue, draft = make_issue(1, status="draft"), make_issue(2, status="draft")
    point = make_data_point(issue)
    issues = Issue.objects.filter(pk=issue.pk)
    with unchanged(draft):
        assert not is_new(point.save)
        assert is_new(partial(issues.update, sent_at=Now(), status="sending"))
        assert is_new(point.save)
        assert is_new(partial(issues.update, subject="Another"))


@pytest.mark.django_db
def test_a_release_changes_the_part_of_its_series_and_no_other():
    compute, power = make_series("compute"), make_series("power")
    both = {part_of(compute), part_of(power)}
    assert changed(lambda: release(compute, "2024,10")) == {GENERAL, part_of(compute)}
    assert changed(lambda: release(power, "2024,10")) == {GENERAL, part_of(power)}
    points = Observation.objects.filter(series=power)
    bystander = points.values().get()
    later = partial(release, compute, "2024,11 2025,12", "2026-02-15")
    assert changed(later) == {part_of(compute)}
    assert changed(partial(make_upload, compute, is_fetched=True)) == {part_of(compute)}
    assert changed(Upload.objects.all().delete) == {part_of(compute)}
    assert changed(lambda: Series.objects.update(mapping="")) == both
    assert points.values().get() == bystander


@pytest.mark.django_db
def test_what_is_about_no_series_or_moves_to_another_changes_the_general_part():
    compute, power = make_series("compute"), make_series("power")
    release(compute, "2024,10")
    release(power, "2023,10")
    assert changed(make_upload) == {GENERAL}
    bystander = power.observations.values().get()
    move = partial(compute.observations.update, series=power)
    assert changed(move) == {GENERAL, part_of(power)}
    assert Observation.objects.values().get(pk=bystander["id"]) == bystander


@pytest.mark.django_db
def test_a_series_that_appears_changes_the_general_part_and_one_that_goes_its_own():
    """Pages that name a series do not know its part before it has data."""
    series = make_series("compute")
    first = release(series, "2024,10")
    hide = partial(Series.objects.filter(pk=series.pk).update, current_release=None)
    assert changed(hide) == {part_of(series)}
    show = partial(Series.objects.filter(pk=series.pk).update, current_release=first)
    assert changed(show) == {GENERAL, part_of(series)}
    withdraw = partial(withdraw_release, series, first.pk, "A wrong file.")
    assert part_of(series) in changed(withdraw)
    assert not Release.objects.exists()


def test_many_series_share_few_parts():
    assert parts_of([1, PARTS + 1, 2]) == (GENERAL, *parts_of([2, 1])[1:])
    assert len(parts_of(range(10_000))) == PARTS + 1


@pytest.mark.django_db
def test_what_sending_changes_of_an_issue_shows_on_no_public_page():
    routes, client = all_routes(make_site()), client_for("anonymous")
    shown = [route.path for route in routes if route.name in PUBLIC]
    issue = Issue.objects.filter(status=Issue.Status.SENT).first()
    Snapshot.objects.create(issue=issue)
    make_issue(9, status="draft")
    sending = Issue.objects.filter(pk=issue.pk)
    # The order of those that came out at one moment is any.
    Issue.objects.frozen().exclude(pk=issue.pk).update(sent_at=issue.created_at)
    bystanders = list(Issue.objects.exclude(pk=issue.pk).order_by("pk").values())
    before = [client.get(path).content for path in shown]
    for status in ("paused", "canceled"):
        assert not is_new(partial(sending.update, status=status, pause_reason=status))
        assert not is_new(partial(Snapshot.objects.update, judged_from=Now(), finished_at=Now()))
        assert [client.get(path).content for path in shown] == before
    assert is_new(partial(sending.update, subject="Another"))
    assert list(Issue.objects.exclude(pk=issue.pk).order_by("pk").values()) == bystanders


@pytest.mark.django_db(transaction=True)
def test_a_change_that_is_rolled_back_leaves_the_stamp():
    term = make_term("One")

    def undone():
        with transaction.atomic():
            term.save()
            transaction.set_rollback(True)

    def done_after_a_part_was_undone():
        with transaction.atomic():
            with transaction.atomic():
                term.save()
                transaction.set_rollback(True)
            term.save()

    assert not is_new(undone)
    assert is_new(done_after_a_part_was_undone)
    assert is_new(term.save)


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has one writer at a time")
@pytest.mark.parametrize("kind", ["terms", "values of one series"])
def test_no_writer_waits_for_another_and_each_makes_a_new_stamp(kind):
    if kind == "terms":
        one, two = make_term("One"), make_term("Two")
    else:
        release(make_series("compute"), "2024,10 2025,12")
        one, two = Observation.objects.all()
    rows = ContentStamp.objects.count()
    has_written, may_end = Event(), Event()

    def long_import():
        with transaction.atomic():
            one.save()
            has_written.set()
            may_end.wait(10)
            one.save()
        connection.close()

    thread = Thread(target=long_import)
    thread.start()
    has_written.wait(10)
    assert is_new(two.save)

    def end():
        may_end.set()
        thread.join()

    assert is_new(end)
    assert ContentStamp.objects.count() == rows + 1


# What was applied or is to be applied: a migration.
PLAN = [(Migration("0003", "glossary"), False)]


@pytest.mark.django_db(transaction=True)
def test_migrate_makes_triggers_and_row_again():
    """As after Django remakes a table on SQLite, which drops its triggers."""
    make_term("One")
    write = partial(Term.objects.update, definition="Another.")
    table = "" if connection.vendor == "sqlite" else "ON glossary_term"
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TRIGGER glossary_term_is_public_update {table}")
    assert not is_new(write)
    assert is_new(partial(call_command, "migrate", verbosity=0))
    assert is_new(write)
    assert not is_new(partial(call_command, "migrate", verbosity=0))
    ContentStamp.objects.all().delete()
    call_command("migrate", verbosity=0)
    assert current().keys() == {GENERAL, ALL}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("model", "column", "kind"),
    [(Term, "status", "text"), (Issue, "sent_at", "timestamptz(3)"), (Issue, "subject", "text")],
)
def test_a_migration_may_change_a_table_that_triggers_read(model, column, kind):
    alias = make_alias(make_term("One"), "first")
    pre_migrate.send(apps.get_app_config("config"), using="default", plan=PLAN)
    with connection.schema_editor() as editor:
        if connection.vendor == "sqlite":
            editor._remake_table(model)
        else:
            editor.execute(f"ALTER TABLE {model._meta.db_table} ALTER {column} TYPE {kind}")
            transaction.set_rollback(True)
    assert not is_new(alias.save)
    assert is_new(partial(content_stamp.install, "default", plan=PLAN))
    assert is_new(alias.save)


@pytest.mark.django_db(transaction=True)
def test_what_was_written_after_migrations_failed_makes_a_new_stamp_at_the_next_migrate():
    make_term("One")
    write = partial(Term.objects.update, definition="Another.")
    content_stamp.uninstall("default", PLAN)
    assert not is_new(write)
    content_stamp.uninstall("default", ())
    assert is_new(partial(content_stamp.install, "default", plan=()))
    assert is_new(write)
    content_stamp.uninstall("default", ())
    assert is_new(write)


@pytest.mark.django_db
def test_migrate_drops_a_trigger_that_is_no_longer_defined(monkeypatch):
    public = [*PUBLIC_MODELS]
    with monkeypatch.context() as definition:
        definition.setattr(content_stamp, "PUBLIC_MODELS", [*public, Bucket])
        content_stamp.install("default")
    write, term = partial(Bucket.objects.create, key="a"), make_term("One")
    assert is_new(write)
    Bucket.objects.all().delete()
    assert not is_new(partial(content_stamp.install, "default"))
    assert not is_new(write)
    assert is_new(term.save)


@pytest.mark.django_db
def test_migrate_replaces_a_trigger_whose_definition_changed(monkeypatch):
    issue, other = make_issue(1), make_issue(2)
    write = partial(Issue.objects.filter(pk=issue.pk).update, pause_reason="bounces")
    with unchanged(other):
        assert not is_new(write)
        with monkeypatch.context() as definition:
            definition.delitem(content_stamp.UNSEEN, Issue)
            content_stamp.install("default")
            assert is_new(write)
        content_stamp.install("default")
        assert not is_new(write)
