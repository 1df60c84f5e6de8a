"""Admin of terms: what it refuses and offers, and who may restore old versions."""

from datetime import UTC, datetime
from html import unescape

import pytest
from django.contrib.auth.models import Group, User

from glossary.models import Term
from glossary.series import figure_uses
from glossary.terms import text_problems
from tests.builders import (
    make_alias,
    make_category,
    make_citation,
    make_series,
    make_term,
    relate,
    release,
)
from tests.bystanders import unchanged

pytestmark = pytest.mark.django_db


def staff(client, group):
    user = User.objects.create_user("staff", is_staff=True)
    user.groups.add(Group.objects.get(name=group))
    client.force_login(user)
    return client


@pytest.fixture
def editor(client):
    return staff(client, "Editors")


def form_data(aliases=(), relations=(), series=(), **fields):
    """Fill the whole form of a term, as the page would send it."""
    data = {
        "headword": "Token",
        "slug": "token",
        "category": make_category().pk,
        "definition": "A piece of text.",
        "explanation": "",
        "is_autolinked": "on",
        "status": "draft",
        "publish_at_0": "",
        "publish_at_1": "",
        "reviewed_on": "",
        "review_interval": 180,
    } | fields
    inlines = {
        "shown_series": series,
        "aliases": aliases,
        "relations": relations,
        "citations": (),
    }
    for prefix, rows in inlines.items():
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


def test_an_empty_slug_is_made_of_the_headword(editor):
    make_term("GPT-35")
    assert add(editor, headword="GPT-3.5", slug="").status_code == 302
    assert set(Term.objects.values_list("slug", flat=True)) == {"gpt-35", "gpt-3-5"}


def test_a_slug_that_cannot_be_made_or_is_taken_is_asked_for(editor):
    term = make_term("Chip")
    term.slug = "microchip"
    term.save()
    for headword, why in (("人工智能", "no Latin letter"), ("Chip!", "chip")):
        assert why in errors(add(editor, headword=headword, slug=""))
    assert Term.objects.get() == term


def test_what_readers_do_not_get_as_it_was_meant_is_said_and_saved(editor):
    answer = editor.post(
        "/admin/glossary/term/add/",
        form_data(
            headword="OR",
            slug="or",
            definition="A **bold** word.",
            explanation="One.\n\nA [link](/glossary/nowhere/).",
            status="published",
        ),
        follow=True,
    )
    assert [str(each) for each in answer.context["messages"]][:3] == [
        "Saved. Definition: Markdown is printed as it is typed here; write plain text.",
        "Saved. Line 3: /glossary/nowhere/: there is no such page for readers.",
        "Saved. “OR” is a stop word or has no letter: only [[OR]] links to it.",
    ]
    assert Term.objects.published().with_text_remarks().get().headword == "OR"


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


def test_a_relation_that_the_other_term_tells_differently_is_saved_and_told(editor):
    token, other = make_term("Token"), make_term("Inference")
    relate(other, token, kind="broader")
    rows = [{"to_term": other.pk, "kind": "contrast", "reason": "", "position": 0}]
    address = f"/admin/glossary/term/{token.pk}/change/"
    answer = editor.post(address, form_data(relations=rows), follow=True)
    assert (
        "Saved. Related terms: “Inference” is contrast here, so this term should be contrast "
        "there, where it is broader."
    ) in [str(each) for each in answer.context["messages"]]
    assert token.relations.get().kind == "contrast"


def test_a_headword_another_term_has_is_refused_and_the_term_is_named(editor):
    make_alias(make_term("Lexical unit"), "Token")
    answer = add(editor)
    assert answer.status_code == 200
    assert "“Token” is already a name of “Lexical unit”." in errors(answer)
    assert not Term.objects.filter(slug="token").exists()


@pytest.mark.parametrize(
    ("held", "typed"),
    [
        ("Pre-Training", "pre training"),
        ("Moore's Law", "Moore’s law"),
        ("Compute", "com\u00adpute"),
        ("Compute", "com\u200bpute"),
    ],
)
def test_an_alias_another_term_has_is_refused_and_the_term_is_named(editor, held, typed):
    make_term(held)
    answer = add(editor, aliases=[{"name": typed, "kind": "synonym"}])
    assert f"” is already a name of “{held}”." in errors(answer)


def test_two_lines_with_one_alias_are_refused_in_words(editor):
    twice = [{"name": "sub-word", "kind": "synonym"}, {"name": "Sub Word", "kind": "spelling"}]
    assert "“Sub Word” is listed twice." in errors(add(editor, aliases=twice))


def test_a_term_shows_its_series_in_the_editors_order(editor):
    chosen = [make_series(slug) for slug in ("revenue", "compute")]
    rows = [{"series": each.pk, "position": place} for place, each in enumerate(chosen)]
    add(editor, series=rows)
    shown = Term.objects.get(slug="token").shown_series.all()
    assert [each.series.slug for each in shown] == ["revenue", "compute"]


def test_a_figure_that_cannot_be_read_blocks_a_published_term_with_line_and_suggestion(editor):
    release(make_series("compute"), "2024,10 2025,12")
    answer = add(editor, explanation="One.\n\nThere are {{ compite }}.", status="published")
    assert "Line 3: There is no series “compite”; did you mean “compute”?" in unescape(
        errors(answer)
    )
    assert not Term.objects.filter(slug="token").exists()


def test_a_draft_with_such_a_figure_is_saved_and_warned_about(editor):
    release(make_series("compute"), "2024,10 2025,12")
    page = editor.post(
        "/admin/glossary/term/add/", form_data(explanation="{{ compute | at 2019 }}"), follow=True
    )
    assert Term.objects.get(slug="token").status == "draft"
    assert "Saved. Correct this before you publish it. Line 1: compute:" in unescape(page.text)


def test_publishing_from_the_list_says_which_figure_is_in_the_way(editor):
    token = make_term("Token", status="draft", explanation="{{ nothing-such }}")
    data = {"action": "publish", "_selected_action": token.pk}
    answer = editor.post("/admin/glossary/term/", data, follow=True)
    assert "Nothing was published. Token, line 1: There is no series" in unescape(answer.text)
    token.refresh_from_db()
    assert token.status == "draft"


def test_saving_stores_which_series_the_text_reads(editor):
    release(make_series("compute"), "2024,10 2025,12")
    add(editor, explanation="{{ compute }}, {{ assert compute > 100 }}", status="published")
    uses = Term.objects.get(slug="token").figure_uses.all()
    assert [(use.token, use.is_claim, use.broken_in_id is None) for use in uses] == [
        ("compute", False, True),
        ("assert compute > 100", True, False),
    ]


def test_restoring_an_old_version_stores_what_that_version_reads(editor):
    release(make_series("compute"), "2024,10 2025,12")
    token = make_term("Token", explanation="{{ compute }}")
    token.explanation = "Nothing."
    token.save()
    version = token.history.last().history_id
    data = form_data(definition=token.definition, explanation="{{ compute }}", status="published")
    editor.post(f"/admin/glossary/term/{token.pk}/history/{version}/", data)
    assert [use.series.slug for use in token.figure_uses.all()] == ["compute"]


def test_the_form_lists_bound_cited_and_other_numbers_and_the_claims(editor):
    release(make_series("compute"), "2024,10 2025,12")
    token = make_term(
        "Token",
        explanation="It is {{ compute }}. It was 4,711 once.\n\n"
        "Epoch AI says 815. {{ assert compute > 100 }}",
    )
    make_citation(token, publisher="Epoch AI")
    figure_uses.record_figures(token)
    page = unescape(editor.get(f"/admin/glossary/term/{token.pk}/change/").text)
    for part in ("1 bound", "1 cited", "1 neither", "4,711", "815", "assert compute > 100"):
        assert part in page
    assert "No, since the release of January 15, 2026" in page


def test_terms_with_broken_texts_or_claims_and_without_data_are_found(editor):
    release(make_series("compute"), "2024,10 2025,12")
    for headword, text in (("Broken", "{{ assert compute > 100 }}"), ("Whole", "{{ compute }}")):
        figure_uses.record_figures(make_term(headword, explanation=text))
    make_term("Bare")
    make_term("Unreadable", explanation="[[Nobody]]")
    text_problems.record_all_broken()
    expected = {
        "claims=broken": ["Broken"],
        "text=broken": ["Unreadable"],
        "data=none": ["Bare", "Unreadable"],
        "data=some": ["Broken", "Whole"],
    }
    for query, headwords in expected.items():
        found = editor.get(f"/admin/glossary/term/?{query}").context["cl"].queryset
        assert [term.headword for term in found] == headwords


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


def test_a_button_on_the_form_withdraws(editor):
    token, other = make_term("Token"), make_term("Other")
    page = f"/admin/glossary/term/{token.pk}/change/"
    actions = editor.get(page).text.partition("object-actions")[2].partition("</div>")[0]
    assert actions.index("Mark as reviewed today") < actions.index('class="button danger"')
    with unchanged(other):
        editor.post(page, {"CHANGE_FORM-action": "withdraw", "_selected_action": token.pk})
    token.refresh_from_db()
    assert token.status == "draft"


def test_the_list_stays_cheap(editor, django_assert_max_num_queries):
    for number in range(30):
        make_alias(make_term(f"Term {number}"), f"alias {number}")
    editor.get("/admin/jsi18n/")  # the first page after a log-in writes the session
    with django_assert_max_num_queries(10):
        editor.get("/admin/glossary/term/")


def test_a_list_without_rows_says_why_and_leads_on(editor):
    page = "/admin/glossary/term/"
    assert "No terms yet." in editor.get(page).text
    make_term("Token")
    for query, said in (
        ("?q=xyzzy", "None of the terms fits “xyzzy”."),
        ("?status__exact=draft", "None of the terms fits the filters."),
        ("?q=xyzzy&status__exact=draft", "None of the terms fits “xyzzy” and the filters."),
    ):
        text = " ".join(editor.get(page + query).text.split())
        assert said in text
        assert '<a class="button" href="?">Show all</a>' in text
    assert "fits" not in editor.get(page).text


def test_the_list_says_when_a_draft_will_be_published(editor):
    make_term("Token", status="draft", publish_at=datetime(2026, 12, 1, 14, tzinfo=UTC))
    assert (
        "Draft, to be published Dec 1, 2026, 14:00 UTC" in editor.get("/admin/glossary/term/").text
    )


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


def test_restoring_brings_the_words_back_and_keeps_address_and_state(editor, client):
    token = make_term("Token", definition="Right.", status="draft")
    token.definition, token.slug, token.status = "Wrong.", "tokens", "published"
    token.save()
    version = token.history.last().history_id
    page = f"/admin/glossary/term/{token.pk}/history/{version}/"
    words = {"headword": "Token", "category": token.category_id, "definition": "Right."}
    assert editor.post(page, words).status_code == 302
    token.refresh_from_db()
    assert (token.definition, token.slug, token.status) == ("Right.", "tokens", "published")
    assert client.get("/glossary/token/")["Location"] == "/glossary/tokens/"


def test_a_new_relation_comes_last(editor):
    token, first = make_term("Token", status="draft"), make_term("First")
    relate(token, first, position=4)
    second = make_term("Second")
    kept = {"id": token.relations.get().pk, "to_term": first.pk, "kind": "related", "position": 4}
    data = form_data(relations=[kept, {"to_term": second.pk, "kind": "related", "position": ""}])
    data |= {"relations-INITIAL_FORMS": 1, "definition": token.definition}
    assert editor.post(f"/admin/glossary/term/{token.pk}/change/", data).status_code == 302
    assert [relation.to_term for relation in token.relations.all()] == [first, second]


def test_a_choice_offers_names_that_begin_so_first(editor):
    make_term("Automation", definition="Transforming work.")
    make_term("Transformer")
    make_alias(make_term("Attention"), "trans-attention")
    query = {"app_label": "glossary", "model_name": "relation", "field_name": "to_term"}
    found = editor.get("/admin/autocomplete/", query | {"term": "trans"}).json()["results"]
    assert [each["text"] for each in found] == ["Transformer", "Attention"]


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


def test_relations_do_not_offer_the_term_itself(editor):
    own, other = make_term("Transformer"), make_term("Transfer learning")
    asked = {
        "app_label": "glossary",
        "model_name": "relation",
        "field_name": "to_term",
        "term": "trans",
    }
    form = {"referer": f"http://testserver/admin/glossary/term/{own.pk}/change/"}
    found = editor.get("/admin/autocomplete/", asked, headers=form).json()["results"]
    assert [each["id"] for each in found] == [str(other.pk)]
    found = editor.get(
        "/admin/autocomplete/",
        asked,
        headers={"referer": "http://testserver/admin/glossary/term/add/"},
    )
    assert len(found.json()["results"]) == 2


def test_the_definition_counts_its_characters_and_is_not_cut_off(editor):
    text = editor.get("/admin/glossary/term/add/").text
    assert 'data-count="300"' in text
    assert "maxlength" not in text.partition('name="definition"')[2].partition(">")[0]


def test_save_and_publish_saves_what_was_typed_and_publishes_it(editor):
    other = make_term("Other", status="draft")
    with unchanged(other):
        answer = editor.post("/admin/glossary/term/add/", form_data(_publish="1"), follow=True)
    assert 'Published at <a href="/glossary/token/">' in answer.text
    assert Term.objects.get(slug="token").status == "published"


def test_save_and_publish_refuses_a_text_that_cannot_be_read_and_keeps_the_rest(editor):
    data = form_data(_publish="1", explanation="{{ nothing-such }}")
    answer = editor.post("/admin/glossary/term/add/", data)
    assert "Correct the text" in answer.text
    assert not Term.objects.exists()


def test_a_draft_that_was_not_published_can_be_as_soon_as_it_is_corrected(editor):
    token = make_term("Token", status="draft")
    data = form_data(_publish="1", explanation="{{ nothing-such }}")
    page = editor.post(f"/admin/glossary/term/{token.pk}/change/", data).text
    assert "Correct the text" in page
    assert "Save and publish" in page


def test_save_and_publish_is_offered_for_a_draft_alone(editor):
    draft, published = make_term("Draft", status="draft"), make_term("Published")
    for term, offered in ((draft, True), (published, False)):
        page = editor.get(f"/admin/glossary/term/{term.pk}/change/").text
        assert ("Save and publish" in page) is offered


def test_the_history_shows_an_emptied_review_as_nothing(editor):
    token = make_term("Token", reviewed_on="2026-11-01")
    token.reviewed_by = token.reviewed_on = None
    token.save()
    page = editor.get(f"/admin/glossary/term/{token.pk}/history/").text
    assert "<del>AI Economy Pulse editorial office</del> <ins></ins>" in page
    assert "pk=None" not in page
