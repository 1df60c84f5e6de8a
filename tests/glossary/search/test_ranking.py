"""What search finds, and in which order; the same on both databases."""

import gc

import pytest

from glossary import search
from glossary.models import Alias, SearchEntry
from glossary.search import engines, similar_names
from tests.builders import make_alias, make_series, make_term, release

pytestmark = pytest.mark.django_db


def titles(text):
    return [hit.entry.title for hit in search.find(text).hits]


def near(text):
    return [entry.title for entry in search.find(text).near]


def test_the_better_a_name_fits_the_earlier_it_stands():
    make_term("Old Way", definition="Before the token came.", explanation="")
    make_term("Older Way", definition="Before.", explanation="Then the token came.")
    make_term("Price per Token", definition="A price.", explanation="")
    make_term("Tokenization", definition="A way.", explanation="")
    make_alias(make_term("Small Piece", definition="A piece.", explanation=""), "tokens", "hidden")
    make_term("Token", definition="A unit.", explanation="")
    make_alias(make_term("Piece", definition="Another.", explanation=""), "tok en")
    search.refresh_all()
    assert titles("token") == [
        "Token",  # the headword, as it is spelled
        "Piece",  # an alias, as it is spelled
        "Small Piece",  # an alias in the plural
        "Tokenization",  # begins so
        "Price per Token",  # a word of the headword
        "Old Way",  # of the definition
        "Older Way",  # of the explanation
    ]


def test_what_fits_equally_stands_terms_first_then_shorter_then_by_the_alphabet():
    for name in ("Chip Maker", "Chip Index", "Chip Fab", "Äther Chip", "Zeta Chip"):
        make_term(name, definition="A thing.", explanation="")
    release(make_series("fab", title="Chip Fa"), "2024,10 2025,12")
    search.refresh_all()
    assert titles("chip") == [
        "Chip Fab", "Chip Index", "Chip Maker", "Chip Fa", "Zeta Chip", "Äther Chip",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "asked",
    [
        "pre training", "Pre-Training", "PRETRAINING", "pré‑trainings", "training pre", "pretr", "ptx",
        "what is pre-training?", '"pre-training"', "pre AND training", "pre* -training:",
    ],
)  # fmt: skip
def test_case_accents_hyphens_spaces_order_and_signs_do_not_matter(asked):
    make_alias(make_term("Pre-Training"), "PTX")
    make_term("Fine-Tuning", definition="After it.", explanation="")
    search.refresh_all()
    assert titles(asked)[0] == "Pre-Training"


@pytest.mark.parametrize(
    ("asked", "meant"),
    [
        ("pretrainig", "Pre-Training"),
        ("hallucinaton", "Hallucination"),
        ("halucin", "Hallucination"),  # while it is typed
        ("tokn", "Token"),
        ("reinforcment", "Reinforcement Learning"),  # one word of two
        ("learnig reinforcment", "Reinforcement Learning"),
        ("infernce", "Inference"),
    ],
)
def test_typing_errors_are_forgiven(asked, meant):
    for name in ("Pre-Training", "Hallucination", "Token", "Reinforcement Learning", "Inference"):
        make_term(name)
    search.refresh_all()
    assert near(asked)[0] == meant
    assert search.suggestions(asked)[0].title == meant


def test_names_that_resemble_come_nearest_first_and_each_page_once():
    for name in ("Inference", "Conference", "Data Center"):
        make_term(name)
    make_alias(make_term("Pre-Training"), "pretraining run")
    search.refresh_all()
    assert near("inferense") == ["Inference", "Conference"]
    assert near("pretrainin run") == ["Pre-Training"]
    assert near("zzz") == []


@pytest.mark.parametrize(
    ("asked", "first"),
    [
        ("data center", "Datacenter"),
        ("data-centers", "Datacenter"),
        ("loadbalancer", "Load Balancer"),
        ("load-balancers", "Load Balancer"),
        ("auto-scaling", "Autoscaling"),
        ("multigpu", "Multi-GPU Training"),
        ("data center cooling", "Datacenter Cooling"),
        ("datacenter cooling", "Datacenter Cooling"),
        ("cooling of data centers", "Datacenter Cooling"),
    ],
)
def test_open_closed_and_hyphened_compounds_find_a_name_as_it_is_spelled(asked, first):
    make_term("Data Center Map", definition="A data center on a map.", explanation="")
    for name in ("Datacenter", "Datacenter Cooling", "Load Balancer", "Autoscaling"):
        make_term(name, definition="A thing.", explanation="")
    make_term("Multi-GPU Training", definition="Load.", explanation="")
    search.refresh_all()
    assert titles(asked)[:1] == [first]


def test_where_a_name_fits_nothing_similar_is_offered():
    make_term("Token")
    make_term("Tokens per Second")
    search.refresh_all()
    assert near("token") == []


def test_where_only_texts_fit_similar_names_are_offered_besides():
    make_term("Inference", definition="A step.", explanation="It needs a conference.")
    make_term("Conferences in Brief", definition="A talk.", explanation="")
    search.refresh_all()
    assert titles("conference") == ["Conferences in Brief", "Inference"]
    assert near("conference") == []


def test_of_those_whose_texts_hold_the_words_the_better_named_stand_first():
    make_term("Aside", definition="The cost per token falls.", explanation="")
    make_term("Price per Token", definition="A price.", explanation="Cost is another thing.")
    search.refresh_all()
    assert titles("cost per token") == ["Price per Token", "Aside"]


@pytest.mark.parametrize(
    ("asked", "offered"),
    [
        ("price per token of unicorns", ["Price per Token"]),
        (
            "infrence unicorn",
            ["Inference", "Inference Cost"],
        ),  # corrected, and matching only in part
        ("cost of labour unicorns", ["Labor Cost"]),
        ("unicorn model price", ["Price per Token", "Small Model", "Large Model"]),  # rare first
        ("unicorns", []),
    ],
)
def test_where_nothing_holds_all_the_words_those_are_offered_whose_names_hold_most(asked, offered):
    for name in ("Inference", "Inference Cost", "Labor Cost", "Large Model", "Price per Token"):
        make_term(name, definition="A thing.", explanation="")
    make_term("Small Model", definition="A thing.", explanation="")
    search.refresh_all()
    assert titles(asked) == []
    assert sorted(near(asked)) == sorted(offered)
    assert near(asked)[:1] == offered[:1]
    assert [entry.title for entry in search.suggestions(asked)] == near(asked)


def test_what_is_found_is_not_offered_once_more():
    make_term("NVIDIA Ships", definition="Makers of chips for nvidia.", explanation="")
    search.refresh_all()
    assert titles("nvidia chips") == ["NVIDIA Ships"]
    assert near("nvidia chips") == []


@pytest.mark.parametrize(
    "asked",
    [
        "what does RLHF stand for", "RLHF meaning", "how much is RLHF", "why RLHF?", "define: rlhf",
        "what's RLHF", "What’s an RLHF?", "whats rlhf", "examples of RLHF", "an example of rlhf",
        "how does RLHF work", "tell me about RLHF", "who's using RLHF", "RLHF explained simply",
    ],
)  # fmt: skip
def test_what_a_question_says_around_a_name_is_left_out(asked):
    make_alias(make_term("Human Feedback"), "RLHF")
    search.refresh_all()
    assert titles(asked) == ["Human Feedback"]


@pytest.mark.parametrize("asked", ["C++", "c++", "C*", "(c)", "C+-"])
def test_the_headword_as_typed_leads_those_that_differ_by_signs(asked):
    for headword in ("C*", "(c)", "C+-", "C++", "C"):
        make_term(headword, slug=f"c{ord(headword[-1])}{len(headword)}")
    search.refresh_all()
    assert titles(asked)[0].lower() == asked.lower()
    assert titles(f"What is {asked}?")[0].lower() == asked.lower()
    assert titles("C")[0] == "C"


def test_a_term_that_is_named_like_a_filler_is_found():
    make_term("Example")
    search.refresh_all()
    assert titles("example") == ["Example"]


def test_hidden_aliases_find_their_term():
    make_alias(make_term("Large Language Model"), "lange language modle", Alias.Kind.HIDDEN)
    search.refresh_all()
    assert titles("lange language modle") == ["Large Language Model"]


def test_all_words_have_to_be_there_and_the_last_may_be_half_typed():
    make_term("Data Center Power")
    make_term("Data Lake")
    search.refresh_all()
    assert titles("center data pow") == ["Data Center Power"]


def test_the_text_shows_where_the_words_are():
    make_term("Quiet", definition="A definition.", explanation="Long ago. " * 40 + "A wafer broke.")
    search.refresh_all()
    (hit,) = search.find("wafer").hits
    assert [part.text for part in hit.text if part.is_marked] == ["wafer"]
    assert search.find("quiet").hits[0].text[0].text == "A definition."


def test_a_definition_begins_near_the_words_unless_the_name_has_them():
    late = "It is described at length, in so many words that a phone shows only half, as a wafer."
    make_term("Quiet", definition=late, explanation="")
    make_term("Wafer", definition=late, explanation="")
    search.refresh_all()
    named, other = search.find("wafer").hits
    assert "".join(part.text for part in named.text) == late
    assert other.text[0].text.startswith("… ")
    assert [part.text for part in other.text if part.is_marked] == ["wafer"]


@pytest.mark.parametrize(
    "text",
    ["\x00", "\ud800 chip \udfff", "🙂", "'; DROP TABLE x; --", 'a" OR "b', "* : ^ ( ) NEAR", "{x} : y",
     "NOT chip", "a" * 10_000, "chip " * 2_000, "%", "_", "\\", "' :* & | !", "٣", "人工智能", "ﷺ"],
)  # fmt: skip
def test_any_text_is_safe(text):
    make_term("Chip")
    search.refresh_all()
    search.find(text)
    search.suggestions(text)
    assert SearchEntry.objects.count() == 1


def test_no_more_than_fifty_are_shown_and_it_says_so():
    for number in range(53):
        make_term(f"Chip {number}")
    search.refresh_all()
    found = search.find("chip")
    assert len(found.hits) == 50
    assert found.is_cut
    assert not search.find("chip 7").is_cut


@pytest.mark.parametrize("count", [3, 60])
def test_a_search_costs_at_most_five_queries_whatever_it_finds(
    count, django_assert_max_num_queries
):
    for number in range(count):
        make_term(f"Chip {number}")
    search.refresh_all()
    search.find("xyzzy")  # reads the names, once for all that follow
    for text in ("chip", "chp", "explained", "xyzzy"):
        with django_assert_max_num_queries(5):
            search.find(text)


def test_of_more_than_is_ranked_the_best_are_ranked(monkeypatch):
    for name in ("Old Chip", "Older Chip", "Chipped", "Chip"):
        make_term(name, definition="A chip.", explanation="")
    search.refresh_all()
    for ranked, shown in [(4, ["Chip", "Chipped", "Old Chip"]), (2, ["Chip", "Chipped"])]:
        monkeypatch.setattr(engines, "MOST_RANKED", ranked)
        assert [hit.entry.title for hit in search.find("chip", 3).hits][: len(shown)] == shown


def test_nothing_similar_is_offered_beside_a_full_page():
    make_term("Conferences", definition="A talk.", explanation="")
    for number in range(3):
        make_term(f"Step {number}", definition="A step.", explanation="Of conferencing.")
    search.refresh_all()
    assert [entry.title for entry in search.find("conferencing", 3).near] == ["Conferences"]
    assert search.find("conferencing", 2).near == []


def test_the_garbage_collector_need_not_read_the_names_of_all_pages():
    make_alias(make_term("Chip"), "Wafer")
    search.refresh_all()
    known = similar_names.name_index()
    gc.collect()
    assert len(known.owners) == 2
    assert not any(map(gc.is_tracked, known.owners.values()))
