"""Links to terms as readers and editors see them."""

import pytest
from django.contrib.auth.models import User

from glossary.mentions.relinking import relink_changed
from glossary.mentions.stored_links import links_if_saved
from glossary.models import Mention, Term
from glossary.terms import publishing
from tests.builders import make_alias, make_term
from tests.glossary.admin.test_terms import add, errors, form_data

pytestmark = pytest.mark.django_db

LINK = '<a class="term" href="/glossary/compute/" rel="noopener">'


@pytest.fixture
def compute():
    return make_term("Compute")


@pytest.fixture
def training(compute):
    term = make_term("Training", explanation="It takes much compute, and [[compute|more]].")
    relink_changed()
    return term


@pytest.fixture
def editor(client):
    client.force_login(User.objects.create_superuser("chief"))
    return client


def page(client, slug="training"):
    answer = client.get(f"/glossary/{slug}/")
    assert answer.status_code == 200
    return answer.text


def test_a_term_in_an_explanation_leads_to_its_page(client, training):
    assert f"much {LINK}compute</a>, and {LINK}more</a>." in page(client)


def test_a_new_address_is_followed_at_once(client, training, compute):
    compute.slug = "computing"
    compute.save()
    assert 'class="term" href="/glossary/computing/"' in page(client)
    assert 'href="/glossary/compute/"' not in page(client)


def test_a_withdrawn_term_is_plain_text_at_once(client, training, compute):
    publishing.withdraw([compute])
    assert "It takes much compute, and more." in page(client)


def test_a_deleted_term_is_plain_text_at_once(client, training, compute):
    compute.delete()
    assert "It takes much compute, and more." in page(client)


def test_a_text_that_was_changed_behind_our_back_shows_no_wrong_link(client, training):
    Term.objects.filter(pk=training.pk).update(explanation="It takes many chips and computers.")
    assert "It takes many chips and computers." in page(client)


def test_a_page_tells_which_terms_use_its_term(client, training, compute):
    make_term("Draft", status="draft", explanation="compute")
    make_term("Forbids", explanation="[[!compute]]")
    relink_changed()
    text = page(client, "compute")
    assert "Used in terms" in text
    assert 'Used in terms: <a href="/glossary/training/">Training</a></p>' in text


def test_of_many_uses_a_dozen_are_named_and_the_rest_counted(client, compute):
    for number in range(15):
        make_term(f"User {number:02}", explanation="compute")
    relink_changed()
    text = page(client, "compute")
    assert text.count("/glossary/user-") == 12
    assert "and 3 more</p>" in text


def test_a_term_that_nobody_uses_says_nothing_of_it(client, training):
    assert "Used in terms" not in page(client)


def test_links_cost_three_queries_however_many_there_are(
    client, compute, django_assert_max_num_queries
):
    names = [make_term(f"Word{number}", explanation="compute") for number in range(12)]
    make_term("Long", explanation="\n\n".join(f"{name} and compute" for name in names))
    relink_changed()
    with django_assert_max_num_queries(10):
        assert page(client, "long").count('class="term"') == 10
    with django_assert_max_num_queries(10):
        page(client, "compute")


def test_a_draft_is_linked_for_its_editors(editor, compute):
    make_term("New", status="draft", explanation="Much compute.")
    relink_changed()
    assert LINK in page(editor, "new")


def test_what_an_editor_saves_is_linked_when_the_page_comes_back(editor, compute):
    relink_changed()
    add(editor, explanation="A token takes compute.", status="published")
    assert LINK in page(editor, "token")


def test_a_link_to_nobody_is_refused_in_a_published_term_and_said_of_a_draft(editor):
    answer = add(editor, explanation="A\n\n[[Nobody]]", status="published")
    assert "Line 3: [[Nobody]]: no term has this name" in errors(answer)
    answer = editor.post(
        "/admin/glossary/term/add/", form_data(explanation="[[Nobody]]"), follow=True
    )
    assert "Correct this before you publish it. Line 1: [[Nobody]]" in answer.text
    assert Term.objects.get().status == "draft"


def test_an_editor_sees_what_is_linked_and_what_is_not_and_why(editor, compute, training):
    make_term("Token", is_autolinked=False)
    training.explanation += " A token. [[!training]]"
    training.save()
    editor_page = f"/admin/glossary/term/{training.pk}/change/"
    relink_changed()
    text = editor.get(editor_page).text
    assert "2 linked" in text
    assert "1 not linked" in text
    assert "Not linked automatically" in text


def test_flags_are_fields_of_the_form(editor, compute):
    add(editor, is_case_sensitive="on")
    term = Term.objects.get(headword="Token")
    assert (term.is_autolinked, term.is_case_sensitive) == (True, True)


def test_a_preview_has_the_links_the_text_would_have(compute):
    make_alias(compute, "computing power")
    relink_changed()
    (link,) = links_if_saved("Much computing power.")
    assert (link.shown, link.path) == ("computing power", "/glossary/compute/")
    assert links_if_saved("compute", own=compute.pk) == ()
    assert not Mention.objects.exists()
