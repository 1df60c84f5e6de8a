"""Reading a term file: what is accepted, and the line of each error."""

import pytest

from glossary.exchange.term_files import TermsRefused, parse_term_file, unknown_keys

WHOLE = """---
headword: Fine-Tuning
slug: fine-tuning
category: Techniques & Methods
aliases:
  - fine tuning
  - {name: FT, kind: abbreviation}
related:
  - pre-training
  - {term: Inference, kind: contrast, reason: what comes after}
citations:
  - publisher: arXiv
    title: "A paper: with a colon"
    url: https://arxiv.org/abs/1706.03762
reviewed_on: 2026-11-23
---

Further training
of a finished model.

First paragraph.

## A heading

Second paragraph.
"""


def problems_of(text):
    try:
        file = parse_term_file(text, "x.md")
        found = [*file.problems, *unknown_keys([file])]
    except TermsRefused as refused:
        found = refused.problems
    return [str(problem) for problem in found]


def test_a_whole_file_is_read():
    found = parse_term_file(WHOLE, "x.md")
    assert found.values["headword"] == "Fine-Tuning"
    assert found.values["definition"] == "Further training of a finished model."
    assert found.values["explanation"].startswith("First paragraph.\n\n## A heading")
    assert found.values["reviewed_on"].isoformat() == "2026-11-23"
    assert [item.values for item in found.lists["aliases"]] == [
        {"name": "fine tuning"},
        {"name": "FT", "kind": "abbreviation"},
    ]
    assert found.lists["related"][1].values["reason"] == "what comes after"
    assert found.lists["citations"][0].line == 12


def test_words_that_yaml_takes_for_something_else_stay_words():
    front = "---\nheadword: 1.10\nslug: 2026-01-01\naliases: [NO, on, 12:30, 0x1F, 1e3, ~x]\n---\n"
    found = parse_term_file(front, "x.md")
    assert found.values == {"headword": "1.10", "slug": "2026-01-01"}
    names = [item.values["name"] for item in found.lists["aliases"]]
    assert names == ["NO", "on", "12:30", "0x1F", "1e3", "~x"]


def test_an_empty_part_of_an_entry_is_absent():
    found = parse_term_file("---\nrelated:\n  - {term: a, reason: }\n---\n", "x.md")
    assert [item.values for item in found.lists["related"]] == [{"term": "a"}]


def test_a_byte_order_mark_and_windows_line_ends_do_not_matter():
    assert parse_term_file("\ufeff" + WHOLE.replace("\n", "\r\n"), "x.md") == parse_term_file(
        WHOLE, "x.md"
    )


def test_what_a_file_does_not_name_is_absent():
    found = parse_term_file("---\nslug: token\n---\n", "x.md")
    assert found.values == {"slug": "token"}
    assert found.lists == {}


def test_a_dash_line_in_the_explanation_is_not_the_end_of_the_front_matter():
    found = parse_term_file("---\nslug: a\n---\nDefinition.\n\nOne.\n\n---\n\nTwo.\n", "x.md")
    assert found.values["explanation"] == "One.\n\n---\n\nTwo."


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("no front matter", "x.md:1: The file must begin with front matter"),
        ("---\nslug: a\n", "x.md:1: The file must begin with front matter"),
        ("---\n- a\n---\n", "x.md:1: The front matter must be lines"),
        ("---\nslug: a\nheadwrod: b\n---\n", "x.md:3: “headwrod” is not known."),
        ("---\nslug: a\nslug: b\n---\n", "x.md:3: “slug” occurs a second time."),
        ("---\nslug: [a]\n---\n", "x.md:2: “slug” must be one line of text."),
        ("---\nslug:\n---\n", "x.md:2: “slug” must be one line of text."),
        ("---\nreviewed_on: soon\n---\n", "x.md:2: reviewed_on: “soon” is not a day"),
        ("---\nreviewed_on: 2026-02-30\n---\n", "x.md:2: reviewed_on: “2026-02-30” is not a day"),
        ("---\naliases: a\n---\n", "x.md:2: “aliases” must be a list."),
        ("---\nrelated:\n  - {to: a}\n---\n", "x.md:3: An entry of “related” may hold: term, kind"),
        ("---\naliases:\n  - [a, b]\n---\n", "x.md:3: An entry of “aliases” may hold: name, kind"),
        ("---\naliases:\n  - {name: [a]}\n---\n", "x.md:3: An entry of “aliases” may hold: name"),
        ("---\ncitations:\n  - text\n---\n", "x.md:3: An entry of “citations” may hold: publisher"),
        ("---\nslug: a\n  b: [\n---\n", "x.md:3: The front matter:"),
        ("---\nslug: !!python/object:os.system x\n---\n", "x.md:2: “slug” must be one line"),
    ],
)
def test_a_mistake_is_named_with_its_line(text, expected):
    assert problems_of(text)[0].startswith(expected)


def test_all_mistakes_are_named_at_once():
    assert len(problems_of("---\nfoo: 1\nbar: 2\naliases: x\n---\n")) == 3
