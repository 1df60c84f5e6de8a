"""Which numerals are bound to a series, which are cited, which are neither."""

import time

import pytest

from glossary.prose.figures.numerals import Backing, audit_numerals, count_by_backing, source_names


def found(text, cited=frozenset()):
    return [(numeral.text, numeral.backing.value) for numeral in audit_numerals(text, cited)]


@pytest.mark.parametrize(
    ("text", "numerals"),
    [
        ("It grew by 3.4%.", ["3.4%"]),
        ("It cost $37.3 million, or €1,200.50.", ["$37.3 million", "€1,200.50"]),
        ("About 2 × 10²⁵ FLOP.", ["2 × 10²⁵"]),
        ("A fall of −3 percent.", ["−3 percent"]),
        ("From 11.9 to 15.5 million.", ["11.9", "15.5 million"]),
        ("Worth $51.2bn now.", ["$51.2bn"]),
        ("GPT-4, H100, B200s, 8-bit, Q4, v1.5 and 3D are names.", []),
        ("Both Grok 4 and Claude Opus 4.5 fall under Article 51.", []),
        ("Both. About 13 of 25, and NVIDIA 40%.", ["13", "25", "40%"]),
        ("In 2023, on May 3, 2024 and on 4 June 2025.", []),
        ("Before 1400 and after 2999.", ["1400", "2999"]),
        ("`x = 5` is code.", []),
        ("See [part 5](https://example.org/7).", ["5"]),
        ("No numerals at all.", []),
    ],
)
def test_numerals_are_told_from_names_and_dates(text, numerals):
    assert [text for text, _ in found(text)] == numerals


def test_a_figure_is_bound_wherever_it_stands():
    assert found("Now {{ chips | mn 1dp }}, then 5.") == [
        ("{{ chips | mn 1dp }}", "bound"),
        ("5", "neither"),
    ]


def test_a_figure_that_cannot_be_read_is_bound_to_nothing():
    numerals = audit_numerals(
        "Now {{ chips }} and {{ chops }}, near chops.", broken=frozenset({"chops"})
    )
    assert [(each.text, each.backing.value) for each in numerals] == [
        ("{{ chips }}", "bound"),
        ("{{ chops }}", "broken"),
    ]


def test_a_claim_is_no_numeral():
    assert found("{{ assert chips > 5 million }} Growing.") == []


def test_a_link_to_another_site_cites_its_own_paragraph_only():
    text = "It was 5 ([source](https://example.org/)).\n\nIt was 6, see [here](/glossary/gpu/)."
    assert found(text) == [("5", "cited"), ("6", "neither")]


def test_naming_a_source_of_the_term_cites():
    names = source_names("Epoch AI", "Trends (Sevilla et al., 2022)")
    assert names == {"Epoch AI", "Sevilla"}
    assert found("Epoch AI counts 13.", names) == [("13", "cited")]
    assert found("Epochal AI counts 13.", names) == [("13", "neither")]


def test_authors_are_read_from_the_title():
    title = "The Rapid Adoption (Bick, Blandin and Deming, Working Paper 32966, 2024)"
    assert {"NBER", "Bick", "Blandin", "Deming"} <= source_names("NBER", title)
    assert source_names("arXiv", "No authors here") == {"arXiv"}


def test_a_table_row_is_cited_as_a_whole_and_shown_as_a_whole():
    text = "| a | b |\n|---|---|\n| 5 | [x](https://example.org/) |\n| 6 | y |"
    assert found(text) == [("5", "cited"), ("6", "neither")]
    assert [(numeral.line, numeral.excerpt) for numeral in audit_numerals(text)] == [
        (3, "5 | x"),
        (4, "6 | y"),
    ]


def test_a_source_named_at_the_end_of_a_long_table_row_cites():
    row = f"| 5 | {'word ' * 40}| Epoch AI |"
    assert found(f"| a | b | c |\n|---|---|---|\n{row}", frozenset({"Epoch AI"})) == [
        ("5", "cited")
    ]


def test_line_and_sentence_lead_to_the_place():
    text = "# Head\n\nFirst sentence. Then came\n7 of them, and {{ chips }} more. Last."
    assert [(numeral.line, numeral.excerpt) for numeral in audit_numerals(text)] == [
        (4, "Then came 7 of them, and {{…}} more."),
        (4, "Then came 7 of them, and {{…}} more."),
    ]


def test_counts_have_every_backing():
    assert count_by_backing(audit_numerals("{{ a }} and 5 and 6")) == {
        Backing.BOUND: 1,
        Backing.CITED: 0,
        Backing.NEITHER: 2,
        Backing.BROKEN: 0,
    }


@pytest.mark.parametrize(
    "unit", ["1", "1,", "$1,", "1.", "1 ", "5%. A", "−", "$", "1 × 10", "May 1 ", "{{ a }} 1 "]
)
def test_hostile_texts_end_soon(unit):
    started = time.process_time()
    audit_numerals(unit * (100_000 // len(unit)))
    assert time.process_time() - started < 4
