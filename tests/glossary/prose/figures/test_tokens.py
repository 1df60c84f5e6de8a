"""Tokens are found on the parsed tree, answered in order, and never reach a reader raw."""

import re
import time
from html.parser import HTMLParser

import nh3
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from glossary.prose.figures.readings import read_figure
from glossary.prose.figures.tokens import (
    FigureAnswer,
    Viewer,
    figure_html,
    frozen_resolver,
    live_resolver,
    token_problems,
    tokens_in,
)
from glossary.prose.markdown import parser
from glossary.prose.markdown.figures import MOST_TOKENS
from glossary.prose.problems import FigureProblem
from tests.glossary.series_views import ALL

REVENUE_HTML = (
    '<a href="/data/revenue/" title="Data center revenue, US dollars. Quarter to October 26, 2025. '
    'Bureau of Examples. Released May 12, 2026."><data class="figure" value="51200000000">'
    "$51.2\u00a0billion</data></a>"
)
DASH = '<data class="figure" value="" title="no value">—</data>'


def render(text, audience=Viewer.READERS, resolve=None):
    env = {"figures": figure_html(text, resolve or live_resolver(ALL), audience)}
    return parser.print_tokens(parser.parse_markdown(text, env), env)


def echo(inside):
    return FigureAnswer(f"<{' '.join(inside.split())}>")


class OutsideCode(HTMLParser):
    """Collects the text and attributes of a page, except those in code."""

    def __init__(self):
        super().__init__()
        self.depth, self.seen = 0, []

    def handle_starttag(self, tag, attrs):
        self.depth += tag == "code"
        self.seen += [value or "" for _, value in attrs]

    def handle_endtag(self, tag):
        self.depth -= tag == "code"

    def handle_data(self, data):
        if not self.depth:
            self.seen.append(data)


def outside_code(html):
    page = OutsideCode()
    page.feed(html)
    return "".join(page.seen)


def test_a_figure_is_data_inside_a_link_to_its_series():
    assert render("It is {{ revenue }}.") == f"<p>It is {REVENUE_HTML}.</p>\n"


def test_the_sanitiser_leaves_a_figure_as_it_is():
    html = render("{{ revenue }}")
    kept = nh3.clean(
        html,
        tags={"a", "p", "data"},
        attributes={"a": {"href", "title"}, "data": {"class", "value", "title"}},
        url_schemes={"https"},
        link_rel=None,
    )
    assert kept.replace("&nbsp;", "\u00a0") == html


@pytest.mark.parametrize(
    ("text", "insides"),
    [
        ("**{{ a }}** and *{{ b | max }}*", [" a ", " b | max "]),
        ("# {{ a }}\n\n- {{ b }}\n\n> {{ c }}", [" a ", " b ", " c "]),
        (
            "| x | y |\n|---|---|\n| {{ a | at 2024 }} | {{ b \\| max }} |",
            [" a | at 2024 ", " b \\| max "],
        ),
        ("{{ a\n| change 1y }}", [" a\n| change 1y "]),
        ("{{a}}{{b}}", ["a", "b"]),
        ("{{ a | *max* _x_ `y` }}", [" a | *max* _x_ `y` "]),
        ("[{{ a }}](/x/)", [" a "]),
        ("`{{ a }}` and ``{{ b | c }}``", []),
        ("    {{ a | b }}", []),
        ("```\n{{ a | b }}\n```", []),
        ("\\{{ a }}", []),
        ("a } b { c } }} d", []),
    ],
)
def test_tokens_are_found_in_text_and_never_in_code(text, insides):
    assert [token.inside for token in tokens_in(text)] == insides


def test_each_token_knows_its_line_its_series_and_whether_it_claims():
    text = "# Top\n\nOne {{ a | max }}\ntwo {{ b }}\n\n| x |\n|---|\n| {{ c | min }} |\n\n> > {{ assert d | cagr > 5% }}\n"
    found = [(token.line, token.slug, token.is_claim) for token in tokens_in(text)]
    assert found == [(3, "a", False), (4, "b", False), (8, "c", False), (10, "d", True)]


def test_code_keeps_its_pipes():
    html = render("`{{ a | b }}` [x](/p?q=a|b) a | b {{ revenue | at 2031 }}\n\n    {{ a | b }}\n")
    assert "<code>{{ a | b }}</code>" in html
    assert "<pre><code>{{ a | b }}\n</code></pre>" in html
    assert 'href="/p?q=a%7Cb"' in html
    assert "> a | b <" in html


def test_a_private_character_of_the_text_itself_is_left_alone():
    html = render("\ue000 `{{ a | b }}` \ue000|")
    assert html == "<p>\ue000 <code>{{ a | b }}</code> \ue000|</p>\n"


def test_a_figure_in_a_link_is_no_link_of_its_own():
    html = render("[now {{ revenue }}](https://example.org/)")
    assert html.count("<a ") == 1
    assert (
        '<data class="figure" value="51200000000" title="Data center revenue, US dollars.' in html
    )


def test_what_is_shown_is_escaped():
    html = render("{{ x }}", resolve=lambda _: FigureAnswer("<b>&", 'v"', '/d/"x', "<n>"))
    assert html == (
        '<p><a href="/d/&quot;x" title="&lt;n&gt;"><data class="figure" value="v&quot;">'
        "&lt;b&gt;&amp;</data></a></p>\n"
    )


def test_readers_see_a_dash_and_editors_the_reason():
    assert render("Now {{ revenu }}.") == f"<p>Now {DASH}.</p>\n"
    assert render("Now {{ revenu }}.", Viewer.EDITORS) == (
        '<p>Now <data class="figure-problem" value="">[There is no series “revenu”; did you mean '
        "“revenue”?]</data>.</p>\n"
    )


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("Never {{ closed", f"<p>Never {DASH} closed</p>\n"),
        ("Braces \\{{ alone }}", "<p>Braces {{ alone }}</p>\n"),
        ("{{ {{ revenue }}", f"<p>{DASH} {REVENUE_HTML}</p>\n"),
        ("{{}}", f"<p>{DASH}</p>\n"),
        ("{{{{{{{{", f"<p>{DASH}</p>\n"),
    ],
)
def test_what_makes_no_token_is_a_problem_too(text, html):
    assert render(text) == html


@pytest.mark.parametrize(
    "text", ["[x](/a{{b}}c)", "[x](/a '{{ b }}')", "[x][r]\n\n[r]: /u '{{ b }}'"]
)
def test_a_token_in_a_links_address_or_title_is_taken_out_and_told(text):
    assert "{{" not in render(text)
    assert "%7B%7B" not in render(text)
    assert [
        "does not work in a link's address" in p.message for p in token_problems(text, echo)
    ] == [True]


def test_claims_print_nothing_and_leave_no_gap():
    holds, broken = "{{ assert revenue > 50 bn }}", "{{ assert revenue < 50 bn }}"
    html = render(f"One.\n\n{holds}\n{broken}\n\nTwo.")
    assert html.split("\n") == ["<p>One.</p>", "", "<p>Two.</p>", ""]
    assert render(f"One. {holds}") == "<p>One. </p>\n"


def test_a_claim_that_cannot_be_judged_is_shown_to_editors_alone():
    text = "{{ assert revenu > 50 bn }}"
    assert render(text) == ""
    assert "no series “revenu”" in render(text, Viewer.EDITORS)


def test_problems_come_with_their_lines_for_the_editors_form():
    text = "{{ revenue }}\n{{ revenu }}\n\n{{ revenue | at 2031 }}\n{{ open"
    found = [(problem.line, problem.inside) for problem in token_problems(text, live_resolver(ALL))]
    assert found == [(2, "revenu"), (4, "revenue | at 2031"), (5, "")]


def test_a_sent_issue_shows_what_was_sent():
    reading = read_figure("revenue | change 1y", ALL)
    resolve = frozen_resolver({reading.token: reading}, lambda slug: f"/data/{slug}/")
    html = render(
        "{{revenue|change 1y}} {{ revenue }} {{ assert revenue > 50 bn }}", resolve=resolve
    )
    assert '<data class="figure" value="66.2337662338">+66%</data></a>' in html
    assert "Released May 12, 2026. As sent." in html
    assert html.count(DASH) == 1


def test_a_parser_without_answers_prints_nothing_for_a_token():
    assert parser.print_tokens(parser.parse_markdown("a {{ revenue }} b"), {}) == "<p>a  b</p>\n"


def test_beyond_the_cap_one_problem_is_told_and_nothing_raw_is_shown():
    text = "{{ revenue }} " * (MOST_TOKENS + 50)
    assert len(tokens_in(text)) == MOST_TOKENS + 1
    assert [problem.message for problem in token_problems(text, echo)] == [
        "there are more than 500 figures in one text; split it"
    ]
    assert "{{" not in render(text)


@pytest.mark.parametrize(
    "unit",
    ["{", "{{", "{{ a }}", "{{ a | ", "}} {{", "|{{ a | b }}", "[{{ a }}", "{{\n", "{{ \" | ' }}",
     "\\{{", "`{{", "*{{ a }}", "| {{ a | b }} |\n", "{{ assert a > 1e5000000 }} ", "> {{"],
)  # fmt: skip
def test_hostile_texts_end_soon(unit):
    # What is quadratic takes minutes for 100 kB; what is linear, a fraction of this.
    text = unit * (100_000 // len(unit))
    tokens_in.cache_clear()
    started = time.process_time()
    tokens_in(text)
    render(text[:10_000])
    assert time.process_time() - started < 5


@settings(deadline=None, max_examples=300)
@given(st.text(alphabet="{} ab|`*[]()\\\n>-#'\"", max_size=80))
def test_no_reader_ever_sees_a_whole_token(text):
    html = render(text)
    answers = {token.inside for token in tokens_in(text)}
    assert all(
        isinstance(live_resolver(ALL)(inside), FigureAnswer | FigureProblem) for inside in answers
    )
    if "\\" not in text:
        assert not re.search(r"\{\{[^{}<]*\}\}", outside_code(html))
