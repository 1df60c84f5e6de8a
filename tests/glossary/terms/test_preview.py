"""The preview beside a term's form: rendered from what was typed, never saved."""

from html import unescape

import pytest

from glossary.admin.preview import reading_time
from glossary.models import Alias, Term
from tests.builders import (
    make_alias,
    make_series,
    make_term,
    relate,
    release,
)
from tests.glossary.admin.test_terms import form_data, staff
from tests.html_forms import opened

pytestmark = pytest.mark.django_db

NEW = "/admin/glossary/term/preview/"


@pytest.fixture
def editor(client):
    return staff(client, "Editors")


def preview(client, page=NEW, citations=(), **data):
    """Post a form's fields and return the words of the page that comes back."""
    data = form_data(**data) | {"citations-TOTAL_FORMS": len(citations)}
    for number, row in enumerate(citations):
        data |= {f"citations-{number}-{name}": text for name, text in row.items()}
    answer = client.post(page, data)
    assert answer.status_code == 200
    return unescape(answer.text)


def test_a_new_term_is_shown_with_all_that_was_typed_and_nothing_is_saved(editor):
    release(make_series("compute", short_unit="$"), "2024,10 2025,12")
    other = make_term("Inference")
    page = preview(
        editor,
        headword="World Model",
        definition="A model of how a setting changes.",
        explanation="The inference costs **{{ compute }}**.",
        aliases=[{"name": "setting model", "kind": "synonym"}],
        relations=[{"to_term": other.pk, "kind": "contrast", "reason": "the other", "position": 0}],
        citations=[
            {"publisher": "arXiv", "title": "A paper", "url": "https://a.example/", "position": 0}
        ],
        series=[{"series": make_series("compute-again").pk, "position": 0}],
    )
    for part in (
        "<h1>World Model</h1>",
        "A model of how a setting changes.",
        '<strong><a href="/data/compute/"',
        "$12",
        'href="/glossary/inference/"',
        "setting model",
        "the other",
        "A paper",
        "nothing of this is saved.",
    ):
        assert part in page
    assert list(Term.objects.values_list("headword", flat=True)) == ["Inference"]
    assert not Alias.objects.exists()


def test_a_term_that_is_there_is_shown_as_the_form_has_it_and_stays_as_it_was(editor):
    token = make_term("Token", definition="Before.")
    kept, gone = make_alias(token, "subword"), make_alias(token, "piece")
    points_here = make_term("Points here", definition="It names the token.")
    relate(points_here, token)
    aliases = [
        {"id": kept.pk, "name": "sub-word", "kind": "synonym"},
        {"id": gone.pk, "name": "piece", "kind": "synonym", "DELETE": "on"},
    ]
    data = form_data(aliases=aliases, definition="After.") | {"aliases-INITIAL_FORMS": 2}
    page = editor.post(f"/admin/glossary/term/{token.pk}/preview/", data).text
    assert "After." in page
    assert "<bdi>sub-word</bdi>" in page
    assert "<bdi>piece</bdi>" not in page
    assert "It names the token." in page
    token.refresh_from_db()
    assert (token.definition, token.history.count()) == ("Before.", 1)
    assert [alias.name for alias in token.aliases.all()] == ["piece", "subword"]


def test_series_stand_in_the_order_of_the_form(editor):
    chosen = [release(make_series(slug), "2024,10").series for slug in ("revenue", "compute")]
    rows = [{"series": each.pk, "position": place} for place, each in enumerate(chosen)]
    page = preview(editor, series=rows)
    assert 0 < page.index("/data/revenue/") < page.index("/data/compute/")


def test_what_saving_would_refuse_is_shown_with_the_reason(editor):
    make_term("Token")
    page = preview(editor, definition="x" * 301, explanation="{{ nothing-such }}", category="")
    assert "Before it can be:" in page
    assert "Headword: “Token” is already a name of “Token”." in page
    assert "Definition: Ensure this value has at most 300 characters" in page
    assert "Category: This field is required." in page
    assert "x" * 301 in page
    assert "There is no series “nothing-such”" in page.replace("there", "There")


@pytest.mark.parametrize(
    "data",
    [
        {"headword": "", "slug": "", "definition": ""},
        {"explanation": "x" * 100_001},
        {"category": "999999"},
        {"aliases": [{"name": "", "kind": "nonsense"}]},
        {"relations": [{"to_term": "999999", "kind": "related", "position": "x"}]},
        {"reviewed_on": "yesterday"},
    ],
)
def test_half_a_form_makes_a_page_all_the_same(editor, data):
    assert "Before it can be:" in preview(editor, **data)


def test_what_was_typed_is_never_markup(editor):
    poison = "<script>alert(1)</script><img src=x onerror=alert(1)>"
    page = editor.post(
        NEW,
        form_data(
            headword=poison,
            definition=poison,
            explanation=f"{poison} [link](javascript:alert(1))",
            aliases=[{"name": poison, "kind": "synonym"}],
        ),
    ).text
    assert "<script>alert" not in page
    assert "<img" not in page
    assert "javascript:alert" not in page.replace("](javascript:alert(1))", "")


def test_the_answer_has_no_script_and_is_shown_in_a_frame_of_ours_alone(editor):
    answer = editor.post(NEW, form_data())
    assert answer["X-Frame-Options"] == "SAMEORIGIN"
    assert "frame-ancestors 'self'" in answer["Content-Security-Policy"]
    assert "<script" not in answer.text
    form = editor.get("/admin/glossary/term/add/")
    assert "frame-src 'self'" in form["Content-Security-Policy"]
    assert "page-preview" in form.text
    assert answer["Cache-Control"] == "private, no-store"
    assert '<base target="_blank">' in answer.text


def test_only_who_may_write_terms_gets_one(client):
    token = make_term("Token")
    looker = staff(client, "Newsletter editors")
    for page in (NEW, f"/admin/glossary/term/{token.pk}/preview/"):
        assert looker.post(page, form_data()).status_code == 403
        assert "page-preview" not in looker.get(f"/admin/glossary/term/{token.pk}/change/").text
    client.logout()
    assert client.post(NEW, form_data())["Location"].startswith("/admin/login/")


def test_it_is_asked_by_a_form_alone_and_of_a_term_that_is_there(editor):
    assert editor.get(NEW).status_code == 405
    assert editor.post("/admin/glossary/term/999999/preview/", form_data()).status_code == 404


def test_the_forms_button_works_without_script(editor):
    page = editor.get("/admin/glossary/term/add/").text
    assert f'formaction="{NEW}" formtarget="_blank" formnovalidate' in page


def test_an_untouched_form_is_not_scolded(editor):
    shown = opened(editor, "/admin/glossary/term/add/")
    assert "Before it can be:" not in unescape(editor.post(NEW, shown).text)
    assert "Before it can be:" in unescape(editor.post(NEW, shown | {"definition": "x"}).text)


def test_the_reading_time_counts_words_of_what_was_typed(editor):
    text = "one two three four five " * 80 + "{{ compute }} [a link](https://example.org/a/b)"
    asked = form_data(definition="Six words are in this one.", explanation=text)
    answer = editor.post(f"{NEW}?as=time", asked)
    assert answer.text == "409 words, 2 minutes to read"
    assert answer["Content-Type"].startswith("text/plain")
    assert reading_time() == "0 words"
    assert reading_time("one") == "1 word, 1 minute to read"
