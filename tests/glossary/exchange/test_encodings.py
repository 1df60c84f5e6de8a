"""Files of terms that are not UTF-8: the encoding is declared, never guessed."""

import io
import zipfile
from io import StringIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command

from glossary.models import Term
from tests.builders import make_upload
from tests.bystanders import unchanged
from tests.config.site import client_for

pytestmark = pytest.mark.django_db
PAGE = "/admin/glossary/term/import/"
TEXT = "headword,category,definition\r\nCafé,Trial,A word with an accent – and a dash.\r\n"
FRONT = "---\nheadword: Café\ncategory: Trial\n---\nA word with an accent – and a dash.\n"
CURE = "save the file as UTF-8, or declare its encoding, such as windows-1252, mac-roman"


def packed():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("cafe.md", FRONT.encode("cp1252"))
    return out.getvalue()


FILES = {
    "terms.csv": TEXT.encode("cp1252"),
    "cafe.md": FRONT.encode("cp1252"),
    "terms.json": '[{"headword": "Café", "category": "Trial", "definition": '
    '"A word with an accent – and a dash."}]'.encode("cp1252"),
    "terms.zip": packed(),
}


@pytest.mark.parametrize("name", FILES)
def test_the_command_takes_a_file_in_the_encoding_it_is_told(tmp_path, name):
    (tmp_path / name).write_bytes(FILES[name])
    with pytest.raises(CommandError, match=f"{CURE} .*--encoding of the command"):
        call_command("importterms", tmp_path / name)
    assert not Term.objects.exists()
    call_command("importterms", tmp_path / name, encoding="windows-1252", stdout=StringIO())
    term = Term.objects.get()
    assert (term.headword, term.definition) == ("Café", "A word with an accent – and a dash.")


def test_an_encoding_that_nobody_knows_is_refused(tmp_path):
    (tmp_path / "terms.csv").write_bytes(FILES["terms.csv"])
    with pytest.raises(CommandError, match="The encoding “ebcdic” is not known"):
        call_command("importterms", tmp_path / "terms.csv", encoding="ebcdic")


def test_the_page_takes_a_file_in_the_encoding_that_is_chosen():
    editor, other = client_for("editor"), make_upload()

    def send(**fields):
        file = SimpleUploadedFile("terms.csv", FILES["terms.csv"])
        return editor.post(PAGE, {"file": file, **fields})["Location"]

    refused = editor.get(send()).text
    assert f"Row 2: Unknown encoding: {CURE} or shift_jis (“Encoding” on the page" in refused
    page = send(encoding="windows-1252")
    shown = editor.get(page)
    assert "/glossary/cafe/" in shown.text
    with unchanged(other):
        editor.post(page, {"action": "accept", "seen": shown.context["seen"]})
    assert Term.objects.get().definition == "A word with an accent – and a dash."
