"""`/glossary/<slug>.md` and `.json`, `/glossary.json` and `.csv`: the terms for programs."""

import csv
import json
from datetime import UTC, datetime
from io import StringIO

import pytest
import yaml
from django.utils import timezone

from glossary.api.plain_markdown import escaped, linked, written_out
from glossary.mentions import relinking
from glossary.models import Alias, FormerSlug, Relation, Term, TermSeries
from glossary.prose.figures.tokens import FigureAnswer, live_resolver
from glossary.values.csv_safety import defuse, read_back
from tests.builders import (
    make_alias,
    make_citation,
    make_person,
    make_series,
    make_term,
    relate,
    release,
)

pytestmark = pytest.mark.django_db

TWELVE = "12\N{NO-BREAK SPACE}chips"
ALL = [
    "/glossary/pre-training.md",
    "/glossary/pre-training.json",
    "/glossary.json",
    "/glossary.csv",
]


@pytest.fixture
def term(clock, settings):
    settings.SITE_URL = "https://pulse.example.org"
    series = make_series("compute", title="Compute in use", unit="chips")
    release(series, "2024,10 2025,12")
    term = make_term(
        "Pre-Training",
        explanation="There are {{ compute }}. See [data](/data/compute/), not `{{ compute }}`.",
        reviewed_on="2026-11-02",
        responsible=make_person(role="Editor", url="https://ada.example/"),
        drafting="Drafted with a language model.",
    )
    TermSeries.objects.create(term=term, series=series)
    make_alias(term, "first training", Alias.Kind.SYNONYM)
    make_alias(term, "pretrainig", Alias.Kind.HIDDEN)
    make_citation(term, publisher="NIST", title="On [words]", read_on="2026-10-01")
    relate(term, make_term("AI *Compute*", slug="ai-compute"), kind=Relation.Kind.BROADER)
    relate(term, make_term("Hidden draft", status="draft"))
    return term


def test_the_day_of_the_last_change_is_that_of_the_site(client, term):
    Term.objects.filter(pk=term.pk).update(updated_at=datetime(2026, 11, 22, 23, 30, tzinfo=UTC))
    with timezone.override("Europe/Berlin"):
        assert "updated_on: 2026-11-23\n" in client.get("/glossary/pre-training.md").text


def test_the_text_reads_as_the_page_does_with_its_numbers(client, term):
    answer = client.get("/glossary/pre-training.md")
    assert answer["Content-Type"] == "text/markdown; charset=utf-8"
    _, facts, text = answer.text.split("---\n", 2)
    assert yaml.safe_load(facts)["address"] == "https://pulse.example.org/glossary/pre-training/"
    assert yaml.safe_load(facts)["license"].startswith("CC-BY-4.0")
    assert str(yaml.safe_load(facts)["updated_on"]) == "2026-11-23"
    assert yaml.safe_load(facts)["reviewed_by"] == "AI Economy Pulse editorial office"
    assert yaml.safe_load(facts)["responsible"] == "Ada Example"
    assert yaml.safe_load(facts)["drafting"] == "Drafted with a language model."
    assert yaml.safe_load(facts)["aliases"] == ["first training"]
    assert text == (
        "\n# Pre-Training\n\n"
        "What Pre-Training means, in one sentence.\n\n"
        f"There are {TWELVE}. See [data](/data/compute/), not `{{{{ compute }}}}`.\n\n"
        "## Live Data\n\n"
        "- [Compute in use](https://pulse.example.org/data/compute/): 12 chips, 2025."
        " Up 20% in a year. Source: Epoch AI.\n\n"
        "## Related Terms\n\n"
        "- [AI \\*Compute\\*](https://pulse.example.org/glossary/ai-compute.md) (Broader):"
        " What AI \\*Compute\\* means, in one sentence.\n\n"
        "## Sources\n\n"
        "- NIST: [On \\[words\\]](https://arxiv.org/abs/1706.03762), read 2026-10-01\n"
    )


def test_json_says_all_that_the_page_says(client, term):
    found = client.get("/glossary/pre-training.json").json()
    assert found["headword"] == "Pre-Training"
    assert found["address"] == "https://pulse.example.org/glossary/pre-training/"
    assert found["explanation_text"].startswith(f"There are {TWELVE}.")
    assert 'href="https://pulse.example.org/data/compute/"' in found["explanation_html"]
    assert "12&nbsp;chips" in found["explanation_html"]
    assert found["aliases"] == [{"name": "first training", "kind": "synonym"}]
    assert [each["term"] for each in found["related"]] == ["ai-compute"]
    assert found["citations"][0]["read_on"] == "2026-10-01"
    assert found["series"][0]["latest"] == {
        "text": "12 chips", "value": "12", "period": "2025", "status": "final",
    }  # fmt: skip
    assert found["reviewed_on"] == "2026-11-02"
    assert found["reviewed_by"] == {
        "kind": "office", "name": "AI Economy Pulse editorial office", "role": "", "url": "",
    }  # fmt: skip
    assert found["responsible"] == {
        "kind": "person", "name": "Ada Example", "role": "Editor", "url": "https://ada.example/",
    }  # fmt: skip
    assert found["drafting"] == "Drafted with a language model."
    assert found["license"]["id"] == "CC-BY-4.0"


def test_links_made_by_hand_lead_to_the_pages_of_their_terms(client, settings):
    settings.SITE_URL = "https://pulse.example.org"
    make_term("Token")
    make_term("Prompt", explanation="Counted in [[tokens]], not in [[Secret|words]].")
    make_term("Secret", status="draft")
    relinking.relink_changed()
    text = "Counted in [tokens](https://pulse.example.org/glossary/token/), not in words."
    assert text in client.get("/glossary/prompt.md").text
    assert client.get("/glossary/prompt.json").json()["explanation_text"] == text
    assert text in client.get("/glossary.csv").text


def test_what_editors_write_for_us_is_in_no_twin(client):
    text = "See [[Hidden Draft Term|shown words]], [[!Token]]. {{ assert nothing > 1 }} Then more."
    make_term("Token")
    make_term("Open Term", explanation=text)
    make_term("Hidden Draft Term", status="draft")
    relinking.relink_changed()
    found = [
        "/glossary/open-term.md",
        "/glossary/open-term.json",
        "/glossary.json",
        "/glossary.csv",
    ]
    public = ["/glossary/open-term/", "/feeds/terms.atom", "/search.json?q=shown", "/llms.txt"]
    for path in [*found, *public]:
        answer = client.get(path)
        assert answer.status_code == 200, path
        for mark in ("Hidden Draft", "[[", "assert nothing"):
            assert mark not in answer.text, path
    for path in found:
        assert "See shown words, Token." in client.get(path).text, path


def test_the_whole_glossary_names_its_license_and_its_date(client, term):
    found = client.get("/glossary.json").json()
    assert (found["count"], found["updated_at"]) == (2, "2026-11-23T09:00:00+00:00")
    assert found["license"]["url"] == "https://creativecommons.org/licenses/by/4.0/"
    assert [each["slug"] for each in found["terms"]] == ["ai-compute", "pre-training"]
    assert found["terms"][1]["explanation_text"].startswith(f"There are {TWELVE}.")


def test_the_table_has_a_row_a_term_and_the_names_of_front_matter(client, term):
    answer = client.get("/glossary.csv")
    assert answer["Content-Disposition"] == 'attachment; filename="glossary.csv"'
    row = list(csv.DictReader(StringIO(answer.text)))[1]
    assert row["slug"] == "pre-training"
    assert row["explanation_text"].startswith(f"There are {TWELVE}.")
    assert row["aliases"] == "first training | synonym"
    assert row["citations"] == "NIST | On [words] | https://arxiv.org/abs/1706.03762 | 2026-10-01"
    assert row["reviewed_by"] == "AI Economy Pulse editorial office"
    assert (row["responsible"], row["drafting"]) == (
        "Ada Example",
        "Drafted with a language model.",
    )
    assert "pretrainig" not in answer.text
    assert (row["license"], row["updated_at"]) == ("CC-BY-4.0", "2026-11-23T09:00:00+00:00")


def test_no_cell_of_ours_is_a_formula(client):
    evil = make_term("=1+1", slug="evil", definition="@SUM(A1)", explanation="-cmd|' /C calc'!A0")
    make_alias(evil, "+44", Alias.Kind.SYNONYM)
    rows = list(csv.reader(StringIO(client.get("/glossary.csv").text)))
    assert all(defuse(read_back(cell)) == cell for cell in rows[1])
    assert read_back(rows[1][1]) == "=1+1"


def test_drafts_are_nowhere(client):
    make_term("Secret", status="draft")
    for path in ("/glossary/secret.md", "/glossary/secret.json", "/glossary/secret/card.png"):
        answer = client.get(path)
        assert (answer.status_code, answer["Content-Type"]) == (404, "text/plain; charset=utf-8")
    for path in ("/glossary.json", "/glossary.csv", "/llms.txt", "/sitemap.xml"):
        assert "ecret" not in client.get(path).text


@pytest.mark.parametrize("ending", [".md", ".json", "/card.png"])
def test_old_slugs_lead_on_with_their_ending(client, ending):
    FormerSlug.objects.create(term=make_term("Token"), slug="lexeme")
    answer = client.get(f"/glossary/lexeme{ending}")
    assert (answer.status_code, answer["Location"]) == (301, f"/glossary/token{ending}")


@pytest.mark.parametrize("path", ALL)
def test_other_sites_may_read_them_and_ask_whether_they_changed(client, term, path):
    answer = client.get(path)
    assert answer["Access-Control-Allow-Origin"] == "*"
    assert answer["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert answer["Cache-Control"].startswith("public")
    again = client.get(path, headers={"if-none-match": answer["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_the_pages_name_their_twins(client, term):
    page, index = client.get("/glossary/pre-training/").text, client.get("/glossary/").text
    for kind, path, text in (
        ("text/markdown", "/glossary/pre-training.md", page),
        ("application/json", "/glossary/pre-training.json", page),
        ("application/json", "/glossary.json", index),
        ("text/csv", "/glossary.csv", index),
    ):
        assert f'<link rel="alternate" type="{kind}" href="{path}">' in text


def test_an_empty_glossary_has_twins_too(client):
    assert client.get("/glossary.json").json()["terms"] == []
    assert client.get("/glossary.csv").text.count("\n") == 1
    assert "## Data" in client.get("/llms.txt").text


def test_the_whole_costs_the_same_queries_however_many_terms(client, django_assert_num_queries):
    for number in range(6):
        term = make_term(f"Term {number}")
        make_citation(term)
        make_alias(term, f"Name {number}")
    with django_assert_num_queries(19):
        assert json.loads(client.get("/glossary.json").content)["count"] == 6


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("No figure.", "No figure."),
        ("{{ a }} and {{ a | max }}", "<a> and <a | max>"),
        ("In `{{ a }}` no, {{ a }} yes", "In `{{ a }}` no, <a> yes"),
        ("    {{ a }}\n\n{{ a }}", "    {{ a }}\n\n<a>"),
        (
            "| x | y |\n|--|--|\n| {{ a | max }} | {{ a }} |",
            "| x | y |\n|--|--|\n| <a | max> | <a> |",
        ),
        (r"\{{ a }} stays", r"\{{ a }} stays"),
        ("**{{ a }}** # {{ a }}", "**<a>** # <a>"),
        ("A [[Token]], [[tokens|bits]]", "A [Token](/t/), [bits](/t/)"),
        ("[[Token|{{ a }}]] [[!token]] [[Nobody]]", "[<a>](/t/) token Nobody"),
        (r"`[[Token]]` \[[Token]] [[1]](/x/)", r"`[[Token]]` \[[Token]] [[1]](/x/)"),
        ("| x |\n|--|\n| [[Token|bits]] |", "| x |\n|--|\n| [bits](/t/) |"),
    ],
)
def test_figures_and_links_are_written_out_where_they_are_such(text, expected):
    def page_of(name):
        return "/t/" if name.lower() in ("token", "tokens") else ""

    assert (
        written_out(text, lambda inside: FigureAnswer(f"<{inside.strip()}>"), page_of) == expected
    )


def test_a_figure_nobody_can_read_is_a_dash():
    assert written_out("About {{ nothing }}.", live_resolver({}), str) == "About —."


def test_an_address_with_brackets_ends_where_it_ends():
    assert linked("T", "https://a.example/x)y(z>") == "[T](https://a.example/x%29y%28z%3E)"


def test_plain_text_stays_plain_in_markdown():
    assert escaped("[a](b) *c* _d_ `e` <f> \\") == r"\[a\](b) \*c\* \_d\_ \`e\` \<f\> \\"
