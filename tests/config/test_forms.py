"""A control character in a form: the form comes back with what was typed, and the field says where
it is. Nothing is saved."""

from html import unescape
from urllib.parse import urlencode

import pytest
from django.contrib.auth.models import User

from config.forms import Garbled, readable
from glossary.models import Category
from newsletter.mailing.signed_links import Purpose, sign
from newsletter.models import ConsentEvent, SignupRequest
from newsletter.subscribers.forms import new_form_stamp
from tests.builders import (
    make_alias,
    make_issue,
    make_subscription,
    make_term,
    make_token,
)
from tests.bystanders import unchanged
from tests.glossary.admin.test_terms import form_data
from tests.newsletter.conftest import OWN

pytestmark = pytest.mark.django_db
SHOWN = "It is shown as \ufffd; delete it."


@pytest.fixture
def editor(client):
    client.force_login(User.objects.create_superuser("root"))
    return client


@pytest.mark.parametrize(
    ("typed", "shown", "place"),
    [
        ("abc\x0bdef", "abc\ufffddef", "U+000B at place 4."),
        ("\x00", "\ufffd", "U+0000 at place 1."),
        ("One.\r\nT\x1bwo\x07.", "One.\r\nT\ufffdwo\ufffd.", "U+001B at place 2 of line 2."),
        ("a\x85\nb", "a\ufffd\nb", "U+0085 at place 2 of line 1."),
        ("\ud800", "\ufffd", "U+D800 at place 1."),
    ],
)
def test_what_cannot_be_kept_is_shown_and_named(typed, shown, place):
    found = readable(typed)
    assert (found, type(found)) == (shown, Garbled)
    assert found.reason == f"This holds a character that cannot be kept: {place} {SHOWN}"


@pytest.mark.parametrize(
    "typed", ["", "Tab\tand\r\nlines", "\u202eabc", "\ufffd", "日本語", "\xa0"]
)
def test_what_can_be_kept_stays_as_it_is(typed):
    assert readable(typed) is typed


def test_the_form_of_a_term_keeps_what_was_typed(editor):
    term = make_term("Token", status="draft")
    data = form_data(
        headword="To\x00ken",
        definition="A piece of text.",
        explanation="Page one.\x0cPage two.",
        aliases=[{"name": "sub\x1bword", "kind": "synonym"}],
    )
    with unchanged(term, make_alias(make_term("Other"), "piece")):
        answer = editor.post(f"/admin/glossary/term/{term.pk}/change/", data)
    assert answer.status_code == 200
    errors = answer.context["adminform"].form.errors
    assert set(errors) == {"headword", "explanation"}
    assert "U+0000 at place 3." in str(errors["headword"])
    (aliases,) = (
        each.formset
        for each in answer.context["inline_admin_formsets"]
        if each.formset.prefix == "aliases"
    )
    assert "U+001B at place 4." in str(aliases.errors)
    for part in ("To\ufffdken", "A piece of text.", "Page one.\ufffdPage two.", "sub\ufffdword"):
        assert part in answer.text
    assert term.aliases.count() == 0


FORMS = {
    "/admin/glossary/category/add/": "name",
    "/admin/glossary/source/add/": "url",
    "/admin/glossary/series/add/": "notes",
    "/admin/newsletter/newsletter/add/": "promise",
    "/admin/auth/user/add/": "username",
    "/admin/login/": "password",
}


@pytest.mark.parametrize(("page", "field"), FORMS.items())
def test_every_form_refuses_it_beside_the_field(editor, page, field):
    if page == "/admin/login/":
        editor.logout()
    counts = Category.objects.count(), User.objects.count()
    answer = editor.post(page, {"username": "root", field: "http://a.example/\x1b[31m"})
    assert answer.status_code == 200
    assert f"U+001B at place 18. {SHOWN}" in answer.text
    assert (Category.objects.count(), User.objects.count()) == counts


def test_an_issue_refuses_it_too_and_its_preview_says_so(editor):
    issue = make_issue(1, "Chips", status="draft", sent_at=None)
    with unchanged(issue):
        answer = editor.post(f"/admin/newsletter/issue/{issue.pk}/change/", {"intro": "a\x0bb"})
        assert "U+000B at place 2." in answer.text
        preview = f"/admin/newsletter/issue/{issue.pk}/preview/"
        assert editor.post(preview, {"intro": "a\x0bb"}).status_code == 200


def test_the_preview_of_a_term_says_it_too(editor):
    answer = editor.post("/admin/glossary/term/preview/", form_data(explanation="a\x0bb"))
    assert "U+000B at place 2." in unescape(answer.text)


def test_signing_up_shows_the_form_again_and_mails_to_nobody(client):
    reader = make_subscription("reader@example.org")
    data = {"email": "a\x00b@example.org", "website": "", "stamp": new_form_stamp(), "page": "/"}
    with unchanged(reader):
        answer = client.post(
            "/newsletter/subscribe/",
            urlencode(data),
            content_type="application/x-www-form-urlencoded",
            headers=OWN,
        )
    assert answer.status_code == 422
    assert "U+0000 at place 2." in answer.text
    assert 'value="a\ufffdb@example.org"' in answer.text
    assert not SignupRequest.objects.exists()


def test_a_new_address_is_asked_for_again_and_the_link_still_works(client):
    reader = make_subscription("reader@example.org")
    page = f"/newsletter/mailed/{make_token(reader, 'change')}/"
    with unchanged(reader, reader.subscriber):
        answer = client.post(page, {"email": "new\x1b@example.org"}, headers=OWN)
    assert answer.status_code == 422
    assert "U+001B at place 4." in answer.text
    assert client.post(page, {"email": "new@example.org"}, headers=OWN).status_code == 303


@pytest.mark.parametrize(
    ("button", "fields"),
    [
        ("reason", {"reason": "often\x0b"}),
        ("pause", {"weeks": "2\x00"}),
        ("preferences", {"action": "leave\x1b", "newsletter": "ai-economy-pulse"}),
        ("preferences", {"action": "leave", "newsletter": "ai-economy-pulse\x00"}),
    ],
)
def test_a_button_with_it_does_nothing(client, button, fields):
    reader = make_subscription("reader@example.org")
    page = f"/u/{sign(Purpose.LEAVE, reader.pk)}/{button}"
    with unchanged(reader, reader.subscriber):
        assert client.post(page, fields, headers=OWN).status_code == 303
    assert not ConsentEvent.objects.exists()


@pytest.mark.parametrize("odd", ["x", "//example.com/", "²", "9" * 20, "-1"])
def test_a_chosen_row_whose_id_can_be_none_is_refused_beside_its_field(admin_client, odd):
    page = admin_client.post("/admin/glossary/term/add/", {"category": odd})
    assert page.status_code == 200
    assert "That choice is not one of the available choices" in page.text
