"""The history of terms: what changed, in words, and restoring what was deleted."""

import re
from datetime import timedelta
from html import unescape

import pytest

from glossary.models import Alias, Citation, FormerSlug, Relation, Term
from glossary.terms import history
from tests.builders import (
    make_alias,
    make_category,
    make_citation,
    make_series,
    make_term,
    relate,
    release,
)
from tests.glossary.admin.test_terms import form_data, staff

pytestmark = pytest.mark.django_db

LIST = "/admin/glossary/term/deleted/"


@pytest.fixture
def editor(client):
    return staff(client, "Editors")


def bring_back(client, pk):
    """Press the button and return the messages that follow."""
    page = client.post(f"{LIST}{pk}/bring-back/", follow=True)
    return [str(message) for message in page.context["messages"]]


def test_an_earlier_version_is_restored_by_a_button_that_says_so(editor):
    token = make_term("Token", definition="First.")
    token.definition = "Second."
    token.save()
    first = token.history.last()
    page = editor.get(f"/admin/glossary/term/{token.pk}/history/{first.pk}/").text
    assert 'value="Restore this version"' in page
    assert '<li aria-current="page">Earlier version</li>' in page
    assert "First." in page
    assert not re.search("Revert|Historical", page)


def test_a_long_text_shows_the_words_that_changed_and_leaves_the_rest_out(editor):
    lines = [f"Line {number} of a long explanation." for number in range(40)]
    token = make_term("Token", explanation="\n".join(lines))
    lines[30] = "Line 30 of a very long explanation, with <b>more</b>."
    token.explanation = "\n".join(lines)
    token.save()
    page = editor.get(f"/admin/glossary/term/{token.pk}/history/").text
    shown = re.search(r'<dl class="difference">.*?</dl>', page, re.S)[0]
    assert "<ins>very </ins>" in shown
    assert "with &lt;b&gt;more&lt;/b&gt;" in unescape(shown).replace("<b>", "&lt;b&gt;").replace(
        "</b>", "&lt;/b&gt;"
    )
    assert "<b>" not in shown
    assert "Line 29" in shown
    assert "Line 28" not in shown
    assert "unchanged lines left out" in shown


def test_what_is_no_text_shows_before_and_after(editor):
    token = make_term("Token", status="draft")
    token.status, token.review_interval = "published", 90
    token.save()
    page = editor.get(f"/admin/glossary/term/{token.pk}/history/").text
    assert "<del>draft</del> <ins>published</ins>" in page
    assert "<del>180</del> <ins>90</ins>" in page


@pytest.fixture
def pk(clock):
    """The id of a deleted term that had one of each part."""
    release(make_series("compute"), "2024,10 2025,12")
    token = make_term("Token", slug="old-token", explanation="{{ compute }}")
    token.slug = "token"
    token.save()
    make_alias(token, "subword")
    make_alias(token, "piece").delete()
    clock.shift(timedelta(hours=1))
    make_citation(token)
    relate(token, make_term("Inference"))
    relate(make_term("Points here"), token)
    number = token.pk
    token.delete()
    return number


def test_a_deleted_term_comes_back_as_a_draft_with_all_that_went_with_it(editor, pk):
    assert "Token</a>" in editor.get(LIST).text
    said = bring_back(editor, pk)
    assert said == ["“Token” is back, as a draft. Choose its series under Live Data again."]
    token = Term.objects.get(pk=pk)
    assert (token.slug, token.status) == ("token", "draft")
    assert [alias.name for alias in token.aliases.all()] == ["subword"]
    assert (token.citations.count(), token.relations.count()) == (1, 1)
    assert token.incoming_relations.count() == 1
    assert [former.slug for former in token.former_slugs.all()] == ["old-token"]
    assert [use.series.slug for use in token.figure_uses.all()] == ["compute"]
    assert "No term has been deleted." in editor.get(LIST).text


def test_what_is_taken_by_now_stays_away_and_is_named(editor, pk):
    make_alias(make_term("Morpheme"), "subword")
    Term.objects.get(headword="Inference").delete()
    said = bring_back(editor, pk)
    assert "Alias subword (synonym): “subword” is already a name of “Morpheme”." in said[1]
    assert said[2].startswith("This could not be restored. Relation a deleted term (related):")
    assert not Term.objects.get(pk=pk).aliases.exists()


@pytest.mark.parametrize(
    ("taken", "reason"),
    [
        (lambda: make_term("Token", slug="other"), "“Token” is already a name of “Token”."),
        (lambda: make_alias(make_term("Piece"), "token"), "“Token” is already a name of “Piece”."),
        (lambda: make_term("Other", slug="token"), "Term with this Slug already exists."),
    ],
)
def test_a_term_whose_name_or_address_is_taken_is_refused_and_nothing_changes(
    editor, pk, taken, reason
):
    taken()
    before = Relation.objects.count(), Citation.objects.count(), Alias.objects.count()
    assert bring_back(editor, pk) == [reason]
    assert not Term.objects.filter(pk=pk).exists()
    assert before == (Relation.objects.count(), Citation.objects.count(), Alias.objects.count())


def test_an_earlier_address_that_another_term_has_taken_stays_with_it(pk):
    make_term("Other", slug="old-token")
    history.bring_back(pk)
    assert not FormerSlug.objects.filter(term=pk).exists()


def test_a_deleted_terms_versions_can_be_read_but_not_restored_into_nothing(editor, pk):
    page = editor.get(f"/admin/glossary/term/{pk}/history/")
    assert page.status_code == 200
    assert "See and restore this version" not in page.text
    version = Term.history.filter(id=pk).first().history_id
    answer = editor.post(f"/admin/glossary/term/{pk}/history/{version}/", form_data(), follow=True)
    assert "This term is deleted. Bring it back first." in answer.text


def test_deleted_terms_are_found_from_the_list(editor):
    assert f'href="{LIST}">Deleted terms</a>' in editor.get("/admin/glossary/term/").text


def test_only_who_may_add_terms_brings_one_back(client, pk):
    looker = staff(client, "Newsletter editors")
    assert "Bring back" not in looker.get(LIST).text
    assert looker.post(f"{LIST}{pk}/bring-back/").status_code == 403
    assert looker.get(f"{LIST}{pk}/bring-back/").status_code == 405
    client.logout()
    assert client.get(LIST)["Location"].startswith("/admin/login/")


def test_what_was_never_deleted_is_not_found(editor):
    assert editor.post(f"{LIST}{make_term('Token').pk}/bring-back/").status_code == 404


def test_a_category_in_use_is_refused_in_plain_words(editor):
    category = make_category("Chips")
    make_term("GPU", category=category)
    page = unescape(editor.get(f"/admin/glossary/category/{category.pk}/delete/").text)
    assert "“Chips” stays: it is still in use here. Change or delete these first." in page
    assert "GPU" in page
    data = {"action": "delete_selected", "_selected_action": category.pk}
    page = unescape(editor.post("/admin/glossary/category/", data).text)
    assert "some of the selected category are still in use here" in page
