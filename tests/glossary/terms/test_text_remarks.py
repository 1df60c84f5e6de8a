"""What an editor is told about texts that may be published all the same."""

from html import unescape

import pytest
from django.core.management import call_command

from glossary.models import Category, FormerSlug, Term
from glossary.terms import own_pages, publishing, text_problems
from tests.builders import (
    make_alias,
    make_category,
    make_issue,
    make_series,
    make_term,
    relate,
    release,
)
from tests.bystanders import unchanged

pytestmark = pytest.mark.django_db
DEFINITION = "A definition with [a link](/glossary/nowhere/) and **bold** words."
EXPLANATION = (
    "One [dead](/glossary/not-there/), one [relative](other.md), one [anchor](#nothing), "
    "one ![picture](/x.png), one [mistyped](htp:/y)."
)
SAID = [
    "definition: Markdown is printed as it is typed here; write plain text.",
    "explanation, line 1: /glossary/not-there/: there is no such page for readers.",
    "explanation, line 1: other.md: the address leads elsewhere from each page; begin it with "
    "https:// or /.",
    "explanation, line 1: #nothing: no part of the page has this name; headings have none.",
    "explanation, line 1: /x.png: a picture is not shown, and its description becomes a link; "
    "leave it out.",
    "explanation, line 1: htp:/y: htp: is no address of the web, so the link is shown without one.",
]


@pytest.fixture
def site(settings):
    settings.SITE_URL = "https://pulse.example"
    token = make_term("Token")
    make_term("Drafted", status="draft")
    FormerSlug.objects.create(slug="piece", term=token)
    make_alias(token, "Bit")
    make_term("Waiting", status="draft", category=make_category("Unused"))
    FormerSlug.objects.create(slug="sketch", term=Term.objects.get(slug="drafted"))
    release(make_series("compute"), "2025,1")
    make_series("empty")
    make_issue(1, slug="first")
    make_issue(2, slug="second", status="draft", sent_at=None)
    return Category.objects.get(pk=token.category_id).slug


EXISTS = {
    "/": True,
    "/glossary/": True,
    "/glossary/token/": True,
    "/glossary/token": True,
    "/glossary/TOKEN/": True,
    "/glossary/token.md": True,
    "/glossary/token.pdf": False,
    "/glossary/piece/": True,
    "/glossary/drafted/": False,
    "/glossary/sketch/": False,
    "/glossary/bit/": True,
    "/glossary/bit.md": True,
    "/glossary/not-there/": False,
    "/glossary/letter/t/": True,
    "/glossary/field/nowhere/": False,
    "/glossary/field/unused/": False,
    "/data/": True,
    "/data/compute/": True,
    "/data/compute.csv": True,
    "/data/empty/": False,
    "/data/nothing/": False,
    "/newsletter/1-first/": True,
    "/newsletter/2-second/": False,
    "/newsletter/9-ninth/": False,
    "/newsletter/": True,
    "/feeds/terms.atom": True,
    "/feeds/issues.atom": True,
    "/about/": True,
    "/static/css/site.css": True,
    "/admin/": False,
    "/admin/glossary/term/": False,
    "/nowhere/": False,
    "/gl%6Fssary/token/": True,
}


def test_which_addresses_lead_readers_to_a_page(site):
    found = {path: own_pages.page_exists(path) for path in [*EXISTS, f"/glossary/field/{site}/"]}
    assert found == EXISTS | {f"/glossary/field/{site}/": True}


@pytest.mark.parametrize(
    ("address", "path"),
    [
        ("https://pulse.example", "/"),
        ("https://pulse.example/glossary/x/?a=b#c", "/glossary/x/"),
        ("/glossary/x/#c", "/glossary/x/"),
        ("https://pulse.example.org/", None),
        ("//example.org/x/", None),
        ("other.md", None),
    ],
)
def test_an_address_of_this_site_has_a_path(settings, address, path):
    settings.SITE_URL = "https://pulse.example"
    assert own_pages.path_on_this_site(address) == path


def test_own_links_are_judged_with_and_without_the_host(site):
    text = (
        "[a](https://pulse.example/glossary/token/) [b](https://pulse.example/glossary/nothing/) "
        "[c](/glossary/drafted/) [d](/data/compute/?x=1#y) [e](#live-data) [f](https://else.example)"
    )
    found = text_problems.remarks(make_term(explanation=text))
    assert [each.inside for each in found] == [
        "https://pulse.example/glossary/nothing/",
        "/glossary/drafted/",
    ]


def test_the_form_lists_them(admin_client):
    faulty = make_term("Faulty", definition=DEFINITION, explanation=EXPLANATION)
    form = f"/admin/glossary/term/{faulty.pk}/change/"
    shown = admin_client.get(form).text
    assert "<li>Line 1: other.md: the address leads elsewhere" in unescape(shown)
    assert "<li>Definition: Markdown is printed" in unescape(shown)


def test_publishing_a_faulty_text_is_no_error_and_marks_it():
    with unchanged(make_term("Whole", explanation="A [link](/about/)."), make_term("Plain")):
        faulty = make_term("Faulty", explanation=EXPLANATION, status="draft")
        assert publishing.publish([faulty]) == 1
    assert [term.headword for term in Term.objects.with_text_remarks()] == ["Faulty"]
    faulty.refresh_from_db()
    faulty.explanation = "Corrected."
    with publishing.saving(faulty):
        faulty.save()
    assert not Term.objects.with_text_remarks().exists()


def test_a_text_that_is_corrected_while_it_is_looked_at_gets_no_mark():
    read = make_term("Token", explanation=EXPLANATION)
    Term.objects.filter(pk=read.pk).update(explanation="Corrected.")
    with unchanged(Term.objects.get(pk=read.pk)):
        assert text_problems.record_remarks([read]) == 0


def test_a_page_that_goes_is_noticed_in_the_night():
    token = make_term("Token")
    linking = make_term("Links", explanation="See [it](/glossary/token/).", status="draft")
    before = linking.history.count(), linking.updated_at
    with unchanged(make_term("Plain")):
        assert text_problems.record_all_remarks() == ""
        publishing.withdraw([token])
        assert text_problems.record_all_remarks() == "1 text found with or without faults"
        assert text_problems.record_all_remarks() == ""
    linking.refresh_from_db()
    assert linking.has_text_remarks
    assert (linking.history.count(), linking.updated_at) == before


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("OR", "“OR” is a stop word or has no letter: only [[OR]] links to it."),
        ("404", "“404” is a stop word or has no letter: only [[404]] links to it."),
        ("CLIP", "“CLIP” is linked as written, never as “clip”."),
        ("Token", ""),
    ],
)
def test_a_name_that_is_linked_less_than_others_says_so(name, said):
    assert text_problems.name_remark(name) == said


def test_the_import_says_both_and_refuses_nothing(tmp_path, capsys, admin_client):
    (tmp_path / "terms.json").write_text(
        f"""[{{"headword": "OR", "category": "Trial", "definition": "First."}},
        {{"headword": "CLIP", "category": "Trial", "definition": "Third.",
          "aliases": [{{"name": "It"}}, {{"name": "picture model"}}]}},
        {{"headword": "Linked Term", "category": "Trial", "definition": "{DEFINITION}",
          "explanation": "{EXPLANATION}"}}]"""
    )
    call_command("importterms", tmp_path / "terms.json")
    said = capsys.readouterr().out
    assert "OR: “OR” is a stop word or has no letter" in said
    assert "CLIP: “CLIP” is linked as written" in said
    assert "CLIP: “It” is a stop word" in said
    assert [f"Linked Term: {each}" in said for each in SAID] == [True] * len(SAID)
    assert [term.headword for term in Term.objects.with_text_remarks()] == ["Linked Term"]
    assert "1 term with a link or mark that does not work" in admin_client.get("/admin/").text
    listed = admin_client.get("/admin/glossary/term/?text=faulty").context["cl"].queryset
    assert [term.headword for term in listed] == ["Linked Term"]


def test_lists_that_do_not_fit_together_are_told_on_import(tmp_path, capsys, admin_client):
    relate(make_term("Whole"), make_term("Part"), kind="narrower")
    relate(Term.objects.get(slug="part"), Term.objects.get(slug="whole"), kind="broader")
    relate(make_term("Safety"), make_term("Alignment"), kind="broader")
    (tmp_path / "terms.json").write_text(
        '[{"slug": "alignment", "related": [{"term": "safety", "kind": "contrast"}]}]'
    )
    call_command("importterms", tmp_path / "terms.json")
    said = (
        "Related terms: “Safety” is contrast here, so this term should be contrast there, "
        "where it is broader."
    )
    assert f"Alignment: {said}" in capsys.readouterr().out
    assert text_problems.relation_remarks(Term.objects.get(slug="part").relations.all()) == {}
    listed = admin_client.get("/admin/glossary/term/?relations=disagreeing").context["cl"].queryset
    assert {term.slug for term in listed} == {"safety", "alignment"}
