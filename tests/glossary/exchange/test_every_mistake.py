"""A file with many mistakes: all are listed in the order of rows, and nothing changes."""

import io
import json
import zipfile

import pytest

from glossary.exchange.import_formats import read_path, read_terms
from glossary.exchange.term_files import TermsRefused
from glossary.exchange.term_import import import_terms
from glossary.models import Term
from tests.builders import make_alias, make_term
from tests.bystanders import unchanged

pytestmark = pytest.mark.django_db
HEAD = "slug,headword,category,definition,explanation,related,aliases,reviewed_on\n"


def problems_of(content, name="terms.csv"):
    content = content if isinstance(content, bytes) else content.encode()
    with unchanged(make_term("Bystander")), pytest.raises(TermsRefused) as refused:
        import_terms(read_terms(content, name))
    assert Term.objects.count() == 1
    return [str(problem) for problem in refused.value.problems]


def test_mistakes_of_every_kind_are_said_in_one_go_and_in_the_order_of_rows():
    rows = [
        f"a,Alpha,X,{'x' * 301},,,,",
        "b,Beta,X,Two.,,,,24.12.2026",
        "c,Gamma,X,Three.,,nobody,,",
        "d,Delta,X,Four.,It is {{ nothing }}.,,,",
        *(f"n-{number},N {number},X,Fine.,,,," for number in range(6, 11)),
        "e,Epsilon,X,,,,,",
        "e,Zeta,X,Seven.,,,,",
        "g,Alpha,X,Eight.,,,n 7,",
        ",,X,Nine.,,,,",
    ]
    found = problems_of(HEAD + "\n".join(rows))
    expected = [
        "row 2: definition: Ensure this value has at most 300 characters (it has 301).",
        "row 3: reviewed_on: “24.12.2026” is not a day such as 2026-11-23.",
        "row 4: “nobody” is neither the slug nor the headword of a term.",
        "row 5: explanation, line 1: ",
        "row 11: A new term needs: definition.",
        "row 12: The slug “e” is also that of terms.csv, row 11.",
        "row 13: headword: “Alpha” is already a name of “Alpha”. See terms.csv, row 2.",
        "row 13: name: “n 7” is already a name of “N 7”. See terms.csv, row 7.",
        "row 14: a slug or a headword is needed, to know which term this is.",
    ]
    assert len(found) == len(expected)
    for said, start in zip(found, expected, strict=True):
        assert said.startswith(f"terms.csv, {start}")


def test_a_term_with_a_mistake_can_still_be_named_by_the_others():
    rows = [
        f"a,Alpha,X,{'x' * 301},,b,,",
        "b,Beta,X,Two.,See [[Alphas]] and [[a gamma]].,Alpha,,",
        "c,Gamma,X,,,a,a gamma,",
    ]
    assert [each.split(": ")[0] for each in problems_of(HEAD + "\n".join(rows))] == [
        "terms.csv, row 2",
        "terms.csv, row 4",
    ]


def test_a_name_of_a_term_that_no_row_is_about_is_said_without_a_row():
    make_alias(make_term("Token"), "subword")
    with pytest.raises(TermsRefused) as refused:
        import_terms(read_terms(f"{HEAD}a,Subword,X,One.,,,,\n".encode(), "terms.csv"))
    assert str(refused.value) == (
        "terms.csv, row 2: headword: “Subword” is already a name of “Token”."
    )


def test_two_rows_about_a_stored_term_are_refused_and_its_aliases_stay():
    token, model = make_term("Token"), make_term("Model")
    aliases = make_alias(token, "subword"), make_alias(token, "piece"), make_alias(model, "net")
    rows = "token,,,,,,piece,\ntoken,,,,,,other,\nmodel,,,,,,net,\n"
    with unchanged(token, model, *aliases), pytest.raises(TermsRefused) as refused:
        import_terms(read_terms(f"{HEAD}{rows}".encode(), "terms.csv"))
    assert str(refused.value) == (
        "terms.csv, row 3: The slug “token” is also that of terms.csv, row 2."
    )


@pytest.mark.one_database  # PostgreSQL stores no text that is too long
def test_a_stored_text_that_is_not_valid_is_said_when_a_row_edits_another():
    Term.objects.filter(pk=make_term("Token").pk).update(definition="x" * 301)
    with pytest.raises(TermsRefused, match="row 2: definition: Ensure this value has at most 300"):
        import_terms(read_terms(f"{HEAD}token,,,,Another text.,,,\n".encode(), "terms.csv"))


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("Headword", "headword"),
        ("term", "headword"),
        ("Name", "headword"),
        ("description", "definition"),
        ("Reviewed On", "reviewed_on"),
        ("categroy", "category"),
    ],
)
def test_a_column_that_resembles_one_of_ours_is_said_with_it(written, meant):
    columns = [written if name == meant else name for name in HEAD.strip().split(",")]
    cells = ["a", "Alpha", "X", "One.", "", "nobody", "", ""]
    found = problems_of(f"{','.join(columns)}\n{','.join(cells)}\n")
    assert found == [
        f"terms.csv: “{written}” is not known. Did you mean “{meant}”?",
        "terms.csv, row 2: “nobody” is neither the slug nor the headword of a term.",
    ]


def test_a_column_that_resembles_none_is_said_with_all_that_are_known():
    found = problems_of("slug,colour,colour\nbystander,red,blue\n")
    assert found[0].startswith("terms.csv: “colour” is not known. Known: headword, slug, category")
    assert "terms.csv: “colour” occurs twice." in found


def test_a_sheet_without_names_of_terms_is_refused_with_one_sentence():
    assert problems_of("colour,definition\n" + "red,A colour.\n" * 50)[1:] == [
        "terms.csv: A column “slug” or “headword” is needed, to know which term a row is about.",
    ]


def test_an_unknown_key_of_json_is_said_once_however_many_terms_have_it():
    terms = [
        {"term": f"Term {n}", "category": "X", "definition": "One.", "colour": "red"}
        for n in range(1000)
    ]
    meant, colour = problems_of(json.dumps(terms), "terms.json")
    assert meant == (
        "terms.json, term 1: “term” is not known. Did you mean “headword”?"
        " It occurs 999 more times."
    )
    assert colour.startswith("terms.json, term 1: “colour” is not known. Known: headword, slug")
    assert colour.endswith("It occurs 999 more times.")


def test_an_unknown_key_of_a_folder_is_said_once_with_its_line_beside_other_mistakes(tmp_path):
    for name in ("a", "b"):
        front = f"---\nHeadword: Term {name}\ncategory: X\nstatus: [draft]\n---\nOne.\n"
        (tmp_path / f"{name}.md").write_text(front, encoding="utf-8")
    (tmp_path / "c.md").write_text("No front matter.", encoding="utf-8")
    with pytest.raises(TermsRefused) as refused:
        import_terms(read_path(tmp_path))
    assert str(refused.value).replace(f"{tmp_path}/", "").splitlines() == [
        "a.md:2: “Headword” is not known. Did you mean “headword”? It occurs once more.",
        "a.md:4: “status” must be one line of text.",
        "b.md:4: “status” must be one line of text.",
        "c.md:1: The file must begin with front matter between two lines of ---.",
    ]


def test_every_line_with_a_control_character_is_said():
    found = problems_of("---\nslug: a\n---\nOne\x07.\n\nTwo\x00.\n", "a.md")
    assert found == [
        "a.md:4: The line holds a control character.",
        "a.md:6: The line holds a control character.",
    ]


def test_every_row_with_a_control_character_is_said():
    found = problems_of("slug,definition\na,On\x07e.\nb,Two.\nc,Thr\x00ee.\n")
    assert [each.split(":")[1] for each in found] == [
        " Row 2, column “definition”",
        " Row 4, column “definition”",
    ]


def test_a_zip_with_a_file_that_cannot_be_read_says_so_beside_the_others():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("../../a.md", "No front matter.")
        archive.writestr("b.md", "---\nheadword: Beta\n---\n")
    assert problems_of(out.getvalue(), "terms.zip") == [
        "../../a.md:1: The file must begin with front matter between two lines of ---.",
        "b.md:1: A new term needs: category, definition.",
    ]
