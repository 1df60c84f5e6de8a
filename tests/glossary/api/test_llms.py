"""`/llms.txt`: a title, a summary, and lists of links to texts, as llmstxt.org has it."""

import re

import pytest

from tests.builders import make_category, make_issue, make_series, make_term, release

pytestmark = pytest.mark.django_db

LINK = re.compile(r"^- \[[^\n]+\]\(https://pulse\.example\.org(/\S*)\)(: \S.*)?$")


@pytest.fixture
def lines(client, settings):
    settings.SITE_URL = "https://pulse.example.org"
    make_term("Token [1]", category=make_category("Models & <more>"), slug="token")
    release(make_series("compute"), "2024,1")
    make_issue(1, "First")
    make_issue(2, "Not yet", status="draft", sent_at=None)
    return client.get("/llms.txt").text.splitlines()


def test_it_has_one_title_a_summary_and_sections(lines):
    assert lines[0] == "# AI Economy Pulse"
    assert lines[2].startswith("> ")
    assert [line for line in lines if line.startswith("#")][1:] == [
        "## Everything at once", r"## Models & \<more\>", "## Data", "## Optional",
    ]  # fmt: skip


def test_every_line_of_a_list_is_a_link_that_answers(client, lines):
    paths = [LINK.match(line)[1] for line in lines if line.startswith("-")]
    assert {"/glossary/token.md", "/data/compute.metadata.json", "/newsletter/1-first/"} <= {*paths}
    for path in paths:
        assert client.get(path).status_code == 200, path


def test_names_are_plain_text_in_markdown(lines):
    assert any(line.startswith(r"- [Token \[1\]](https://pulse") for line in lines)
    assert not any("Not yet" in line for line in lines)
