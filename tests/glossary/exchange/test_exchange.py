"""Terms as files: exports can be imported again, and each error names its row."""

import csv
import io
import zipfile
from datetime import date
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from hypothesis import given, settings
from hypothesis import strategies as st

from glossary.exchange import import_formats
from glossary.exchange.export_formats import FORMATS, TooLong, term_records, write_json
from glossary.exchange.import_formats import read_terms
from glossary.exchange.term_files import TermsRefused
from glossary.exchange.term_import import import_terms
from glossary.exchange.term_keys import COLUMNS, FLAGS, join_entries, split_entries
from glossary.ingest import tables
from glossary.models import Term
from tests.benchmarks.dictionary import records
from tests.builders import (
    make_alias,
    make_citation,
    make_office,
    make_person,
    make_series,
    make_term,
    relate,
)

NAMES = ("first", "second", "third")
ODD = st.text(alphabet="ab|\\ \n\r=+é“😀", max_size=8).map(str.strip)


@given(st.lists(st.fixed_dictionaries({"first": ODD.filter(bool), "second": ODD, "third": ODD})))
@settings(max_examples=300, deadline=None)
def test_a_list_in_a_cell_reads_back_as_it_was_written(items):
    filled = [{name: part for name, part in item.items() if part} for item in items]
    assert split_entries(join_entries(items, NAMES), NAMES) == filled


def test_a_list_in_a_cell_may_be_written_by_hand():
    cell = "LLM | abbreviation\r\n\r\n  large model  \n"
    assert split_entries(cell, ("name", "kind")) == [
        {"name": "LLM", "kind": "abbreviation"},
        {"name": "large model"},
    ]


def make_glossary():
    compute = make_series("compute")
    token = make_term(
        "Token",
        definition="=A piece, “a word” or part of one; +1",
        explanation="- one | two\n\n  * three, “four”\n\n```\ncode = 1\n```",
        reviewed_on=date(2026, 11, 1),
        reviewed_by=make_person("Ada “A|b”, =1"),
        responsible=make_office(),
        drafting="Drafted with a machine | read by two people.",
        review_interval=60,
        is_autolinked=False,
    )
    make_alias(token, "sub|word")
    make_alias(token, "tokne", "hidden")
    model = make_term("Modèle \\ 模型", slug="model", status="draft", explanation="")
    relate(token, model, kind="contrast", reason="one, not the other", position=0)
    make_citation(token, title="A, “B”; C | D", read_on=date(2026, 5, 4))
    make_citation(token, title="@home", url="", position=1)
    token.shown_series.create(series=compute, position=0)
    return token, model


def written(ending, terms=None):
    """Return the file of all terms, or of these."""
    out = io.BytesIO()
    records = term_records(Term.objects.order_by("slug")) if terms is None else terms
    FORMATS[ending].write(records, out)
    return out.getvalue()


@pytest.mark.django_db
@pytest.mark.parametrize("ending", FORMATS)
def test_what_was_exported_changes_nothing_when_it_is_imported(ending):
    make_glossary()
    report = import_terms(read_terms(written(ending), f"terms.{ending}"))
    assert {line.headword for line in report.unchanged} == {"Modèle \\ 模型", "Token"}
    assert len(report.lines) == 2


@pytest.mark.django_db
@pytest.mark.parametrize("ending", FORMATS)
def test_what_was_exported_makes_the_same_glossary_elsewhere(ending):
    make_glossary()
    before = written(ending)
    Term.objects.all().delete()
    import_terms(read_terms(before, f"terms.{ending}"))
    assert written(ending) == before


def test_every_field_of_a_term_is_exported_or_named_here():
    fields = {field.name for field in Term._meta.get_fields() if field.concrete}
    derived = {"headword_key", "has_broken_text", "has_text_remarks"}
    of_this_site = {"id", "created_at", "updated_at", "reopened_on", "publish_at"}
    assert fields - set(COLUMNS) == derived | of_this_site


TEXT = st.text(
    st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), min_size=1, max_size=20
).map(lambda text: " ".join(text.split()))
LINES = st.lists(TEXT, max_size=4).map(lambda lines: "\n\n".join(filter(None, lines)))


@given(definition=TEXT.filter(bool), explanation=LINES, alias=TEXT.filter(bool))
@settings(max_examples=25, deadline=None)
def test_any_text_comes_back_as_it_was(definition, explanation, alias):
    said = dict.fromkeys(COLUMNS, "") | {"slug": "odd"} | dict.fromkeys(FLAGS, True)
    said |= dict.fromkeys(("related", "citations", "series"), ())
    said |= {"definition": definition, "explanation": explanation, "aliases": [{"name": alias}]}
    for ending in FORMATS:
        (found,) = read_terms(written(ending, [said]), "odd")
        assert found.values["definition"] == definition
        assert found.values.get("explanation", "") == explanation
        assert [item.values for item in found.lists["aliases"]] == [{"name": alias}]


@pytest.mark.django_db
def test_a_column_that_is_not_there_leaves_things_alone_and_an_empty_cell_empties():
    token, _ = make_glossary()
    import_terms(read_terms(b"slug,reviewed_on,citations\ntoken,,\n", "few.csv"))
    token.refresh_from_db()
    assert token.review == (None, None)
    assert token.responsible == make_office()
    assert not token.citations.exists()
    assert token.aliases.count() == 2
    assert token.explanation.startswith("- one")


@pytest.mark.django_db
def test_an_empty_cell_cannot_take_away_what_every_term_has():
    token, _ = make_glossary()
    import_terms(read_terms("slug,headword,definition\ntoken,,“New.”\n".encode(), "few.csv"))
    token.refresh_from_db()
    assert (token.headword, token.definition) == ("Token", "“New.”")


ROWS = "slug,headword,category,definition,related,reviewed_on,is_autolinked\n"
REFUSED = {
    "an unknown column": ("slug,colour\na,red\n", "bad.csv: “colour” is not known."),
    "a column twice": ("slug,slug\na,b\n", "“slug” occurs twice"),
    "no name": ("slug,definition\n,What?\n", "bad.csv, row 2: a slug or a headword is needed"),
    "a bad day": (
        ROWS + "a,A,X,One.,,24.12.2026,\n",
        "row 2: reviewed_on: “24.12.2026” is not a day",
    ),
    "a bad flag": (ROWS + "a,A,X,One.,,,maybe\n", "row 2: is_autolinked: “maybe” is neither"),
    "too many parts": (ROWS + "a,A,X,One.,b | related | why | more,,\n", "row 2: related: "),
    "an unknown term": (ROWS + "a,A,X,One.,nobody,,\n", "row 2: “nobody” is neither the slug"),
    "the same twice": (
        ROWS + "a,A,X,One.,,,\na,A,X,One.,,,\n",
        "row 3: The slug “a” is also that of",
    ),
    "an unknown kind": (ROWS + "b,B,X,One.,,,\na,A,X,One.,b | cousin,,\n", "row 3: kind: "),
    "no definition": ("slug,headword,category\na,A,X\n", "row 2: A new term needs: definition."),
    "a control character": ("slug,definition\na,x\x07y\n", "Row 2, column “definition”"),
    "JSON that ends early": ('{"terms": [', "The JSON cannot be read"),
    "JSON of numbers": ('{"terms": [{"slug": 5}]}', "bad.csv, term 1: slug: 5 must be a text"),
    "JSON with a key twice": (
        '[{"slug": "a", "slug": "b"}]',
        "bad.csv: The JSON cannot be read: a key occurs twice in one object.",
    ),
    "JSON with a strange part": (
        '{"terms": [{"slug": "a", "aliases": [{"nme": "b"}]}]}',
        "bad.csv, term 1: aliases: “nme” is not known. Known: name, kind.",
    ),
    "a web page": ("<html>", "bad.csv: This is a web page or XML"),
}


@pytest.mark.django_db
@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_taken_is_said_with_its_place_and_changes_nothing(case):
    text, message = REFUSED[case]
    with pytest.raises(TermsRefused) as refused:
        import_terms(read_terms(text.encode(), "bad.csv"))
    assert message in str(refused.value)
    assert not Term.objects.exists()


def packed(**files):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return out.getvalue()


def test_what_a_system_puts_into_a_zip_is_passed_over():
    content = packed(
        **{"a.md": "---\nslug: a\n---\nOne.\n", "__MACOSX/a.md": "x", "README.md": "x"}
    )
    assert [file.values["slug"] for file in read_terms(content, "terms.zip")] == ["a"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (packed(**{"a.exe": "x"}), "a.exe: This is not a Markdown file"),
        (packed(**{"README.md": "x"}), "must hold 1 to"),
        (packed(**{"a.md": " " * 60_000_000}), "over 50,000,000 bytes once unpacked"),
        (b"PK\x03\x04 and nothing of an archive", "The ZIP file is damaged"),
    ],
)
def test_a_zip_that_is_none_of_ours_is_refused(content, message):
    with pytest.raises(TermsRefused) as refused:
        read_terms(content, "terms.zip")
    assert message in str(refused.value)


@pytest.mark.django_db
def test_a_spreadsheet_runs_nothing_of_what_an_editor_typed():
    make_glossary()
    rows = list(csv.reader(io.StringIO(written("csv").decode("utf-8-sig"))))
    definition = rows[0].index("definition")
    assert {row[definition][0] for row in rows[1:]} == {"'", "W"}


@pytest.mark.django_db
def test_a_text_too_long_for_a_cell_of_excel_is_named():
    make_term("Long", explanation="x" * 40_000)
    with pytest.raises(TooLong, match="“Long” has 40,000 characters in explanation"):
        written("xlsx")


@pytest.mark.django_db
def test_equal_terms_give_equal_files():
    make_glossary()
    assert written("zip") == written("zip")


@pytest.mark.django_db
@pytest.mark.parametrize("count", [3, 30])
def test_an_export_takes_five_queries_however_many_terms(count, django_assert_num_queries):
    for number in range(count):
        make_alias(make_term(f"Term {number}"), f"alias {number}")
    with django_assert_num_queries(5):
        list(term_records(Term.objects.all()))


@pytest.mark.django_db
def test_the_commands_write_a_file_and_take_it_back(tmp_path):
    make_glossary()
    out = StringIO()
    call_command("exportterms", tmp_path / "terms.xlsx", stdout=out)
    call_command("importterms", tmp_path / "terms.xlsx", stdout=out)
    assert "2 terms written" in out.getvalue()
    assert "0 new, 0 changed, 2 unchanged." in out.getvalue()


@pytest.mark.django_db
def test_a_name_without_an_ending_is_a_folder_of_markdown_files(tmp_path):
    make_glossary()
    before, out = written("json"), StringIO()
    call_command("exportterms", tmp_path / "terms", stdout=out)
    files = sorted(each.relative_to(tmp_path) for each in tmp_path.rglob("*.md"))
    assert [each.name for each in files] == ["model.md", "token.md"]
    Term.objects.all().delete()
    call_command("importterms", tmp_path / "terms", stdout=out)
    assert written("json") == before


@pytest.mark.django_db
@pytest.mark.parametrize("name", [*(f"terms.{ending}" for ending in FORMATS), "terms"])
def test_a_dictionary_comes_back_equal_by_command(tmp_path, name):
    """`make bench` does the same with 12,000 terms."""
    made, out = tmp_path / "made.json", StringIO()
    with made.open("wb") as file:
        write_json(records(30), file)
    call_command("importterms", made, stdout=out)
    before = written("json")
    call_command("exportterms", tmp_path / name, stdout=out)
    Term.objects.all().delete()
    call_command("importterms", tmp_path / name, stdout=out)
    assert written("json") == before
    assert Term.objects.count() == 30


@pytest.mark.django_db
def test_a_file_of_markdown_has_letters_as_they_were_typed(tmp_path):
    make_term("Café Économie")
    call_command("exportterms", tmp_path / "terms", stdout=StringIO())
    [file] = tmp_path.rglob("*.md")
    assert "headword: Café Économie\n" in file.read_text(encoding="utf-8")


@pytest.mark.django_db
def test_a_folder_with_files_is_not_written_into(tmp_path):
    (tmp_path / "mine.txt").write_text("Mine.")
    with pytest.raises(CommandError, match=r"Nothing was written\. .* is not empty"):
        call_command("exportterms", tmp_path)
    assert [each.name for each in tmp_path.iterdir()] == ["mine.txt"]


@pytest.mark.django_db
def test_an_export_that_fails_leaves_the_file_that_was_there(tmp_path):
    (tmp_path / "terms.xlsx").write_text("Before.")
    make_term("Long", explanation="x" * 40_000)
    with pytest.raises(CommandError, match="Nothing was written"):
        call_command("exportterms", tmp_path / "terms.xlsx")
    assert [each.read_text() for each in tmp_path.iterdir()] == ["Before."]


@pytest.mark.django_db
@pytest.mark.parametrize("ending", FORMATS)
def test_the_command_takes_what_the_page_refuses_for_its_size(tmp_path, monkeypatch, ending):
    make_glossary()
    for module in (import_formats, tables):
        monkeypatch.setattr(module, "MAX_BYTES", 500)
    content, out = written(ending), StringIO()
    with pytest.raises(TermsRefused, match="bytes; the limit is 500"):
        read_terms(content, f"terms.{ending}")
    (tmp_path / f"terms.{ending}").write_bytes(content)
    call_command("importterms", tmp_path / f"terms.{ending}", stdout=out)
    assert "0 new, 0 changed, 2 unchanged." in out.getvalue()


@pytest.mark.django_db
def test_an_ending_that_is_no_format_is_refused(tmp_path):
    with pytest.raises(CommandError, match="The name must end in one of: csv, xlsx, json, zip"):
        call_command("exportterms", tmp_path / "terms.doc")
    with pytest.raises(CommandError, match=r"none\.csv cannot be read: No such file"):
        call_command("importterms", tmp_path / "none.csv")
