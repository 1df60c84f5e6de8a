"""The forms of a name: its plurals and singulars, and the term it belongs to."""

import pytest

from glossary.prose.linking.plurals import other_number
from glossary.prose.linking.vocabulary import TermName, Vocabulary, name_forms


@pytest.mark.parametrize(
    ("word", "others"),
    [
        ("GPU", ("GPUs",)),
        ("GPUs", ("GPU",)),
        ("H100", ("H100s",)),
        ("SaaS", ("SaaSs", "SaaSes")),
        ("agency", ("agencies",)),
        ("Agencies", ("Agency", "Agencie")),
        ("survey", ("surveys",)),
        ("index", ("indices", "indexes")),
        ("indices", ("index",)),
        ("Matrix", ("Matrices", "Matrixes")),
        ("criterion", ("criteria",)),
        ("analysis", ("analyses",)),
        ("Equilibrium", ("Equilibria", "Equilibriums")),
        ("memoranda", ("memorandum",)),
        ("loss", ("losses",)),
        ("batch", ("batches", "batchs")),
        ("epoch", ("epoches", "epochs")),
        ("box", ("boxes",)),
        ("quiz", ("quizzes",)),
        ("life", ("lives",)),
        ("brief", ("briefs",)),
        ("embargo", ("embargos", "embargoes")),
        ("licenses", ("licens", "license")),
        ("biases", ("bias", "biase")),
        ("bias", ("biases",)),
        ("ratios", ("ratio",)),
        ("economics", ()),
        ("futures", ()),
        ("compute", ()),
        ("C", ("Cs",)),
        ("型", ()),
    ],
)
def test_a_word_in_its_other_number(word, others):
    assert other_number(word) == others


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("cost of capital", {"cost of capital", "costs of capital", "cost of capitals"}),
        ("Economies of Scale", {"Economies of Scale", "Economy of Scale", "Economies of Scales",
                                "Economie of Scale"}),
        ("Pre-Training", {"Pre Training", "Pre Trainings", "PreTraining", "PreTrainings"}),
        ("Other Words", {"Other Words", "Other Word"}),
        ("As", set()),
    ],
)  # fmt: skip
def test_the_forms_of_a_name(name, expected):
    assert {" ".join(form.words) for form in name_forms(TermName(name, 1))} == expected


def test_a_name_of_one_term_wins_over_the_plural_of_another():
    names = Vocabulary([TermName("glass", 1), TermName("glasses", 2)])
    assert [match.term for match in names.scan("two glasses")] == [2]


def test_the_order_in_which_names_come_makes_no_difference():
    names = [TermName("token", 1), TermName("Token (Crypto)", 2)]
    for given in (names, names[::-1]):
        assert [match.term for match in Vocabulary(given).scan("a token")] == [1]


def test_a_name_in_an_open_or_closed_spelling_wins_over_the_compound_of_another():
    names = Vocabulary([TermName("Data Center", 1), TermName("Datacenter", 2)])
    assert [match.term for match in names.scan("a datacenter, a data center")] == [2, 1]


def test_longer_names_and_names_whose_words_few_others_have_are_rarer():
    names = Vocabulary(
        [TermName(name, n) for n, name in enumerate(["model", "AI model", "jevons"])]
    )
    rarity = {match.term: match.rarity for match in names.scan("Model. AI model. Jevons.")}
    assert rarity[0] < rarity[2] < rarity[1]


@pytest.mark.parametrize(
    ("other", "linked"), [("OpenAI", []), ("Openai", ["open AI"]), ("", ["open AI"])]
)
def test_a_name_in_two_words_is_linked_as_written_where_the_one_word_has_inner_capitals(
    other, linked
):
    names = Vocabulary(
        [TermName("Open AI", 1), TermName(other or "Else", 1), TermName("OpenAI", 2)]
    )
    text = "open AI models"
    assert [text[match.start : match.end] for match in names.scan(text)] == linked
