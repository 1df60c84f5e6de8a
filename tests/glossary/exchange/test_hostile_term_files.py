"""Hostile or damaged files of terms: refused with the place of the error, never a crash."""

import io
import json
import zipfile

import pytest

from glossary.exchange.import_formats import read_terms
from glossary.exchange.term_files import TermsRefused, parse_term_file
from glossary.exchange.term_import import import_terms
from glossary.models import Alias, Term
from glossary.models.terms import EXPLANATION_LENGTH
from tests.builders import make_alias, make_term, relate
from tests.config.site import client_for


def refusal(content, name="bad"):
    with pytest.raises(TermsRefused) as refused:
        import_terms(read_terms(content if isinstance(content, bytes) else content.encode(), name))
    return str(refused.value)


def term_in_json(**values):
    term = {"slug": "a", "headword": "A", "category": "X", "definition": "One."} | values
    return json.dumps({"terms": [term]})


NO_TEXT = {
    "NUL": (term_in_json(headword="A\x00"), "term 1: headword: This must be one line"),
    "two lines": (term_in_json(headword="A\nB"), "term 1: headword: This must be one line"),
    "in a list": (
        term_in_json(citations=[{"publisher": "P\x1b", "title": "T"}]),
        "term 1: citations: This must be one line",
    ),
    "NUL in a text": (term_in_json(explanation="A\x00"), "term 1: explanation: This holds a"),
    "half a character": (term_in_json(headword="\ud800"), "bad: The JSON cannot be read"),
    "half a character as key": (term_in_json(**{"\ud800": ""}), "bad: The JSON cannot be read"),
    "NUL in YAML": ('---\nslug: a\nheadword: "A\\0"\n---\n', "bad:3: headword: This must be"),
    "half a character in YAML": ('---\n"\\ud800": 1\n---\n', "bad:2: The front matter: half a"),
    "a line break by backslash": (
        "slug,headword,category,definition,aliases\na,A,X,One.,b\\nc\n",
        "row 2: aliases: This must be one line",
    ),
}


@pytest.mark.django_db
@pytest.mark.parametrize("case", NO_TEXT)
def test_what_no_form_would_let_in_comes_in_by_no_file(case):
    content, message = NO_TEXT[case]
    assert message in refusal(content)
    assert not Term.objects.exists()


@pytest.mark.django_db
def test_a_text_longer_than_a_page_can_show_is_refused():
    make_term("A")
    text = json.dumps([{"slug": "a", "explanation": "x" * (EXPLANATION_LENGTH + 1)}])
    assert "explanation: This has 100,001 characters; the limit is 100,000." in refusal(text)


BOMBS = {
    "aliases of YAML": "\n".join(
        ["---", "a: &a [x, x]", *(f"{b}: &{b} [*{a}, *{a}]" for a, b in zip("abcdefgh", "bcdefghi",
         strict=True)), "---"]
    ),
    "lists in lists": f"---\naliases: {'[' * 5000}\n---\n",
    "JSON in JSON": "[" * 200_000,
    "a number without end": f'[{{"slug": {"9" * 5000}}}]',
}  # fmt: skip


@pytest.mark.parametrize("case", BOMBS)
def test_a_file_cannot_ask_for_more_than_it_is(case):
    assert refusal(BOMBS[case])


def test_a_star_in_quotation_marks_is_a_star():
    assert parse_term_file('---\nheadword: "*"\n---\n', "a.md").values["headword"] == "*"


def packed(name, text):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, text)
    return out.getvalue()


@pytest.mark.parametrize("place", [32, 40, 60, 80])
def test_a_zip_with_any_byte_broken_is_called_damaged(place):
    content = bytearray(packed("a.md", "---\nslug: a\n---\n" + "".join(map(str, range(400)))))
    content[place] ^= 0xFF
    assert "The ZIP file is damaged" in refusal(bytes(content))


def test_a_markdown_file_over_half_a_megabyte_is_refused_in_a_zip_too():
    text = "---\nslug: a\n---\n" + "x" * 500_000
    assert "The file is over 500,000 bytes." in refusal(text)
    assert "a.md: The file is over 500,000 bytes." in refusal(packed("a.md", text))


@pytest.mark.django_db
def test_the_name_of_a_file_may_be_longer_than_its_place_in_the_history():
    text = b"slug,headword,category,definition\na,A,X,One.\n"
    import_terms(read_terms(text, f"{'terms ' * 30}.csv"))
    assert len(Term.history.get().history_change_reason) == 100


@pytest.mark.django_db
def test_a_term_whose_figures_cannot_be_read_is_not_published_by_a_file():
    make_term("A", status="draft", explanation="It was {{ nothing }}.")
    assert "explanation, line 1: " in refusal("slug,status\na,published\n")
    assert Term.objects.get().status == "draft"


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/glossary.csv", "/glossary.json"])
def test_the_file_for_visitors_is_sent_back_with_the_way_to_the_right_one(path):
    token, model = make_term("Token"), make_term("Model")
    make_alias(token, "tokne", "hidden")
    relate(token, model)
    said = refusal(client_for("anonymous").get(path).content, "glossary")
    assert said.endswith("Take an export instead: Terms, Export.")
    assert said.count("\n") == 0
    assert Alias.objects.get().kind == "hidden"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("#REF!", "bad, row 3: definition: “#REF!” is an error of the spreadsheet."),
        ("#NO_RESULT!", "bad, row 3: definition: The formula has no stored result."),
    ],
)
def test_an_error_of_a_spreadsheet_is_no_text(cell, said):
    rows = f"slug,headword,category,definition\na,A,X,About #AI!\nb,B,X,{cell}\n"
    assert said in refusal(rows)
    assert not Term.objects.exists()


def test_a_workbook_with_a_password_is_refused_as_one_of_data_is():
    locked = b"\xd0\xcf\x11\xe0" + "EncryptedPackage".encode("utf-16-le")
    assert "protected by a password. Open it in Excel" in refusal(locked)
