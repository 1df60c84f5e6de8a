"""A number and its unit stay on one line; what is longer than a line breaks at spaces."""

import pytest

from glossary.prose.figures.tokens import FigureAnswer, figure_html
from glossary.templatetags.prose import unbroken

SAID = (
    "The change was down $0.94/h. It ran from $1.98/h to $12.29/h; see https://example.org/2025/a"
)


def test_numbers_with_a_slash_in_their_unit_are_marked_as_unbroken():
    assert unbroken(SAID) == (
        'The change was down <span class="whole">$0.94/h.</span> It ran from '
        '<span class="whole">$1.98/h</span> to <span class="whole">$12.29/h;</span> '
        "see https://example.org/2025/a"
    )


def test_the_space_that_does_not_break_belongs_to_the_number():
    assert unbroken("1.2\u00a0×\u00a010²⁶\u00a0FLOP/s") == (
        '<span class="whole">1.2\u00a0×\u00a010²⁶\u00a0FLOP/s</span>'
    )


def test_a_unit_with_a_hyphen_and_the_word_of_a_scale_stay_with_their_number():
    assert unbroken("1.74 million H100-equivalents (155 thousand)") == (
        '<span class="whole">1.74 million</span> <span class="whole">H100-equivalents</span> '
        '<span class="whole">(155 thousand)</span>'
    )


def test_markup_in_such_a_text_is_escaped():
    assert unbroken("<b>5/h</b> & <i>") == "&lt;b&gt;5/h&lt;/b&gt; &amp; &lt;i&gt;"


@pytest.mark.parametrize(("text", "kind"), [("$0.94/h", "figure"), ("a" * 31, "figure long")])
def test_only_a_figure_longer_than_a_line_may_break(text, kind):
    (html,) = figure_html("{{ price }}", lambda inside: FigureAnswer(text))
    assert html == f'<data class="{kind}" value="" title="">{text}</data>'
