"""The editors' desk: what it refuses, what it offers, who may bring old versions back."""

import pytest
from django.contrib.auth.models import Group, User

from glossary.models import Term
from tests.builders import make_alias, make_category, make_citation, make_term, relate

pytestmark = pytest.mark.django_db


def staff(client, group):
    user = User.objects.create_user("staff", is_staff=True)
    user.groups.add(Group.objects.get(name=group))
    client.force_login(user)
    return client


@pytest.fixture
def editor(client):
    return staff(client, "Editors")


def form_data(aliases=(), relations=(), **fields):
    """Fill the whole form of a term, as the page would send it."""
    data = {
        "headword": "Token",
        "slug": "token",
        "category": make_category().pk,
        "definition": "A piece of text.",
        "explanation": "",
        "status": "draft",
        "publish_at_0": "",
        "publish_at_1": "",
        "reviewed_on": "",
        "review_interval": 180,
    } | fields
    for prefix, rows in (("aliases", aliases), ("relations", relations), ("citations", ())):
        data |= {f"{prefix}-TOTAL_FORMS": len(rows), f"{prefix}-INITIAL_FORMS": 0}
        for number, row in enumerate(rows):
            data |= {f"{prefix}-{number}-{name}": text for name, text in row.items()}
    return data


def add(client, **data):
    return client.post("/admin/glossary/term/add/", form_data(**data))


def errors(answer):
    form = answer.context["adminform"].form
    rows = [
        row for inline in answer.context["inline_admin_formsets"] for row in inline.formset.errors
    ]
    return str(form.errors) + str(rows)


def test_an_editor_adds_a_term_with_aliases_and_relations(editor):
    other = make_term("Inference")
    answer = add(
        editor,
        aliases=[{"name": "subword", "kind": "synonym"}],
        relations=[{"to_term": other.pk, "kind": "contrast", "reason": "why", "position": 0}],
    )
    assert answer.status_code == 302
    token = Term.objects.get(slug="token")
    assert [alias.name for alias in token.aliases.all()] == ["subword"]
    assert token.relations.get().to_term == other


def test_a_headword_another_term_has_is_refused_and_the_term_is_named(editor):
    make_alias(make_term("Lexical unit"), "Token")
    answer = add(editor)
    assert answer.status_code == 200
    assert "“Token” is already a name of “Lexical unit”." in errors(answer)
    assert not Term.objects.filter(slug="token").exists()


def test_an_alias_another_term_has_is_refused_and_the_term_is_named(editor):
    make_term("Pre-Training")
    answer = add(editor, aliases=[{"name": "pre training", "kind": "synonym"}])
    assert "“pre training” is already a name of “Pre-Training”." in errors(answer)


def test_two_lines_with_one_alias_are_refused_in_words(editor):
    twice = [{"name": "sub-word", "kind": "synonym"}, {"name": "Sub Word", "kind": "spelling"}]
    assert "“Sub Word” is listed twice." in errors(add(editor, aliases=twice))


def test_an_address_another_term_had_is_refused_and_the_term_is_named(editor):
    moved = make_term("Old thing", slug="token")
    moved.slug = "old-thing"
    moved.save()
    assert "/glossary/token/ is an earlier address of “Old thing”." in errors(add(editor))


def test_a_definition_over_300_characters_is_refused(editor):
    assert "at most 300 characters" in errors(add(editor, definition="x" * 301))


def test_a_name_that_grows_when_folded_is_refused_in_words(editor):
    assert "too long when written in plain letters" in errors(add(editor, headword="ﬃ" * 100))
    grown = [{"name": "ﬃ" * 100, "kind": "synonym"}]
    assert "too long when written in plain letters" in errors(add(editor, aliases=grown))


def test_the_history_of_nothing_is_not_found(editor):
    assert editor.get("/admin/glossary/term/abc/history/").status_code in (302, 404)


def test_line_ends_of_the_browser_make_no_difference_in_history(editor):
    token = make_term("Token", explanation="One.\n\nTwo.", status="draft")
    data = form_data(definition=token.definition, explanation="One.\r\n\r\nTwo.")
    assert editor.post(f"/admin/glossary/term/{token.pk}/change/", data).status_code == 302
    newest, first = token.history.all()
    assert newest.diff_against(first).changed_fields == []


def test_buttons_on_the_form_publish_and_withdraw(editor):
    token = make_term("Token", status="draft")
    page = f"/admin/glossary/term/{token.pk}/change/"
    for action, status in (("publish", "published"), ("withdraw", "draft")):
        editor.post(page, {"CHANGE_FORM-action": action, "_selected_action": token.pk})
        token.refresh_from_db()
        assert token.status == status


def test_the_list_stays_cheap(editor, django_assert_max_num_queries):
    for number in range(30):
        make_alias(make_term(f"Term {number}"), f"alias {number}")
    with django_assert_max_num_queries(10):
        editor.get("/admin/glossary/term/")


def test_the_review_filter_finds_what_waited_too_long(editor, clock):
    make_term("Old", reviewed_on="2026-01-01", review_interval=180)
    make_term("Patient", reviewed_on="2026-01-01", review_interval=365)
    make_term("Fresh", reviewed_on="2026-11-01", review_interval=180)
    make_term("Never")
    found = editor.get("/admin/glossary/term/?review=due").context["cl"].queryset
    assert [term.headword for term in found] == ["Old"]
    never = editor.get("/admin/glossary/term/?review=never").context["cl"].queryset
    assert [term.headword for term in never] == ["Never"]


def test_who_may_only_look_cannot_restore_a_version(client):
    token = make_term("Token", definition="Right.")
    token.definition = "Wrong."
    token.save()
    version = token.history.last().history_id
    page = f"/admin/glossary/term/{token.pk}/history/{version}/"
    looker = staff(client, "Newsletter editors")
    assert looker.get(page).status_code == 200
    assert looker.post(page, form_data(definition="Right.", status="published")).status_code == 403
    token.refresh_from_db()
    assert token.definition == "Wrong."


def test_restoring_an_old_slug_keeps_the_newer_address_leading_here(editor, client):
    token = make_term("Token")
    token.slug = "tokens"
    token.save()
    version = token.history.last().history_id
    data = form_data(definition=token.definition, status="published")
    editor.post(f"/admin/glossary/term/{token.pk}/history/{version}/", data)
    assert client.get("/glossary/token/").status_code == 200
    assert client.get("/glossary/tokens/")["Location"] == "/glossary/token/"


@pytest.mark.parametrize("kind", ["alias", "relation", "citation"])
def test_a_deleted_part_is_listed_and_put_back(editor, kind):
    token = make_term("Token")
    make_part = {
        "alias": lambda: make_alias(token, "subword"),
        "relation": lambda: relate(token, make_term("Inference")),
        "citation": lambda: make_citation(token),
    }[kind]
    part = make_part()
    model = type(part)
    part.delete()
    version = model.history.get(history_type="-").pk
    assert "Put back" in editor.get(f"/admin/glossary/term/{token.pk}/history/").text
    editor.post(f"/admin/glossary/term/{token.pk}/restore/{kind}/{version}/")
    assert model.objects.count() == 1
    assert "Put back" not in editor.get(f"/admin/glossary/term/{token.pk}/history/").text


def test_a_part_whose_place_is_taken_is_not_put_back(editor):
    token = make_term("Token")
    make_alias(token, "subword").delete()
    make_alias(make_term("Morpheme"), "subword")
    version = token.aliases.model.history.get(history_type="-").pk
    answer = editor.post(f"/admin/glossary/term/{token.pk}/restore/alias/{version}/", follow=True)
    assert "already a name of “Morpheme”" in answer.text
    assert not token.aliases.exists()


def test_six_wrong_passwords_lock_the_log_in(client, settings):
    User.objects.create_superuser("root", password="right and long enough")
    for _ in range(6):
        client.post("/admin/login/", {"username": "root", "password": "wrong"})
    answer = client.post("/admin/login/", {"username": "root", "password": "right and long enough"})
    assert answer.status_code == 429
