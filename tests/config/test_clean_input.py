"""Addresses, form names and admin's own flags that are not text get a 400 before any view. Forms
answer what a person types: see test_forms."""

import pytest

from glossary.models import Term
from tests.builders import make_term
from tests.bystanders import unchanged

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "address",
    [
        "/search/?q=%00",
        "/search/?q=a%0Ab",
        "/search/?q=%1b[31m",
        "/search/?q=%ff%fe",
        "/search/?q=%c3%28",
        "/search/?%00=x",
        "/glossary/to%00ken/",
        "/glossary/%ff/",
        "/search/?" + "&".join(f"p{n}=1" for n in range(60)),
        "/search/?q=" + "x" * 8_001,
    ],
)
def test_a_poisoned_address_is_refused(client, address):
    assert client.get(address).status_code == 400


@pytest.mark.parametrize(
    "query",
    ["“curly” quotes", "100% + 1", "'; drop table", "日本語", "a" * 5000, "%s %d {0}", "\u202eabc"],
)
def test_odd_but_honest_words_are_answered(client, query):
    make_term("Token")
    assert client.get("/search/", {"q": query}).status_code == 200
    assert Term.objects.count() == 1


@pytest.mark.parametrize("path", ["/glossary/日本語/", "/glossary/caf%C3%A9/", "/glossary/100%25/"])
def test_an_unknown_address_in_any_script_is_just_not_found(client, path):
    assert client.get(path).status_code == 404


@pytest.mark.parametrize("letter", ["a", "AA", "é", "%", "", "#"])
def test_any_letter_is_answered(client, letter):
    make_term("Attention")
    make_term("Élite")
    make_term("3D Stacking")
    assert client.get("/glossary/", {"letter": letter}, follow=True).status_code == 200


def test_a_form_with_broken_utf8_is_refused(client):
    answer = client.post(
        "/newsletter/subscribe/", b"email=%ff%fe", content_type="application/x-www-form-urlencoded"
    )
    assert answer.status_code == 400


@pytest.mark.parametrize(
    "form", [{"em\x00ail": "a"}, {"_save": "\x00"}, {"_selected_action": "\x0b"}]
)
def test_what_no_person_types_into_a_form_is_refused(admin_client, form):
    term = make_term("Token")
    with unchanged(term):
        page = f"/admin/glossary/term/{term.pk}/change/"
        assert admin_client.post(page, form).status_code == 400


def test_the_search_box_of_admin_is_an_address(admin_client):
    assert admin_client.get("/admin/glossary/term/", {"q": "a\x00"}).status_code == 400


def test_line_breaks_in_a_text_area_are_text(admin_client):
    term = make_term("Token")
    answer = admin_client.post(
        f"/admin/glossary/term/{term.pk}/change/", {"explanation": "One.\r\n\r\nTwo.\tThree."}
    )
    assert answer.status_code == 200  # the form came back with its errors, it was not refused


def test_a_poisoned_cookie_is_refused(client):
    # As a header: Python's own cookies refuse it since 3.13.5.
    assert client.get("/admin/", headers={"cookie": "sessionid=\x00aaaa"}).status_code == 400
