import json

from glossary.charts import faces
from tests.glossary.charts.write_widths import FILE, measured


def test_the_widths_we_keep_are_those_of_the_fonts():
    """After a change of the fonts: `python -m tests.glossary.charts.write_widths`."""
    assert json.loads(FILE.read_text(encoding="utf-8")) == measured()


def test_letters_are_as_wide_as_the_fonts_say():
    assert faces.sans().width("AI", 1000) == 806
    assert faces.bold_sans().width("AI", 1000) != 806
    assert len(faces.serif().widths) == 231


def test_a_letter_that_a_font_has_not_counts_as_one_em():
    assert not faces.serif().has("α")
    assert faces.serif().has("a")
    assert faces.serif().width("α", 10) == 10
