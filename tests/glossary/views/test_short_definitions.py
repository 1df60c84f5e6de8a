"""`{{ text|short:90 }}`: what lists show of a definition."""

import pytest

from glossary.templatetags.prose import short


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Chips, power.", "Chips, power."),
        ("Memory stacks, so fast", 'Memory stacks<span class="hidden-text">, so fast</span>'),
        ("Donaudampfschiffe", 'Donaudampfschi…<span class="hidden-text">ffe</span>'),
        ("Light, warm air", 'Light<span class="hidden-text">, warm air</span>'),
        ("Sold by an agent", 'Sold…<span class="hidden-text"> by an agent</span>'),
        ("<b> & power, chips", '&lt;b&gt; &amp; power<span class="hidden-text">, chips</span>'),
    ],
)
def test_a_text_is_cut_behind_a_clause_or_a_word_and_kept_for_listeners_and_filters(text, said):
    assert short(text, 14) == said
