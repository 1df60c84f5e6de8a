"""Who reviewed a text and who answers for it; an edit after the review reopens it."""

from datetime import date

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError

from glossary.models import Person, Term
from glossary.terms import history, reviews
from tests.builders import (
    make_alias,
    make_category,
    make_citation,
    make_issue,
    make_office,
    make_person,
    make_series,
    make_term,
    relate,
    release,
)
from tests.bystanders import unchanged
from tests.glossary.admin.test_terms import staff
from tests.html_forms import errors, opened

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

REVIEW = date(2026, 11, 1)
TODAY = date(2026, 11, 23)
NO_ROW = {"citations-0-DELETE": "on"}


@pytest.fixture
def editor(client):
    return staff(client, "Editors")


@pytest.fixture
def token():
    """A reviewed term with a source, and a second that must stay as it is."""
    term = make_term("Token", explanation="One.\n\nTwo.", reviewed_on=REVIEW)
    make_citation(term, read_on=REVIEW)
    return term


@pytest.fixture
def bystander():
    return make_term("Other", reviewed_on=REVIEW)


def page(row):
    return f"/admin/glossary/{row._meta.model_name}/{row.pk}/change/"


def save(editor, term, **fields):
    """Save the form as a browser sends it; return the messages."""
    data = opened(editor, page(term)) | fields
    data = {name: text for name, text in data.items() if name != "CHANGE_FORM-action"}
    answer = editor.post(page(term), data, follow=True)
    assert not errors(answer)
    term.refresh_from_db()
    return " ".join(map(str, answer.context["messages"]))


@pytest.mark.parametrize(
    "edit",
    [
        {"headword": "Tokens"},
        {"definition": "Another sentence."},
        {"explanation": "One.\r\n\r\nThree."},
        {"citations-0-title": "Another paper"},
        {"citations-0-url": ""},
        NO_ROW,
    ],
    ids=["headword", "definition", "explanation", "source", "address of a source", "fewer sources"],
)
def test_an_edit_of_the_text_reopens_its_review_and_says_so(editor, token, bystander, edit):
    with unchanged(bystander):
        said = save(editor, token, **edit)
    assert token.review == (None, None)
    assert token.reopened_on == TODAY
    assert reviews.REOPENED in said
    assert token.history.first().history_change_reason == reviews.WHY
    assert token.history.first().history_user.username == "staff"


@pytest.mark.parametrize(
    "edit",
    [
        {},
        {"review_interval": "90"},
        {"is_case_sensitive": "on"},
        {"drafting": "Drafted with a language model."},
        {"citations-0-read_on": "2026-11-20"},
        {"citations-0-position": "4"},
    ],
    ids=["nothing", "how often", "a flag", "how drafted", "day a source was read", "its place"],
)
def test_what_is_no_text_leaves_the_review(editor, token, edit):
    assert reviews.REOPENED not in save(editor, token, **edit)
    assert token.review == (REVIEW, make_office().pk)


def test_names_relations_category_and_numbers_leave_the_review(editor, token):
    make_alias(token, "subword")
    relate(token, make_term("Prompt"))
    release(make_series("compute"), "2024,10 2025,12")
    save(editor, token, category=str(make_category("Models").pk))
    assert token.reviewed_on == REVIEW


def test_the_form_says_before_what_an_edit_will_do(editor, token):
    assert "An edit of the text after its review reopens it" in editor.get(page(token)).text


@pytest.mark.parametrize("days", [{"reviewed_on": "2026-11-20"}, {"reviewed_by": "Ada Example"}])
def test_another_review_in_the_same_save_is_one_of_the_new_text(editor, token, days):
    ada = make_person("Ada Example")
    if "reviewed_by" in days:
        days = {"reviewed_by": str(ada.pk)}
    save(editor, token, definition="Another sentence.", **days)
    assert token.reviewed_on
    assert token.reopened_on is None


def test_a_reopened_review_ends_with_the_next_one_and_not_with_an_earlier(editor, token):
    save(editor, token, definition="Another sentence.")
    again = {"reviewed_on": "2026-11-22", "reviewed_by": str(make_office().pk)}
    answer = editor.post(page(token), opened(editor, page(token)) | again)
    assert "The text changed on Nov 23, 2026: a review before that day" in errors(answer)
    save(editor, token, **again | {"reviewed_on": "2026-11-23"})
    assert (token.reviewed_on, token.reopened_on) == (TODAY, None)


def test_a_review_without_its_person_or_day_is_refused(editor, token):
    answer = editor.post(page(token), opened(editor, page(token)) | {"reviewed_by": ""})
    assert "A review has a day and a person" in errors(answer)
    with pytest.raises(IntegrityError), transaction.atomic():
        Term.objects.filter(pk=token.pk).update(reviewed_by=None)
    with pytest.raises(IntegrityError), transaction.atomic():
        Term.objects.filter(pk=token.pk).update(reopened_on=TODAY)


def test_restoring_an_old_text_reopens_the_review_of_the_new_one(editor, token, bystander):
    old = token.history.last().history_id
    ada = make_person()
    save(editor, token, definition="Better.", reviewed_on="2026-11-20", responsible=str(ada.pk))
    with unchanged(bystander):
        where = page(token).replace("change/", f"history/{old}/")
        assert editor.post(where, opened(editor, where)).status_code == 302
    token.refresh_from_db()
    assert token.definition == "What Token means, in one sentence."
    assert (token.review, token.reopened_on) == ((None, None), TODAY)
    assert token.responsible == ada


def test_a_source_that_is_put_back_reopens_the_review(token):
    make_citation(token, title="Gone").delete()
    version = token.citations.model.history.get(history_type="-").pk
    history.restore_part(token, "citation", version)
    token.refresh_from_db()
    assert token.reopened_on == TODAY


def test_a_source_that_is_put_back_keeps_what_was_saved_meanwhile(token, bystander):
    make_citation(token, title="Gone").delete()
    version = token.citations.model.history.get(history_type="-").pk
    Term.objects.filter(pk=token.pk).update(definition="Newer.")
    with unchanged(bystander):
        history.restore_part(token, "citation", version)
    token.refresh_from_db()
    assert (token.definition, token.reopened_on) == ("Newer.", TODAY)


def test_an_alias_that_is_put_back_leaves_the_review(token):
    make_alias(token, "subword").delete()
    history.restore_part(token, "alias", token.aliases.model.history.get(history_type="-").pk)
    token.refresh_from_db()
    assert token.reviewed_on == REVIEW


def test_a_deleted_term_comes_back_without_people_who_are_gone(token, bystander):
    ada, ben = make_person("Ada"), make_person("Ben")
    token.reviewed_by, token.responsible = ada, ben
    token.save()
    pk = token.pk
    token.delete()
    ada.delete()
    with unchanged(bystander):
        back, _ = history.bring_back(pk)
    assert (back.review, back.responsible) == ((None, None), ben)


# --- the button ---


def press(editor, term):
    pressed = {"action": "mark_reviewed", "_selected_action": term.pk}
    answer = editor.post("/admin/glossary/term/", pressed, follow=True)
    term.refresh_from_db()
    return " ".join(map(str, answer.context["messages"]))


def test_the_button_signs_with_the_person_of_the_account_or_the_office(editor, token, bystander):
    Term.objects.filter(pk=token.pk).update(reviewed_on=None, reviewed_by=None, reopened_on=TODAY)
    with unchanged(bystander):
        assert "1 marked as reviewed by AI Economy Pulse editorial office." in press(editor, token)
    assert (token.review, token.reopened_on) == ((TODAY, make_office().pk), None)
    ada = make_person("Ada", account=User.objects.get(username="staff"))
    assert "reviewed by Ada." in press(editor, token)
    assert token.reviewed_by == ada


def test_without_a_person_and_an_office_the_button_says_what_to_do(editor):
    Person.objects.all().delete()
    term = make_term("Token")
    assert "your account belongs to no person" in press(editor, term)
    assert term.reviewed_on is None


# --- lists ---


def test_changed_since_its_review_is_no_longer_never_reviewed(editor, token):
    fresh = make_term("Fresh")
    save(editor, token, definition="Another sentence.")
    assert list(Term.objects.changed_since_review()) == [token]
    assert list(Term.objects.never_reviewed()) == [fresh]
    listed = editor.get("/admin/glossary/term/?review=changed")
    assert [row.headword for row in listed.context["cl"].result_list] == ["Token"]
    assert "changed since its review</span>" in listed.text
    assert "changed since the review" in editor.get("/admin/").text


# --- people ---


def test_a_site_begins_with_its_editorial_office_and_has_one():
    office = Person.objects.get()
    assert (str(office), office.is_office) == ("AI Economy Pulse editorial office", True)
    with pytest.raises(ValidationError, match="There is an editorial office already"):
        Person(name="Another", is_office=True).full_clean()
    with pytest.raises(ValidationError, match="already exists"):
        Person(name=make_person().name).full_clean()
    office.name = "The desk"
    office.save()
    with pytest.raises(ValidationError, match="Only the editorial office can go without a name"):
        Person(name="").full_clean()


def test_the_office_has_the_name_of_the_site_until_it_gets_another(settings):
    office = make_office()
    settings.SITE_NAME = "Chips"
    assert (str(office), office.signature) == (
        "Chips editorial office",
        "The Chips editorial office",
    )
    office.name, office.role = "The desk", "Editors"
    assert office.signature == "The desk, Editors"


def test_people_are_found_by_name_and_the_office_by_that_word():
    ada, office = make_person("Ada"), make_office()
    found = Person.objects.named
    assert [found("Ada"), found(str(office)), found("editorial office")] == [ada, office, office]
    assert found("ada") is found("") is None


@pytest.mark.parametrize("field", ["reviewed_by", "responsible"])
@pytest.mark.parametrize("make", [make_term, lambda **fields: make_issue(1, **fields)])
def test_who_is_named_by_a_text_is_not_deleted_and_admin_says_why(client, admin_user, make, field):
    ada = make_person("Ada")
    days = {"reviewed_on": REVIEW} if field == "reviewed_by" else {}
    text = make(**{field: ada}, **days)
    with pytest.raises(ProtectedError):
        ada.delete()
    client.force_login(admin_user)
    answer = client.post(f"/admin/glossary/person/{ada.pk}/delete/", {"post": "yes"})
    assert "“Ada” stays: it is still in use here." in answer.text
    assert str(text) in answer.text
    with unchanged(text):
        assert Person.objects.filter(pk=ada.pk).exists()


def test_editors_keep_the_people_and_newsletter_editors_do_not(client):
    assert staff(client, "Editors").get("/admin/glossary/person/add/").status_code == 200
    User.objects.all().delete()
    answer = staff(client, "Newsletter editors").get("/admin/glossary/person/add/")
    assert answer.status_code == 403
