"""`manage.py importterms`: all or nothing, by slug, keeping what a file does not name."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from glossary.exchange.import_formats import read_path
from glossary.models import Alias, Category, Relation, Term
from tests.builders import (
    make_alias,
    make_citation,
    make_office,
    make_series,
    make_term,
    relate,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def write(tmp_path):
    def write(name, text):
        (tmp_path / name).write_text(text, encoding="utf-8")
        return tmp_path

    return write


def run(path, **options):
    out = StringIO()
    call_command("importterms", path, stdout=out, **options)
    return out.getvalue()


def term_file(headword, body="What it is, in one sentence.\n\nMore about it.", **front):
    lines = [f"{key}: {text}" for key, text in {"headword": headword, **front}.items()]
    return "\n".join(["---", *lines, "---", body, ""])


def test_a_new_term_is_a_draft_in_a_new_category_and_both_are_said(write):
    said = run(write("token.md", term_file("Token", category="Words & Models")))
    token = Term.objects.get(slug="token")
    assert not token.is_published
    assert token.definition == "What it is, in one sentence."
    assert token.explanation == "More about it."
    assert token.category.name == "Words & Models"
    assert "new category  Words & Models" in said
    assert "new term      Token (draft, /glossary/token/)" in said


@pytest.mark.parametrize("status", ["draft", "published"])
def test_a_file_without_a_status_leaves_an_existing_term_as_it_is(write, status):
    make_term("Token", status=status)
    run(write("token.md", term_file("Token", body="Another sentence.")))
    term = Term.objects.get()
    assert (term.definition, term.status) == ("Another sentence.", status)


def test_a_file_publishes_a_new_term_if_it_says_so(write):
    said = run(write("token.md", term_file("Token", category="X", status="published")))
    assert Term.objects.get().is_published
    assert "new term      Token (/glossary/token/)" in said


def test_every_starter_term_is_published():
    files = read_path(Path("glossary/starter/terms"))
    assert {file.values["status"] for file in files} == {"published"}


def test_every_starter_term_names_the_editorial_office_and_nobody_else():
    files = read_path(Path("glossary/starter/terms"))
    named = {file.values[key] for file in files for key in ("reviewed_by", "responsible")}
    assert named == {"editorial office"}
    assert not any(file.values.get("drafting") for file in files)


def test_terms_of_one_folder_may_name_each_other_in_any_order(write):
    write("a.md", term_file("Alpha", category="X", related="[Beta, gamma]"))
    write("b.md", term_file("Beta", category="X", related="[alpha]"))
    run(write("c.md", term_file("Gamma", category="X")))
    pairs = {(r.from_term.slug, r.to_term.slug) for r in Relation.objects.all()}
    assert pairs == {("alpha", "beta"), ("alpha", "gamma"), ("beta", "alpha")}


def test_what_a_file_does_not_name_stays(write):
    token = make_term("Token", responsible=make_office())
    make_alias(token, "subword")
    make_citation(token)
    run(write("token.md", "---\nslug: token\n---\nA new definition.\n"))
    token.refresh_from_db()
    assert token.definition == "A new definition."
    assert token.explanation == "More about Token."
    assert token.headword == "Token"
    assert token.aliases.count() == 1
    assert token.citations.count() == 1
    assert token.responsible == make_office()


def test_an_empty_list_empties(write):
    make_alias(make_term("Token"), "subword")
    said = run(write("token.md", "---\nslug: token\naliases: []\n---\n"))
    assert not Alias.objects.exists()
    assert "changed       Token (aliases)" in said


def test_a_second_run_changes_nothing_and_writes_no_history(write):
    path = write("a.md", term_file("Alpha", category="X", aliases="[one]", related="[beta]"))
    write("b.md", term_file("Beta", category="X", citations="[{publisher: P, title: T}]"))
    run(path)
    before = Term.history.count(), Alias.history.count(), Relation.history.count()
    assert "0 new, 0 changed, 2 unchanged." in run(path)
    assert before == (Term.history.count(), Alias.history.count(), Relation.history.count())


def test_an_alias_can_move_from_one_term_to_another(write):
    make_alias(make_term("Alpha"), "shared")
    make_term("Beta")
    write("a.md", "---\nslug: alpha\naliases: []\n---\n")
    run(write("b.md", "---\nslug: beta\naliases: [shared]\n---\n"))
    assert Alias.objects.get().term.slug == "beta"


def test_relations_are_put_into_the_order_of_the_file(write):
    alpha = make_term("Alpha")
    relate(alpha, make_term("Beta"), position=0)
    relate(alpha, make_term("Gamma"), position=1)
    run(write("a.md", "---\nslug: alpha\nrelated: [gamma, beta]\n---\n"))
    assert [r.to_term.slug for r in alpha.relations.all()] == ["gamma", "beta"]


def test_a_dry_run_says_the_same_and_changes_nothing(write):
    path = write("token.md", term_file("Token", category="X"))
    said = run(path, dry_run=True)
    assert "new term      Token" in said
    assert "Dry run: nothing was changed." in said
    assert not Term.objects.exists()
    assert not Category.objects.exists()


def test_one_bad_file_refuses_all_of_them_and_names_file_and_line(write):
    write("good.md", term_file("Good", category="X"))
    path = write("bad.md", term_file("Bad", category="X", related="[no-such-term]"))
    with pytest.raises(CommandError) as refused:
        run(path)
    assert "bad.md:4: “no-such-term” is neither the slug nor the headword" in str(refused.value)
    assert "Nothing was changed" in str(refused.value)
    assert not Term.objects.exists()


@pytest.mark.parametrize(
    ("front", "expected"),
    [
        ({"aliases": "[token]"}, "x.md:4: name: “token” is already a name of “Token”."),
        ({"aliases": "[{name: y, kind: nickname}]"}, "x.md:4: kind: Value 'nickname' is not"),
        ({"related": "[xenon]"}, "x.md:4: “Xenon” is this term itself."),
        ({"related": "[token, Token]"}, "x.md:4: “Token” is listed twice."),
        (
            {"aliases": "[x-unit, {name: X unit, kind: spelling}]"},
            "x.md:4: “X unit” is listed twice.",
        ),
        ({"series": "[chips, chips]"}, "x.md:4: “Chips” is listed twice."),
        (
            {
                "citations": "[{publisher: P, title: T}, {publisher: P, title: T, read_on: 2026-01-02}]"
            },
            "x.md:4: “P: T” is listed twice.",
        ),
        ({"citations": "[{publisher: P, title: T, url: 'ftp://x'}]"}, "x.md:4: url: Enter a valid"),
        ({"citations": "[{publisher: P}]"}, "x.md:4: title: This field cannot be blank."),
        ({"slug": "Not A Slug"}, "x.md:4: slug: Enter a valid"),
        ({"review_interval": "soon"}, "x.md:4: review_interval: “soon” is not a whole number"),
        ({"review_interval": "99999"}, "x.md:4: review_interval: Ensure this value is less than"),
        ({"status": "secret"}, "x.md:4: status: Value 'secret' is not"),
    ],
)
def test_what_a_form_would_refuse_is_refused_at_its_line(write, front, expected):
    make_term("Token")
    make_series("chips", title="Chips")
    with pytest.raises(CommandError) as refused:
        run(write("x.md", term_file("Xenon", category="X", **front)))
    assert expected in str(refused.value)
    assert Term.objects.count() == 1


def test_a_headword_that_is_another_terms_alias_is_refused(write):
    make_alias(make_term("Token"), "Subword")
    with pytest.raises(CommandError, match="already a name of “Token”"):
        run(write("x.md", term_file("subword", category="X")))


def test_a_new_term_without_definition_or_category_is_refused(write):
    with pytest.raises(CommandError, match="A new term needs: category, definition"):
        run(write("x.md", "---\nheadword: Xenon\n---\n"))


def test_a_definition_over_300_characters_is_refused_at_its_line(write):
    with pytest.raises(CommandError, match=r"x\.md:5: definition: .*at most 300"):
        run(write("x.md", term_file("Xenon", category="X", body="x" * 301)))


def test_two_files_for_one_slug_are_refused(write):
    write("a.md", term_file("Alpha", slug="alpha", category="X"))
    with pytest.raises(CommandError, match="slug “alpha” is also that of"):
        run(write("b.md", term_file("Other", slug="alpha", category="X")))


def test_a_file_that_is_not_utf8_is_refused_with_its_line(tmp_path):
    (tmp_path / "x.md").write_bytes(b"---\nheadword: caf\xe9\n---\n")
    with pytest.raises(CommandError, match=r"x\.md:2: Unknown encoding: .*--encoding"):
        run(tmp_path)


@pytest.mark.parametrize("poison", ["\x0b", "\x0c", "\x1c", "\x7f", "\x85", "\x9b"])
def test_every_control_character_is_refused_at_its_own_line(write, poison):
    with pytest.raises(CommandError, match=r"x\.md:5: The line holds a control character"):
        run(write("x.md", term_file("Xenon", category="X", body=f"One{poison}two.")))


def test_a_control_character_is_refused_with_its_line(write):
    with pytest.raises(CommandError, match=r"x\.md:3: The line holds a control character"):
        run(write("x.md", term_file("Xe\x00non").replace("---\nheadword", "---\n\nheadword")))


def test_a_path_with_nothing_in_it_is_refused(tmp_path):
    with pytest.raises(CommandError, match="There is no Markdown file"):
        run(tmp_path)
    with pytest.raises(CommandError, match="There is no Markdown file"):
        run(tmp_path / "missing.md")


def test_the_slug_may_be_left_to_the_headword(write):
    run(write("x.md", term_file("Mixture of Experts (MoE)", category="X")))
    assert Term.objects.get().slug == "mixture-of-experts-moe"
