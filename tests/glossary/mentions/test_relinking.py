"""Links to terms follow the texts and the names: stored on save, renewed when names change."""

import pytest
from django.contrib.admin import site
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django_tasks_db.models import DBTaskResult

from config.tick import tick
from glossary.exchange.term_files import parse_term_file
from glossary.exchange.term_import import import_terms
from glossary.mentions import linked_names, relinking
from glossary.mentions.relinking import record_links, relink_changed
from glossary.models import Alias, LinkedName, Mention, Term
from glossary.terms import history, publishing
from tests.builders import make_alias, make_term

pytestmark = pytest.mark.django_db


@pytest.fixture
def compute():
    return make_term("Compute")


def texts(*explanations):
    """Make terms with these explanations, named Text 0, Text 1, and link everything."""
    made = [make_term(f"Text {n}", explanation=text) for n, text in enumerate(explanations)]
    relink_changed()
    return made


def linked(term):
    return [(each.shown, each.term.headword) for each in term.mentions.linked()]


def rows():
    """Return the ids of stored mentions, which show what was linked again."""
    return dict(Mention.objects.values_list("pk", "in_term__headword"))


def test_nothing_to_do_says_nothing_and_writes_nothing(compute):
    texts("Much compute.")
    with CaptureQueriesContext(connection) as queries:
        assert relink_changed() == ""
    assert len(queries) <= 4
    assert all(each["sql"].startswith("SELECT") or " EXCEPT " in each["sql"] for each in queries)


def test_a_saved_text_is_linked_at_once(compute):
    relink_changed()
    term = make_term("Training", explanation="It needs compute.")
    record_links(term)
    assert linked(term) == [("compute", "Compute")]


@pytest.mark.django_db(transaction=True)
def test_of_terms_saved_together_all_are_linked_or_none(compute):
    relink_changed()
    term = make_term("Training", explanation="It needs compute.")
    with pytest.raises(AttributeError):
        record_links(term, None)
    assert linked(term) == []


def test_a_new_term_is_linked_where_it_is_named_and_nowhere_else():
    named, silent, folded = texts("A big benchmark.", "Nothing.", "Many *Benchmarks*.")
    before = LinkedName.objects.count()
    make_term("Benchmark", explanation="")
    assert relink_changed() == "links to terms renewed on 2 pages"
    assert linked(named) == [("benchmark", "Benchmark")]
    assert linked(folded) == [("Benchmarks", "Benchmark")]
    assert linked(silent) == []
    assert LinkedName.objects.count() == before + 1


def test_an_alias_links_the_pages_that_name_it_and_no_others(compute):
    about, other = texts("Much horsepower.", "Much compute.")
    before = rows()
    make_alias(compute, "horsepower")
    assert relink_changed() == "links to terms renewed on 1 page"
    assert linked(about) == [("horsepower", "Compute")]
    assert before.items() <= rows().items(), "the row of the other page is the same row"
    assert linked(other) == [("compute", "Compute")]


def test_a_renamed_term_links_by_its_new_name_and_no_more_by_the_old(compute):
    old, new = texts("Much compute.", "Much horsepower.")
    compute.headword = "Horsepower"
    compute.save()
    relink_changed()
    assert linked(old) == []
    assert linked(new) == [("horsepower", "Horsepower")]


def test_a_flag_changes_links_like_a_name(compute):
    (term,) = texts("Much compute, no COMPUTE.")
    Term.objects.filter(pk=compute.pk).update(is_autolinked=False)
    relink_changed()
    assert [each.state for each in term.mentions.all()] == ["flagged"]
    Term.objects.filter(pk=compute.pk).update(is_autolinked=True, is_case_sensitive=True)
    relink_changed()
    assert linked(term) == []


def test_when_a_term_goes_its_words_go_to_the_next_best(compute):
    longer = make_term("AI Compute", slug="longer")
    (term,) = texts("Much AI compute.")
    assert linked(term) == [("AI compute", "AI Compute")]
    longer.delete()
    relink_changed()
    assert linked(term) == [("compute", "Compute")]


def test_a_text_that_names_a_term_deleted_in_this_minute_is_saved_without_that_link(compute):
    term, other = texts("Much compute.", "Text 0 and compute.")
    compute.delete()
    term.explanation = "Much compute. Text 1."
    term.save()
    record_links(term)
    assert linked(term) == [("Text 1", "Text 1")]
    assert linked(other) == [("Text 0", "Text 0")]


def withdraw_it(term, alias):
    publishing.withdraw([term])


def delete_it(term, alias):
    site._registry[Term].delete_queryset(None, Term.objects.filter(pk=term.pk))


def delete_alias(term, alias):
    alias.delete()


def rename_it(term, alias):
    term.headword = "Calculation"
    term.save()


def hide_alias(term, alias):
    alias.kind = Alias.Kind.HIDDEN
    alias.save()


@pytest.mark.parametrize(
    ("change", "of_headword", "of_alias"),
    [
        (withdraw_it, [], []),
        (delete_it, [], []),
        (delete_alias, [("compute", "Compute")], []),
        (rename_it, [], [("horsepower", "Calculation")]),
        (hide_alias, [("compute", "Compute")], []),
    ],
)
def test_one_tick_after_a_change_the_pages_that_name_it_follow_and_no_other_is_touched(
    compute, change, of_headword, of_alias
):
    alias = make_alias(compute, "horsepower")
    make_term("Benchmark")
    by_headword, by_alias, other = texts("Much compute.", "Much horsepower.", "A benchmark.")
    untouched = other.mentions.get().pk
    change(compute, alias)
    tick()
    assert linked(by_headword) == of_headword
    assert linked(by_alias) == of_alias
    assert other.mentions.get().pk == untouched


def test_a_deleted_alias_that_comes_back_links_again(compute):
    alias = make_alias(compute, "horsepower")
    (text,) = texts("Much horsepower.")
    alias.delete()
    tick()
    history.restore_part(compute, "alias", Alias.history.latest().pk)
    tick()
    assert linked(text) == [("horsepower", "Compute")]


def test_what_is_no_name_links_nothing_anew(compute):
    texts("Much compute.")
    compute.category.name = "Horsepower"
    compute.category.save()
    compute.definition = "Work done, also by horsepower."
    compute.save()
    assert not linked_names.has_changed()


def test_names_differ_by_kind_too(compute):
    alias = make_alias(compute, "MoE", kind=Alias.Kind.ABBREVIATION)
    (term,) = texts("The moe of it.")
    assert linked(term) == []
    Alias.objects.filter(pk=alias.pk).update(kind=Alias.Kind.SYNONYM)
    relink_changed()
    assert linked(term) == [("moe", "Compute")]
    Alias.objects.filter(pk=alias.pk).update(kind=Alias.Kind.HIDDEN)
    relink_changed()
    assert linked(term) == []


def test_a_text_is_found_however_it_writes_a_new_name():
    written = [
        "R&amp;D",
        "ＭＬ",
        "M\u00adL",
        "data\ncenters",
        "a hyperlink",
        "auto\nscaling",
        "[[deep thing|x]]",
        "Straße",
        "C\\+\\+",
    ]
    made = texts(*written)
    for name in (
        "R&D",
        "ML",
        "Data Center",
        "Hyper-Link",
        "Autoscaling",
        "Deep Thing",
        "Strasse",
        "C++",
    ):
        make_term(name, slug=f"slug-{name.lower().encode().hex()}", explanation="")
    relink_changed()
    assert [len(linked(term)) for term in made] == [1] * len(written)


def test_many_names_at_once_reach_every_page():
    made = texts("Only word7 here.")
    for number in range(300):
        make_term(f"Word{number}", explanation="")
    relink_changed()
    assert linked(made[0]) == [("word7", "Word7")]


def test_drafts_are_not_linked_to_until_they_are_published():
    draft = make_term("Benchmark", status="draft")
    (term,) = texts("A [[benchmark]].")
    assert linked(term) == []
    assert relinking.unknown_links(term.explanation + " [[Benchmarks]] [[bench mark]]") == ()
    publishing.publish([draft])
    relink_changed()
    assert linked(term) == [("benchmark", "Benchmark")]


def test_publishing_asks_the_worker_to_link(django_capture_on_commit_callbacks):
    draft = make_term("Benchmark", status="draft")
    with django_capture_on_commit_callbacks(execute=True):
        publishing.publish([draft])
    assert DBTaskResult.objects.filter(task_path="glossary.tasks.relink").exists()


def test_a_name_that_nobody_has_keeps_a_text_from_being_published():
    draft = make_term("Text", status="draft", explanation="Fine.\n\n[[Nobody]] knows.")
    with pytest.raises(publishing.Unfinished, match=r"line 3: \[\[Nobody\]\]: no term has"):
        publishing.publish([draft])


def test_imported_terms_are_linked_when_the_import_is_done():
    def file(name, text):
        front = f"---\nheadword: {name}\ncategory: Chips\nstatus: published\n---\n"
        return parse_term_file(f"{front}What it is.\n\n{text}", f"{name}.md")

    import_terms([file("Alpha (ALF)", "Before [[betas]]."), file("Beta", "After [[ALF]].")])
    found = set(Mention.objects.linked().values_list("in_term__headword", "term__headword"))
    assert found == {("Alpha (ALF)", "Beta"), ("Beta", "Alpha (ALF)")}


def test_a_dry_run_links_nothing():
    front = "---\nheadword: Alpha\ncategory: Chips\n---\nWhat it is.\n\nMuch compute."
    make_term("Compute")
    import_terms([parse_term_file(front, "alpha.md")], dry_run=True)
    assert not Mention.objects.exists()


def test_relink_makes_everything_anew(compute, capsys):
    (term,) = texts("Much compute.")
    Mention.objects.all().delete()
    call_command("relink")
    assert capsys.readouterr().out == "Links to terms changed on 1 page.\n"
    call_command("relink")
    assert capsys.readouterr().out == "Links to terms changed on 0 pages.\n"
    assert linked(term) == [("compute", "Compute")]


def test_the_vocabulary_is_made_once_for_a_state_of_the_names(compute):
    relink_changed()
    first = linked_names.vocabulary()
    assert linked_names.vocabulary() is first
    make_alias(compute, "horsepower")
    assert linked_names.vocabulary() is first, (
        "a text saved now must agree with those that were linked before"
    )
    relink_changed()
    assert linked_names.vocabulary() is not first


def test_what_editors_may_want_to_mend(compute):
    heading, fine, nobody = texts("# Compute\n\nNo word of it.", "Compute. [[!Text 0]]", "")
    assert [each.headword for each in Term.objects.with_unlinked_mentions()] == ["Text 0"]
    assert set(Term.objects.mentioned_by_nobody()) == {fine, nobody}
    assert list(heading.mentions.unlinked()) == list(heading.mentions.all())
    assert [each.state for each in fine.mentions.all()] == ["linked", "forbidden"]
