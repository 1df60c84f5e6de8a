import pytest

from glossary.values.names import name_key, name_slug


@pytest.mark.parametrize(
    "spelling",
    [
        "Pre-Training",
        "pre training",
        "PRE‑TRAINING",
        "Pre–Training",
        " pre  training ",
        "Prè-Training",
    ],
)
def test_spellings_of_one_name_share_a_key(spelling):
    assert name_key(spelling) == "pre training"


def test_different_names_keep_different_keys():
    assert name_key("Token") != name_key("Tokens")
    assert name_key("GPU") != name_key("TPU")
    assert name_key("C++") != name_key("C")


def test_wide_letters_and_ligatures_are_folded():
    assert name_key("ＧＰＵ") == "gpu"
    assert name_key("eﬃciency") == "efficiency"


def test_a_name_without_latin_letters_has_a_key_but_no_slug():
    assert name_key("人工智能") == "人工智能"
    assert name_slug("人工智能") == ""
