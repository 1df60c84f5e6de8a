"""Markdown as the plain text that search reads and shows a piece of."""

from collections.abc import Iterator

from markdown_it.token import Token

from glossary.prose.figures.tokens import plain_parser

# Numbers change with the data, so they are left out of what is found and quoted.
NUMBER = "…"


def plain(markdown: str) -> str:
    """Return the words of a text on one line, without markup, links' addresses and figures."""
    if not markdown:
        return ""
    blocks = plain_parser().parse(markdown, {})
    return " ".join(" ".join(_said(block) for block in blocks).split())


def _said(block: Token) -> str:
    if block.type in ("fence", "code_block"):
        return block.content
    return "".join(_parts(block))


def _parts(block: Token) -> Iterator[str]:
    for token in block.children or ():
        if token.type == "figure":
            yield "" if token.meta["is_claim"] else NUMBER
        elif token.type in ("softbreak", "hardbreak"):
            yield " "
        else:
            yield token.content
