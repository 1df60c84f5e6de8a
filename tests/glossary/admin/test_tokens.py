"""The help under texts, and the page of series and terms whose tokens an editor copies."""

import re
from html import unescape

import pytest
from django.contrib.auth.models import User

from tests.builders import make_alias, make_series, make_term, release
from tests.glossary.admin.test_terms import staff
from tests.glossary.views.test_term_page import visible_text

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
PAGE = "/admin/glossary/term/tokens/"


@pytest.fixture
def editor(client):
    return staff(client, "Editors")


def tokens(client, **query):
    html = client.get(PAGE, query).text
    return [unescape(each) for each in re.findall("<code data-copy>(.*?)</code>", html)]


def test_series_are_listed_with_token_and_newest_value(editor):
    release(make_series("compute", title="AI compute"), "2024,3 2025,1250")
    make_series("without-data")
    assert tokens(editor) == ["{{ compute }}"]
    assert "{{ compute }} AI compute 1,250 units 2025" in visible_text(editor.get(PAGE).text)


def test_terms_are_listed_with_the_link_to_write_drafts_with_a_note(editor):
    make_term("Large Language Model (LLM)")
    make_term("Token", status="draft")
    assert tokens(editor, of="terms") == ["[[Large Language Model (LLM)]]", "[[Token]]"]
    text = visible_text(editor.get(PAGE, {"of": "terms"}).text)
    assert text.count("(a draft: its name is shown without a link until it is published)") == 1


def test_search_finds_words_of_a_title_or_slug_and_any_name_of_a_term(editor):
    release(make_series("h100-rent", title="Rent of a GPU"), "2025,1")
    release(make_series("claims", title="Jobless claims"), "2025,1")
    make_alias(make_term("Pre-Training"), "warm-up")
    make_term("Token")
    assert tokens(editor, q="gpu rent") == ["{{ h100-rent }}"]
    assert tokens(editor, q="H100") == ["{{ h100-rent }}"]
    assert tokens(editor, q="pre training", of="terms") == ["[[Pre-Training]]"]
    assert tokens(editor, q="warm", of="terms") == ["[[Pre-Training]]"]
    assert "Nothing has “<b>x” in its name." in unescape(editor.get(PAGE, {"q": "<b>x"}).text)


def test_fifty_are_on_a_page_and_the_search_goes_along(editor):
    for number in range(51):
        make_term(f"Chip {number:02}")
    assert len(tokens(editor, of="terms", q="chip")) == 50
    assert tokens(editor, of="terms", q="chip", p="2") == ["[[Chip 50]]"]
    html = editor.get(PAGE, {"of": "terms", "q": "chip"}).text
    assert 'href="?of=terms&amp;q=chip&amp;p=2" rel="next"' in html


def test_a_page_costs_few_queries_however_many_series(editor, django_assert_max_num_queries):
    for number in range(12):
        release(make_series(f"series-{number}"), "2024,1 2025,2")
    editor.get("/admin/jsi18n/")  # the first page after a log-in writes the session
    with django_assert_max_num_queries(8):
        assert len(tokens(editor)) == 12


def test_newsletter_editors_may_copy_too_and_staff_without_a_group_may_not(client):
    assert staff(client, "Newsletter editors").get(PAGE).status_code == 200
    client.force_login(User.objects.create_user("nobody", is_staff=True))
    assert client.get(PAGE).status_code == 403


@pytest.mark.parametrize(
    ("group", "form", "has_claims"),
    [
        ("Editors", "/admin/glossary/term/add/", True),
        ("Newsletter editors", "/admin/newsletter/issue/add/", False),
    ],
)
def test_forms_say_what_may_be_written_and_lead_to_the_page(client, group, form, has_claims):
    html = staff(client, group).get(form).text
    for said in ("{{ series }}", "[[Term|shown words]]", "[[!word]]"):
        assert f"<code>{said}</code>" in html
    assert f'action="{PAGE}" target="_blank"' in html
    assert ("{{ assert series" in html) is has_claims
