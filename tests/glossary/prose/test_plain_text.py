from glossary.prose.markdown.parser import plain


def test_markup_links_figures_and_claims_are_no_part_of_the_plain_text():
    text = (
        "# Cost\n\nIt **costs** {{ compute }} [now](https://example.org/x), see [[Token|tokens]].\n"
        "{{ assert compute > 1 }}\n\n| a | b |\n|---|---|\n| `x` | y |\n\n```\ncode\n```\n"
    )
    assert plain(text) == "Cost It costs … now, see tokens. a b x y code"
    assert plain("") == ""
