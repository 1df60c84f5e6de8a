"""Links, pictures and marks that readers do not get as they were meant."""

import pytest

from glossary.prose.faults import (
    NO_ADDRESS,
    NO_HEADING,
    NO_RECEIVER,
    PICTURE,
    RELATIVE,
    has_marks,
    link_faults,
    written_links,
)

MISTYPED = "{}: is no address of the web, so the link is shown without one"
LINKS = {
    "[a](https://example.org/x)": "",
    "[a](mailto:a@example.org)": "",
    "[a](/glossary/anything/)": "",
    "<https://example.org>": "",
    "![a](/x.png)": PICTURE,
    "![a](https://example.org/x.png)": PICTURE,
    "[a](other.md)": RELATIVE,
    "[a](../other/)": RELATIVE,
    "[a](www.example.org)": RELATIVE,
    "[a](?q=x)": RELATIVE,
    "[a](#nothing)": NO_HEADING,
    "## A\n\n[a](#a)": NO_HEADING,
    "[a]()": NO_ADDRESS,
    "[a](htp:/y)": MISTYPED.format("htp"),
    "[a](ftp://example.org)": MISTYPED.format("ftp"),
    "[a](http:/y)": "http:/y is not a whole address",
    "[a](https://)": "https:// is not a whole address",
    "[a](http://[)": "",  # no link to the parser
    "[a](mailto:)": NO_RECEIVER,
    "[a](mailto:example.org)": NO_RECEIVER,
    "[a][x]\n\n[x]: other.md": RELATIVE,
    "`[a](other.md)`": "",
    "[[Term]] and [[Term|shown]] (other.md)": "",
}


@pytest.mark.parametrize(("text", "why"), LINKS.items())
def test_a_link_that_cannot_work_is_named_with_its_reason(text, why):
    assert [each.message.partition(": ")[2] for each in link_faults(text)] == [f"{why}."] * bool(
        why
    )


def test_each_link_has_its_line():
    text = "One [a](/a/)\nand [b](/b/).\n\n- c\n- ![d](/d.png)  \n  [e](/e/)"
    assert [(each.line, each.address, each.is_picture) for each in written_links(text)] == [
        (1, "/a/", False),
        (2, "/b/", False),
        (5, "/d.png", True),
        (6, "/e/", False),
    ]


@pytest.mark.parametrize(
    "text",
    ["A **bold** word.", "*So*", "`code`", "[a](/x)", "[[Token]]", "{{ compute }}", "# A", "- a",
     "1. First", "> a", "~~old~~", "<https://example.org>"],
)  # fmt: skip
def test_marks_in_a_text_without_markdown(text):
    assert has_marks(text)


@pytest.mark.parametrize(
    "text",
    ["Words, 5 * 3 = 15, and a_b_c.", "A [note] of 2024 & more!", "2024 was a year.", "R&D, C#, A*",
     "a < b > c", ""],
)  # fmt: skip
def test_signs_that_are_no_marks(text):
    assert not has_marks(text)
