"""Plain Markdown for other programs: figures as text, `[[links]]` as ordinary links.

Braces and brackets in code are not tokens. Only the parsed tree can tell them apart, and only the
source has positions. So the candidates are replaced by numbers, the numbered text is parsed, and
those whose numbers are tokens in the tree are written out.
"""

import re
from collections.abc import Callable
from itertools import count
from urllib.parse import quote

from glossary.prose.figures.tokens import Resolver, tokens_in
from glossary.prose.linking.blocks import blocks_of
from glossary.prose.markdown.figures import is_claim
from glossary.prose.markdown.manual_links import MANUAL_LINK
from glossary.prose.markdown.pipes import LONGEST
from glossary.prose.problems import FigureProblem

FIGURE = re.compile(rf"\{{\{{([^{{}}]{{1,{LONGEST}}})\}}\}}")
SPECIAL = re.compile(r"([\\`*_\[\]<>])")
IN_ADDRESS = {ord(sign): quote(sign) for sign in "()<>"}
NO_VALUE = "—"
PageOf = Callable[[str], str]


def written_out(text: str, resolve: Resolver, page_of: PageOf) -> str:
    """Replace figures by their current text and [[links]] by links to the terms' pages.

    `page_of` returns the address of the term with a name, or "" to print the name without a link.
    """

    def say(found: re.Match[str]) -> str:
        answer = resolve(found[1])
        if is_claim(found[1]):
            return ""
        return NO_VALUE if isinstance(answer, FigureProblem) else answer.text

    def link(found: re.Match[str]) -> str:
        forbids, name, shown = found[1], found[2].strip(), (found[3] or found[2]).strip()
        page = "" if forbids else page_of(name)
        return f"[{shown}]({page})" if page else shown

    with_figures = _replaced(text, FIGURE, "{{{{ {} }}}}", _figures, say)
    return _replaced(with_figures, MANUAL_LINK, "[[{}]]", _links, link)


def _replaced(
    text: str,
    pattern: re.Pattern[str],
    numbered_as: str,
    confirmed: Callable[[str], set[str]],
    say: Callable[[re.Match[str]], str],
) -> str:
    """Replace the matches whose numbers `confirmed` finds in the numbered text, by `say`."""
    numbers = count()
    numbered, found = pattern.subn(lambda _: numbered_as.format(next(numbers)), text)
    ours = confirmed(numbered) if found else set()
    numbers = count()
    return pattern.sub(lambda it: say(it) if str(next(numbers)) in ours else it[0], text)


def _figures(text: str) -> set[str]:
    return {token.inside.strip() for token in tokens_in(text)}


def _links(text: str) -> set[str]:
    return {link.name for block in blocks_of(text) for link in block.manual_links}


def linked(text: str, address: str) -> str:
    """Return a Markdown link, with brackets in the address escaped."""
    return f"[{escaped(text)}]({address.translate(IN_ADDRESS)})"


def escaped(text: str) -> str:
    """Escape plain text, so that Markdown shows it unchanged."""
    return SPECIAL.sub(r"\\\1", text)
