"""The one Markdown parser: CommonMark with tables and strikethrough, without HTML and images."""

from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token

from glossary.prose.markdown import figures, manual_links, pipes

# A wide table scrolls in a region of its own, which the keyboard can reach.
SCROLL_OPEN = '<div class="table-scroll" tabindex="0" role="region" aria-label="Table"><table>\n'
SCROLL_CLOSE = "</table></div>\n"
# Numbers change with the data, so they are neither found nor quoted.
NUMBER = "…"


@cache
def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
    parser.disable("image")
    parser.add_render_rule("table_open", lambda *_: SCROLL_OPEN)
    parser.add_render_rule("table_close", lambda *_: SCROLL_CLOSE)
    for plugin in (pipes.plugin, figures.plugin, manual_links.plugin):
        parser.use(plugin)
    return parser


def parse_markdown(text: str, env: dict[str, Any] | None = None) -> list[Token]:
    """Parse a text. `env` afterwards holds "found_figures", the tokens in their order."""
    return _parser().parse(text, {} if env is None else env)


def print_tokens(tokens: Sequence[Token], env: dict[str, Any]) -> str:
    """Return HTML, not sanitized yet. `env["figures"]` is the HTML of each figure in order."""
    return str(_parser().renderer.render(tokens, _parser().options, env))


def plain(markdown: str) -> str:
    """Return the words of a text in one line, without markup, addresses and figures: for search,
    and to count them."""
    blocks = parse_markdown(markdown) if markdown else ()
    return " ".join(" ".join("".join(_parts(block)) for block in blocks).split())


def _parts(block: Token) -> Iterator[str]:
    if block.type in ("fence", "code_block"):
        yield block.content
    for token in block.children or ():
        if token.type == "figure":
            yield "" if token.meta["is_claim"] else NUMBER
        elif token.type in ("softbreak", "hardbreak"):
            yield " "
        else:
            yield token.content
