"""Markdown as the words that it says, for search and to count them."""

from collections.abc import Iterator

from markdown_it.token import Token

from glossary.prose.markdown.parser import parse_markdown

# Numbers change with the data, so they are neither found nor quoted.
NUMBER = "…"


def plain(markdown: str) -> str:
    """Return the words of a text in one line, without markup, addresses and figures."""
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
