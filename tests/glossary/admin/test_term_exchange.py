"""Import and export of terms in admin: editors see each row before importing any."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from glossary.exchange.export_formats import FORMATS
from glossary.models import Term, Upload
from tests.builders import make_alias, make_series, make_term, make_upload
from tests.bystanders import unchanged
from tests.config.site import client_for

pytestmark = pytest.mark.django_db
PAGE = "/admin/glossary/term/import/"
EXPORT = "/admin/glossary/term/export/"
NEW = "slug,headword,category,definition\nagent,Agent,X,Software that acts.\n"


@pytest.fixture
def editor():
    return client_for("editor")


def send(client, text, name="terms.csv"):
    response = client.post(PAGE, {"file": SimpleUploadedFile(name, text.encode())})
    return response["Location"]


def seen_on(client, page):
    return client.get(page).context["seen"]


def test_a_file_is_shown_row_by_row_and_changes_nothing_yet(editor):
    token = make_term("Token", definition="An old sentence about tokens.")
    text = (
        "slug,headword,category,definition,aliases\n"
        "token,,,A new sentence about tokens.,tok | abbreviation\n"
        "agent,Agent,X,Software that acts.,\n"
    )
    shown = editor.get(send(editor, text)).text
    assert "New, as a draft" in shown
    assert "<b>1</b> new, <b>1</b> changed, <b>0</b> unchanged. New categories: X." in shown
    assert "An old sentence about tokens. → A new sentence about tokens." in shown
    assert "+ tok (abbreviation)" in shown
    assert "terms.csv, row 3" in shown
    token.refresh_from_db()
    assert token.definition == "An old sentence about tokens."
    assert not Term.objects.filter(slug="agent").exists()


def test_what_was_seen_is_imported_with_the_editor_in_its_history(editor):
    page, other = send(editor, NEW), make_upload()
    with unchanged(other):
        editor.post(page, {"action": "accept", "seen": seen_on(editor, page)})
    agent = Term.objects.get(slug="agent")
    version = agent.history.get()
    assert version.history_user.username == "staff"
    assert version.history_change_reason == "imported from terms.csv, row 2"
    assert list(Upload.objects.all()) == [other]


def test_terms_that_changed_meanwhile_are_shown_anew(editor):
    token = make_term("Token", definition="One.")
    page = send(editor, "slug,definition\ntoken,Three.\n")
    seen = seen_on(editor, page)
    token.definition = "Two."
    token.save()
    answer = editor.post(page, {"action": "accept", "seen": seen}, follow=True)
    assert "Nothing was imported: data or texts have changed since." in answer.text
    assert "Two. → Three." in answer.text
    token.refresh_from_db()
    assert token.definition == "Two."


def test_all_that_is_wrong_is_listed_and_there_is_no_button_to_import(editor):
    page = send(editor, NEW + "model,Model,X,,\nagent,Agent,X,Twice.\n")
    shown = editor.get(page).text
    assert "row 4: The slug “agent” is also that of terms.csv, row 2." in shown
    assert 'value="accept"' not in shown
    editor.post(page, {"action": "accept", "seen": ""})
    assert not Term.objects.exists()
    assert Upload.objects.count() == 1


def test_an_error_in_the_last_row_leaves_nothing(editor):
    rows = "".join(f"term-{n},Term {n},X,Number {n}.,\n" for n in range(50))
    head = "slug,headword,category,definition,related\n"
    page = send(editor, head + rows + "last,Last,X,One.,nobody\n")
    shown = editor.get(page).text
    assert "terms.csv, row 52: “nobody” is neither the slug nor the headword of a term." in shown
    assert not Term.objects.exists()


def test_a_file_that_says_what_is_there_needs_no_button(editor):
    make_term("Token", definition="One.")
    shown = editor.get(send(editor, "slug,definition\ntoken,One.\n")).text
    assert "The glossary has all of this already." in shown
    assert 'value="accept"' not in shown


def test_a_dropped_file_is_gone_and_its_page_says_so(editor):
    page = send(editor, NEW)
    with unchanged(make_upload()):
        editor.post(page, {"action": "drop"})
    answer = editor.get(page, follow=True)
    assert "That file no longer waits" in answer.text


def test_a_file_of_data_is_not_found_among_those_of_terms(editor):
    data = make_upload(make_series("compute"))
    with unchanged(data):
        answer = editor.post(f"{PAGE}{data.pk}/", {"action": "drop"}, follow=True)
    assert "That file no longer waits" in answer.text
    assert f"{PAGE}{data.pk}/" not in answer.text


def test_a_file_over_five_megabytes_is_refused_beside_the_field(editor):
    file = SimpleUploadedFile("terms.csv", b"x" * 5_000_001)
    assert "The file has 5.0 MB; the limit is 5 MB." in editor.post(PAGE, {"file": file}).text
    assert not Upload.objects.exists()


@pytest.mark.parametrize("ending", FORMATS)
def test_every_format_is_a_download_with_the_day_in_its_name(editor, clock, ending):
    make_alias(make_term("Token"), "hidden one", "hidden")
    answer = editor.get(reverse("admin:glossary_term_export"), {"as": ending})
    assert answer["Content-Disposition"] == f'attachment; filename="terms-2026-11-23.{ending}"'
    assert answer["Cache-Control"] == "private, no-store"


def test_the_terms_ticked_in_the_list_are_exported_alone(editor):
    token, _ = make_term("Token"), make_term("Model")
    chosen = {"action": "export", "_selected_action": [token.pk]}
    ids = editor.post("/admin/glossary/term/", chosen).context["ids"]
    answer = editor.post(EXPORT, {"ids": ids, "as": "json"}).json()
    assert [each["headword"] for each in answer["terms"]] == ["Token"]


def test_all_terms_can_be_ticked_however_many(editor):
    terms = [make_term(f"Term {number}") for number in range(120)]
    Term.objects.filter(pk=terms[0].pk).delete()
    chosen = {"action": "export", "_selected_action": [terms[1].pk], "select_across": "1"}
    page = editor.post("/admin/glossary/term/", chosen)
    assert 'method="post" action="/admin/glossary/term/export/"' in page.text
    answer = editor.post(EXPORT, {"ids": page.context["ids"], "as": "json"}).json()
    assert len(answer["terms"]) == 119


def test_an_export_of_what_is_no_id_is_one_of_all_terms(editor):
    make_term("Token")
    for ids in ("9" * 40, "-1", "x", "٣"):
        assert len(editor.get(EXPORT, {"ids": ids, "as": "json"}).json()["terms"]) == 1


@pytest.mark.parametrize(
    ("role", "imports", "exports"), [("newsletter editor", 403, 200), ("anonymous", 302, 302)]
)
def test_who_may_only_look_exports_and_does_not_import(role, imports, exports):
    client = client_for(role)
    assert client.get(PAGE).status_code == imports
    assert client.post(PAGE).status_code == imports
    assert client.get("/admin/glossary/term/export/?as=csv").status_code == exports
