"""Two people edit one object: no edit is lost unseen, for every kind of object."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from html import unescape
from threading import Barrier

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client

from glossary.models import Alias, Category, Series, Source, Term
from newsletter.models import Issue, Newsletter
from tests.builders import (
    make_alias,
    make_category,
    make_citation,
    make_issue,
    make_newsletter,
    make_series,
    make_term,
    relate,
    release,
)
from tests.bystanders import unchanged
from tests.html_forms import errors, opened, shown

# How to make one and another, and a text field of it.
KINDS = {
    Term: (make_term, "definition"),
    Series: (make_series, "description"),
    Source: (lambda name="a": Source.objects.create(publisher=name, title=name), "citation"),
    Category: (lambda name="First": make_category(name), "name"),
    Newsletter: (make_newsletter, "promise"),
    Issue: (lambda number=1: make_issue(number, status="draft"), "intro"),
}
OTHER = {Issue: 2}
KEEP = "Your changes are not saved yet: compare below, then save again to keep them."


def page_of(row, view="change"):
    return f"/admin/{row._meta.app_label}/{row._meta.model_name}/{row.pk}/{view}/"


@pytest.fixture
def ada(clock, db):
    return log_in("Ada")


@pytest.fixture
def ben(clock, db):
    return log_in("Ben")


def log_in(name):
    client = Client()
    client.force_login(User.objects.create_superuser(name))
    return client


def save(client, page, data, **typed):
    return client.post(page, data | typed)


@pytest.fixture(params=KINDS, ids=lambda kind: kind.__name__)
def edited(request, db):
    """An object of each kind, its text field, and an untouched bystander of the same kind."""
    make, field = KINDS[request.param]
    return make(), field, make(OTHER.get(request.param, "Other"))


def test_the_second_who_saves_is_refused_once_and_sees_both_versions(ada, ben, clock, edited):
    row, field, bystander = edited
    page = page_of(row)
    hers, his = opened(ada, page), opened(ben, page)
    clock.shift(600)
    with unchanged(bystander):
        assert save(ada, page, hers, **{field: "As Ada has it."}).status_code == 302
        answer = save(ben, page, his, **{field: "As Ben has it."})
    assert answer.status_code == 200
    said = f"Ada saved this {row._meta.verbose_name} at 09:10, after you opened it. {KEEP}"
    assert said in errors(answer)
    assert "As <del>Ada</del><ins>Ben</ins> has it." in answer.text
    row.refresh_from_db()
    assert getattr(row, field) == "As Ada has it."

    again = shown(answer)
    assert again[field] == "As Ben has it."
    with unchanged(bystander):
        assert save(ben, page, again).status_code == 302
    row.refresh_from_db()
    assert getattr(row, field) == "As Ben has it."
    assert row.history.first().history_user.username == "Ben"


def test_a_third_edit_between_refusal_and_second_save_is_seen_too(ada, ben):
    row, field = make_category("First"), "name"
    page = page_of(row)
    his = opened(ben, page)
    save(ada, page, opened(ada, page), **{field: "Ada, first."})
    refused = shown(save(ben, page, his, **{field: "Ben."}))
    save(ada, page, opened(ada, page), **{field: "Ada, second."})
    answer = save(ben, page, refused)
    assert answer.status_code == 200
    assert "second" in answer.text
    row.refresh_from_db()
    assert getattr(row, field) == "Ada, second."


def test_what_was_deleted_meanwhile_can_be_made_again_from_what_was_typed(ada, ben, edited):
    row, field, bystander = edited
    page, kind = page_of(row), type(row)
    his = opened(ben, page) | {field: "As Ben has it."}
    with unchanged(bystander):
        ada.post(page_of(row, "delete"), {"post": "yes"})
        assert not kind.objects.filter(pk=row.pk).exists()
        answer = ben.post(page, his)
    said = f"Ada deleted this {row._meta.verbose_name} at 09:00, after you opened it."
    assert said in errors(answer)
    assert "What you typed is still here" in errors(answer)
    again = shown(answer)
    assert again[field] == "As Ben has it."
    assert 'action="/admin/' in answer.text
    assert '/add/"' in answer.text
    # What is typed once, when an object is made, has to be typed again.
    again |= {"slug": "again"} if kind in (Series, Newsletter) else {}
    again |= {"newsletter": make_newsletter().pk} if kind is Issue else {}
    with unchanged(bystander):
        made = ben.post(f"/admin/{row._meta.app_label}/{row._meta.model_name}/add/", again)
    assert made.status_code == 302
    assert getattr(kind.objects.exclude(pk=bystander.pk).get(), field) == "As Ben has it."


# --- the rows below a term ---


def alias_of(term, data, number=0, **typed):
    """Type a new alias into the empty row, as the browser would send it."""
    place = data["aliases-INITIAL_FORMS"]
    row = {"name": "", "kind": "synonym", "id": "", "term": term.pk} | typed
    return data | {f"aliases-{place}-{name}": value for name, value in row.items()}


def names(term):
    return sorted(term.aliases.values_list("name", flat=True))


@pytest.fixture
def term(db):
    return make_term("Token")


def test_an_alias_that_came_in_between_is_shown_and_kept(ada, ben, term):
    bystander = make_alias(make_term("Other"), "another")
    page = page_of(term)
    his = alias_of(term, opened(ben, page), name="piece")
    ada.post(page, alias_of(term, opened(ada, page), name="subword"))
    answer = ben.post(page, his)
    assert "Ada saved this term" in errors(answer)
    assert "New alias" in answer.text
    again = shown(answer)
    assert [again[f"aliases-{place}-name"] for place in (0, 1)] == ["subword", "piece"]
    assert names(term) == ["subword"]
    with unchanged(bystander):
        assert ben.post(page, again).status_code == 302
    assert names(term) == ["piece", "subword"]


def test_an_alias_that_was_changed_in_between_is_compared(ada, ben, term):
    alias, bystander = make_alias(term, "subword"), make_alias(term, "word piece")
    page = page_of(term)
    hers, his = opened(ada, page), opened(ben, page)
    ada.post(page, hers | {"aliases-0-name": "subwords"})
    answer = ben.post(page, his | {"aliases-0-name": "sub-word"})
    assert "Alias “subwords”" in answer.text
    assert "Name: <del>subwords</del><ins>sub-word</ins>" in answer.text
    assert "Alias “word piece”" not in answer.text
    with unchanged(bystander):
        assert ben.post(page, shown(answer)).status_code == 302
    alias.refresh_from_db()
    assert alias.name == "sub-word"


def test_an_alias_that_was_deleted_in_between_comes_back_if_it_is_saved(ada, ben, term):
    make_alias(term, "subword")
    bystander = make_alias(term, "word piece")
    page = page_of(term)
    hers, his = opened(ada, page), opened(ben, page)
    ada.post(page, hers | {"aliases-0-DELETE": "on"})
    assert names(term) == ["word piece"]
    answer = ben.post(page, his)
    assert "Ada saved this term" in errors(answer)
    assert "Name: subword" in unescape(answer.text)
    with unchanged(bystander):
        assert ben.post(page, shown(answer)).status_code == 302
    assert names(term) == ["subword", "word piece"]


def test_both_delete_one_alias(ada, ben, term):
    make_alias(term, "subword")
    bystander = make_alias(term, "word piece")
    page = page_of(term)
    hers, his = opened(ada, page), opened(ben, page)
    ada.post(page, hers | {"aliases-0-DELETE": "on"})
    answer = ben.post(page, his | {"aliases-0-DELETE": "on"})
    with unchanged(bystander):
        assert ben.post(page, shown(answer)).status_code == 302
    assert names(term) == ["word piece"]


def test_a_deletion_of_an_alias_is_shown_before_it_takes_an_edit_along(ada, ben, term):
    alias = make_alias(term, "subword")
    page = page_of(term)
    his = opened(ben, page) | {"aliases-0-DELETE": "on"}
    ada.post(page, opened(ada, page) | {"aliases-0-name": "subwords"})
    answer = ben.post(page, his)
    assert "<del>Name: subwords</del>" in answer.text
    assert Alias.objects.filter(pk=alias.pk).exists()
    assert ben.post(page, shown(answer)).status_code == 302
    assert names(term) == []


@pytest.mark.parametrize(
    "change",
    [
        lambda term: make_alias(term, "subword"),
        lambda term: relate(term, make_term("Inference")),
        make_citation,
        lambda term: term.shown_series.create(series=make_series()),
    ],
    ids=["alias", "relation", "citation", "series"],
)
def test_every_kind_of_row_below_a_term_counts(ben, term, change):
    page = page_of(term)
    his = opened(ben, page)
    change(term)
    answer = save(ben, page, his, definition="As Ben has it.")
    assert "saved this term" in errors(answer)
    term.refresh_from_db()
    assert term.definition != "As Ben has it."
    assert ben.post(page, shown(answer)).status_code == 302
    rows = (term.aliases, term.relations, term.citations, term.shown_series)
    assert sum(each.count() for each in rows) == 1


def test_rows_that_nobody_edits_here_do_not_count(ben, clock, db):
    series = make_series()
    his = opened(ben, page_of(series))
    release(series, "2024,10")
    assert save(ben, page_of(series), his, title="As Ben has it").status_code == 302
    series.refresh_from_db()
    assert series.title == "As Ben has it"
    assert series.current_release is not None


# --- what is said ---


def test_an_own_edit_in_another_tab_is_called_so(ben, term):
    page = page_of(term)
    first, second = opened(ben, page), opened(ben, page)
    save(ben, page, first, definition="In one tab.")
    assert "You saved this term at" in errors(save(ben, page, second, definition="In another."))


def test_an_edit_of_another_day_is_said_with_its_day(ada, ben, clock, term):
    page = page_of(term)
    his = opened(ben, page)
    save(ada, page, opened(ada, page), definition="As Ada has it.")
    user = User.objects.get(pk=ben.session["_auth_user_id"])
    clock.shift(24 * 60 * 60)
    ben.force_login(user)
    assert "Ada saved this term on November 23 at 09:00" in errors(ben.post(page, his))


def test_what_is_refused_for_another_reason_is_compared_as_it_was_typed(ada, ben, term):
    page = page_of(term)
    his = opened(ben, page)
    save(ada, page, opened(ada, page), headword="Tokens")
    answer = save(ben, page, his, headword="", definition="x" * 500, category="")
    assert "This field is required." in errors(answer)
    assert "<del>Tokens</del>" in answer.text
    assert f"<ins>{'x' * 500}</ins>" in answer.text


def test_choices_and_switches_are_compared_in_words(ada, ben, term):
    page = page_of(term)
    his = opened(ben, page)
    his.pop("is_autolinked")
    other = make_category("Work & Adoption")
    save(ada, page, opened(ada, page), category=other.pk, status="draft")
    text = ben.post(page, his).text
    assert "<del>Draft</del>" in text
    assert "<ins>Published</ins>" in text
    assert "<del>yes</del>" in text
    assert "<ins>no</ins>" in text
    assert "<del>Work</del>" in text


def test_two_who_type_the_same_are_told_so(ada, ben, term):
    page = page_of(term)
    hers, his = opened(ada, page), opened(ben, page)
    save(ada, page, hers, definition="The same.")
    assert "Both say the same." in save(ben, page, his, definition="The same.").text


def test_a_refused_form_still_carries_what_its_page_knew(ada, ben, term):
    page = page_of(term)
    wrong = shown(save(ben, page, opened(ben, page), headword=""))
    save(ada, page, opened(ada, page), definition="As Ada has it.")
    assert "Ada saved this term" in errors(save(ben, page, wrong, headword="Token"))


def test_the_preview_says_it_before_anybody_saves(ada, ben, term):
    his = opened(ben, page_of(term))
    save(ada, page_of(term), opened(ada, page_of(term)), definition="As Ada has it.")
    said = "Ada saved this term at 09:00, after you opened it."
    assert said in ben.post(page_of(term, "preview"), his).text
    fresh = opened(ben, page_of(term))
    assert said not in ben.post(page_of(term, "preview"), fresh).text


# --- other ways to write ---


@pytest.mark.parametrize("edited", [Term, Source, Issue], indirect=True)
def test_an_old_version_does_not_replace_what_came_in_between(ada, ben, edited):
    row, field, bystander = edited
    before = getattr(row, field)
    setattr(row, field, "In between.")
    row.save()
    page = page_of(row, f"history/{row.history.last().history_id}").replace("/change/", "/")
    his = opened(ben, page)
    save(ada, page_of(row), opened(ada, page_of(row)), **{field: "As Ada has it."})
    answer = ben.post(page, his)
    assert "Ada saved this" in errors(answer)
    assert "Ada" in answer.text
    row.refresh_from_db()
    assert getattr(row, field) == "As Ada has it."
    with unchanged(bystander):
        assert ben.post(page, shown(answer)).status_code == 302
    row.refresh_from_db()
    assert getattr(row, field) == before


@pytest.mark.parametrize("action", ["withdraw", "mark_reviewed"])
def test_a_button_waits_until_its_editor_has_seen_the_newer_text(ada, ben, action):
    term, bystander = make_term("Token"), make_term("Other")
    page = page_of(term)
    version = opened(ben, page)["version_seen"]
    save(ada, page, opened(ada, page), definition="As Ada has it.")
    pressed = {"CHANGE_FORM-action": action, "_selected_action": term.pk}
    answer = ben.post(page, pressed | {"version_seen": version}, follow=True)
    assert "Ada saved this term at" in answer.text
    assert "Nothing was done" in answer.text
    term.refresh_from_db()
    assert (term.status, term.reviewed_on) == ("published", None)
    with unchanged(bystander):
        ben.post(page, pressed | {"version_seen": opened(ben, page)["version_seen"]})
    term.refresh_from_db()
    assert term.status == "draft" or term.reviewed_on


def test_the_state_that_a_button_gave_is_not_taken_back_by_an_older_form(ada, ben, db):
    term = make_term("Token")
    page = page_of(term)
    his = opened(ben, page)
    ada.post(page, {"CHANGE_FORM-action": "withdraw", "_selected_action": term.pk})
    assert "Ada saved this term" in errors(ben.post(page, his))
    term.refresh_from_db()
    assert term.status == "draft"


def test_who_may_only_look_is_still_refused(clock, term):
    client = Client()
    client.force_login(User.objects.create_user("looker", is_staff=True))
    data = {"headword": "Mine", "version_seen": "older"}
    assert client.post(page_of(term), data).status_code == 403
    assert client.post(page_of(Term(pk=99)), data).status_code in (302, 403)
    assert list(Term.objects.values_list("headword", flat=True)) == ["Token"]


# --- at the same moment, on real connections ---


def race(*acts):
    together = Barrier(len(acts))

    def run(act):
        try:
            together.wait(timeout=30)
            return act().status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        return sorted(pool.map(run, acts))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_of_two_who_save_at_the_same_moment_one_is_told(kind):
    make, field = KINDS[kind]
    row, bystander = make(), make(OTHER.get(kind, "Other"))
    # The first newsletter, which a migration makes, has no version yet.
    page, versions = page_of(row), row.history.count()
    people = {name: log_in(name) for name in ("Ada", "Ben")}
    with unchanged(bystander):
        for turn in range(2):
            acts = [
                partial(save, client, page, opened(client, page), **{field: f"{name}, {turn}."})
                for name, client in people.items()
            ]
            assert race(*acts) == [200, 302]
            row.refresh_from_db()
            assert getattr(row, field) == f"{row.history.first().history_user}, {turn}."
    assert row.history.count() == versions + 2
